//! What whoever runs the program meets: it stops when it is told to, leaves one file behind, notices what is not its own, and
//! says what to do.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::helpers::{House, Room, Store, TestApp};

/// How long a server may take to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// What SQLite has not yet written into its one file.
fn log_file(room: &Room) -> PathBuf {
    room.folder.join("data/holdfast.db-wal")
}

/// Starts a server whose log nobody reads, nor its output once it listens.
fn serve_unread(room: &Room) -> Child {
    let mut child = room
        .program("serve --listen localhost:0 --site site")
        .env("HOLDFAST_LOG", "debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stderr.take());
    let mut line = String::new();
    let mut printed = BufReader::new(child.stdout.take().expect("its output is piped"));
    printed.read_line(&mut line).expect("it prints where it listens");
    assert!(line.starts_with("Holdfast listens on http://127.0.0.1:"), "{line}");
    child
}

/// Tells a server to stop, and insists that it does so in time and in order.
#[track_caller]
fn stop(mut server: Child) {
    let told = Command::new("kill").arg(server.id().to_string()).status().expect("there is kill");
    assert!(told.success());
    let begun = Instant::now();
    let ended = loop {
        if let Some(ended) = server.try_wait().expect("it was started here") {
            break ended;
        }
        if begun.elapsed() > PATIENCE {
            let _ = server.kill();
            panic!("the server did not stop");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(ended.success(), "{ended}");
}

#[test]
fn a_server_whose_log_nobody_reads_stops_when_it_is_told_to_and_leaves_one_file() {
    let room = Room::new("unread");
    stop(serve_unread(&room));
    assert!(room.folder.join("data/holdfast.db").exists());
    assert!(!log_file(&room).exists(), "all that was committed lies in the file");
    room.succeeds("verify");
    assert!(!log_file(&room).exists(), "a command leaves one file as well");
}

#[test]
fn a_wrong_or_lost_secret_file_is_noticed() {
    let room = Room::new("secret");
    room.succeeds("seed --orders 1");
    let key = room.folder.join("data/secret.key");
    let right = std::fs::read(&key).expect("there is a key");
    std::fs::remove_file(&key).expect("it can be lost");
    for line in ["serve --listen localhost:0 --site site", "key add ada@demo.test --name Shop", "seed --orders 1"] {
        room.fails(line, "there is no secret file at data/secret.key, and this database was used with one");
        assert!(!key.exists(), "{line}: no other one is made");
    }
    std::fs::write(&key, [7; 32]).expect("another one can be put there");
    room.fails("serve --listen localhost:0 --site site", "is not the one that this database was used with");
    std::fs::write(&key, right).expect("the right one can be brought back");
    assert!(room.succeeds("key add ADA@demo.test --name Shop --test").starts_with("hf_"));
}

#[test]
fn accounts_whose_password_everybody_knows_are_not_served_to_the_world() {
    let room = Room::new("known");
    let said = room.succeeds("seed --orders 1");
    assert!(said.contains("ada@demo.test") && said.contains("demo kettle seven"), "{said}");
    room.fails("serve --listen 0.0.0.0:0 --site site", "accounts whose password everybody knows");
    let again = room.succeeds("seed --orders 1");
    assert!(!again.contains("ada@demo.test"), "they were there already: {again}");
}

#[test]
fn commands_that_need_a_database_never_make_one() {
    let room = Room::new("slip");
    for line in
        ["verify", "journal", "messages", "user list", "user erase ada@demo.test --yes", "key add a@b.test --name A"]
    {
        let line = format!("{line} --database-url sqlite://slip/holdfast.db");
        room.fails(&line, "there is no database at slip/holdfast.db");
    }
    assert!(!room.folder.join("slip").exists());
    room.succeeds("migrate");
    room.spoil("delete from _sqlx_migrations where version = 17");
    room.fails("verify", "run `holdfast migrate` first");
    room.spoil(
        "insert into _sqlx_migrations select 99999, description, installed_on, success, checksum, execution_time
        from _sqlx_migrations where version = 1",
    );
    for line in ["verify", "migrate"] {
        room.fails(line, "made by a newer Holdfast");
    }
    room.spoil("drop table _sqlx_migrations");
    room.fails("journal", "no tables of Holdfast");
    std::fs::write(room.folder.join("data/holdfast.db"), [b'x'; 8_192]).expect("it can be destroyed");
    for line in ["verify", "migrate"] {
        let said = room.fails(line, "data/holdfast.db is no whole SQLite database");
        assert!(!said.contains(".rs:"), "{said}");
    }
}

#[test]
fn settings_that_make_no_sense_are_said_and_empty_ones_count_as_none() {
    let room = Room::new("settings");
    for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite://:memory:"] {
        room.fails(&format!("migrate --database-url {url}"), "must name a file");
    }
    room.fails(
        "migrate --database-url postgres://nobody@127.0.0.1:1/none",
        "no connection to PostgreSQL at 127.0.0.1:1",
    );
    if let Ok(url) = std::env::var("HOLDFAST_TEST_POSTGRES_URL") {
        let (server, _) = url.rsplit_once('/').expect("it names a database");
        let url = format!("{server}/another");
        let said = room.fails(&format!("migrate --database-url {url}"), "has no database another: make it with");
        assert!(!said.contains("at line"), "{said}");
    }
    room.fails("serve --listen here:3000", "such as 127.0.0.1:3000");
    room.fails_with("serve", &[("HOLDFAST_DEMO", "maybe")], "maybe");
    room.fails_with("migrate", &[("HOLDFAST_LOG", "loud")], "no level");
    room.fails_with("migrate", &[("HOLDFAST_LOG", "holdfast=loud")], "invalid");
    room.fails_with("migrate", &[("HOLDFAST_LOG_FORMAT", "xml")], "json");
    let help = room.succeeds("serve --help");
    assert!(help.contains("HOLDFAST_LOG_FORMAT") && help.contains("HOLDFAST_LOG="), "{help}");
    let empty =
        ["HOLDFAST_LOG", "HOLDFAST_LOG_FORMAT", "HOLDFAST_DATABASE_URL", "HOLDFAST_SECRET_FILE"].map(|name| (name, ""));
    let done = room.run("seed --orders 1", &empty);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(room.folder.join("data/secret.key").exists());
}

#[test]
fn a_refusal_is_said_once_and_permissions_are_named() {
    let room = Room::new("once");
    room.succeeds("migrate");
    let said = room.fails("user erase nobody@example.com --yes", "no such person");
    assert_eq!(said.matches("no such person").count(), 1, "{said}");
    let said = room.fails("key add nobody@example.com --name Shop", "holdfast: ");
    assert!(!said.contains("because"), "{said}");
    room.fails("key add ada@demo.test --name Shop --may foo", "administer");
    assert!(room.succeeds("key add --help").contains("administer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_ready_when_its_file_is_gone_or_holds_nothing() {
    let app = TestApp::on(Store::Sqlite).await;
    let file = PathBuf::from(app.state.config.database_url.trim_start_matches("sqlite://"));
    let ready = async || app.browser().get("/readyz").await.status;
    assert_eq!(ready().await, 200);
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).expect("it can be moved");
    assert_eq!(ready().await, 503);
    std::fs::copy(&aside, &file).expect("it can be copied");
    assert_eq!(ready().await, 503, "a copy is not what is open");
    std::fs::rename(&aside, &file).expect("it can be moved back");
    assert_eq!(ready().await, 200);
    app.execute("drop table _sqlx_migrations").await.expect("tables can be dropped");
    assert_eq!(ready().await, 503);
}

#[test]
fn a_copy_that_was_made_while_the_server_ran_is_sound() {
    let house = House::new("copy");
    let _server = house.serve();
    let copy = house.folder.join("copy.db");
    let making = async {
        let options: sqlx::sqlite::SqliteConnectOptions = house.database().parse().expect("its URL");
        let mut own = sqlx::ConnectOptions::connect(&options).await.expect("the database opens");
        let statement = sqlx::AssertSqlSafe(format!("vacuum into '{}'", copy.display()));
        sqlx::query(statement).execute(&mut own).await.expect("it can be copied");
    };
    tokio::runtime::Runtime::new().expect("a runtime starts").block_on(making);
    let room = Room::new("copied");
    let said = room.succeeds(&format!("verify --database-url sqlite://{}", copy.display()));
    assert!(!said.contains("BROKEN"), "{said}");
}
