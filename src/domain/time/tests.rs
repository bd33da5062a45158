//! Windows: what is written into a form is read from it again, to the second.

use super::Span;

#[test]
fn windows_are_written_as_they_are_typed() {
    let cases = [
        (Span::days(3), "3"),
        (Span::hours(12), "0.5"),
        (Span::hours(1), "1h"),
        (Span(5_400), "1.5h"),
        (Span::ZERO, "0"),
        (Span(60), "60s"),
        (Span(111_601), "111601s"),
        (Span::days(3_653), "3653"),
        (Span(315_619_199), "315619199s"),
    ];
    for (span, text) in cases {
        assert_eq!(span.typed(), text);
        assert_eq!(Span::read(text), Some(span), "{text}");
    }
}

#[test]
fn what_is_no_window_is_not_read() {
    for text in
        ["", "-1", "+1", "s", "h", "1.25", ".5", "1.", "1m", "1e3", "-60s", "+60s", "0.5s", "1234567890s", "123456"]
    {
        assert_eq!(Span::read(text), None, "{text}");
    }
}
