//! Keeping promises after the commit, without anybody asking: what the clock owes, messages and reminders to people, checking
//! the books, keeping the house tidy.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub mod calls;
pub mod checking;
pub mod deadlines;
pub mod exports;
pub mod housekeeping;
pub mod live;
pub mod messages;
pub mod reminders;
mod resting;
pub mod webhook;

/// How long commits may gather before they are looked at: many that come at once cost one look.
const GATHER: Duration = Duration::from_millis(10);

/// Why a worker's rest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something was committed in this process.
    Committed,
    /// It was long enough: another process may have left something to do.
    Rested,
    /// The server stops.
    Stopping,
}

/// Rests until something was committed in this process since `commits` was last marked as seen, at most for `longest`.
/// Mark before looking for work, so that a commit during the look is not missed: `commits.mark_unchanged()`.
pub async fn rest(commits: &mut watch::Receiver<u64>, longest: Duration, stopping: &CancellationToken) -> Woken {
    let woken = rest_until_commit(commits, longest, stopping).await;
    if woken == Woken::Committed {
        tokio::time::sleep(GATHER).await;
    }
    woken
}

/// Like [`rest`], and ends with the first commit: for whoever rests for [`GATHER`] after each look instead.
async fn rest_until_commit(
    commits: &mut watch::Receiver<u64>,
    longest: Duration,
    stopping: &CancellationToken,
) -> Woken {
    let committed = async {
        if commits.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = stopping.cancelled() => Woken::Stopping,
        () = committed => Woken::Committed,
        () = tokio::time::sleep(longest) => Woken::Rested,
    }
}
