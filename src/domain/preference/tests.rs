//! Topics, the hours of quiet, and what no choice turns off.

use super::{Quiet, Topic, Ways};

#[test]
fn quiet_hours_may_go_over_midnight_and_equal_ends_mean_none() {
    let night = Quiet { from: 22 * 60, to: 7 * 60 };
    for (clock, quiet) in [("21:59", false), ("22:00", true), ("00:00", true), ("06:59", true), ("07:00", false)] {
        let minute = Quiet::minute(clock).expect("a time of day");
        assert_eq!(night.holds_at(minute), quiet, "{clock}");
        assert_eq!(Quiet::clock(minute), clock);
    }
    let noon = Quiet { from: 720, to: 780 };
    assert!(noon.holds_at(720) && !noon.holds_at(780) && !noon.holds_at(0));
    assert!((0..1_440).all(|minute| !Quiet { from: 300, to: 300 }.holds_at(minute)));
    for text in ["24:00", "7", "07:60", "a:b", "", "07:é"] {
        assert_eq!(Quiet::minute(text), None, "{text}");
    }
}

#[test]
fn money_and_security_are_told_whatever_was_chosen() {
    let none = Ways { email: false, sms: false, app: false };
    for topic in Topic::ALL {
        assert_eq!(none.held(topic).email, matches!(topic, Topic::Money | Topic::Security), "{topic:?}");
        assert_eq!(Topic::from_code(topic.code()), Some(topic));
    }
    assert_eq!(Topic::of("released"), Topic::Money);
    assert_eq!(Topic::of("reset_password"), Topic::Security);
    assert_eq!(Topic::of("delivered"), Topic::Arrival);
}
