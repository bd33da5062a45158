//! Money at its limits, in currencies of no, two and three decimals, and shares that add up to the unit.

use super::{Bps, Currency, MAX_AMOUNT, Minor, Money, MoneyError, UNUSUAL_DECIMALS, allocate, share};

fn currency(code: &str) -> Currency {
    code.parse().expect("a known currency")
}

#[track_caller]
fn reads(text: &str, code: &str, minor: Minor) {
    assert_eq!(Money::parse(text, currency(code)), Ok(Money::new(minor, currency(code))), "{text}");
}

#[track_caller]
fn refuses(text: &str, code: &str, why: MoneyError) {
    assert_eq!(Money::parse(text, currency(code)), Err(why), "{text}");
}

#[test]
fn amounts_are_read_as_people_write_them() {
    for (text, minor) in [
        ("1500", 150_000),
        ("1,500.00", 150_000),
        ("1 500.5", 150_050),
        ("1\u{a0}500.05", 150_005),
        (" 0.01 ", 1),
        (".5", 50),
        ("5.", 500),
        ("0", 0),
        ("00012", 1_200),
        ("1,00,000", 10_000_000),
        ("10,000,000,000.00", MAX_AMOUNT),
    ] {
        reads(text, "NGN", minor);
    }
    reads("1500", "JPY", 1_500);
    reads("1,500", "JPY", 1_500);
    reads("1500.", "JPY", 1_500);
    reads("1.234", "KWD", 1_234);
    reads("1.2", "KWD", 1_200);
    reads("1000000000", "KWD", MAX_AMOUNT);
    reads("1000000000000", "JPY", MAX_AMOUNT);
}

#[test]
fn what_is_no_amount_is_refused() {
    for text in [
        "",
        " ",
        ".",
        ",",
        "-5",
        "+5",
        "1.2.3",
        "1e3",
        "0x10",
        "½",
        "１５",
        "١٢",
        "1_000",
        "NaN",
        "inf",
        "1,5",
        "1,50",
        "1,5000",
        "1.000,50",
        "1.5,0",
        "12345678901234567",
        "5 €",
        "\0",
        "1\n2",
    ] {
        refuses(text, "NGN", MoneyError::NotAnAmount);
    }
    refuses("1.001", "NGN", MoneyError::TooManyDecimals);
    refuses("1.0", "JPY", MoneyError::TooManyDecimals);
    refuses("1.2345", "KWD", MoneyError::TooManyDecimals);
    refuses("10000000000.01", "NGN", MoneyError::TooLarge);
    refuses("9999999999999999.99", "NGN", MoneyError::TooLarge);
    refuses("1000000000000.1", "JPY", MoneyError::TooManyDecimals);
    refuses("1000000000001", "JPY", MoneyError::TooLarge);
    refuses("1000000000.001", "KWD", MoneyError::TooLarge);
}

#[test]
fn amounts_are_written_with_their_currencys_decimals() {
    for (code, minor, digits, shown) in [
        ("NGN", 4_850_000, "48500.00", "₦\u{a0}48,500.00"),
        ("NGN", -1, "-0.01", "₦\u{a0}-0.01"),
        ("NGN", 0, "0.00", "₦\u{a0}0.00"),
        ("NGN", MAX_AMOUNT, "10000000000.00", "₦\u{a0}10,000,000,000.00"),
        ("JPY", 999, "999", "¥\u{a0}999"),
        ("JPY", -1_000, "-1000", "¥\u{a0}-1,000"),
        ("KWD", 1_005, "1.005", "د.ك\u{a0}1.005"),
        ("EUR", i64::MAX, "92233720368547758.07", "€\u{a0}92,233,720,368,547,758.07"),
        ("EUR", i64::MIN, "-92233720368547758.08", "€\u{a0}-92,233,720,368,547,758.08"),
    ] {
        let money = Money::new(minor, currency(code));
        assert_eq!(money.digits(), digits);
        assert_eq!(money.to_string(), shown);
        if (0..=MAX_AMOUNT).contains(&minor) {
            reads(&money.digits(), code, minor);
            reads(&money.amount(), code, minor);
        }
    }
}

#[test]
fn currencies_are_known_by_their_three_letters() {
    assert_eq!((currency("JPY").decimals(), currency(" ngn ").decimals()), (0, 2));
    assert_eq!((currency("KWD").decimals(), currency("CHF").code()), (3, "CHF"));
    for nonsense in ["", "NG", "NAIRA", "₦", "XXX", "XAU", "ABC"] {
        let parsed: Result<Currency, MoneyError> = nonsense.parse();
        assert_eq!(parsed, Err(MoneyError::UnknownCurrency), "{nonsense}");
    }
    let money = Money::new(5, currency("KWD"));
    let stored = serde_json::to_string(&money).expect("plain data");
    assert_eq!(stored, r#"{"minor":5,"currency":"KWD"}"#);
    assert_eq!(serde_json::from_str::<Money>(&stored).ok(), Some(money));
    assert!(serde_json::from_str::<Money>(r#"{"minor":5,"currency":"ZZZ"}"#).is_err());
}

#[test]
fn rates_are_exact_and_round_down() {
    let rate = |bps| Bps::new(bps).expect("at most the whole");
    assert_eq!(rate(150).of(10_000), 150);
    assert_eq!(rate(150).of(66), 0);
    assert_eq!(rate(150).of(67), 1);
    assert_eq!(rate(1).of(9_999), 0);
    assert_eq!(rate(10_000).of(MAX_AMOUNT), MAX_AMOUNT);
    assert_eq!(rate(9_999).of(MAX_AMOUNT), 999_900_000_000);
    assert_eq!(rate(0).of(i64::MAX), 0);
    assert_eq!(rate(10_000).of(i64::MAX), i64::MAX);
    assert_eq!(Bps::new(10_001), None);
    assert!(serde_json::from_str::<Bps>("10001").is_err());
    assert!(serde_json::from_str::<Bps>("-1").is_err());
    for (text, bps) in [("1.5", 150), ("1.05%", 105), (" 100 % ", 10_000), ("0", 0), ("7.", 700)] {
        assert_eq!(Bps::parse_percent(text), Some(rate(bps)), "{text}");
    }
    for text in ["", ".5", "1.005", "100.01", "-1", "1,5", "99999999", "%", "１"] {
        assert_eq!(Bps::parse_percent(text), None, "{text}");
    }
    for (bps, text) in [(150, "1.5\u{a0}%"), (100, "1\u{a0}%"), (10_000, "100\u{a0}%"), (5, "0.05\u{a0}%")] {
        assert_eq!(rate(bps).percent(), text);
    }
}

#[test]
fn a_share_is_rounded_down_whatever_its_sign() {
    assert_eq!(share(10, 1, 3), 3);
    assert_eq!(share(-10, 1, 3), -4);
    assert_eq!(share(MAX_AMOUNT, 2, 3), 666_666_666_666);
    assert_eq!(share(i64::MAX, i64::MAX, i64::MAX), i64::MAX, "nothing overflows in between");
    assert_eq!(share(5, 1, 0), 0, "of nothing there is nothing");
}

#[test]
fn parts_add_up_to_the_whole_and_none_is_more_than_its_due() {
    let weights: [&[i64]; 9] = [
        &[1],
        &[1, 1, 1],
        &[1, 2, 3, 4, 5],
        &[0, 0, 7, 0],
        &[0, 0, 0],
        &[999_999_999_999, 1],
        &[1, 999_999_999_999],
        &[33, 33, 34],
        &[MAX_AMOUNT; 200],
    ];
    for weights in weights {
        let total: i64 = weights.iter().sum();
        for amount in [0, 1, 2, 99, 100, 101, 999_999_999_999, MAX_AMOUNT, -1, -100, total, total - 1] {
            let parts = allocate(amount, weights);
            assert_eq!(parts.iter().sum::<i64>(), amount, "{amount} by {weights:?}");
            for (part, weight) in parts.iter().zip(weights) {
                let (part, weight) = (i128::from(*part), i128::from(*weight));
                if total > 0 {
                    let exact = i128::from(amount) * weight;
                    let off = (part * i128::from(total) - exact).abs();
                    assert!(off < i128::from(total), "{part} of {amount} is not {weight} of {total}");
                }
                if total > 0 && (0..=total).contains(&amount) {
                    assert!((0..=weight).contains(&part), "{part} is more than its {weight}");
                }
            }
        }
    }
    assert_eq!(allocate(10, &[]), Vec::<Minor>::new());
}

#[test]
fn currencies_with_other_than_two_decimals_are_all_named() {
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    for currency in codes.filter_map(|code| code.parse::<Currency>().ok()) {
        let named = UNUSUAL_DECIMALS.iter().find(|(_, codes)| codes.contains(&currency.code()));
        assert_eq!(named.map_or(2, |(decimals, _)| *decimals), currency.decimals(), "{}", currency.code());
    }
}
