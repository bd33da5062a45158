//! A card on its way to a gateway: checked, passed on, forgotten. Only its last four digits ever leave this module in writing.

use std::fmt;

use crate::domain::{
    error::{Error as Shown, FieldError},
    text::DisplayName,
    time::Moment,
};

/// What was typed into the form.
#[derive(Clone, Default)]
pub struct TypedCard {
    /// The number, with spaces or dashes between its groups or without.
    pub number: String,
    /// Month and year: `12/29`.
    pub expiry: String,
    /// The three or four digits on the back.
    pub cvc: String,
    /// The name on it.
    pub holder: String,
}

/// Says that something was typed, not what.
impl fmt::Debug for TypedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedCard(…)")
    }
}

/// A card that can be asked for money.
#[derive(Clone)]
pub struct Card {
    digits: String,
}

/// Says the last four digits.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card(…{})", self.last4())
    }
}

impl Card {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Each field that cannot be right: `card_number`, `expiry`, `card_cvc`, `holder`.
    pub fn read(typed: &TypedCard, now: Moment) -> Result<Self, Shown> {
        let number = read_number(&typed.number);
        let checks = [
            ("card_number", number.as_ref().err().copied()),
            ("expiry", expiry_fault(&typed.expiry, now)),
            ("card_cvc", cvc_fault(&typed.cvc)),
        ];
        let mut wrong: Vec<FieldError> = checks
            .into_iter()
            .filter_map(|(field, fault)| Some(FieldError { field: field.to_owned(), message: fault?.to_owned() }))
            .collect();
        if let Err(bad) = DisplayName::parse(&typed.holder) {
            wrong.push(FieldError { field: "holder".to_owned(), message: bad.0 });
        }
        match number {
            Ok(digits) if wrong.is_empty() => Ok(Self { digits }),
            _ => Err(Shown::fields(wrong)),
        }
    }

    /// All digits, for the gateway alone.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The last four, by which its owner knows it again.
    pub fn last4(&self) -> &str {
        &self.digits[self.digits.len() - 4..]
    }
}

fn read_number(text: &str) -> Result<String, &'static str> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    if digits.is_empty() {
        return Err("This is needed.");
    }
    let plausible = (12..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plausible && luhn(&digits) { Ok(digits) } else { Err("This is not a card number. Please look again.") }
}

/// The check that finds each single wrong digit.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|byte| u32::from(byte - b'0'))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double @ 10..) => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn expiry_fault(text: &str, now: Moment) -> Option<&'static str> {
    let two = |text: &str| {
        let text = text.trim();
        let fits = matches!(text.len(), 2 | 4) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse::<i16>().ok()).flatten()
    };
    let read = text.split_once('/').and_then(|(month, year)| Some((two(month)?, two(year)?)));
    let Some((month @ 1..=12, year)) = read else { return Some("Write month and year: 12/29.") };
    let year = if year < 100 { 2_000 + year } else { year };
    let today = jiff::Timestamp::from_microsecond(now.0).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    // It is good until the end of that month, wherever the payer is.
    ((year, month) < (today.year(), i16::from(today.month()))).then_some("This card has expired.")
}

fn cvc_fault(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let fits = matches!(text.len(), 3 | 4) && text.bytes().all(|byte| byte.is_ascii_digit());
    (!fits).then_some("The three or four digits on the back.")
}

#[cfg(test)]
mod tests {
    use super::{Card, TypedCard};
    use crate::domain::time::Moment;

    const NOW: Moment = Moment(1_795_424_400_000_000); // 23 November 2026

    #[track_caller]
    fn check(number: &str, expiry: &str, cvc: &str, holder: &str, wrong: &[&str]) {
        let owned = str::to_owned;
        let typed = TypedCard { number: owned(number), expiry: owned(expiry), cvc: owned(cvc), holder: owned(holder) };
        let faults = Card::read(&typed, NOW).err().map(|error| error.fields).unwrap_or_default();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, wrong, "{number} {expiry} {cvc} {holder}");
    }

    #[test]
    fn a_card_is_read_as_people_type_it_and_each_wrong_field_is_named() {
        check("4242 4242 4242 4242", "12/29", "123", "Bisi Alade", &[]);
        check("4242-4242-4242-4242", " 11 / 26", "1234", "B", &[]);
        check("4242424242424242", "1/2030", "123", "B", &["expiry"]);
        check("4242424242424242", "01/2030", "123", "B", &[]);
        check("4242424242424241", "10/26", "12", " ", &["card_number", "expiry", "card_cvc", "holder"]);
        check("", "", "", "", &["card_number", "expiry", "card_cvc", "holder"]);
        check("4242 4242 4242 424x", "13/29", "12a", "B", &["card_number", "expiry", "card_cvc"]);
        check("0000", "00/29", "123", "B", &["card_number", "expiry"]);
    }

    #[test]
    fn a_card_never_says_its_number() {
        let typed = TypedCard {
            number: "4242424242424242".to_owned(),
            expiry: "12/29".to_owned(),
            cvc: "123".to_owned(),
            holder: "B".to_owned(),
        };
        let card = Card::read(&typed, NOW).expect("a good card");
        assert_eq!(format!("{typed:?} {card:?}"), "TypedCard(…) Card(…4242)");
    }
}
