//! Money: integer minor units and a currency, checked sums, and shares that always add up.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use iso_currency::Currency as Iso;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// An amount in the smallest unit of its order's currency (cents, kobo; yen have none smaller).
pub type Minor = i64;

/// The largest amount of one order, in minor units: sums of millions of them still fit an `i64`.
pub const MAX_AMOUNT: Minor = 1_000_000_000_000;

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(Iso);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals its minor unit has: 2 for most, 0 for the yen, 3 for the dinars.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// The sign that people know it by, or its three letters.
    #[must_use]
    pub fn sign(self) -> String {
        match self.0.symbol().symbol.as_str() {
            "" => self.code().to_owned(),
            sign => sign.to_owned(),
        }
    }
}

/// The currencies whose minor unit has not two decimals, and how many it has.
pub const UNUSUAL_DECIMALS: [(u32, &[&str]); 3] = [
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
    (4, &["CLF", "UYW"]),
];

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Iso::from_code(&code.trim().to_ascii_uppercase())
            .filter(|iso| iso.exponent().is_some())
            .map(Self)
            .ok_or(MoneyError::UnknownCurrency)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In minor units, negative when it is owed the other way.
    pub minor: Minor,
    /// What the units are of.
    pub currency: Currency,
}

/// Why a text or a sum is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Three letters that ISO 4217 does not know as a currency with minor units.
    #[error("not a currency that ISO 4217 knows")]
    UnknownCurrency,
    /// Not digits with at most one decimal point.
    #[error("not an amount: write it like 1500 or 1,500.00")]
    NotAnAmount,
    /// More decimals than the currency has.
    #[error("this currency has fewer decimals")]
    TooManyDecimals,
    /// Above [`MAX_AMOUNT`].
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    /// An amount of so many minor units.
    #[must_use]
    pub const fn new(minor: Minor, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads what people type (`1500`, `1,500.00`, `0.5`), exactly and without floats.
    /// The point is the decimal sign; spaces between digits are ignored, and commas where they set
    /// thousands apart. `1,5` is refused, for some people mean one and a half by it.
    ///
    /// # Errors
    /// When the text is no amount, has too many decimals, or is above [`MAX_AMOUNT`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        parse_minor(text, currency.decimals()).map(|minor| Self { minor, currency })
    }

    /// Digits alone: `48500.00`, as plain-text accounting and forms read them.
    #[must_use]
    pub fn digits(self) -> String {
        written(self.minor, self.currency.decimals(), "")
    }

    /// Digits for people, with thousands set apart: `48,500.00`.
    #[must_use]
    pub fn amount(self) -> String {
        written(self.minor, self.currency.decimals(), ",")
    }
}

impl fmt::Display for Money {
    /// For people: `₦ 48,500.00`, with a space that does not break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_sign(&self.currency.sign(), &self.amount()))
    }
}

/// Reads what people type as [`Money::parse`] does, for a currency with so many decimals.
///
/// # Errors
/// As [`Money::parse`].
pub fn parse_minor(text: &str, decimals: u32) -> Result<Minor, MoneyError> {
    let spaceless: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}')).collect();
    let (whole, fraction) = spaceless.split_once('.').unwrap_or((&spaceless, ""));
    if whole.rsplit_once(',').is_some_and(|(_, last)| last.len() != 3) {
        return Err(MoneyError::NotAnAmount);
    }
    let whole = whole.replace(',', "");
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || whole.len() > 16 || !digits(&whole) || !digits(fraction) {
        return Err(MoneyError::NotAnAmount);
    }
    let places = decimals as usize;
    if fraction.len() > places {
        return Err(MoneyError::TooManyDecimals);
    }
    let padded = format!("{whole}{fraction:0<places$}");
    let minor: Minor = padded.parse().map_err(|_| MoneyError::TooLarge)?;
    if minor > MAX_AMOUNT { Err(MoneyError::TooLarge) } else { Ok(minor) }
}

/// Minor units as digits, with so many decimals and this between its thousands.
#[must_use]
pub fn written(minor: Minor, decimals: u32, separator: &str) -> String {
    let scale = 10_u64.pow(decimals);
    let size = minor.unsigned_abs();
    let whole = (size / scale).to_string();
    let mut grouped = String::with_capacity(whole.len() + 8);
    if minor < 0 {
        grouped.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push_str(separator);
        }
        grouped.push(digit);
    }
    if decimals > 0 {
        let _ = write!(grouped, ".{:0width$}", size % scale, width = decimals as usize);
    }
    grouped
}

/// An amount behind its sign: `₦ 48,500.00`, with a space that does not break.
#[must_use]
pub fn with_sign(sign: &str, amount: &str) -> String {
    format!("{sign}\u{a0}{amount}")
}

/// A rate in hundredths of a percent: 150 is 1.5 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Bps(u16);

impl Bps {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A rate of 0 to 10,000; more than the whole is no rate.
    #[must_use]
    pub const fn new(bps: u16) -> Option<Self> {
        if bps <= 10_000 { Some(Self(bps)) } else { None }
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// This share of an amount, rounded down to the unit: what is left over stays with the payer.
    #[must_use]
    pub fn of(self, amount: Minor) -> Minor {
        share(amount, i64::from(self.0), 10_000)
    }

    /// For people: `1.5 %`.
    #[must_use]
    pub fn percent(self) -> String {
        let text = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        format!("{}\u{a0}%", text.trim_end_matches('0').trim_end_matches('.'))
    }

    /// Reads a percentage as people type it: `1.5` is 150.
    #[must_use]
    pub fn parse_percent(text: &str) -> Option<Self> {
        let bare = text.trim().trim_end_matches('%').trim();
        let (whole, decimals) = bare.split_once('.').unwrap_or((bare, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 2 || !all_digits(whole) || !all_digits(decimals) {
            return None;
        }
        format!("{whole}{decimals:0<2}").parse().ok().and_then(Self::new)
    }
}

impl TryFrom<u16> for Bps {
    type Error = &'static str;

    fn try_from(bps: u16) -> Result<Self, &'static str> {
        Self::new(bps).ok_or("a rate is at most 10000 hundredths of a percent")
    }
}

impl From<Bps> for u16 {
    fn from(bps: Bps) -> Self {
        bps.0
    }
}

/// `amount · part / whole`, rounded down, without overflow in between; zero when there is no whole.
#[must_use]
pub fn share(amount: Minor, part: i64, whole: i64) -> Minor {
    if whole == 0 {
        return 0;
    }
    let exact = (i128::from(amount) * i128::from(part)).div_euclid(i128::from(whole));
    Minor::try_from(exact).expect("a share of an amount is no larger than the amount's bounds")
}

/// Divides an amount by weights so that the parts add up to it to the unit: each part is the
/// difference of two rounded-down running totals, so the remainder lands where it falls due.
/// With weights that sum to zero, all parts weigh the same.
#[must_use]
pub fn allocate(amount: Minor, weights: &[i64]) -> Vec<Minor> {
    let total: i64 = weights.iter().sum();
    let even = total == 0;
    let whole = if even { i64::try_from(weights.len()).expect("few weights") } else { total };
    let mut running = 0;
    let mut given = 0;
    weights
        .iter()
        .map(|weight| {
            running += if even { 1 } else { *weight };
            let until_here = share(amount, running, whole);
            let part = until_here - given;
            given = until_here;
            part
        })
        .collect()
}
