//! Texts from outside: what is taken, what is refused, and that hostile ones neither pass nor break anything.

use serde::de::DeserializeOwned;

use super::{DisplayName, Email, Label, Note, Phone, Reason, line, paragraphs};

/// Texts that have broken other programs.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "\0",
    "\u{7f}",
    "\r\n",
    "a\r\nBcc: x@y.zz",
    "\u{202e}gnp.exe",
    "a\u{200b}b",
    "\u{feff}",
    "\u{2028}x\u{2029}",
    "a\u{61c}b",
    "<script>alert(1)</script>",
    "'; drop table orders; --",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%00",
    "../../etc/passwd",
    "𝒜𝒹𝒶",
    "é",
    "ß",
    "İ",
    "ﬀ",
    "👩‍👩‍👧",
    "日本",
    "مرحبا",
    "\u{301}",
    "ẞß",
    "\u{10ffff}",
];

#[test]
fn names_keep_their_letters_and_lose_their_margins() {
    for name in ["Élodie", "İpek", "日本商店", "O’Brien & Söhne", "<b>bold</b>", "𝒜𝒹𝒶"] {
        let parsed = DisplayName::parse(&format!("  {name}\t")).expect("a name");
        assert_eq!(parsed.as_str(), name);
    }
    for trick in ["a\nb", "a\tb", "a\u{0}b", "a\u{202e}b", "a\u{200b}b", "a\u{2028}b", "a\u{feff}b", "a\u{61c}b"] {
        assert!(DisplayName::parse(trick).is_err(), "{trick:?}");
    }
}

#[test]
fn lengths_count_letters_not_bytes() {
    assert!(Label::parse(&"é".repeat(100)).is_ok());
    assert!(Label::parse(&"é".repeat(101)).is_err());
    assert!(Label::parse("").is_err());
    assert!(Reason::parse("ab").is_err());
    assert!(Reason::parse("abc").is_ok());
    assert!(Reason::parse(&"日".repeat(2_000)).is_ok());
    assert!(Reason::parse(&"日".repeat(2_001)).is_err());
    assert!(Note::parse(&"x".repeat(4_000)).is_ok());
    assert!(Note::parse(&"x".repeat(4_001)).is_err());
    assert_eq!(line("ab", 3, 9).expect_err("too short").0, "At least 3 characters, please.");
    assert_eq!(line("", 3, 9).expect_err("empty").0, "This is needed.");
    assert_eq!(paragraphs(" ", 3, 9).expect_err("empty").0, "This is needed.");
    assert_eq!(paragraphs("a", 3, 9).expect_err("too short").0, "At least 3 characters, please.");
    assert!(DisplayName::parse("Win at www.example.com").is_err() && DisplayName::parse("Go to http://x.y").is_err());
}

#[test]
fn paragraphs_keep_their_breaks_and_lose_tricks() {
    assert_eq!(paragraphs(" a\r\nb\n\n\tc \u{202e}\0", 1, 99).as_deref(), Ok("a\nb\n\n\tc"));
    assert!(paragraphs("\u{200b}\u{feff}\r", 1, 99).is_err(), "nothing is left of it");
}

#[test]
fn addresses_look_like_addresses() {
    for (typed, kept) in [
        ("Ada@Example.COM", "ada@example.com"),
        (" a.b+c@x.co ", "a.b+c@x.co"),
        ("josé@exämple.org", "josé@exämple.org"),
    ] {
        assert_eq!(Email::parse(typed).expect("an address").as_str(), kept);
    }
    for typed in [
        "",
        "a",
        "@",
        "a@",
        "@b.c",
        "a@b",
        "a@@b.c",
        "a@b@c.d",
        "a b@c.d",
        "a@.c",
        "a@c.",
        "a@b..c",
        "a@-b.c",
        "a@b.c-",
        "<a@b.c>",
        "a@b.c,d@e.f",
        "a@b.c\nBcc: d@e.f",
        "a\"@b.c",
        "a@b c.d",
        "a@[127.0.0.1]",
    ] {
        assert!(Email::parse(typed).is_err(), "{typed:?}");
    }
    assert!(Email::parse(&format!("{}@b.cd", "a".repeat(65))).is_err());
    assert!(Email::parse(&format!("a@{}.cd", "b".repeat(250))).is_err());
}

#[test]
fn phone_numbers_are_kept_in_one_form() {
    for typed in ["+234 803 123 4567", "00234-803-123-4567", "+234 (803) 123.4567"] {
        assert_eq!(Phone::parse(typed).expect("a number").as_str(), "+2348031234567");
    }
    for typed in [
        "",
        "+",
        "0803 123 4567",
        "+0803123456",
        "+12345",
        "+1234567890123456",
        "+234x8031234",
        "+２３４８０３１２３４",
    ] {
        assert!(Phone::parse(typed).is_err(), "{typed:?}");
    }
}

/// What was taken once is taken again, the same: when it is stored and read, or shown and sent back.
#[track_caller]
fn is_stable<T>(text: &str, parse: impl Fn(&str) -> Option<T>)
where
    T: DeserializeOwned + serde::Serialize + PartialEq + std::fmt::Debug + std::fmt::Display,
{
    let Some(parsed) = parse(text) else {
        let quoted = serde_json::to_string(text).expect("a string");
        assert!(serde_json::from_str::<T>(&quoted).is_err(), "{text:?} comes in by the other door");
        return;
    };
    assert_eq!(parse(&parsed.to_string()).as_ref(), Some(&parsed), "{text:?}");
    let stored = serde_json::to_string(&parsed).expect("plain data");
    assert_eq!(serde_json::from_str::<T>(&stored).ok(), Some(parsed), "{text:?}");
}

#[test]
fn hostile_texts_break_nothing() {
    for text in HOSTILE {
        for text in [(*text).to_owned(), format!("{text}{text}"), text.repeat(900), format!("a{text}@{text}.com")] {
            is_stable(&text, |text| Email::parse(text).ok());
            is_stable(&text, |text| Phone::parse(text).ok());
            is_stable(&text, |text| DisplayName::parse(text).ok());
            is_stable(&text, |text| Label::parse(text).ok());
            is_stable(&text, |text| Reason::parse(text).ok());
            is_stable(&text, |text| Note::parse(text).ok());
        }
    }
    // The capital İ becomes two letters when it is lowered; the length is counted afterwards.
    is_stable(&format!("{}@{}.com", "İ".repeat(20), "b".repeat(228)), |text| Email::parse(text).ok());
}
