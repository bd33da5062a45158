//! The command line as somebody types it: the built program, a database of its own, what it prints and how it ends.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use crate::helpers::Room;

/// Runs the program for somebody who types this.
fn typing(room: &Room, line: &str, typed: &str) -> Output {
    let mut command = room.program(line);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("the program starts");
    let mut input = running.stdin.take().expect("its input is piped");
    input.write_all(typed.as_bytes()).expect("it reads what is typed");
    drop(input);
    running.wait_with_output().expect("it ends")
}

#[test]
fn each_subcommand_explains_itself() {
    let room = Room::new("help");
    let lines = [
        "serve",
        "migrate",
        "seed",
        "import olist",
        "verify",
        "journal",
        "messages",
        "user add",
        "user password",
        "user list",
        "user erase",
    ];
    for line in lines {
        let help = room.succeeds(&format!("{line} --help"));
        assert!(help.contains("--database-url") && help.contains("HOLDFAST_DATABASE_URL"), "{line}: {help}");
    }
    let help = room.succeeds("--help");
    for line in lines {
        let word = line.split(' ').next().unwrap_or_default();
        assert!(help.contains(&format!("\n  {word} ")), "{word}: {help}");
    }
}

#[test]
fn orders_are_made_up_verified_and_written_out_from_the_command_line() {
    let room = Room::new("seed");
    // The database and its folder are made where the default says.
    assert!(room.succeeds("migrate").contains("up to date"));
    assert!(room.folder.join("data/holdfast.db").exists());
    assert!(room.succeeds("seed --orders 80").contains("80 orders were made"));
    let verified = room.succeeds("verify");
    assert!(verified.contains("80 orders") && !verified.contains("BROKEN"), "{verified}");
    assert!(room.succeeds("journal").contains("\naccount assets:gateway:sandbox\n"));
    assert!(room.succeeds("user list").contains("admin@demo.test\tAdaeze Nwosu\taccount\t1 roles\n"));
}

#[test]
fn what_is_found_broken_makes_verify_fail() {
    let room = Room::new("unsound");
    room.succeeds("seed --orders 40");
    room.spoil("update order_counts set orders = orders + 1");
    room.fails("verify", "what is stored is not as it must be");
}

#[test]
fn people_are_added_and_their_passwords_set() {
    let room = Room::new("people");
    let add = "user add Ngozi@Example.com --name Ngozi --marketplace Fair --role admin";
    let added = typing(&room, add, "four words in a row\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let again = typing(&room, add, "four words in a row\n");
    assert!(String::from_utf8_lossy(&again.stderr).contains("has an account"), "nobody is added twice");
    let owner = "user add ada@example.com --name Ada --marketplace Fair --seller Stores --role";
    assert!(String::from_utf8_lossy(&typing(&room, &format!("{owner} admin"), "\n").stderr).contains("one of owner"));
    assert!(typing(&room, &format!("{owner} owner"), "four words in a row\n").status.success());
    assert!(room.succeeds("user list").contains("ada@example.com\tAda\taccount\t1 roles\n"));
    let short = typing(&room, "user password ngozi@example.com", "short\n");
    assert!(String::from_utf8_lossy(&short.stderr).contains("At least 12 characters"), "{short:?}");
    assert!(typing(&room, "user password ngozi@example.com", "another four words here\n").status.success());
    assert!(room.succeeds("user list").ends_with("\nngozi@example.com\tNgozi\taccount\t1 roles\n"));
    room.fails("user erase ngozi@example.com", "cannot be undone");
    room.fails("user erase ngozi@example.com --yes", "the last who may change people");
    room.fails("user erase nobody@example.com --yes", "no such person");
    assert!(typing(&room, "user add eze@example.com --name Eze", "four words in a row\n").status.success());
    assert!(room.succeeds("user erase eze@example.com --yes").contains("eze@example.com was erased"));
    let listed = room.succeeds("user list");
    assert!(listed.contains("\nerased-") && listed.contains("\tErased person\tno account\t0 roles\n"), "{listed}");
}

#[test]
fn messages_that_did_not_arrive_are_listed_and_owed_again() {
    let room = Room::new("messages");
    room.succeeds("migrate");
    assert_eq!(room.succeeds("messages"), "");
    assert!(room.succeeds("messages --again all").contains("No message was given up"));
    let ids: Vec<String> = (1..=3).map(|id| format!("{id:032x}")).collect();
    let rows = [
        ("reset_password", "bisi@demo.test", "dead"),
        ("invitation", "ruth@shop.test", "dead"),
        ("confirm_sign_up", "eze@demo.test", "pending"),
    ];
    for (at, (id, (kind, to, state))) in ids.iter().zip(rows).enumerate() {
        room.spoil(&format!(
            "insert into messages (id, to_address, channel, queue, kind, state, attempts, due_at, last_error, created_at)
            values (x'{id}', '{to}', 'email', 'email', '{kind}', '{state}', 9, {at}, 'no room', {at})"
        ));
    }
    let listed = room.succeeds("messages");
    let first =
        format!("msg_{}\tdead\treset_password\temail\tb…@demo.test\t9 tries\t1970-01-01T00:00:00Z\tno room\n", ids[0]);
    assert!(listed.starts_with(&first) && listed.lines().count() == 3, "{listed}");
    assert!(!listed.contains("bisi@") && !listed.contains("ruth@"), "{listed}");
    assert_eq!(room.succeeds("messages --dead").lines().count(), 2);
    assert!(room.succeeds(&format!("messages --again msg_{}", ids[0])).contains("is owed again"));
    assert_eq!(room.succeeds("messages --dead").lines().count(), 1);
    assert!(room.succeeds("messages").contains("pending\treset_password\temail\tb…@demo.test\t0 tries\t"));
    assert!(room.succeeds("messages --again all").contains("One message is owed again"));
    assert_eq!(room.succeeds("messages --dead"), "");
    room.fails("messages --again msg_00000000000000000000000000000009", "no such message");
    room.fails("messages --again everything", "`all`, or the id of a message");
    room.fails("messages --dead --again all", "cannot be used with");
}

#[test]
fn what_makes_no_sense_is_said_at_the_start() {
    let room = Room::new("wrong");
    room.fails("verify --database-url mysql://localhost", "must begin with sqlite:// or postgres://");
    room.fails("import olist nowhere", "order_items.csv");
    room.fails("seed --orders many", "invalid value");
    room.fails("user add ngozi --name Ngozi", "the address");
    room.fails("serve --demo --listen 0.0.0.0:3000", "demo mode");
}
