//! Every text exists in every language, with the same names in it, and what is filled in is never read as a name.

use std::collections::BTreeSet;

use super::{BOOKS, Language, LocalTime, fill};

fn names(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_key_exists_in_every_language_with_the_same_names() {
    let [english, ..] = &*BOOKS;
    assert!(english.len() > 100, "the file was read");
    for language in Language::ALL {
        let book = &BOOKS[language as usize];
        assert_eq!(book.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language:?}");
        for (key, text) in book {
            assert_eq!(names(text), names(english[key]), "{language:?}, {key}");
            assert!(!text.trim().is_empty(), "{language:?}, {key}");
        }
        assert_eq!(language.text("weekdays").split(' ').count(), 7);
        assert_eq!(language.text("months").split(' ').count(), 12);
        assert_eq!(Language::from_code(language.code()), Some(language));
    }
}

#[test]
fn the_language_that_a_browser_wants_most_is_the_one() {
    let check = |said: &str, wanted: Option<Language>| assert_eq!(Language::wanted(said), wanted, "{said}");
    check("fr", Some(Language::Fr));
    check("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::Pt));
    check("de, FR-ch;q=0.5, en;q=0.4", Some(Language::Fr));
    check("en;q=0.7, pt;q=0.75", Some(Language::Pt));
    check("fr;q=0, en;q=0.1", Some(Language::En));
    check("de, *;q=0.5", None);
    check("", None);
    check("fr;q=nonsense,;;,-", Some(Language::Fr));
}

#[test]
fn no_file_says_a_key_twice() {
    for file in [include_str!("en.txt"), include_str!("fr.txt"), include_str!("pt.txt")] {
        let keys: Vec<&str> = file.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect();
        let once: BTreeSet<&&str> = keys.iter().collect();
        assert_eq!(once.len(), keys.len());
        let spoken = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(spoken.count(), keys.len(), "each line is a key and its text");
    }
}

#[test]
fn what_is_filled_in_is_not_filled_again() {
    let values = [("a", "{b}".to_owned()), ("b", "second".to_owned())];
    assert_eq!(fill("{a} and {b}, {c} {", &values), "{b} and second, {c} {");
}

#[test]
fn a_date_is_written_as_its_readers_write_it() {
    let local = LocalTime { year: 2026, month: 11, day: 26, weekday: 3, hour: 9, minute: 5 };
    assert_eq!(Language::En.date(local), "Thu 26 Nov 2026, 09:05");
    assert_eq!(Language::Fr.date(local), "jeu. 26 nov. 2026, 09:05");
    assert_eq!(Language::Pt.date(local), "qui. 26 nov. 2026, 09:05");
}
