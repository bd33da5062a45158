//! That what partners send is read exactly, or refused.

use super::{Sent, decimal, instant};

#[test]
fn instants_are_read_as_shops_write_them() {
    let right = Some(crate::domain::time::Moment(1_795_424_400_000_000));
    for text in [
        "2026-11-23T09:00:00Z",
        "2026-11-23 09:00:00",
        "2026-11-23T09:00:00+0000",
        "2026-11-23T10:00:00+01:00",
        "2026-11-23T10:00:00+0100",
    ] {
        assert_eq!(instant(text), right, "{text}");
    }
    assert!(instant("2026-11-23").is_some());
    for text in ["", "x", "2026-13-01", "yesterday", "äöüäö", "+0000"] {
        assert_eq!(instant(text), None, "{text}");
    }
}

#[tokio::test]
async fn what_is_meant_is_the_same_however_it_is_written() {
    let meant = async |body: &str| read("application/json", body).await.expect("it is JSON").meaning();
    let one = meant(r#"{"Amount": 10.0, "Items": [{"a": 1}], "Note": ""}"#).await;
    for same in [r#"{"items": [{"A": "1"}], "amount": 10}"#, r#"{"Items":[{"a":1.000}],"Amount":"10.00","Other":null}"#]
    {
        assert_eq!(meant(same).await, one, "{same}");
    }
    for other in [
        r#"{"Amount": 100, "Items": [{"a": 1}]}"#,
        r#"{"Amount": 10.01, "Items": [{"a": 1}]}"#,
        r#"{"Amount": 10, "Items": [{"a": 1}, {"a": 1}]}"#,
        r#"{"Amount": 10, "Items": [{"b": 1}]}"#,
        r#"{"Amount": -10, "Items": [{"a": 1}]}"#,
    ] {
        assert_ne!(meant(other).await, one, "{other}");
    }
}

#[test]
fn decimals_are_read_exactly_or_not_at_all() {
    for (text, decimals, minor) in [
        ("10.0", 2, Some(1_000)),
        ("10", 2, Some(1_000)),
        ("0.07", 2, Some(7)),
        ("-3.50", 2, Some(-350)),
        ("9007199254.74", 2, Some(900_719_925_474)),
        ("10.0000", 2, Some(1_000)),
        ("1.0", 0, Some(1)),
        ("1.005", 3, Some(1_005)),
        ("10.001", 2, None),
        ("1e3", 2, None),
        ("1,000.00", 2, None),
        (".5", 2, None),
        ("5.", 2, None),
        ("+5", 2, None),
        ("--5", 2, None),
        ("", 2, None),
        ("NaN", 2, None),
        ("10000000000.01", 2, None),
        ("99999999999999999999", 2, None),
    ] {
        assert_eq!(decimal(text, decimals), minor, "{text}");
    }
}

async fn read(kind: &str, body: &str) -> Result<Sent, String> {
    Sent::read(kind, body.to_owned().into()).await.map_err(|error| error.code)
}

#[tokio::test]
async fn numbers_keep_their_text_and_names_stand_once() {
    let body = r#"{"Amount": 0.1000000000000000055511151231257827, "list": [1.10, "a", null, true]}"#;
    let sent = read("application/json; charset=utf-8", body).await.expect("it is JSON");
    assert_eq!(sent.get("amount").text().as_deref(), Some("0.1000000000000000055511151231257827"));
    assert_eq!(sent.list("list")[0], Sent::Number("1.10".to_owned()));
    assert_eq!(sent.list("list").len(), 4);
    for broken in [r#"{"a": 1, "A": 2}"#, "[]", "{", "{} {}", "nonsense", "1"] {
        assert_eq!(read("application/json", broken).await, Err("malformed".to_owned()), "{broken}");
    }
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(read("application/json", &deep).await, Err("malformed".to_owned()));
}

#[tokio::test]
async fn forms_are_fields_and_lists() {
    let sent = read("application/x-www-form-urlencoded", "a=1&ids[]=2&ids%5B%5D=3&b=x%20y").await.expect("a form");
    assert_eq!(sent.need("A").as_deref(), Ok("1"));
    assert_eq!(sent.list("ids"), [Sent::Text("2".to_owned()), Sent::Text("3".to_owned())]);
    assert_eq!(sent.need("b").as_deref(), Ok("x y"));
    assert!(sent.need("c").is_err() && sent.maybe("ids").is_err());
    assert_eq!(read("text/plain", "a=1").await, Err("malformed".to_owned()));
}
