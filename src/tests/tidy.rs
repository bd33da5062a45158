//! The house rules, checked: who may use whom, how long a file and a function may be, what each file begins with.

use std::{
    fs,
    path::{Path, PathBuf},
};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

/// What the files below a folder must not name, and why; the first folder that fits counts.
const WALLS: &[(&str, &[&str], &str)] = &[
    (
        "src/domain/",
        &["crate::rpc", "crate::app", "crate::server", "leptos", "axum", "sqlx", "tokio", "std::fs", "std::net"],
        "the domain is pure and knows nobody",
    ),
    ("src/rpc/", &["crate::app", "crate::islands"], "server functions are called by pages, not the other way round"),
    (
        "src/app/components/",
        &["crate::rpc", "crate::server", "crate::app::pages"],
        "a component gets its props and draws them",
    ),
    ("src/app/", &["crate::server"], "what is drawn is told what to draw"),
    ("src/islands/", &["crate::app", "crate::server"], "what a browser loads is small, and stands below the pages"),
    (
        "src/format/",
        &["crate::rpc", "crate::app", "crate::islands", "crate::server"],
        "words for times and counts, for everybody",
    ),
    (
        "src/server/storage/",
        &["axum", "leptos", "crate::rpc", "crate::app", "crate::server::service", "crate::server::web"],
        "storage is SQL and only SQL",
    ),
    (
        "src/server/service/",
        &[
            "axum",
            "leptos",
            "sqlx::",
            "crate::rpc",
            "crate::app",
            "crate::server::web",
            "crate::server::api",
            "crate::server::partners",
        ],
        "a service is one transaction, without a surface and without SQL",
    ),
    (
        "src/server/api/",
        &["leptos", "sqlx", "crate::rpc", "crate::server::storage", "crate::server::page_form"],
        "the API uses use cases, the caller's key, errors and the domain",
    ),
    (
        "src/server/partners/",
        &["leptos", "sqlx", "crate::rpc", "crate::server::api", "crate::server::storage", "crate::server::page_form"],
        "a partner's surface translates to use cases and adds no rule",
    ),
    ("src/server/outbox/", &["axum", "leptos", "crate::rpc", "crate::app"], "keeping promises needs no surface"),
];

#[test]
fn walls_stand_between_the_layers() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let Some((_, forbidden, reason)) = WALLS.iter().find(|(folder, ..)| path.starts_with(folder)) else {
            continue;
        };
        for (number, line) in code_lines(&text) {
            for name in forbidden.iter().filter(|name| names(line, name)) {
                breaches.push(format!("{path}:{number} names {name}: {reason}"));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn server_functions_reach_the_server_only_inside_their_bodies() {
    let mut breaches = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src/rpc/")) {
        for (number, line) in code_lines(&text) {
            if line.contains("crate::server") && !line.starts_with(' ') {
                breaches.push(format!("{path}:{number} imports the server outside a function body"));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn every_server_function_names_its_path() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        // An attribute may be broken over several lines, so it is read up to its end.
        for (start, _) in text.match_indices("#[server") {
            let attribute = text[start..].split_once(']').map_or("", |(attribute, _)| attribute);
            let starts_line = text[..start].ends_with('\n');
            if starts_line && !(attribute.contains("prefix = \"/rpc\"") && attribute.contains("endpoint = ")) {
                breaches.push(format!("{path}: {attribute}] lacks prefix = \"/rpc\" or its endpoint"));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn there_are_two_gates_and_both_stand_in_lib_rs() {
    let gate = concat!("#[cfg(", "feature");
    let gates: Vec<String> =
        sources().into_iter().flat_map(|(path, text)| vec![path; text.matches(gate).count()]).collect();
    assert_eq!(gates, ["src/lib.rs", "src/lib.rs"]);
}

#[test]
fn files_are_short_and_say_first_what_lives_in_them() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let count = text.lines().count();
        let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
        if count > FILE_LINES && !is_test {
            breaches.push(format!("{path} has {count} lines, {FILE_LINES} are allowed"));
        }
        if !text.starts_with("//! ") && path != "src/lib.rs" {
            breaches.push(format!("{path} does not begin with a sentence on what lives in it"));
        }
    }
    assert_none(&breaches);
}

#[test]
fn errors_are_logged_with_what_caused_them() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        // Storage stands below the words for causes, and its driver says them itself.
        let logs = path.starts_with("src/server/") && !path.starts_with("src/server/storage/");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| logs && line.contains("tracing::")) {
            if line.contains("%error") || line.contains("?error") {
                breaches.push(format!("{path}:{} logs an error without `with_causes`", number + 1));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn functions_are_short() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        let mut open: Option<(usize, String, usize)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            match &open {
                Some((start, name, depth)) if line == format!("{}}}", " ".repeat(*depth)) => {
                    let length = number - start + 1;
                    if length > FUNCTION_LINES {
                        breaches.push(format!("{path}:{} {name} has {length} lines", start + 1));
                    }
                    open = None;
                }
                None if starts_function(line) => {
                    open = Some((number, line.trim().to_owned(), indent));
                }
                _ => {}
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn no_imports_of_everything_but_the_frameworks_prelude() {
    let mut breaches = Vec::new();
    for (path, text) in sources() {
        for (number, line) in code_lines(&text) {
            if line.trim_start().starts_with("pub use") && line.contains("::*") {
                breaches.push(format!("{path}:{number} exports everything of a module"));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn the_output_name_is_the_same_however_the_program_is_built() {
    let manifest = read("Cargo.toml");
    let named =
        manifest.lines().find_map(|line| line.strip_prefix("output-name = ")).expect("the manifest names the output");
    let config = read(".cargo/config.toml");
    assert!(config.contains(&format!("LEPTOS_OUTPUT_NAME = {named}")), "{config}");
    assert_eq!(named.trim_matches('"'), env!("LEPTOS_OUTPUT_NAME"));
}

/// Every source file, as its path from the root of the project and its text.
pub fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    files.sort();
    assert!(files.len() > 10, "the sources were found");
    files.into_iter().map(|path| (read(&path), path)).map(|(text, path)| (path, text)).collect()
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a source folder can be read") {
        let path = entry.expect("a source folder can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let path = path.strip_prefix(root()).expect("a source lies below the root");
            files.push(path.to_string_lossy().into_owned());
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The numbered lines that are not comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a line names a crate or path, as a whole word.
fn names(line: &str, name: &str) -> bool {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(name).any(|(start, _)| {
        let before = line[..start].chars().next_back().is_some_and(word);
        let after = line[start + name.len()..].chars().next();
        // A crate is named by a path or an import, not by a word in a sentence.
        !before && (name.contains("::") || after == Some(':') || line.contains(&format!("use {name};")))
    })
}

fn starts_function(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    let line = line.strip_prefix("const ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.starts_with("fn ") && !line.ends_with('}') && !line.ends_with(';')
}

#[track_caller]
fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches of the house rules:\n{}", breaches.len(), breaches.join("\n"));
}
