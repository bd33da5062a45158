//! A list where an object belongs: readers of JSON take one for the other by the order of its members, and so nobody here does.

use serde_json::Value;

use super::{openapi::document, problem::Problem, route::Route};

/// Refuses a body that has a list where its schema has an object.
pub fn check(route: &Route, body: &[u8]) -> Result<(), Problem> {
    // Most bodies have no list at all.
    if route.body.is_none() || !body.contains(&b'[') {
        return Ok(());
    }
    // What is no JSON is told by whoever reads it.
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Ok(()) };
    let method = route.method.as_str().to_lowercase();
    let schema = &document()["paths"][&route.path][method]["requestBody"]["content"]["application/json"]["schema"];
    match odd(schema, &value, "") {
        Some(pointer) => {
            Err(Problem::field(&pointer, "This cannot be read: an object with named members belongs here."))
        }
        None => Ok(()),
    }
}

/// Where a list stands in the place of an object.
fn odd(schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return odd(document().pointer(reference.trim_start_matches('#'))?, value, at);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().find_map(|choice| odd(choice, value, at));
    }
    let properties = schema["properties"].as_object();
    match value {
        Value::Array(_) if properties.is_some() => Some(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(no, item)| odd(&schema["items"], item, &format!("{at}/{no}")))
        }
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| odd(properties?.get(name)?, member, &format!("{at}/{name}")))
        }
        _ => None,
    }
}
