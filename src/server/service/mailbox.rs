//! The local mailbox of demo mode: messages as the mails and text messages that they would be.

use crate::{
    domain::{letter::Letter, notice::Channel},
    server::{
        error::Error,
        secret::Secret,
        service::{Services, letters},
        storage::mailbox::{self, LetterRow},
    },
};

/// How many messages are shown.
const SHOWN: i64 = 100;

/// The newest messages, with links that work. `public_url` is the configured address of this installation.
///
/// # Errors
/// When the database refuses or a row cannot be read.
pub async fn list(services: &Services, public_url: &str) -> Result<Vec<Letter>, Error> {
    let mut conn = services.db.reader().await?;
    let rows = mailbox::list_newest(&mut conn, SHOWN).await?;
    drop(conn);
    let letters: Result<Vec<Option<Letter>>, Error> =
        rows.iter().map(|row| read(&services.secret, public_url, row)).collect();
    Ok(letters?.into_iter().flatten().collect())
}

fn read(secret: &Secret, public_url: &str, row: &LetterRow) -> Result<Option<Letter>, Error> {
    let Some(written) = letters::write(secret, public_url, row)? else { return Ok(None) };
    let channel = row.channel();
    let paragraphs = match channel {
        Channel::Email => written.paragraphs,
        Channel::Sms => vec![written.short],
    };
    let to = match (&row.email, row.about()?) {
        _ if !row.to_address.is_empty() => row.to_address.clone(),
        (Some(email), _) => email.clone(),
        (None, Some((order, _))) => format!("{} ({})", order.name_of(row.party()), row.party().code()),
        (None, None) => String::new(),
    };
    let (at, subject, links) = (row.at(), written.subject, written.links);
    Ok(Some(Letter { to, channel, at, subject, paragraphs, links }))
}
