//! Judged by others: a generator of requests against the document, a client generated from it, and the quick start as it is
//! printed. Each talks to the real program.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::helpers::{House, Server, count};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program of the Python environment of the tests.
fn python(name: &str) -> Command {
    let mut command = Command::new(root().join("target/python/bin").join(name));
    command.current_dir(root().join("end2end")).env_remove("PYTHONPATH");
    command
}

fn run(mut command: Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/setup.sh test brings it"))
}

fn house(name: &str) -> (House, Server) {
    let house = House::new(name);
    let server = house.serve();
    (house, server)
}

#[test]
fn a_generator_of_requests_finds_no_fault_in_what_the_document_promises() {
    let (house, server) = house("schemathesis");
    let address = format!("http://{}", server.address);
    let most = count(4, 60).to_string();
    for (email, more) in [("admin@demo.test", [].as_slice()), ("bisi@demo.test", &["--purchases"])] {
        let key = house.key(email, more);
        let mut command = python("schemathesis");
        command
            .args(["--config-file", "schemathesis.toml", "run", &format!("{address}/api/openapi.json")])
            .args(["--url", &format!("{address}/api/v1"), "--header", &format!("Authorization: Bearer {key}")])
            .args(["--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", &most])
            .args(["--workers", "1", "--seed", "1", "--continue-on-failure", "--no-color"])
            .current_dir(root().join("end2end"));
        let done = run(command);
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "as {email}:\n{said}{}", String::from_utf8_lossy(&done.stderr));
        let cases =
            said.lines().find_map(|line| line.trim().split_once(" generated")?.0.replace(',', "").parse::<u32>().ok());
        assert!(cases.is_some_and(|cases| cases >= 2_000), "as {email}: {cases:?} cases\n{said}");
    }
    house.must_be_sound();
}

#[test]
fn a_client_generated_from_the_document_drives_the_whole_story() {
    let (house, server) = house("client");
    let seller = house.key("ada@demo.test", &["--test"]);
    let buyer = house.key("bisi@demo.test", &["--test", "--purchases"]);
    let mut command = python("python");
    command.args(["drive_client.py", &format!("http://{}", server.address), &seller, &buyer]);
    let done = run(command);
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(said.trim(), "told");
    house.must_be_sound();
}

/// What the quick start has its reader type.
fn quick_start() -> String {
    let text = std::fs::read_to_string(root().join("docs/quick-start.md")).expect("the quick start is there");
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect::<Vec<_>>().join("")
}

#[test]
fn the_quick_start_leads_from_nothing_to_a_released_order_in_ten_commands() {
    let typed = quick_start();
    assert_eq!(typed.matches("curl ").count(), 10, "ten commands");
    let (house, server) = house("quick_start");
    // What its reader calls by name is the program that was built, working in the house of this test.
    let folder: PathBuf = house.folder.join("bin");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let program = env!("CARGO_BIN_EXE_holdfast");
    std::os::unix::fs::symlink(program, folder.join("holdfast")).expect("a link can be made");
    let typed = typed.replace("http://127.0.0.1:3000", &format!("http://{}", server.address));
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", &typed])
        .current_dir(&house.folder)
        .env("PATH", path)
        .env("HOLDFAST_DATABASE_URL", house.database())
        .env("HOLDFAST_SECRET_FILE", "secret.key");
    let done = run(command);
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    for expected in [
        "\"status\":\"funded\"",
        "\"status\":\"completed\"",
        "\"type\":\"released\"",
        "My shop",
        "liabilities:payable:seller",
    ] {
        assert!(said.contains(expected), "{expected} is told:\n{said}");
    }
    house.must_be_sound();
}
