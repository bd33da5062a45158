//! Which members an answer shows, where a caller names them: `response_fields` and `exclude`.

use serde_json::{Map, Value};

use crate::{domain::error::Error as Shown, server::partners::body::Sent};

/// The longest such text.
const LONGEST: usize = 2_000;
/// How deep it may be.
const DEEPEST: usize = 8;

/// Names, each with those inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Names(Vec<(String, Names)>);

/// Reads `{result{order{id,status{name}}}}` or `id,status`; the braces around the whole may be left out.
fn read(text: &str) -> Option<Names> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(&text);
    let (names, rest) = list(bare, 0)?;
    rest.is_empty().then_some(names)
}

fn list(mut text: &str, depth: usize) -> Option<(Names, &str)> {
    let mut names = Vec::new();
    if depth > DEEPEST {
        return None;
    }
    loop {
        let end = text.find([',', '{', '}']).unwrap_or(text.len());
        let name = text[..end].to_owned();
        if name.is_empty() {
            return None;
        }
        text = &text[end..];
        let mut inside = Names(Vec::new());
        if let Some(rest) = text.strip_prefix('{') {
            let (found, rest) = list(rest, depth + 1)?;
            inside = found;
            text = rest.strip_prefix('}')?;
        }
        names.push((name, inside));
        match text.strip_prefix(',') {
            Some(rest) => text = rest,
            None => return Some((Names(names), text)),
        }
    }
}

fn keep(value: Value, names: &Names) -> Value {
    match value {
        _ if names.0.is_empty() => value,
        Value::Array(values) => values.into_iter().map(|value| keep(value, names)).collect(),
        Value::Object(mut members) => {
            let kept =
                names.0.iter().filter_map(|(name, inside)| Some((name.clone(), keep(members.remove(name)?, inside))));
            Value::Object(kept.collect::<Map<String, Value>>())
        }
        other => other,
    }
}

/// The orders in an answer: one, or a list of them.
fn each_order(body: &mut Value, change: impl Fn(&mut Value)) {
    match body.pointer_mut("/result/order").and_then(Value::as_array_mut) {
        Some(list) => list.iter_mut().for_each(change),
        None => body.get_mut("result").into_iter().for_each(change),
    }
}

/// An answer with what is wanted of it alone.
pub fn only(mut body: Value, said: &Sent) -> Result<Value, Shown> {
    for name in said.list("exclude").iter().filter_map(Sent::text) {
        each_order(&mut body, |order| {
            if let Some(members) = order.as_object_mut() {
                members.remove(&name);
            }
        });
    }
    let Some(text) = said.maybe("response_fields")? else { return Ok(body) };
    let names = Some(text).filter(|text| text.len() <= LONGEST).and_then(|text| read(&text));
    let names = names.ok_or_else(|| Shown::field("response_fields", "Such as {result{order{id,status}}}."))?;
    if names.0.iter().any(|(name, _)| name == "result") {
        let mut kept = keep(body.clone(), &names);
        // Whether it went well is always told.
        for name in ["return_code", "return_message"] {
            kept[name] = body[name].take();
        }
        return Ok(kept);
    }
    each_order(&mut body, |order| *order = keep(order.take(), &names));
    Ok(body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{keep, read};

    #[test]
    fn names_are_read_with_those_inside_them() {
        let whole = json!({ "result": { "order": [{ "id": "1", "status": { "id": 2, "name": "x" }, "total": 3 }] } });
        for (text, kept) in [
            ("{result{order{id}}}", json!({ "result": { "order": [{ "id": "1" }] } })),
            (
                "result{order{id, status{name}}}",
                json!({ "result": { "order": [{ "id": "1", "status": { "name": "x" } }] } }),
            ),
            ("result", whole.clone()),
            ("nothing", json!({})),
        ] {
            assert_eq!(keep(whole.clone(), &read(text).expect("it can be read")), kept, "{text}");
        }
        for broken in ["", "{", "a{", "a{}", "a,", "a}b", ",", &"a{".repeat(50)] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
