//! Reminders: at half of each window and a day before a longer one ends, of what the clock would do, and never twice.

use crate::domain::letter::samples;
use crate::domain::order::Order;
use crate::domain::time::{Moment, Span};

const AT: Moment = Moment(1_795_424_400_000_000);

/// The hours after `AT` at which somebody is reminded.
fn hours(order: &Order) -> Vec<i64> {
    let mut after = order.updated_at;
    let mut all = Vec::new();
    while let Some(reminder) = order.next_reminder(after) {
        assert!(reminder.at > after);
        assert_eq!(order.reminded_between(after, reminder.at), [reminder.delivery]);
        all.push(reminder.at.micros_since(AT) / 3_600_000_000);
        after = reminder.at;
    }
    all
}

fn after(code: &str) -> Order {
    samples::samples(AT).into_iter().find(|(event, _)| event.code() == code).expect("a sample").1
}

#[test]
fn half_of_a_window_and_a_day_before_its_end() {
    // Three days to pay.
    assert_eq!(hours(&after("placed")), [36, 48]);
    // Paid after an hour: seven days to deliver, then fourteen until the clock calls it off.
    assert_eq!(hours(&after("paid")), [1 + 84, 1 + 144, 1 + 168 + 168, 1 + 504 - 24]);
    // Delivered after three hours: three days to answer.
    assert_eq!(hours(&after("delivered")), [3 + 36, 3 + 48]);
}

#[test]
fn a_window_of_a_day_or_less_has_one_reminder() {
    let mut order = after("delivered");
    let part = &mut order.deliveries[0];
    part.deadline_at = part.since.plus(Span::hours(24));
    assert_eq!(hours(&order), [3 + 12]);
}

#[test]
fn nobody_is_reminded_of_what_waits_for_nobody() {
    for code in ["released", "ruled", "expired", "charged_back"] {
        assert_eq!(hours(&after(code)), Vec::<i64>::new(), "{code}");
    }
    let mut accepted = after("withdrawn");
    accepted.deliveries[0].deadline_at = accepted.updated_at.plus(Span::days(5));
    assert_eq!(hours(&accepted), Vec::<i64>::new(), "a release waits for nobody");
    let mut paused = after("delivered");
    paused.paused_since = Some(paused.updated_at);
    assert_eq!(hours(&paused), Vec::<i64>::new(), "while another part is in dispute the clock stands still");
}
