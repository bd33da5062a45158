//! Lengths at and beside every edge, in both encodings.

use super::{Encoding, Length, MOST_SEGMENTS, fitted, length, plain};

#[track_caller]
fn check(text: &str, encoding: Encoding, units: usize, segments: usize) {
    assert_eq!(length(text), Length { encoding, units, segments }, "{} letters", text.chars().count());
}

#[test]
fn the_gsm_alphabet_takes_seven_bits_a_letter() {
    check("", Encoding::Gsm7, 0, 1);
    check("Your order was delivered @ 14:00, £5 ÄÖÑÜ à?", Encoding::Gsm7, 44, 1);
    check(&"a".repeat(160), Encoding::Gsm7, 160, 1);
    check(&"a".repeat(161), Encoding::Gsm7, 161, 2);
    check(&"a".repeat(306), Encoding::Gsm7, 306, 2);
    check(&"a".repeat(307), Encoding::Gsm7, 307, 3);
}

#[test]
fn letters_of_the_extension_take_two_and_are_not_torn_apart() {
    check("€", Encoding::Gsm7, 2, 1);
    check("^{}\\[~]|€\u{c}", Encoding::Gsm7, 20, 1);
    check(&"€".repeat(80), Encoding::Gsm7, 160, 1);
    check(&format!("{}a", "€".repeat(80)), Encoding::Gsm7, 161, 2);
    // 152 letters and an escaped one do not fit into 153: it goes whole into the next segment, which makes three.
    check(&format!("{}€{}", "a".repeat(152), "a".repeat(152)), Encoding::Gsm7, 306, 3);
    check(&format!("{}€{}", "a".repeat(151), "a".repeat(153)), Encoding::Gsm7, 306, 2);
}

#[test]
fn one_letter_outside_the_alphabet_makes_all_of_it_sixteen_bits() {
    check("₦", Encoding::Ucs2, 1, 1);
    check("ç", Encoding::Ucs2, 1, 1);
    check(&"я".repeat(70), Encoding::Ucs2, 70, 1);
    check(&"я".repeat(71), Encoding::Ucs2, 71, 2);
    check(&"я".repeat(134), Encoding::Ucs2, 134, 2);
    check(&"я".repeat(135), Encoding::Ucs2, 135, 3);
}

#[test]
fn an_emoji_is_two_units_and_stays_in_one_segment() {
    check("📦", Encoding::Ucs2, 2, 1);
    check(&"📦".repeat(35), Encoding::Ucs2, 70, 1);
    check(&"📦".repeat(36), Encoding::Ucs2, 72, 2);
    // 33 pairs fill 66 of 67 units; the 34th goes into the next segment.
    check(&"📦".repeat(67), Encoding::Ucs2, 134, 3);
}

#[test]
fn typography_is_made_plain_and_long_middles_are_cut() {
    assert_eq!(plain("It’s “here” – now…\u{a0}ok"), "It's \"here\" - now... ok");
    let long = "long name ".repeat(200);
    let text = fitted("Fair: ", &long, " https://orders.example/orders/HF-1");
    assert!(length(&text).segments == MOST_SEGMENTS && text.ends_with("/orders/HF-1"), "{text}");
    assert_eq!(fitted("a", "b", "c"), "abc");
}
