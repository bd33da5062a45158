//! One entry of the API: where it is, what it takes and answers, and who may; the router and the document are made of these.

use std::{collections::BTreeSet, fmt, future::Future, pin::Pin};

use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{call::Call, call::Reply, problem::Problem};
use crate::domain::{access::Permission, order::action::Verb};

/// The media type of nearly every answer.
pub const JSON: &[&str] = &["application/json"];

/// What an entry runs.
pub type Handler = fn(Call) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;
/// What a type looks like.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// How the same command sent twice is told from two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// It changes nothing.
    Reads,
    /// The use case keeps the answer in the transaction that acts.
    Within,
    /// The answer is kept around the use case.
    Around,
    /// The use case writes down what it begins, and tells what came of it when it is asked again; the answer is kept around it.
    Resumed,
}

/// What a body may be sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// JSON alone.
    Json,
    /// JSON, or parts of which one is that and the others are photos.
    Photos,
}

/// An answer that an entry gives when all is well.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// When it is given.
    pub about: &'static str,
    /// What stands in it; nothing where nothing does.
    pub schema: Option<SchemaOf>,
    /// Its media types.
    pub media: &'static [&'static str],
}

/// One entry of the API.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The address under `/api/v1`.
    pub path: String,
    /// The name of the operation, unique, in camel case.
    pub id: String,
    /// The noun under which it is listed.
    pub tag: &'static str,
    /// What it does, in a few words.
    pub summary: String,
    /// More about it.
    pub about: String,
    /// What a key needs for it.
    pub needs: Permission,
    /// The parameters behind the question mark.
    pub query: Option<SchemaOf>,
    /// The body.
    pub body: Option<SchemaOf>,
    /// An example of the body.
    pub example: Option<serde_json::Value>,
    /// What it answers.
    pub answer: Answer,
    /// Whether `fields` may choose what is answered, and the names that there are.
    pub fields: Option<BTreeSet<String>>,
    /// How the same command sent twice is told from two.
    pub once: Once,
    /// Whether it moves money, and so needs a key of the caller's own.
    pub is_money: bool,
    /// Whether it works on a version of something, so that `If-Match` counts.
    pub is_versioned: bool,
    /// Whether test keys are kept out: it shows or changes what is not of the sandbox.
    pub is_live_only: bool,
    /// What its body may be sent as.
    pub takes: Takes,
    /// The verb that it carries out.
    pub verb: Option<Verb>,
    /// What it runs.
    pub run: Handler,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({} {})", self.method, self.path)
    }
}

/// What a type looks like.
pub fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The names of the members of a type, or of its items when it is a page of them.
fn members<T: JsonSchema>() -> BTreeSet<String> {
    let whole = schemars::schema_for!(T);
    let whole = whole.as_value();
    let item = whole.pointer("/properties/data/items/$ref").and_then(serde_json::Value::as_str);
    let found = item.and_then(|name| whole.pointer(name.trim_start_matches('#'))).unwrap_or(whole);
    let properties = found.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|names| names.keys().cloned().collect()).unwrap_or_default()
}

impl Route {
    fn new(method: Method, path: &str, id: &str, summary: &str, run: Handler) -> Self {
        Self {
            method,
            path: path.to_owned(),
            id: id.to_owned(),
            tag: "orders",
            summary: summary.to_owned(),
            about: String::new(),
            needs: Permission::Read,
            query: None,
            body: None,
            example: None,
            answer: Answer { status: 200, about: "Done.", schema: None, media: JSON },
            fields: None,
            once: Once::Reads,
            is_money: false,
            is_versioned: false,
            is_live_only: false,
            takes: Takes::Json,
            verb: None,
            run,
        }
    }

    /// Something that is read.
    pub fn get(path: &str, id: &str, summary: &str, run: Handler) -> Self {
        Self::new(Method::GET, path, id, summary, run)
    }

    /// Something that is done.
    pub fn post(path: &str, id: &str, summary: &str, run: Handler) -> Self {
        Self { once: Once::Around, ..Self::new(Method::POST, path, id, summary, run) }
    }

    /// Something that is changed.
    pub fn patch(path: &str, id: &str, summary: &str, run: Handler) -> Self {
        Self { once: Once::Around, ..Self::new(Method::PATCH, path, id, summary, run) }
    }

    /// Something that is put in place.
    pub fn put(path: &str, id: &str, summary: &str, run: Handler) -> Self {
        Self { once: Once::Around, ..Self::new(Method::PUT, path, id, summary, run) }
    }

    /// Something that is taken away.
    pub fn delete(path: &str, id: &str, summary: &str, run: Handler) -> Self {
        let answer = Answer { status: 204, about: "It is gone.", schema: None, media: &[] };
        Self { once: Once::Around, answer, ..Self::new(Method::DELETE, path, id, summary, run) }
    }

    /// Under which noun it is listed.
    #[must_use]
    pub fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// More about it.
    #[must_use]
    pub fn about(self, about: &str) -> Self {
        Self { about: about.to_owned(), ..self }
    }

    /// What a key needs for it.
    #[must_use]
    pub fn needs(self, needs: Permission) -> Self {
        Self { needs, ..self }
    }

    /// Keeps test keys out.
    #[must_use]
    pub fn live_only(self) -> Self {
        Self { is_live_only: true, ..self }
    }

    /// Lets `If-Match` count.
    #[must_use]
    pub fn versioned(self) -> Self {
        Self { is_versioned: true, ..self }
    }

    /// The parameters behind the question mark.
    #[must_use]
    pub fn query<T: JsonSchema>(self) -> Self {
        Self { query: Some(schema::<T>), ..self }
    }

    /// The body, with an example.
    #[must_use]
    pub fn body<T: JsonSchema>(self, example: serde_json::Value) -> Self {
        Self { body: Some(schema::<T>), example: Some(example), ..self }
    }

    /// What it answers.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, about: &'static str) -> Self {
        Self { answer: Answer { status, about, schema: Some(schema::<T>), media: JSON }, ..self }
    }

    /// What it answers with nothing in it.
    #[must_use]
    pub fn answers_nothing(self, status: u16, about: &'static str) -> Self {
        Self { answer: Answer { status, about, schema: None, media: &[] }, ..self }
    }

    /// Lets `fields` choose among the members of this type.
    #[must_use]
    pub fn sparse<T: JsonSchema>(self) -> Self {
        Self { fields: Some(members::<T>()), ..self }
    }

    /// The use case itself keeps the answer, in the transaction that acts.
    #[must_use]
    pub fn within(self) -> Self {
        Self { once: Once::Within, ..self }
    }
}
