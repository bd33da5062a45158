//! The command line as somebody types it: the built program, a database of its own, what it prints and how it ends.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A folder in which the program runs, with its database and key.
struct Desk {
    folder: PathBuf,
}

impl Desk {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("holdfast_command_{name}_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        Self { folder }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.args(line.split_whitespace()).current_dir(&self.folder);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOLDFAST_")) {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().expect("the program starts")
    }

    #[track_caller]
    fn succeeds(&self, line: &str) -> String {
        let done = self.run(line);
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("it prints text")
    }

    #[track_caller]
    fn fails(&self, line: &str, because: &str) {
        let done = self.run(line);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(because), "{line}: {said}");
    }

    /// Does to the database what no command does.
    fn spoil(&self, statement: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.folder.join("data/holdfast.db"));
        let spoil = async {
            let mut own = sqlx::ConnectOptions::connect(&options).await.expect("the database opens");
            let statement = sqlx::AssertSqlSafe(statement.to_owned());
            sqlx::query(statement).execute(&mut own).await.expect("it is SQL");
        };
        tokio::runtime::Runtime::new().expect("a runtime starts").block_on(spoil);
    }

    fn typing(&self, line: &str, typed: &str) -> Output {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = command.spawn().expect("the program starts");
        let mut input = running.stdin.take().expect("its input is piped");
        input.write_all(typed.as_bytes()).expect("it reads what is typed");
        drop(input);
        running.wait_with_output().expect("it ends")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn each_subcommand_explains_itself() {
    let desk = Desk::new("help");
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
        let help = desk.succeeds(&format!("{line} --help"));
        assert!(help.contains("--database-url") && help.contains("HOLDFAST_DATABASE_URL"), "{line}: {help}");
    }
    let help = desk.succeeds("--help");
    for line in lines {
        let word = line.split(' ').next().unwrap_or_default();
        assert!(help.contains(&format!("\n  {word} ")), "{word}: {help}");
    }
}

#[test]
fn orders_are_made_up_verified_and_written_out_from_the_command_line() {
    let desk = Desk::new("seed");
    // The database and its folder are made where the default says.
    assert!(desk.succeeds("migrate").contains("up to date"));
    assert!(desk.folder.join("data/holdfast.db").exists());
    assert!(desk.succeeds("seed --orders 80").contains("80 orders were made"));
    let verified = desk.succeeds("verify");
    assert!(verified.contains("80 orders") && !verified.contains("BROKEN"), "{verified}");
    assert!(desk.succeeds("journal").contains("\naccount assets:gateway:sandbox\n"));
    assert!(desk.succeeds("user list").contains("admin@demo.test\tAdaeze Nwosu\taccount\t1 roles\n"));
}

#[test]
fn what_is_found_broken_makes_verify_fail() {
    let desk = Desk::new("broken");
    desk.succeeds("seed --orders 40");
    desk.spoil("update order_counts set orders = orders + 1");
    desk.fails("verify", "what is stored is not as it must be");
}

#[test]
fn people_are_added_and_their_passwords_set() {
    let desk = Desk::new("people");
    let add = "user add Ngozi@Example.com --name Ngozi --marketplace Fair --role admin";
    let added = desk.typing(add, "four words in a row\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let again = desk.typing(add, "four words in a row\n");
    assert!(String::from_utf8_lossy(&again.stderr).contains("has an account"), "nobody is added twice");
    let owner = "user add ada@example.com --name Ada --marketplace Fair --seller Stores --role";
    assert!(String::from_utf8_lossy(&desk.typing(&format!("{owner} admin"), "\n").stderr).contains("one of owner"));
    assert!(desk.typing(&format!("{owner} owner"), "four words in a row\n").status.success());
    assert!(desk.succeeds("user list").contains("ada@example.com\tAda\taccount\t1 roles\n"));
    let short = desk.typing("user password ngozi@example.com", "short\n");
    assert!(String::from_utf8_lossy(&short.stderr).contains("At least 12 characters"), "{short:?}");
    assert!(desk.typing("user password ngozi@example.com", "another four words here\n").status.success());
    assert!(desk.succeeds("user list").ends_with("\nngozi@example.com\tNgozi\taccount\t1 roles\n"));
    desk.fails("user erase ngozi@example.com", "cannot be undone");
    desk.fails("user erase ngozi@example.com --yes", "the last who may change people");
    desk.fails("user erase nobody@example.com --yes", "no such person");
    assert!(desk.typing("user add eze@example.com --name Eze", "four words in a row\n").status.success());
    assert!(desk.succeeds("user erase eze@example.com --yes").contains("eze@example.com was erased"));
    let listed = desk.succeeds("user list");
    assert!(listed.contains("\nerased-") && listed.contains("\tErased person\tno account\t0 roles\n"), "{listed}");
}

#[test]
fn messages_that_did_not_arrive_are_listed_and_owed_again() {
    let desk = Desk::new("messages");
    desk.succeeds("migrate");
    assert_eq!(desk.succeeds("messages"), "");
    assert!(desk.succeeds("messages --again all").contains("No message was given up"));
    let ids: Vec<String> = (1..=3).map(|id| format!("{id:032x}")).collect();
    let rows = [
        ("reset_password", "bisi@demo.test", "dead"),
        ("invitation", "ruth@shop.test", "dead"),
        ("confirm_sign_up", "eze@demo.test", "pending"),
    ];
    for (at, (id, (kind, to, state))) in ids.iter().zip(rows).enumerate() {
        desk.spoil(&format!(
            "insert into messages (id, to_address, channel, queue, kind, state, attempts, due_at, last_error, created_at)
            values (x'{id}', '{to}', 'email', 'email', '{kind}', '{state}', 9, {at}, 'no room', {at})"
        ));
    }
    let listed = desk.succeeds("messages");
    let first =
        format!("msg_{}\tdead\treset_password\temail\tb…@demo.test\t9 tries\t1970-01-01T00:00:00Z\tno room\n", ids[0]);
    assert!(listed.starts_with(&first) && listed.lines().count() == 3, "{listed}");
    assert!(!listed.contains("bisi@") && !listed.contains("ruth@"), "{listed}");
    assert_eq!(desk.succeeds("messages --dead").lines().count(), 2);
    assert!(desk.succeeds(&format!("messages --again msg_{}", ids[0])).contains("is owed again"));
    assert_eq!(desk.succeeds("messages --dead").lines().count(), 1);
    assert!(desk.succeeds("messages").contains("pending\treset_password\temail\tb…@demo.test\t0 tries\t"));
    assert!(desk.succeeds("messages --again all").contains("One message is owed again"));
    assert_eq!(desk.succeeds("messages --dead"), "");
    desk.fails("messages --again msg_00000000000000000000000000000009", "no such message");
    desk.fails("messages --again everything", "`all`, or the id of a message");
    desk.fails("messages --dead --again all", "cannot be used with");
}

#[test]
fn what_makes_no_sense_is_said_at_the_start() {
    let desk = Desk::new("wrong");
    desk.fails("verify --database-url mysql://localhost", "must begin with sqlite:// or postgres://");
    desk.fails("import olist nowhere", "order_items.csv");
    desk.fails("seed --orders many", "invalid value");
    desk.fails("user add ngozi --name Ngozi", "the address");
    desk.fails("serve --demo --listen 0.0.0.0:3000", "demo mode");
}
