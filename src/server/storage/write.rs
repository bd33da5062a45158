//! How a command is carried out in a transaction of its own, once or as often as others are in its way.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tracing::Instrument;

use super::{Db, Error, Tx};

/// How often a command that met another transaction is run again before it gives up.
const MOST_ATTEMPTS: u32 = 6;

/// The future of one command inside its transaction.
pub type Command<'tx, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'tx>>;

/// What a failure of a command tells [`Db::write`]: whether to run it again.
pub trait MayRetry: From<Error> {
    /// Whether another transaction was in the way.
    fn is_contended(&self) -> bool;
}

impl MayRetry for Error {
    fn is_contended(&self) -> bool {
        Self::is_contended(self)
    }
}

/// How an attempt at a command ended; what came of it lies with the command.
enum Ended {
    /// It did what it should.
    Done,
    /// Another transaction was in the way.
    Contended,
    /// It failed, and would again.
    Failed,
}

/// A command whose types are forgotten, so that what carries it out is compiled once and not for each command.
trait Attempt: Send + Sync {
    /// Runs it once, and keeps what came of it.
    fn run<'tx>(&'tx self, tx: &'tx mut Tx) -> Pin<Box<dyn Future<Output = Ended> + Send + 'tx>>;
}

/// A command with what it needs, and what came of it last.
struct Kept<I, F, T, E> {
    input: I,
    command: F,
    outcome: Mutex<Option<Result<T, E>>>,
}

impl<I, F, T, E> Attempt for Kept<I, F, T, E>
where
    I: Send + Sync,
    T: Send,
    E: MayRetry + Send,
    F: for<'tx> Fn(&'tx mut Tx, &'tx I) -> Command<'tx, T, E> + Send + Sync,
{
    fn run<'tx>(&'tx self, tx: &'tx mut Tx) -> Pin<Box<dyn Future<Output = Ended> + Send + 'tx>> {
        let running = (self.command)(tx, &self.input);
        Box::pin(async move {
            let outcome = running.await;
            let ended = match &outcome {
                Ok(_) => Ended::Done,
                Err(error) if error.is_contended() => Ended::Contended,
                Err(_) => Ended::Failed,
            };
            *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            ended
        })
    }
}

impl Db {
    /// Runs one command in one transaction and commits it when it succeeds:
    /// `db.write(input, |tx, input| Box::pin(async move { … })).await`.
    ///
    /// The command runs in a task of its own, so that a caller who goes away cancels neither it nor a `begin` half way
    /// (which would leave a poisoned connection in the pool). Where another transaction is in the way it is run again
    /// from its first read, so it must do nothing but read and write through `tx`.
    pub async fn write<I, T, E, F>(&self, input: I, command: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: MayRetry + Send + 'static,
        F: for<'tx> Fn(&'tx mut Tx, &'tx I) -> Command<'tx, T, E> + Send + Sync + 'static,
    {
        let kept = Arc::new(Kept { input, command, outcome: Mutex::new(None) });
        self.carry_out(Arc::clone(&kept) as Arc<dyn Attempt>).await?;
        let outcome = kept.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.expect("a command that ended left what came of it")
    }

    async fn carry_out(&self, command: Arc<dyn Attempt>) -> Result<(), Error> {
        let db = self.clone();
        let task = async move {
            let mut attempt = 1;
            loop {
                match db.attempt(&*command).await {
                    Ok(Ended::Contended) if attempt < MOST_ATTEMPTS => {}
                    Err(error) if error.is_contended() && attempt < MOST_ATTEMPTS => {}
                    Ok(_) => return Ok(()),
                    Err(error) => return Err(error),
                }
                tracing::debug!(attempt, "another transaction was in the way; trying again");
                // Doubled each time, from 2 ms, so that those who met do not meet again at once.
                tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
                attempt += 1;
            }
        };
        match tokio::spawn(task.in_current_span()).await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => Err(Error::BrokeOff(error)),
        }
    }

    /// Runs a command once. An error is one of the transaction itself: then nothing of the command holds.
    async fn attempt(&self, command: &dyn Attempt) -> Result<Ended, Error> {
        let mut tx = self.begin().await?;
        let ended = command.run(&mut tx).await;
        if matches!(ended, Ended::Done) {
            tx.commit().await?;
            self.commits.send_modify(|count| *count += 1);
        } else if let Err(error) = tx.rollback().await {
            tracing::warn!(%error, "a transaction could not be rolled back; its connection is closed");
        }
        Ok(ended)
    }
}
