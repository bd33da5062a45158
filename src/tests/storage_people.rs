//! The stores themselves, the same story on both: who is found again, what is refused, what only grows, what one query costs.

use holdfast::server::{
    service::demo,
    storage::{Conn, Error, On, Tx},
};

use crate::helpers::{Store, TestApp, each_store};

/// Runs a statement in a transaction of its own.
async fn run(app: &TestApp, sql: &'static str) -> Result<u64, Error> {
    app.state.services.db.write(sql, |tx, sql| Box::pin(run_in(tx, sql))).await
}

async fn run_in(tx: &mut Tx, sql: &'static str) -> Result<u64, Error> {
    match tx.on() {
        On::Sqlite(c) => sqlx::query(sql).execute(c).await.map(|done| done.rows_affected()),
        On::Postgres(c) => sqlx::query(sql).execute(c).await.map(|done| done.rows_affected()),
    }
    .map_err(Error::from)
}

#[tokio::test]
async fn the_audit_only_grows() {
    each_store(async |app| {
        app.people().await;
        app.signed_in("ada@demo.test").await;
        let before = app.count("audit").await;
        assert!(before > 0, "signing in is written down");
        for sql in ["update audit set kind = 'nothing'", "delete from audit"] {
            run(&app, sql).await.expect_err(sql);
        }
        assert_eq!(app.count("audit").await, before);
    })
    .await;
}

#[tokio::test]
async fn refused_rows_name_their_constraint_alike() {
    each_store(async |app| {
        app.people().await;
        for (sql, constraint) in [
            ("update users set email = 'ada@demo.test'", "users_email_key"),
            ("update memberships set role = 'king'", "memberships_role_check"),
            ("update sellers set external_id = 'S-001'", "sellers_marketplace_id_external_id_key"),
        ] {
            let refused = run(&app, sql).await.expect_err(sql);
            assert_eq!(refused.constraint(), Some(constraint), "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_command_that_fails_leaves_nothing_behind_and_the_next_one_works() {
    each_store(async |app| {
        app.people().await;
        let db = &app.state.services.db;
        let failed: Result<(), Error> = db
            .write((), |tx, ()| {
                Box::pin(async move {
                    run_in(tx, "delete from memberships").await?;
                    Err(Error::broken("memberships", "all", "a test says so"))
                })
            })
            .await;
        failed.expect_err("the command says so");
        assert_eq!(app.count("memberships").await, 7);
        run(&app, "delete from memberships").await.expect("the writer is free again");
        assert_eq!(app.count("memberships").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_goes_away_cancels_no_command() {
    each_store(async |app| {
        app.people().await;
        let db = app.state.services.db.clone();
        let (started, has_started) = tokio::sync::oneshot::channel::<()>();
        let started = std::sync::Mutex::new(Some(started));
        let caller = tokio::spawn(async move {
            db.write(started, |tx, started| {
                Box::pin(async move {
                    run_in(tx, "delete from memberships where role = 'courier'").await?;
                    if let Some(started) = started.lock().expect("nobody panics here").take() {
                        let _ = started.send(());
                    }
                    tokio::task::yield_now().await;
                    run_in(tx, "delete from memberships where role = 'shipping'").await
                })
            })
            .await
        });
        has_started.await.expect("the command began");
        caller.abort();
        // The next command waits for the one that was left alone (SQLite), or for its locks (PostgreSQL).
        run(&app, "delete from memberships where role in ('courier', 'shipping', 'owner')").await.expect("goes on");
        assert_eq!(app.count("memberships").await, 3);
    })
    .await;
}

#[tokio::test]
async fn commands_at_the_same_time_all_count() {
    each_store(async |app| {
        app.people().await;
        run(&app, "insert into throttle (key, window_start, count) values ('race', 0, 0)").await.expect("a row");
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let db = app.state.services.db.clone();
            tasks.spawn(async move {
                db.write((), |tx, ()| Box::pin(run_in(tx, "update throttle set count = count + 1 where key = 'race'")))
                    .await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no task panics").expect("no command is lost");
        }
        assert_eq!(run(&app, "delete from throttle where key = 'race' and count = 16").await.ok(), Some(1));
    })
    .await;
}

#[tokio::test]
async fn who_is_looking_costs_one_query() {
    each_store(async |app| {
        app.people().await;
        let browser = app.signed_in("ada@demo.test").await;
        let queries = app.state.services.db.queries();
        let before = queries.get();
        browser.call("session/me", &[]).await.fine();
        assert_eq!(queries.get() - before, 1);
    })
    .await;
}

#[tokio::test]
async fn opening_again_changes_nothing_and_demo_people_are_made_once() {
    each_store(async |app| {
        app.people().await;
        let db = &app.state.services.db;
        db.migrate().await.expect("nothing is left to do");
        assert_eq!(demo::seed_people(&app.state.services).await.ok(), Some(None));
        assert_eq!(app.count("users").await, 9);
        let version = db.version().await.expect("the database answers");
        let begins = if app.store == Store::Sqlite { "SQLite 3." } else { "PostgreSQL 1" };
        assert!(version.starts_with(begins), "{version}");
    })
    .await;
}
