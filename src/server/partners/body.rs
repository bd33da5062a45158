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

use crate::domain::{
    error::{Error as Shown, Kind},
    money::{MAX_AMOUNT, Minor},
    text::BadText,
};

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
mod tests {
    use super::{Sent, decimal};

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
}
