//! What partners send, read without judging it: form fields or JSON, whose numbers stay the text that they came as.

use axum::{
    body::{Body, Bytes},
    extract::{Form, FromRequest, Query, Request},
    http::{Uri, header},
};
use serde::{
    Deserialize,
    de::{Deserializer, Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        money::{MAX_AMOUNT, Minor},
        text::{BadText, Note},
        time::Moment,
    },
    server::clock,
};

/// The longest link.
const LONGEST_LINK: usize = 1_000;
/// How deep JSON may be.
const DEEPEST: usize = 12;

/// A value as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Not there, or null.
    Nothing,
    /// Yes or no.
    Truth(bool),
    /// A number, as its text.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Sent>),
    /// Members by name.
    Members(Vec<(String, Sent)>),
}

/// What is not there.
static NOTHING: Sent = Sent::Nothing;

fn malformed(detail: impl Into<String>) -> Shown {
    Shown::new(Kind::Malformed, "malformed", detail)
}

impl Sent {
    /// The body of a request: a form or JSON, by what it says it is or else by how it begins.
    pub async fn read(kind: &str, bytes: Bytes) -> Result<Self, Shown> {
        if bytes.is_empty() {
            return Ok(Self::Members(Vec::new()));
        }
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let looks_like_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{');
        if kind == "application/json" || kind.ends_with("+json") || (kind.is_empty() && looks_like_json) {
            let text = str::from_utf8(&bytes).map_err(|_| malformed("The body is not UTF-8."))?;
            let whole: &RawValue =
                serde_json::from_str(text).map_err(|error| malformed(format!("The body is not JSON: {error}.")))?;
            return match value(whole, 0)? {
                Self::Members(members) => Ok(Self::Members(members)),
                _ => Err(malformed("The body must be a JSON object.")),
            };
        }
        if kind.is_empty() || kind == "application/x-www-form-urlencoded" {
            return form(bytes).await;
        }
        Err(malformed("Send a form or JSON."))
    }

    /// The parameters behind the question mark.
    pub fn query(uri: &Uri) -> Result<Self, Shown> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| malformed("The parameters of the address cannot be read."))?;
        Ok(fields(pairs))
    }

    /// A member, whatever the case of its name.
    pub fn get(&self, name: &str) -> &Self {
        let Self::Members(members) = self else { return &NOTHING };
        members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(&NOTHING, |(_, value)| value)
    }

    /// The text of a text or number, when there is any.
    pub fn text(&self) -> Option<String> {
        let text = match self {
            Self::Text(text) | Self::Number(text) => text.trim(),
            _ => "",
        };
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The text of a member, when there is any; lists and objects are no texts.
    pub fn maybe(&self, name: &str) -> Result<Option<String>, Shown> {
        let value = self.get(name);
        match value {
            Self::List(_) | Self::Members(_) | Self::Truth(_) => Err(Shown::field(name, "This must be a text.")),
            _ => Ok(value.text()),
        }
    }

    /// The text of a member that must be there.
    pub fn need(&self, name: &str) -> Result<String, Shown> {
        self.maybe(name)?.ok_or_else(|| Shown::field(name, "This is needed."))
    }

    /// A member that must be there, read.
    pub fn read_need<T>(&self, name: &str, read: fn(&str) -> Result<T, BadText>) -> Result<T, Shown> {
        read(&self.need(name)?).map_err(|bad| Shown::field(name, bad.0))
    }

    /// A member that may be there, read.
    pub fn read_maybe<T>(&self, name: &str, read: fn(&str) -> Result<T, BadText>) -> Result<Option<T>, Shown> {
        self.maybe(name)?.map(|text| read(&text).map_err(|bad| Shown::field(name, bad.0))).transpose()
    }

    /// A whole number that may be there.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, Shown> {
        let read = |text: String| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits).ok_or_else(|| Shown::field(name, "This must be a whole number."))
        };
        self.maybe(name)?.map(read).transpose()
    }

    /// A whole number within bounds, or the usual one when none is there.
    pub fn between(&self, name: &str, usual: usize, (least, most): (usize, usize)) -> Result<usize, Shown> {
        let number = self.whole(name)?.map_or(Ok(usual), usize::try_from).ok();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| Shown::field(name, format!("From {least} to {most}.")))
    }

    /// An amount that may be there, in minor units of a currency with so many decimals.
    pub fn amount(&self, name: &str, decimals: u32) -> Result<Option<Minor>, Shown> {
        let read = |text: String| {
            decimal(&text, decimals).ok_or_else(|| {
                Shown::field(name, format!("This must be an amount with at most {decimals} decimals, such as 10.00."))
            })
        };
        self.maybe(name)?.map(read).transpose()
    }

    /// The values of a list; one value, or texts between commas, count as a list too.
    pub fn list(&self, name: &str) -> Vec<Self> {
        match self.get(name) {
            Self::Nothing => Vec::new(),
            Self::List(values) => values.clone(),
            Self::Text(text) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                parts.map(|part| Self::Text(part.to_owned())).collect()
            }
            other => vec![other.clone()],
        }
    }
}

impl Sent {
    /// What was meant, in the one way to write it: whatever the order and the case of names, how many zeros a decimal number
    /// ends with, and whether what is not said is left out or sent empty.
    pub fn meaning(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Truth(truth) => truth.to_string(),
            Self::Number(text) | Self::Text(text) => without_zeros(text.trim()).to_owned(),
            Self::List(values) => format!("{:?}", values.iter().map(Self::meaning).collect::<Vec<_>>()),
            Self::Members(members) => {
                let mut said: Vec<(String, String)> =
                    members.iter().map(|(name, value)| (name.to_lowercase(), value.meaning())).collect();
                said.retain(|(_, value)| !value.is_empty());
                said.sort();
                format!("{said:?}")
            }
        }
    }

    /// Yes or no, that may be there.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, Shown> {
        match (self.get(name), self.get(name).text().as_deref()) {
            (Self::Nothing, _) => Ok(None),
            (Self::Truth(truth), _) => Ok(Some(*truth)),
            (_, Some("true" | "1")) => Ok(Some(true)),
            (_, Some("false" | "0")) => Ok(Some(false)),
            _ => Err(Shown::field(name, "This must be true or false.")),
        }
    }

    /// A link that may be there.
    pub fn link(&self, name: &str) -> Result<Option<Note>, Shown> {
        let is_link = |text: &str| text.starts_with("https://") || text.starts_with("http://");
        match self.read_maybe(name, Note::parse)? {
            Some(link) if !is_link(link.as_str()) || link.as_str().len() > LONGEST_LINK => {
                Err(Shown::field(name, format!("This must be a link of at most {LONGEST_LINK} characters.")))
            }
            link => Ok(link),
        }
    }

    /// Pieces that may be there, each by the number of its item in the order and how many of it.
    pub fn pieces(&self, list: &str, (no, count): (&str, &str)) -> Result<Vec<(u16, u32)>, Shown> {
        let one = |(at, piece): (usize, Self)| {
            let wrong = |name: &str| Shown::field(&format!("{list}[{at}].{name}"), "There is no such item, or number.");
            let number = |name: &str| piece.get(name).text().and_then(|text| text.parse::<u32>().ok());
            let item = number(no).and_then(|no| u16::try_from(no).ok()).ok_or_else(|| wrong(no))?;
            Ok((item, number(count).filter(|count| *count > 0).ok_or_else(|| wrong(count))?))
        };
        self.list(list).into_iter().enumerate().map(one).collect()
    }

    /// An instant that may be there, as shops write it: RFC 3339, with a space or without colons in its offset, or a day.
    pub fn instant(&self, name: &str) -> Result<Option<Moment>, Shown> {
        let wrong = || Shown::field(name, "This must be an instant, such as 2026-11-26T14:00:00Z.");
        self.maybe(name)?.map(|text| instant(&text).ok_or_else(wrong)).transpose()
    }

    /// One of these words, whatever its case, that may be there.
    pub fn one_of<'a>(&self, name: &str, known: &[&'a str]) -> Result<Option<&'a str>, Shown> {
        let Some(text) = self.maybe(name)? else { return Ok(None) };
        let found = known.iter().copied().find(|word| word.eq_ignore_ascii_case(&text));
        found.map(Some).ok_or_else(|| Shown::field(name, format!("One of {}.", known.join(", "))))
    }
}

/// A decimal number without the zeros at its end; any other text as it is.
fn without_zeros(text: &str) -> &str {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match digits.split_once('.') {
        Some((whole, fraction)) if is_digits(whole) && is_digits(fraction) => {
            text.trim_end_matches('0').trim_end_matches('.')
        }
        _ => text,
    }
}

fn instant(text: &str) -> Option<Moment> {
    let mut text = text.trim().replacen(' ', "T", 1);
    if text.len() == 10 {
        text.push_str("T00:00:00");
    }
    let offset = text.len().checked_sub(5).filter(|at| text.is_char_boundary(*at)).map(|at| text.split_at(at));
    if let Some((rest, end)) = offset
        && end.starts_with(['+', '-'])
        && end[1..].bytes().all(|byte| byte.is_ascii_digit())
        && rest.contains('T')
    {
        text = format!("{rest}{}:{}", &end[..3], &end[3..]);
    }
    clock::read_rfc3339(&text).or_else(|| clock::read_rfc3339(&format!("{text}Z")))
}

/// A decimal number as minor units, exactly: `10`, `10.5`, `-3.00`; zeros beyond the decimals are no more than zeros.
pub fn decimal(text: &str, decimals: u32) -> Option<Minor> {
    let (sign, bare) = text.trim().strip_prefix('-').map_or((1, text.trim()), |bare| (-1, bare));
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.len() > 16 || fraction.len() > 30 {
        return None;
    }
    let places = decimals as usize;
    let (kept, rest) = fraction.split_at(places.min(fraction.len()));
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let minor: Minor = format!("{whole}{kept:0<places$}").parse().ok()?;
    (minor <= MAX_AMOUNT).then_some(sign * minor)
}

async fn form(bytes: Bytes) -> Result<Sent, Shown> {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(bytes))
        .expect("the request is whole");
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(|_| malformed("The form cannot be read."))?;
    Ok(fields(pairs))
}

/// Fields by name; those called `name[]` are a list.
fn fields(pairs: Vec<(String, String)>) -> Sent {
    let mut members: Vec<(String, Sent)> = Vec::new();
    for (name, value) in pairs {
        let value = Sent::Text(value);
        let Some(bare) = name.strip_suffix("[]") else {
            members.push((name, value));
            continue;
        };
        match members.iter_mut().find(|(known, _)| known == bare) {
            Some((_, Sent::List(values))) => values.push(value),
            _ => members.push((bare.to_owned(), Sent::List(vec![value]))),
        }
    }
    Sent::Members(members)
}

/// The members of an object in their order, each once.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if members.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                        return Err(A::Error::custom(format!("“{name}” stands there twice")));
                    }
                    members.push((name, value));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn value(raw: &RawValue, depth: usize) -> Result<Sent, Shown> {
    if depth > DEEPEST {
        return Err(malformed("The body is nested too deep."));
    }
    let text = raw.get();
    let bad = |error: serde_json::Error| malformed(format!("The body cannot be read: {error}."));
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let Object(members) = serde_json::from_str(text).map_err(bad)?;
            let read = members.into_iter().map(|(name, raw)| Ok((name, value(raw, depth + 1)?)));
            Sent::Members(read.collect::<Result<_, Shown>>()?)
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(text).map_err(bad)?;
            Sent::List(values.into_iter().map(|raw| value(raw, depth + 1)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Sent::Text(serde_json::from_str(text).map_err(bad)?),
        Some(b't') => Sent::Truth(true),
        Some(b'f') => Sent::Truth(false),
        Some(b'n') | None => Sent::Nothing,
        Some(_) => Sent::Number(text.to_owned()),
    })
}

#[cfg(test)]
mod tests;
