//! Which key belongs to a database: its fingerprint is kept there, so that a wrong or lost key is noticed before it is used.

use std::path::{Path, PathBuf};

use crate::server::{
    secret::{Secret, SecretError},
    storage::{self, Db, settings},
};

const NAME: &str = "secret_fingerprint";

/// Why there is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("it cannot be read which secret file belongs to this database")]
    Database(#[from] storage::Error),
    #[error(
        "there is no secret file at {}, and this database was used with one: bring that file, from the other machine or the \
         backup, or say where it is with --secret-file",
        .0.display()
    )]
    Missing(PathBuf),
    #[error(
        "the secret file {} is not the one that this database was used with: bring that file, from the other machine or the \
         backup, or say where it is with --secret-file",
        .0.display()
    )]
    Foreign(PathBuf),
}

/// Reads the key that belongs to this database. One is made only for a database that has never been used with any.
///
/// # Errors
/// When the file is missing or another one, or cannot be read or made.
pub async fn open_secret(db: &Db, path: &Path) -> Result<Secret, FingerprintError> {
    let known = settings::find(&mut db.reader().await?, NAME).await?;
    // Whatever keeps a file from being looked at is told when it is opened.
    if known.is_some() && !path.try_exists().unwrap_or(true) {
        return Err(FingerprintError::Missing(path.to_owned()));
    }
    let secret = Secret::open(path)?;
    let own = secret.fingerprint();
    let known = match known {
        Some(known) => known,
        None => keep(db, own.clone()).await?,
    };
    if known == own { Ok(secret) } else { Err(FingerprintError::Foreign(path.to_owned())) }
}

/// Keeps the fingerprint, and gives the one that is kept: of two who begin at once, one is first.
async fn keep(db: &Db, fingerprint: String) -> Result<String, storage::Error> {
    db.write(fingerprint, |tx, fingerprint| {
        Box::pin(async move {
            settings::insert_once(tx, NAME, fingerprint).await?;
            Ok(settings::find(tx, NAME).await?.unwrap_or_default())
        })
    })
    .await
}
