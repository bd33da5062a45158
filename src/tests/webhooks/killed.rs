//! The program is killed again and again while it sends webhooks: none is lost, and what comes twice is known as one.

use std::{collections::BTreeSet, process::Child};

use super::{Receiver, add, sending::seeded, states};
use crate::helpers::{Shop, Store, TestApp, count, kill};

/// Webhooks that are answered between two kills.
const BETWEEN: usize = 12;
/// Orders that are made up for each kill: each has some events, and what was sent between two kills is not sent again.
const ORDERS_A_KILL: usize = 24;

/// The program, which lets webhooks lead to this machine.
fn serve(app: &TestApp) -> Child {
    app.serve(&["--webhook-allow-private"])
}

/// Kills the program, and ends its claims as if their time were over.
async fn end(app: &TestApp, process: Child) {
    kill(process);
    app.execute("update webhook_deliveries set due_at = 0, lease_until = 0 where state = 'pending'")
        .await
        .expect("SQL");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_while_sending_webhooks_loses_none() {
    let kills = count(6, 50);
    let app = TestApp::on(Store::Sqlite).await;
    let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
    add(&shop.admin, &receiver.url("slow"), &[], &[]).await;
    seeded(&app, kills * ORDERS_A_KILL, false).await;
    let owed = app.count("webhook_deliveries").await;
    let mut killed_while_sending = 0;
    let mut answered = 0;
    for _ in 0..kills {
        let process = serve(&app);
        answered = receiver.answered(answered + BETWEEN).await;
        end(&app, process).await;
        killed_while_sending += usize::from(states(&app).await.contains(&"pending".to_owned()));
    }
    assert_eq!(killed_while_sending, kills, "there were enough to kill it while it sends: {owed}");
    let process = serve(&app);
    while states(&app).await.contains(&"pending".to_owned()) {
        answered = receiver.answered(answered).await;
        tokio::task::yield_now().await;
    }
    end(&app, process).await;
    assert_eq!(states(&app).await.into_iter().collect::<BTreeSet<_>>(), ["delivered".to_owned()].into());
    let wanted = "select 'evt_' || lower(hex(order_id)) || '_' || event_seq from webhook_deliveries";
    let wanted: BTreeSet<String> = app.texts(wanted).await.into_iter().collect();
    let came = receiver.came("slow");
    let told: BTreeSet<String> = came.iter().map(|came| came.id().to_owned()).collect();
    println!("{} webhooks, {} came twice over {kills} kills", wanted.len(), came.len() - told.len());
    assert_eq!(told, wanted, "none was lost, and no other came");
    assert!(came.len() > told.len(), "some were under way when it was killed, and came again");
    let bodies: BTreeSet<(&str, &str)> = came.iter().map(|came| (came.id(), came.body.as_str())).collect();
    assert_eq!(bodies.len(), told.len(), "what comes again says the same");
    app.verified().await;
}
