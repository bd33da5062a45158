//! What people read, at the places where the words change.

use super::{Reading, Urgency, count, countdown, initials, plural};
use crate::domain::time::{Moment, Span};

/// Saturday 21 November 2026, 13:00 in UTC and 14:00 in Lagos.
const NOW: Moment = Moment(1_795_266_000_000_000);

fn lagos() -> Reading {
    Reading::new("Africa/Lagos", NOW)
}

#[test]
fn an_instant_is_read_in_the_readers_zone() {
    let stamp = lagos().stamp(NOW).expect("a real instant");
    assert_eq!(stamp.text, "Sat 21 Nov, 14:00");
    assert_eq!(stamp.machine, "2026-11-21T13:00:00Z");
    assert_eq!(stamp.exact, "Saturday 21 November 2026, 14:00:00 WAT");
    assert_eq!(Reading::new("Nowhere/Atall", NOW).moment(NOW), "Sat 21 Nov, 13:00");
}

#[test]
fn another_year_is_named() {
    let before = NOW.minus(Span::days(400));
    assert_eq!(lagos().moment(before), "17 Oct 2025, 14:00");
    assert_eq!(lagos().date(before), "17 Oct 2025");
    assert_eq!(lagos().date(NOW), "21 Nov");
}

#[test]
fn what_never_comes_has_no_stamp() {
    assert_eq!(lagos().stamp(Moment::NEVER), None);
    assert_eq!(lagos().moment(Moment::NEVER), "never");
    assert_eq!(lagos().left(Moment::NEVER), "");
    assert_eq!(lagos().due(Moment::NEVER), "");
    assert_eq!(lagos().urgency(Moment::NEVER), Urgency::Calm);
}

#[test]
fn time_left_has_two_units_at_most() {
    let cases = [
        (Span::ZERO, "time is up"),
        (Span(20), "1 min left"),
        (Span(59 * 60), "59 min left"),
        (Span::hours(5), "5 h left"),
        (Span::hours(28), "1 d 4 h left"),
        (Span::days(2), "2 d left"),
        (Span(Span::days(9).0 + 7_200), "9 d left"),
    ];
    for (span, words) in cases {
        assert_eq!(lagos().left(NOW.plus(span)), words);
    }
}

#[test]
fn a_due_date_is_named_by_its_day_within_the_week() {
    let cases = [
        (Span::hours(1), "due today"),
        (Span::hours(11), "due tomorrow"),
        (Span::days(4), "due Wed"),
        (Span::days(8), "due 29 Nov"),
        (Span::hours(-1), "overdue"),
    ];
    for (span, words) in cases {
        assert_eq!(lagos().due(NOW.plus(span)), words);
    }
}

#[test]
fn a_deadline_grows_urgent_in_two_steps() {
    assert_eq!(lagos().urgency(NOW.plus(Span::days(3))), Urgency::Calm);
    assert_eq!(lagos().urgency(NOW.plus(Span::hours(40))), Urgency::Soon);
    assert_eq!(lagos().urgency(NOW.plus(Span::hours(5))), Urgency::Late);
}

#[test]
fn the_clock_shows_seconds_on_the_last_day_only() {
    assert_eq!(countdown(28 * 3_600 + 12 * 60 + 9), "1 d 04:12");
    assert_eq!(countdown(4 * 3_600 + 12 * 60 + 30), "04:12:30");
    assert_eq!(countdown(-5), "00:00:00");
}

#[test]
fn numbers_and_names_are_set_as_people_write_them() {
    assert_eq!(count(19_674), "19,674");
    assert_eq!(count(-1_000), "-1,000");
    assert_eq!(count(7), "7");
    assert_eq!(plural(1, "item", "items"), "1 item");
    assert_eq!(plural(1_200, "item", "items"), "1,200 items");
    assert_eq!(initials("Ngozi Ada Okafor"), "NO");
    assert_eq!(initials("  "), "");
}
