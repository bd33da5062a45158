//! Commands that were carried out, with their answers: the same key is answered, not carried out again.

use crate::{
    domain::time::Moment,
    server::storage::{Conn, Error, Tx, change, read},
};

/// Which command: who sent it, what for, under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandKey {
    /// The caller: a person or an API key.
    pub caller: String,
    /// The operation.
    pub operation: String,
    /// The key that the caller chose.
    pub key: String,
}

/// The answer to a command that was carried out before.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct Answered {
    /// What was asked then, hashed.
    pub fingerprint: Vec<u8>,
    /// What was answered, as JSON.
    pub answer: String,
    /// When.
    pub at: i64,
}

const SELECT: &str =
    "select fingerprint, answer, at from idempotency where caller = $1 and operation = $2 and key = $3";

/// The answer that this command was given before, if it was.
pub async fn find(conn: &mut dyn Conn, command: &CommandKey) -> Result<Option<Answered>, Error> {
    read!(conn, Answered, |c| sqlx::query(SELECT)
        .bind(command.caller.as_str())
        .bind(command.operation.as_str())
        .bind(command.key.as_str())
        .fetch_optional(c)
        .await)
}

const INSERT: &str = "insert into idempotency (caller, operation, key, fingerprint, answer, at)
values ($1, $2, $3, $4, $5, $6)";

/// Keeps the answer to a command, in the transaction that carries it out.
pub async fn insert(
    tx: &mut Tx,
    command: &CommandKey,
    fingerprint: &[u8],
    answer: &str,
    now: Moment,
) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(INSERT)
        .bind(command.caller.as_str())
        .bind(command.operation.as_str())
        .bind(command.key.as_str())
        .bind(fingerprint)
        .bind(answer)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const RENEW: &str = "update idempotency set answer = $4, at = $5 where caller = $1 and operation = $2 and key = $3";

/// Keeps the answer to a command that was carried out once more, in place of the earlier one.
pub async fn renew(tx: &mut Tx, command: &CommandKey, answer: &str, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(RENEW)
        .bind(command.caller.as_str())
        .bind(command.operation.as_str())
        .bind(command.key.as_str())
        .bind(answer)
        .bind(now.0)
        .execute(c)
        .await)?;
    Ok(())
}

const DELETE_OLDER: &str = "delete from idempotency where caller = $1 and operation = $2 and key = $3 and at <= $4";

/// Forgets the answer to a command when it was given at this time or earlier.
pub async fn delete_older(tx: &mut Tx, command: &CommandKey, before: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(DELETE_OLDER)
        .bind(command.caller.as_str())
        .bind(command.operation.as_str())
        .bind(command.key.as_str())
        .bind(before.0)
        .execute(c)
        .await)?;
    Ok(())
}

const DELETE_OLD: &str = "delete from idempotency where (caller, operation, key) in
    (select caller, operation, key from idempotency where at < $1 order by at limit $2)";

/// Forgets answers from before this time, a bounded number at once.
pub async fn delete_before(tx: &mut Tx, before: Moment, limit: i64) -> Result<u64, Error> {
    change!(tx, |c| sqlx::query(DELETE_OLD).bind(before.0).bind(limit).execute(c).await)
}

const UPDATE_ANSWER: &str = "update idempotency set answer = $4 where caller = $1 and operation = $2 and key = $3";

/// Keeps the answer to a command that was claimed before.
pub async fn update_answer(tx: &mut Tx, command: &CommandKey, answer: &str) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_ANSWER)
        .bind(command.caller.as_str())
        .bind(command.operation.as_str())
        .bind(command.key.as_str())
        .bind(answer)
        .execute(c)
        .await)?;
    Ok(())
}

const DELETE_CLAIM: &str = "delete from idempotency where caller = $1 and operation = $2 and key = $3 and answer = ''";

/// Forgets a command that was claimed and did nothing.
pub async fn delete_claim(tx: &mut Tx, command: &CommandKey) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(DELETE_CLAIM)
        .bind(command.caller.as_str())
        .bind(command.operation.as_str())
        .bind(command.key.as_str())
        .execute(c)
        .await)?;
    Ok(())
}
