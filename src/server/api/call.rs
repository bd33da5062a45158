//! One call of a program: who, what for, with what; and what it is answered.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::Query,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{problem::Problem, route::Route};
use crate::{
    domain::{error::Error as Shown, page::Cursor},
    server::{
        service::{Services, Visit, keys::Holder, photos::Uploads, programs::OrderName},
        state::AppState,
        upload::Taken,
    },
};

/// One call, once it is known who makes it and that they may.
#[derive(Debug)]
pub struct Call {
    /// What every request shares.
    pub state: AppState,
    /// Who calls.
    pub holder: Holder,
    /// Where from.
    pub visit: Visit,
    /// What is called.
    pub route: Arc<Route>,
    /// The variable parts of the address.
    pub params: Vec<(String, String)>,
    /// The address.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The caller's own key for this.
    pub key: Option<String>,
    /// The photos that came along.
    pub uploads: Uploads,
    /// The memory that those take.
    pub taken: Taken,
}

/// Rows of a page when nobody says.
const ROWS: u32 = 25;
/// The header that says that this was answered before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The most rows of a page.
pub const MOST_ROWS: u32 = 100;

impl Call {
    /// What use cases work with.
    pub fn services(&self) -> &Services {
        &self.state.services
    }

    /// The session that the key stands in for, where a use case asks for one.
    pub fn seen_as_person(&self) -> crate::server::service::keys::Seen {
        self.holder.seen(self.services().now())
    }

    /// Refuses a body where none is asked for.
    pub fn no_body(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        self.json::<Nothing>().map(|Nothing {}| ())
    }

    /// Refuses `If-Match` where nothing has a version, so that nobody thinks that it counted.
    pub fn no_if_match(&self) -> Result<(), Problem> {
        if self.route.is_versioned || !self.headers.contains_key(header::IF_MATCH) {
            return Ok(());
        }
        let detail = "What this changes has no version to match; a batch takes `expected_version` beside each action.";
        Err(Problem::parameter(StatusCode::BAD_REQUEST, "malformed", "If-Match", detail))
    }

    /// What tells it from another call under the same key.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.route.method.as_str());
        digest.update(self.uri.to_string());
        digest.update([0]);
        digest.update(&self.body);
        digest.finalize().into()
    }

    /// A variable part of the address.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A variable part of the address that is an id, or the answer that there is no such thing.
    pub fn id<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<T, Problem> {
        self.param(name).parse().map_err(|_| Shown::not_found(what).into())
    }

    /// The order that the address names.
    pub fn order(&self) -> Result<OrderName, Problem> {
        Ok(self.param("id").parse()?)
    }

    /// The parameters behind the question mark.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        Query::<T>::try_from_uri(&self.uri).map(|Query(query)| query).map_err(|rejection| {
            use std::error::Error as _;
            let text = rejection.source().map_or_else(|| rejection.to_string(), ToString::to_string);
            let (name, detail) = match text.split_once(": ") {
                Some((name, detail)) if !name.contains(' ') => (name.to_owned(), detail.to_owned()),
                _ => (quoted(&text).unwrap_or_default(), text.clone()),
            };
            let detail = format!("The parameter cannot be read: {detail}.");
            Problem::parameter(StatusCode::UNPROCESSABLE_ENTITY, "invalid_parameters", &name, detail)
        })
    }

    /// The body, as it must be.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        read_json(&self.body)
    }

    /// The version that the caller has seen, as the body or `If-Match` says; and whether the header did.
    pub fn seen(&self, in_body: Option<u32>) -> Result<(Option<u32>, bool), Problem> {
        let Some(header) = self.headers.get(header::IF_MATCH) else { return Ok((in_body, false)) };
        let text = header.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok((in_body, false));
        }
        let version = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|text| text.parse().ok());
        let Some(version) = version else {
            let detail = "If-Match holds the ETag of the order, such as \"3\".";
            return Err(Problem::parameter(StatusCode::BAD_REQUEST, "malformed", "If-Match", detail));
        };
        if in_body.is_some_and(|body| body != version) {
            return Err(Problem::field("/expected_version", "It says something else than If-Match."));
        }
        Ok((Some(version), true))
    }

    /// Whether the caller has this version already.
    pub fn has(&self, version: u32) -> bool {
        let known = self.headers.get(header::IF_NONE_MATCH).and_then(|text| text.to_str().ok()).unwrap_or_default();
        let tag = etag(version);
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
    }
}

/// How a version is written in a header.
pub fn etag(version: u32) -> String {
    format!("\"{version}\"")
}

/// How many rows somebody wants.
pub fn rows(limit: Option<u32>) -> Result<usize, Problem> {
    match limit.unwrap_or(ROWS) {
        limit @ 1..=MOST_ROWS => Ok(limit as usize),
        _ => Err(bad_parameter("limit", &format!("From 1 to {MOST_ROWS}."))),
    }
}

/// After which row the page begins.
pub fn after(text: Option<&str>) -> Result<Option<Cursor>, Problem> {
    text.map(|text| Cursor::read(text).ok_or_else(|| bad_parameter("after", "Use the `next` of a page as it is.")))
        .transpose()
}

/// A parameter that makes no sense.
pub fn bad_parameter(name: &str, detail: &str) -> Problem {
    Problem::parameter(StatusCode::UNPROCESSABLE_ENTITY, "invalid_parameters", name, detail)
}

/// Reads a body: what is no JSON is malformed, what is JSON of another shape is a wrong field.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    let no_json = |error: &serde_json::Error| {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", format!("The body is not JSON: {error}."))
    };
    if read.is_ok() {
        reader.end().map_err(|error| no_json(&error))?;
    }
    read.map_err(|error| {
        let path = error.path().clone();
        let inner = error.into_inner();
        // What is no JSON at all is told first, wherever it breaks off.
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(body);
        if inner.is_data() && whole.is_ok() {
            let said = inner.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            return Problem::field(&pointer_of(&path, &said), format!("This cannot be read: {said}."));
        }
        no_json(&inner)
    })
}

/// The name that stands between backticks in what serde says.
fn quoted(said: &str) -> Option<String> {
    said.split('`').nth(1).map(str::to_owned)
}

/// The path as a JSON pointer; what is missing or unknown is named by what was said about it.
fn pointer_of(path: &serde_path_to_error::Path, said: &str) -> String {
    use serde_path_to_error::Segment;
    let escape = |text: &str| text.replace('~', "~0").replace('/', "~1");
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer = format!("{pointer}/{index}"),
            Segment::Map { key } => pointer = format!("{pointer}/{}", escape(key)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let named =
        said.starts_with("missing field") || said.starts_with("unknown field") || said.starts_with("duplicate field");
    match quoted(said) {
        Some(name) if named && !pointer.ends_with(&format!("/{}", escape(&name))) => {
            format!("{pointer}/{}", escape(&name))
        }
        _ => pointer,
    }
}

/// What a call is answered when all is well.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
    /// A body that is read while it is sent, in the place of the other one.
    pub stream: Option<Body>,
    /// What that is; empty for none.
    pub media: &'static str,
    /// Headers that say more.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether this is the answer that was given before under the same key.
    pub replayed: bool,
}

impl Reply {
    /// An answer of this status.
    pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Self {
        let body = serde_json::to_vec(value).expect("answers are plain data");
        Self { body, media: "application/json", ..Self::nothing(status) }
    }

    /// All is well.
    pub fn ok<T: Serialize>(value: &T) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// What was asked for is made.
    pub fn made<T: Serialize>(value: &T, at: &str) -> Self {
        Self::json(StatusCode::CREATED, value).with(header::LOCATION, at)
    }

    /// Done, and nothing to say about it.
    pub fn nothing(status: StatusCode) -> Self {
        Self { status, body: Vec::new(), stream: None, media: "", headers: Vec::new(), replayed: false }
    }

    /// A file of this kind that is read while it is sent.
    pub fn stream(body: Body, media: &'static str) -> Self {
        Self { stream: Some(body), media, ..Self::nothing(StatusCode::OK) }
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The same with the version of what it tells of.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        self.with(header::ETAG, &etag(version))
    }
}

/// The members that somebody wants, when they say so: names between commas.
pub fn wanted_fields(text: Option<&str>, known: &BTreeSet<String>) -> Result<Option<BTreeSet<String>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let wanted: BTreeSet<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    match wanted.iter().find(|name| !known.contains(*name)) {
        Some(unknown) => Err(bad_parameter("fields", &format!("There is no field “{unknown}” here."))),
        None => Ok(Some(wanted)),
    }
}

/// An answer with the wanted members alone; those of each row, when it is a page.
pub fn only(reply: Reply, wanted: &BTreeSet<String>) -> Reply {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&reply.body) else { return reply };
    let keep = |value: &mut serde_json::Value| {
        if let Some(members) = value.as_object_mut() {
            members.retain(|name, _| wanted.contains(name));
        }
    };
    match value.get_mut("data").and_then(serde_json::Value::as_array_mut) {
        Some(rows) => rows.iter_mut().for_each(keep),
        None => keep(&mut value),
    }
    Reply { body: serde_json::to_vec(&value).expect("answers are plain data"), ..reply }
}
