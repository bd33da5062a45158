//! Writes the lists that programs asked for as files.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Woken, rest};
use crate::server::{
    error::with_causes,
    service::{Services, exports},
};

/// How long nothing is looked for when nothing was committed here.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// Works until the server is told to stop; what is half written is gone on with by whoever comes next.
pub async fn run(services: Services, stopping: CancellationToken) {
    let mut commits = services.db.commits();
    loop {
        commits.mark_unchanged();
        loop {
            match exports::step(&services).await {
                Ok(0) => break,
                Ok(_) if stopping.is_cancelled() => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(error = with_causes(&error), "an export could not be written; trying again");
                    tokio::time::sleep(PAUSE).await;
                    break;
                }
            }
        }
        if rest(&mut commits, LOOK_AGAIN, &stopping).await == Woken::Stopping {
            return;
        }
    }
}
