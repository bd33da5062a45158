//! The real server is killed under load, its disk fails, its system calls are watched: what it acknowledged is there, what
//! it did not acknowledge is whole or absent, and the same key tells which.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use holdfast::server::storage::Db;

use crate::helpers::{Cut, Dice, House, Server, Walker, count, may_trace};

/// How many clients work at once.
const CLIENTS: usize = 4;

/// Runs the server's clients until each was cut off, and ends the server after this long.
fn load(server: &mut Server, walkers: &mut [Walker], before_the_end: Duration) {
    let address = server.address.clone();
    std::thread::scope(|scope| {
        for walker in walkers.iter_mut() {
            let address = &address;
            scope.spawn(move || {
                loop {
                    match walker.step(address) {
                        Ok(()) => {}
                        Err(Cut::Silence) => return,
                        Err(Cut::Failure(told)) => panic!("the server failed before it was killed: {told:?}"),
                    }
                }
            });
        }
        std::thread::sleep(before_the_end);
        server.kill();
    });
}

/// Sends again what no answer came to, until each client is told that it was done.
fn settle(server: &Server, walkers: &mut [Walker]) {
    settle_within(server, walkers, 1);
}

/// The same where the disk may fail again meanwhile: each client asks this many times at most.
fn settle_within(server: &Server, walkers: &mut [Walker], attempts: usize) {
    for walker in walkers {
        let mut told = walker.step(&server.address);
        for _ in 1..attempts {
            if told.is_ok() {
                break;
            }
            told = walker.step(&server.address);
        }
        assert!(told.is_ok(), "the same key tells the truth: {told:?}");
    }
}

/// How many orders there are, and whether each client's journal is what is stored.
fn compare(house: &House, walkers: &[Walker]) -> i64 {
    let comparing = async {
        let db = Db::open(&house.database()).await.expect("the database opens");
        for walker in walkers {
            walker.check(&db).await;
        }
        let mut reader = db.reader().await.expect("the database answers");
        holdfast::server::storage::verify::count_orders(&mut reader).await.expect("orders can be counted")
    };
    tokio::runtime::Runtime::new().expect("a runtime starts").block_on(comparing)
}

#[test]
fn killed_under_load_it_has_lost_nothing_that_it_acknowledged_and_doubled_nothing() {
    let house = House::new("kill");
    let mut dice = Dice(17);
    let mut server = house.serve();
    let seeded = compare(&house, &[]);
    let mut walkers: Vec<Walker> = (1..=CLIENTS).map(|number| Walker::new(&server.address, number)).collect();
    let kills = count(10, 200);
    for _ in 0..kills {
        let before_the_end = Duration::from_millis(u64::try_from(150 + dice.below(350)).expect("small"));
        load(&mut server, &mut walkers, before_the_end);
        house.must_be_sound();
        server = house.serve();
        settle(&server, &mut walkers);
    }
    server.kill();
    house.must_be_sound();
    let placed: usize = walkers.iter().map(Walker::orders).sum();
    assert_eq!(compare(&house, &walkers) - seeded, i64::try_from(placed).expect("few"), "no order was lost or doubled");
    let told: usize = walkers.iter().map(|walker| walker.told).sum();
    assert!(told > 10 * kills, "there was load: {told} commands in {kills} lives of the server");
}

/// One line of a trace that counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Command(String),
    Synced,
    Answered,
}

/// What a trace says, in its order: commands that came in, syncs of the write-ahead log that succeeded, answers that went out.
fn read_trace(trace: &str) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut syncing: Vec<&str> = Vec::new();
    for line in trace.lines() {
        let (process, call) = line.split_once(' ').unwrap_or_default();
        let call = call.trim_start();
        let syncs = call.starts_with("fdatasync(") || call.starts_with("fsync(");
        if let Some(at) = call.find("key=watched-") {
            let key = call[at + 4..].split('&').next().unwrap_or_default();
            seen.push(Seen::Command(key.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned()));
        } else if syncs && call.contains("-wal>") {
            if call.ends_with("= 0") {
                seen.push(Seen::Synced);
            } else if call.contains("<unfinished") {
                syncing.push(process);
            }
        } else if call.contains("sync resumed>") && syncing.contains(&process) {
            syncing.retain(|other| *other != process);
            if call.ends_with("= 0") {
                seen.push(Seen::Synced);
            }
        } else if call.contains("\"HTTP/1.1 2") || call.contains("\"HTTP/1.1 3") {
            seen.push(Seen::Answered);
        }
    }
    seen
}

#[test]
fn it_syncs_before_it_answers() {
    let house = House::new("sync");
    if !may_trace(&house.folder) {
        return;
    }
    drop(house.serve());
    let trace = house.folder.join("trace");
    let calls = "trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync";
    let mut server = house.serve_under(&strace(&trace, &["-y", "-s", "4096", "-e", calls])).expect("it starts");
    let seller =
        crate::helpers::Caller::sign_in(&server.address, "ada@demo.test", holdfast::server::service::demo::PASSWORD);
    let commands = count(20, 1_000);
    for number in 0..commands {
        let key = format!("watched-{number}");
        let fields = [
            ("key", key.as_str()),
            ("buyer_email", "bisi@demo.test"),
            ("buyer_name", "Bisi Alade"),
            ("title.1", "Handwoven rug"),
            ("price.1", "380.00"),
        ];
        let told = seller.call(&server.address, "orders/place", &fields).expect("it answers");
        assert!(told.is_success(), "{told:?}");
    }
    server.kill();
    let seen = read_trace(&std::fs::read_to_string(trace).expect("strace wrote a trace"));
    for number in 0..commands {
        let command = Seen::Command(format!("watched-{number}"));
        let came =
            seen.iter().position(|one| *one == command).unwrap_or_else(|| panic!("{command:?} came in: {seen:?}"));
        let went = seen[came..].iter().position(|one| *one == Seen::Answered).expect("it was answered");
        assert!(seen[came..came + went].contains(&Seen::Synced), "command {number} was answered before it was durable");
    }
}

/// A command line that has strace watch the program as a process beside it, so that it can be killed alone.
fn strace(trace: &Path, more: &[&str]) -> Vec<String> {
    let mut line = vec!["strace".to_owned(), "-D".to_owned(), "-f".to_owned(), "-q".to_owned(), "-o".to_owned()];
    line.push(trace.display().to_string());
    line.extend(more.iter().map(|word| (*word).to_owned()));
    line
}

/// A failure of the disk: which system calls fail, and with which error.
const FAILURES: [(&str, &str); 4] =
    [("fsync,fdatasync", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fsync,fdatasync", "ENOSPC")];

/// Whether a disk that failed once works again, as after a moment's trouble, or fails from then on, as when it is full.
const LASTING: [&str; 2] = ["", "+"];

#[test]
fn when_the_disk_fails_nothing_is_acknowledged_that_is_not_there() {
    let house = House::new("disk");
    if !may_trace(&house.folder) {
        return;
    }
    let mut dice = Dice(23);
    let mut server = house.serve();
    let seeded = compare(&house, &[]);
    let mut walkers: Vec<Walker> = (1..=2).map(|number| Walker::new(&server.address, number)).collect();
    for walker in &mut walkers {
        walker.payments_may_be_told_later = true;
    }
    let (rounds, mut failed) = (count(5, 200), 0);
    for round in 0..rounds {
        server.kill();
        let (calls, error) = FAILURES[round % FAILURES.len()];
        let when = format!("{}{}", 5 + dice.below(25), LASTING[round / FAILURES.len() % 2]);
        let inject = format!("inject={calls}:error={error}:when={when}");
        let trace = house.folder.join("trace");
        let broken = house.serve_under(&strace(&trace, &["-e", &format!("trace={calls}"), "-e", &inject]));
        failed += usize::from(broken.as_ref().is_none_or(|server| until_it_fails(server, &mut walkers)));
        if let Some(server) = broken.as_ref().filter(|_| calls.contains("sync") && !when.ends_with('+')) {
            // A disk that failed once and works again does not need a new server. What is injected is counted for each thread by
            // itself, and the connection that takes the place of a broken one has a thread of its own: it may fail once more.
            settle_within(server, &mut walkers, 3);
        }
        drop(broken);
        house.must_be_sound();
        server = house.serve();
        settle(&server, &mut walkers);
    }
    server.kill();
    house.must_be_sound();
    let placed: usize = walkers.iter().map(Walker::orders).sum();
    assert_eq!(compare(&house, &walkers) - seeded, i64::try_from(placed).expect("few"), "no order was lost or doubled");
    assert!(failed > rounds / 2, "the disk's failures were felt in {failed} of {rounds} rounds");
}

/// How many steps each client takes when nothing fails.
const MOST_STEPS: usize = 60;

/// Has the clients work until one of them is told of a failure; whether that was so.
fn until_it_fails(server: &Server, walkers: &mut [Walker]) -> bool {
    let failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for walker in walkers.iter_mut() {
            let failed = &failed;
            scope.spawn(move || {
                for _ in 0..MOST_STEPS {
                    if failed.load(Ordering::SeqCst) || walker.step(&server.address).is_err() {
                        failed.store(true, Ordering::SeqCst);
                        return;
                    }
                }
            });
        }
    });
    failed.load(Ordering::SeqCst)
}
