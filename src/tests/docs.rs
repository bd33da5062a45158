//! What the documentation generates from the code is up to date.

use std::{fs, path::PathBuf};

use holdfast::domain::order::rules::diagram;

const BEGIN: &str =
    "<!-- begin: the diagram of `RULES`; HOLDFAST_WRITE_DOCS=1 cargo test --test tests docs writes it anew -->";
const END: &str = "<!-- end -->";

#[test]
fn the_state_diagram_in_the_architecture_is_that_of_the_table() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/ARCHITECTURE.md");
    let text = fs::read_to_string(&path).expect("the architecture can be read");
    let (before, rest) = text.split_once(BEGIN).expect("the diagram has a beginning");
    let (_, after) = rest.split_once(END).expect("the diagram has an end");
    let fresh = format!("{before}{BEGIN}\n```mermaid\n{}```\n{END}{after}", diagram());
    if std::env::var_os("HOLDFAST_WRITE_DOCS").is_some() {
        fs::write(&path, &fresh).expect("the architecture can be written");
    }
    let text = fs::read_to_string(&path).expect("the architecture can be read");
    assert!(
        text == fresh,
        "the diagram in src/ARCHITECTURE.md is stale; `HOLDFAST_WRITE_DOCS=1 cargo test --test tests docs` writes it anew"
    );
}
