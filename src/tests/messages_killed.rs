//! The program is killed again and again while it sends: nothing that was owed is lost.

use std::{collections::BTreeSet, ops::ControlFlow, process::Child};

use holdfast::server::service::seed::{self, Wish};

use crate::helpers::{Receiver, Store, TestApp, kill};

/// Mails that arrive between two kills.
const BETWEEN: usize = 12;

/// The program, sending to this mail server.
fn serve(app: &TestApp, receiver: &Receiver) -> Child {
    app.serve(&["--smtp-url", &receiver.url(), "--mail-from", "Lagos Fair <no-reply@fair.test>"])
}

/// As if the claims of whoever was killed had come to their end.
async fn end_claims(app: &TestApp) {
    app.execute("update messages set due_at = 0, lease_until = 0 where state = 'pending'").await.expect("SQL");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_while_sending_loses_nothing() {
    let kills = if std::env::var_os("HOLDFAST_PROOF").is_some() { 50 } else { 10 };
    let receiver = Receiver::start(0);
    let app = TestApp::on(Store::Sqlite).await;
    let wish = Wish { orders: kills * 12, days: 20, seed: 7, quiet: false };
    seed::seed(&app.state.services, wish, &mut |_| ControlFlow::Continue(())).await.expect("orders are made up");
    let mut arrived = Vec::new();
    for _ in 0..kills {
        end_claims(&app).await;
        let process = serve(&app, &receiver);
        for _ in 0..BETWEEN {
            arrived.push(receiver.wait().id);
        }
        kill(process);
    }
    end_claims(&app).await;
    let process = serve(&app, &receiver);
    let open = "select kind from messages where state = 'pending' and queue <> 'sms' limit 1";
    for _ in 0..3_000 {
        arrived.extend(receiver.arrived().into_iter().map(|mail| mail.id));
        if app.texts(open).await.is_empty() {
            break;
        }
    }
    kill(process);
    arrived.extend(receiver.arrived().into_iter().map(|mail| mail.id));
    let sent = "select lower(hex(id)) from messages where queue = 'email' and state = 'sent'";
    let sent: BTreeSet<String> = app.texts(sent).await.into_iter().collect();
    let reached: BTreeSet<String> = arrived.iter().cloned().collect();
    println!("{} mails, {} arrived twice over {kills} kills", sent.len(), arrived.len() - reached.len());
    assert!(sent.len() > kills * BETWEEN, "there were enough to kill it while it sends: {}", sent.len());
    assert_eq!(sent, reached);
    let left = "select state from messages where queue in ('email', 'spread') and state in ('pending', 'dead') limit 1";
    assert!(app.texts(left).await.is_empty(), "all of them came to their end");
    app.verified().await;
}
