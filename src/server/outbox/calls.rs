//! Writes down what programs asked for, by the lot and a moment after it was answered.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::{
    error::with_causes,
    service::{Services, calls},
};

/// How long calls are gathered.
const EVERY: Duration = Duration::from_secs(1);

/// Works until the server is told to stop, and writes down what is left then.
pub async fn run(services: Services, stopping: CancellationToken) {
    loop {
        let stops = tokio::select! {
            () = stopping.cancelled() => true,
            () = tokio::time::sleep(EVERY) => false,
        };
        loop {
            match calls::step(&services).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(
                        error = with_causes(&error),
                        "calls of programs could not be written down; they wait"
                    );
                    break;
                }
            }
        }
        if stops {
            return;
        }
    }
}
