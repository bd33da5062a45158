//! The libraries of Standard Webhooks for JavaScript and Python verify what was sent, and refuse what was changed.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use holdfast::{
    domain::time::Span,
    server::{
        clock::{Clock, SystemClock},
        service::{demo, webhooks::OLD_SECRET_VALID},
    },
};
use serde_json::{Value, json};

use super::{Receiver, add, receiver::Came, shown, step};
use crate::helpers::{Shop, each_store};

/// Has both libraries judge the requests; they must say what is expected of each.
#[track_caller]
fn judge(requests: &[Value]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let judges =
        [("node".into(), "verify-webhooks.mjs"), (root.join("target/python/bin/python"), "verify_webhooks.py")];
    for (program, script) in judges {
        let mut child = Command::new(&program)
            .arg(script)
            .current_dir(root.join("end2end"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; scripts/setup.sh test brings it", program.display()));
        let text = serde_json::to_vec(requests).expect("plain data");
        child.stdin.take().expect("it is piped").write_all(&text).expect("it reads");
        let done = child.wait_with_output().expect("it ends");
        let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{script}: {wrong}");
        assert_eq!(said.trim(), requests.len().to_string(), "{script} judged each of them");
    }
}

fn asked(secret: &str, came: &Came, valid: bool) -> Value {
    json!({ "secret": secret, "headers": came.headers, "body": came.body, "valid": valid })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_other_libraries_verify_what_was_sent_with_each_secret_that_is_valid() {
    each_store(async |app| {
        // The libraries ask the machine for the time.
        let now = SystemClock.now();
        app.clock.set(now.minus(OLD_SECRET_VALID).minus(Span(120)));
        let (shop, receiver) = (Shop::open(&app).await, Receiver::open().await);
        let long_ago = add(&shop.admin, &receiver.url("flaky"), &[], &[]).await;
        shop.admin.call("webhooks/rotate", &[("endpoint", &long_ago.id)]).await.fine();
        let long_ago_second = shown(&shop.admin, &long_ago.id).await.remove(0);
        app.clock.set(now);
        let password = ("password", demo::PASSWORD);
        let added = add(&shop.admin, &receiver.url("ok"), &[], &[password]).await;
        shop.admin.call("webhooks/rotate", &[("endpoint", &added.id)]).await.fine();
        let second = shown(&shop.admin, &added.id).await.remove(0);
        shop.admin.call("webhooks/test", &[("endpoint", &added.id)]).await.fine();
        shop.delivered(&[]).await;
        step(&app).await;
        let mut requests = Vec::new();
        for came in receiver.came("ok") {
            requests.push(asked(&second, &came, true));
            requests.push(asked(&added.secrets[0], &came, true));
            requests.push(asked(&long_ago_second, &came, false));
            let changed = Came { body: came.body.replace("order", "Order"), ..came.clone() };
            requests.push(asked(&second, &changed, false));
            let mut other_id = came.clone();
            other_id.headers.insert("webhook-id".to_owned(), "evt_1".to_owned());
            requests.push(asked(&second, &other_id, false));
            let mut later = came;
            later.headers.insert("webhook-timestamp".to_owned(), (now.0 / 1_000_000 + 1).to_string());
            requests.push(asked(&second, &later, false));
        }
        assert_eq!(requests.len(), 6 * 4, "a test and three events");
        for came in receiver.came("flaky") {
            requests.push(asked(&long_ago_second, &came, true));
            requests.push(asked(&long_ago.secrets[0], &came, false));
        }
        assert_eq!(requests.len(), 6 * 4 + 2 * 3);
        judge(&requests);
    })
    .await;
}
