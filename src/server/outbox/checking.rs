//! The books are checked against themselves in the background: when the server starts, and once a day.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::{
    error::with_causes,
    service::{Services, verify},
};

/// How long after the start, so that the first pages do not wait for it.
const FIRST: Duration = Duration::from_secs(20);
/// How often after that.
const AGAIN: Duration = Duration::from_hours(24);

/// Checks until the server stops; what is broken stands in the log, each rule once, as an error.
pub async fn run(services: Services, stopping: CancellationToken) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = AGAIN;
        tokio::select! {
            () = stopping.cancelled() => return,
            () = check(&services) => {}
        }
    }
}

async fn check(services: &Services) {
    match verify::verify(&services.db, &mut |_, _| {}).await {
        Ok(findings) => {
            for (rule, breach) in &findings.breaches {
                let (count, first) = (breach.count, breach.first.as_str());
                tracing::error!(rule = rule.code, count, first, "the books are broken: run `holdfast verify`");
            }
            if findings.are_clean() {
                let orders = findings.counted.get("orders").copied().unwrap_or_default();
                tracing::info!(orders, "the books were checked: every rule holds");
            }
        }
        Err(error) => tracing::warn!(error = with_causes(&error), "the books could not be checked"),
    }
}
