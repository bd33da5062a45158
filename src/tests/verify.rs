//! Made-up orders are sound in every status; and whatever somebody spoils in the tables, `verify` names it.

use std::{collections::BTreeSet, ops::ControlFlow};

use holdfast::{
    domain::order::status::Status,
    server::service::{
        journal,
        seed::{self, Wish},
        verify::{self, Findings},
    },
};

use crate::helpers::{Store, TestApp, each_store};

async fn find(app: &TestApp) -> Findings {
    verify::verify(&app.state.services.db, &mut |_, _| {}).await.expect("the database answers")
}

async fn seeded(app: &TestApp, wish: Wish) {
    let made = seed::seed(&app.state.services, wish, &mut |_| ControlFlow::Continue(())).await;
    assert_eq!(made.expect("orders can be made up"), wish.orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_orders_come_in_every_status_and_are_sound() {
    each_store(async |app| {
        seeded(&app, Wish::DEMO).await;
        let statuses: BTreeSet<String> = app.texts("select status from orders").await.into_iter().collect();
        let all: BTreeSet<String> = Status::ALL.iter().map(|status| status.code().to_owned()).collect();
        assert_eq!(statuses, all);
        let findings = find(&app).await;
        assert!(findings.are_clean(), "{findings}");
        assert!(app.count("messages").await > 0, "demo mode shows messages in its mailbox");
        // Again, quietly, into the same marketplace.
        let messages = app.count("messages").await;
        seeded(&app, Wish { orders: 700, days: 90, seed: 3, quiet: true }).await;
        let findings = find(&app).await;
        assert!(findings.are_clean(), "{findings}");
        assert_eq!(app.count("marketplaces").await, 1);
        assert_eq!(app.count("messages").await, messages);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_makes_the_same_orders() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let app = TestApp::on(Store::Sqlite).await;
        seeded(&app, Wish { orders: 50, days: 30, seed: 11, quiet: true }).await;
        told.push(
            app.texts("select placed_at || title || status || total_minor || buyer_name from orders order by 1").await,
        );
    }
    assert_eq!(told[0], told[1]);
}

/// A way to spoil the tables, and the rules that must be found broken by it; the first names the order.
type Spoiling = (&'static str, &'static str, &'static [&'static str]);

/// `{order}` is an order that was completed after its money was released, another one each time.
const SPOILINGS: [Spoiling; 14] = [
    ("an event is gone", "delete from events where order_id = {order} and seq = 2", &["timeline_numbers"]),
    (
        "an event is filed elsewhere",
        "update events set kind = 'noted' where order_id = {order} and seq = 3",
        &["timeline_texts"],
    ),
    (
        "an event's text is changed",
        "update events set actor = replace(actor, '\"name\":\"', '\"name\":\"X') where order_id = {order} and seq = 2",
        &["timeline_chain"],
    ),
    (
        "an event is moved back",
        "update events set at = at - 9000000000000 where order_id = {order} and seq = 3",
        &["timeline_times"],
    ),
    ("a row says something else", "update orders set total_minor = total_minor + 1 where id = {order}", &["order_row"]),
    (
        "a state says something else",
        "update orders set state = replace(state, 'completed', 'cancelled') where id = {order}",
        &["order_row"],
    ),
    (
        "a line is changed",
        "update entries set amount_minor = amount_minor - 1 where account like 'liabilities:payable:seller:%' and posting_id in (select id from postings where order_id = {order})",
        &["posting_sum", "postings", "running_sums"],
    ),
    (
        "a posting is gone",
        "delete from postings where order_id = {order} and kind = 'released'",
        &["postings", "paid_held_gone", "loose_rows"],
    ),
    (
        "more is released than was paid",
        "update entries set amount_minor = amount_minor * 2 where posting_id in (select id from postings where order_id = {order} and kind = 'released')",
        &["escrow_below_zero", "postings"],
    ),
    (
        "a running sum is changed",
        "update balances set balance_minor = balance_minor - 7 where account like 'liabilities:payable:marketplace:%'",
        &["running_sums"],
    ),
    ("a count is changed", "update order_counts set orders = orders + 1 where status = 'completed'", &["order_counts"]),
    ("words are gone", "delete from order_terms where order_id = {order}", &["search_words"]),
    ("a message is gone", "delete from messages where order_id = {order} and kind = 'delivered'", &["messages"]),
    ("an order is gone", "delete from orders where id = {order}", &["loose_rows", "order_counts"]),
];

/// Takes away what guards the tables: whoever can do this can spoil them.
async fn disarm(app: &TestApp) {
    for table in ["events", "postings", "entries"] {
        let triggers: &[String] = match app.store {
            Store::Sqlite => &[format!("drop trigger {table}_no_update"), format!("drop trigger {table}_no_delete")],
            Store::Postgres => &[format!("drop trigger {table}_no_change on {table}")],
        };
        for statement in triggers {
            app.execute(statement).await.expect("a trigger can be dropped");
        }
    }
    if app.store == Store::Postgres {
        app.execute("drop trigger entries_sum_to_zero on entries").await.expect("a trigger can be dropped");
        let fks = app.texts("select 'alter table ' || conrelid::regclass || ' drop constraint ' || quote_ident(conname) from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace").await;
        for statement in fks {
            app.execute(&statement).await.expect("a constraint can be dropped");
        }
    }
}

/// Spoils the tables past the foreign keys too.
async fn spoil(app: &TestApp, statement: &str) {
    let changed = match app.store {
        Store::Postgres => app.execute(statement).await.expect("the statement is SQL"),
        Store::Sqlite => {
            let url = &app.state.config.database_url;
            let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("the URL of the test's database");
            let mut own =
                sqlx::ConnectOptions::connect(&options.foreign_keys(false)).await.expect("the database opens");
            let done = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut own).await;
            done.expect("the statement is SQL").rows_affected()
        }
    };
    assert!(changed > 0, "it changes something: {statement}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_spoiled_is_named() {
    each_store(async |app| {
        seeded(&app, Wish { orders: 150, days: 40, seed: 5, quiet: false }).await;
        assert!(find(&app).await.are_clean());
        disarm(&app).await;
        let hex = if app.store == Store::Sqlite { "hex(o.id)" } else { "replace(o.id::text, '-', '')" };
        let sql = format!(
            "select {hex} from orders o where o.status = 'completed' and exists (select 1 from events e where e.order_id = o.id and e.kind = 'released')
             and exists (select 1 from messages m where m.order_id = o.id and m.kind = 'delivered') order by o.id"
        );
        let orders = app.texts(&sql).await;
        let mut broken_before: BTreeSet<&str> = BTreeSet::new();
        assert!(orders.len() >= SPOILINGS.len(), "there are orders enough to spoil");
        for ((what, statement, rules), order) in SPOILINGS.iter().zip(&orders) {
            let literal = if app.store == Store::Sqlite { format!("x'{order}'") } else { format!("'{order}'") };
            spoil(&app, &statement.replace("{order}", &literal)).await;
            let findings = find(&app).await;
            let broken: BTreeSet<&str> = findings.breaches.keys().map(|rule| rule.code).collect();
            for rule in *rules {
                assert!(broken.contains(rule), "{what}: {rule} is not found broken\n{findings}");
            }
            if statement.contains("{order}") && !broken_before.contains(rules[0]) {
                let (_, breach) = findings.breaches.iter().find(|(rule, _)| rule.code == rules[0]).expect("found above");
                assert!(breach.first.contains(&order.to_lowercase()), "{what}: {order} is not named\n{findings}");
            }
            broken_before.extend(broken);
        }
        assert!(findings_are_told(&find(&app).await));
    })
    .await;
}

/// An index that does not hold what it says, as after a write that never reached the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_whole_is_named() {
    let app = TestApp::on(Store::Sqlite).await;
    seeded(&app, Wish { orders: 40, days: 40, seed: 5, quiet: true }).await;
    let options: sqlx::sqlite::SqliteConnectOptions = app.state.config.database_url.parse().expect("its URL");
    let mut own = sqlx::ConnectOptions::connect(&options).await.expect("the database opens");
    for statement in [
        "pragma writable_schema = on",
        "update sqlite_schema set sql = replace(sql, '<>', '=') where name = 'orders_due'",
        // Has every other connection read the tables' definitions again.
        "create table another (one integer) strict",
    ] {
        sqlx::query(statement).execute(&mut own).await.expect("the statement is SQL");
    }
    let findings = find(&app).await;
    let broken: Vec<&str> = findings.breaches.keys().map(|rule| rule.code).collect();
    assert_eq!(broken, ["database_file"], "{findings}");
}

/// A trigger that was dropped, and on SQLite one that does nothing any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_is_missing_is_named() {
    each_store(async |app| {
        assert!(find(&app).await.are_clean());
        let (drop, name) = match app.store {
            Store::Sqlite => ("drop trigger audit_no_delete", "audit_no_delete"),
            Store::Postgres => ("drop trigger audit_only_grows on audit", "audit_only_grows"),
        };
        app.execute(drop).await.expect("a trigger can be dropped");
        let said = find(&app).await.to_string();
        assert!(said.contains("tables_and_triggers") && said.contains(name), "{said}");
        if app.store == Store::Sqlite {
            app.execute("create trigger audit_no_delete before delete on audit begin select 1; end")
                .await
                .expect("it is SQL");
            let said = find(&app).await.to_string();
            assert!(said.contains(name), "it guards nothing: {said}");
        }
    })
    .await;
}

fn findings_are_told(findings: &Findings) -> bool {
    let told = findings.to_string();
    findings.breaches.keys().all(|rule| told.contains(rule.code)) && told.contains("BROKEN")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_of_made_up_orders_holds_every_posting() {
    each_store(async |app| {
        seeded(&app, Wish { orders: 120, days: 60, seed: 9, quiet: true }).await;
        let mut journal: Vec<u8> = Vec::new();
        journal::write(&app.state.services.db, &mut journal).await.expect("the ledger can be written");
        let journal = String::from_utf8(journal).expect("it is text");
        let transactions = journal.lines().filter(|line| line.contains("  ; time: ")).count();
        assert_eq!(i64::try_from(transactions), Ok(app.count("postings").await));
        let lines = journal.lines().filter(|line| line.starts_with("    ")).count();
        assert_eq!(i64::try_from(lines), Ok(app.count("entries").await));
        assert!(journal.contains("commodity 1000.00 NGN\n") && journal.contains("account income:escrow_fee\n"));
    })
    .await;
}

/// The migration that writes the titles of old rows as they are said now.
fn titles_anew(store: Store) -> &'static str {
    match store {
        Store::Sqlite => include_str!("../../migrations/sqlite/0009_titles.sql"),
        Store::Postgres => include_str!("../../migrations/postgres/0009_titles.sql"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_that_were_written_before_are_written_as_they_are_said_now() {
    each_store(async |app| {
        seeded(&app, Wish::DEMO).await;
        let titles = "select reference || ' ' || title from orders order by 1";
        let right = app.texts(titles).await;
        let old =
            "update orders set title = 'Kettle and 3 more items' where title like '% more item%' or title like '% × %'";
        assert!(app.execute(old).await.expect("rows can be spoiled") > 5);
        assert!(!find(&app).await.are_clean());
        app.execute(titles_anew(app.store)).await.expect("the migration runs");
        assert_eq!(app.texts(titles).await, right);
        assert!(find(&app).await.are_clean());
    })
    .await;
}
