//! The OpenAPI 3.1 document, made of the table of entries and of the types that they read and write.

use std::{collections::BTreeMap, sync::OnceLock};

use axum::http::Method;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    photos,
    problem::{self, CODES, PROBLEM},
    route::{Once, Route, SchemaOf, Takes},
    routes,
};
use crate::domain::{
    order::refusal,
    webhook::{EVENTS, event_words},
};

/// What the errors are that any entry may answer with.
const ERRORS: [(u16, &str); 11] = [
    (400, "The request cannot be read, or lacks its Idempotency-Key."),
    (401, "There is no valid key."),
    (403, "The key may not do this, or it is not for this party."),
    (404, "There is no such thing, or it is not yours to see."),
    (409, "It cannot be done now, or somebody was first."),
    (412, "If-Match names another version."),
    (413, "The body is too long."),
    (415, "The body is not sent as JSON."),
    (422, "A field or parameter is wrong, or the Idempotency-Key was used for something else."),
    (429, "The key calls too often."),
    (503, "Too busy: the same request may be sent again."),
];

/// The document, made once.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| Writer::new().write())
}

/// Gathers schemas of what is read and of what is written, which differ in what must be there.
struct Writer {
    reads: SchemaGenerator,
    writes: SchemaGenerator,
    more: BTreeMap<String, Value>,
}

impl Writer {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            reads: settings().into_generator(),
            writes: settings().for_serialize().into_generator(),
            more: BTreeMap::new(),
        }
    }

    fn write(mut self) -> Value {
        let problem = as_value((problem_schema as SchemaOf)(&mut self.writes));
        let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for route in routes() {
            let operation = self.operation(&route);
            let method = route.method.as_str().to_lowercase();
            paths.entry(route.path).or_default().insert(method, operation);
        }
        let webhooks: Map<String, Value> = EVENTS.iter().map(|event| ((*event).to_owned(), webhook(event))).collect();
        let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
        for generator in [&mut self.reads, &mut self.writes] {
            schemas.extend(generator.take_definitions(true));
        }
        schemas.extend(self.more);
        schemas.insert("WebhookMessage".to_owned(), message());
        schemas.values_mut().for_each(tidy);
        let errors: Map<String, Value> =
            ERRORS.iter().map(|(status, about)| (format!("E{status}"), error(about, &problem))).collect();
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Holdfast",
                "version": "1",
                "summary": "Escrow orders: the buyer’s money is held until the goods are accepted.",
                "description": ABOUT,
                "license": { "name": "MIT", "identifier": "MIT" },
            },
            "servers": [{ "url": "/api/v1" }],
            "security": [{ "key": [] }],
            "paths": paths,
            "webhooks": webhooks,
            "components": {
                "schemas": schemas,
                "responses": errors,
                "securitySchemes": { "key": { "type": "http", "scheme": "bearer", "description": "A key from the settings: hf_live_… or hf_test_…" } },
            },
        })
    }

    fn operation(&mut self, route: &Route) -> Value {
        let mut responses = Map::new();
        responses.insert(route.answer.status.to_string(), self.answer(route));
        if route.id == "getOrder" {
            let unchanged = json!({ "description": "If-None-Match names this version: it has not changed." });
            responses.insert("304".to_owned(), unchanged);
        }
        for (status, _) in ERRORS.iter().filter(|(status, _)| may_answer(route, *status)) {
            responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/E{status}") }));
        }
        let live = if route.is_live_only { " For live keys alone." } else { "" };
        let about =
            format!("{}\n\nNeeds the permission `{}`.{live}", route.about, route.needs.code()).trim().to_owned();
        let mut operation = json!({
            "operationId": route.id,
            "tags": [route.tag],
            "summary": route.summary,
            "description": about,
            "parameters": parameters(route),
            "responses": responses,
        });
        if let Some(body) = route.body {
            let mut content = json!({ "schema": as_value(body(&mut self.reads)) });
            if let Some(example) = &route.example {
                content["example"] = example.clone();
            }
            let is_needed = self.needs_members(&content["schema"]);
            let mut contents = json!({ "application/json": content });
            if route.takes == Takes::Photos {
                contents["multipart/form-data"] = photos::body_with_photos(&contents["application/json"]["schema"]);
            }
            operation["requestBody"] = json!({ "required": is_needed, "content": contents });
        }
        operation
    }

    /// Whether there is no such body without any member.
    fn needs_members(&self, schema: &Value) -> bool {
        let name = schema["$ref"].as_str().and_then(|text| text.rsplit('/').next()).unwrap_or_default();
        let definition = self.reads.definitions().get(name);
        definition.is_some_and(|definition| definition["required"].as_array().is_some_and(|all| !all.is_empty()))
    }

    fn answer(&mut self, route: &Route) -> Value {
        let mut answer = json!({ "description": route.answer.about });
        let schema = route.answer.schema.map(|schema| {
            let whole = as_value(schema(&mut self.writes));
            if route.fields.is_some() { self.with_sparse(&whole) } else { whole }
        });
        let schema = schema.unwrap_or_else(|| json!({ "type": "string" }));
        for media in route.answer.media {
            answer["content"][*media] = json!({ "schema": schema });
        }
        answer
    }

    /// What is answered when `fields` chooses: the same members, none of which must be there.
    fn with_sparse(&mut self, whole: &Value) -> Value {
        let name_of =
            |schema: &Value| schema["$ref"].as_str().and_then(|text| text.rsplit('/').next()).map(str::to_owned);
        let Some(name) = name_of(whole) else { return whole.clone() };
        let definitions = self.writes.definitions();
        let Some(definition) = definitions.get(&name) else { return whole.clone() };
        let mut sparse = definition.clone();
        if let Some(item) = name_of(&definition["properties"]["data"]["items"]) {
            let mut row = definitions.get(&item).cloned().unwrap_or_default();
            row.as_object_mut().map(|members| members.remove("required"));
            let row_name = format!("Sparse{item}");
            self.more.insert(row_name.clone(), row);
            sparse["properties"]["data"]["items"] = json!({ "$ref": format!("#/components/schemas/{row_name}") });
        } else {
            sparse.as_object_mut().map(|members| members.remove("required"));
        }
        let sparse_name = format!("Sparse{name}");
        self.more.insert(sparse_name.clone(), sparse);
        json!({ "anyOf": [whole, { "$ref": format!("#/components/schemas/{sparse_name}") }] })
    }
}

fn problem_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<problem::Body>()
}

fn as_value(schema: schemars::Schema) -> Value {
    schema.to_value()
}

/// Whether an entry may answer with this error.
fn may_answer(route: &Route, status: u16) -> bool {
    let changes = route.once != Once::Reads;
    match status {
        400 | 409 | 413 | 415 => changes || (status == 409 && route.id == "downloadExport"),
        412 => route.is_versioned,
        422 => changes || route.query.is_some(),
        _ => true,
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(path_parameter).collect();
    if let Some(query) = route.query {
        let mut generator =
            SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
        let schema = as_value(query(&mut generator));
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let mut property = property.clone();
            never_null(&mut property);
            tidy(&mut property);
            let about = property.as_object_mut().and_then(|members| members.remove("description"));
            parameters.push(json!({
                "name": name,
                "in": "query",
                "required": required.contains(&name.as_str()),
                "description": about.unwrap_or_default(),
                "schema": property,
            }));
        }
    }
    if route.once != Once::Reads {
        parameters.push(header(
            "Idempotency-Key",
            route.is_money,
            "A key of your own for this command: sent again under it, the same answer comes back, with `Idempotent-Replayed: true`.",
            &json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" }),
        ));
    }
    if route.is_versioned {
        let about = "The ETag of the version that you have seen: when another came first, nothing is done (412).";
        parameters.push(header("If-Match", false, about, &json!({ "type": "string", "pattern": "^\"[0-9]{1,9}\"$" })));
    }
    parameters
}

fn path_parameter(name: &str) -> Value {
    let (about, example) = match name {
        "id" => ("Which one, by its id; an order by its public number as well.", "HF-7K3MR-92QXC"),
        "code" => ("The bank’s code.", "058"),
        "photo" => ("Which photo, by its id.", "fil_0193a7c0c0de7000800000000000000a"),
        "delivery" => ("The delivery’s number.", "1"),
        _ => ("Which one, by its id.", "evt"),
    };
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": about,
        "schema": { "type": "string", "minLength": 1, "maxLength": 100 },
        "example": example,
    })
}

fn header(name: &str, required: bool, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "header", "required": required, "description": about, "schema": schema })
}

fn error(about: &str, problem: &Value) -> Value {
    json!({ "description": about, "content": { PROBLEM: { "schema": problem } } })
}

/// What an event tells an endpoint.
fn webhook(event: &str) -> Value {
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/WebhookMessage" }, { "properties": { "type": { "const": event } } }],
    });
    let headers = [
        ("webhook-id", "The same at every attempt."),
        ("webhook-timestamp", "Seconds since 1970."),
        ("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."),
    ];
    let headers: Vec<Value> =
        headers.iter().map(|(name, about)| header(name, true, about, &json!({ "type": "string" }))).collect();
    json!({
        Method::POST.as_str().to_lowercase(): {
            "operationId": format!("on_{event}"),
            "summary": event_words(event),
            "security": [],
            "parameters": headers,
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "responses": { "2XX": { "description": "It has arrived; anything else is tried again." } },
        },
    })
}

fn message() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let maybe = || json!({ "type": ["string", "null"] });
    json!({
        "type": "object",
        "description": "What happened, and the order as it is: no names, addresses or words.",
        "required": ["id", "type", "sequence", "at", "order", "actor"],
        "properties": {
            "id": text(),
            "type": text(),
            "sequence": number(),
            "at": { "type": "string", "format": "date-time" },
            "order": { "type": ["object", "null"], "properties": {
                "reference": text(), "external_ref": maybe(), "version": number(), "status": text(),
                "turn": { "type": "array", "items": text() }, "deadline": maybe(), "at_deadline": maybe(),
                "currency": text(), "total_minor": number(), "held_minor": number(), "released_minor": number(),
                "refunded_minor": number(), "is_test": { "type": "boolean" },
            } },
            "actor": { "type": "object", "properties": { "party": text(), "source": text() } },
        },
    })
}

/// A parameter of an address is there or not: it is never null.
fn never_null(schema: &mut Value) {
    if let Some(kinds) = schema["type"].as_array() {
        let kept: Vec<Value> = kinds.iter().filter(|kind| **kind != "null").cloned().collect();
        schema["type"] = if let [only] = kept.as_slice() { only.clone() } else { Value::Array(kept) };
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let kept: Vec<Value> = choices.iter().filter(|choice| choice["type"] != "null").cloned().collect();
        if let [Value::Object(only)] = kept.as_slice() {
            let members = schema.as_object_mut().expect("a schema of choices is an object");
            members.remove("anyOf");
            members.extend(only.clone());
        }
    }
    if let Some(members) = schema.as_object_mut() {
        members.remove("default");
    }
}

/// Says in numbers what a format of Rust says by its name, and leaves out what OpenAPI does not know.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let bounds = match members.get("format").and_then(Value::as_str) {
                Some("uint8") => Some((json!(0), json!(u8::MAX))),
                Some("uint16") => Some((json!(0), json!(u16::MAX))),
                Some("uint32") => Some((json!(0), json!(u32::MAX))),
                Some("int64") => Some((json!(i64::MIN), json!(i64::MAX))),
                _ => None,
            };
            if let Some(codes) = members.get("oneOf").and_then(codes_of) {
                members.remove("oneOf");
                members.insert("type".to_owned(), json!("string"));
                members.insert("enum".to_owned(), codes);
            }
            if let Some((least, most)) = bounds {
                members.entry("minimum").or_insert(least);
                members.entry("maximum").or_insert(most);
                if members["format"] != "int64" {
                    members.remove("format");
                }
            }
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The codes of a choice between texts, each with words of its own: generators of clients know it as one enumeration.
fn codes_of(choices: &Value) -> Option<Value> {
    let of = |choice: &Value| match choice.get("const") {
        Some(code) => Some(vec![code.clone()]),
        None => choice.get("enum").and_then(Value::as_array).cloned(),
    };
    let codes: Option<Vec<Vec<Value>>> = choices.as_array()?.iter().map(of).collect();
    codes.map(|codes| Value::Array(codes.into_iter().flatten().collect()))
}

/// Every code of a refusal, with what it means where the rules do not say it in their own sentence.
pub fn codes() -> Vec<(&'static str, &'static str)> {
    let own = CODES.into_iter();
    let rules = refusal::CODES.into_iter().map(|code| (code, "The rules of the process: `detail` says why."));
    let mut codes: Vec<_> = own.chain(rules).collect();
    codes.sort_unstable();
    codes
}

/// How the API works, for whoever reads the document alone.
const ABOUT: &str = include_str!("about.md");
