//! The local mailbox of demo mode: owed messages as the mails that they would be.

use serde_json::Value;

use crate::{
    domain::{
        letter::{self, Letter},
        notice::Channel,
        order::{Order, event::Event},
        party::Party,
    },
    server::{
        error::Error,
        secret::{Purpose, Secret},
        service::{Services, answers, mail},
        storage::{
            self,
            mailbox::{self, LetterRow},
        },
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
        rows.into_iter().map(|row| read(&services.secret, public_url, row)).collect();
    Ok(letters?.into_iter().flatten().collect())
}

fn read(secret: &Secret, public_url: &str, row: LetterRow) -> Result<Option<Letter>, Error> {
    if let (Some(event), Some(order)) = (&row.event, &row.order_state) {
        let broken = |error: serde_json::Error| storage::Error::broken("messages", &row.kind, error);
        let event: Event = serde_json::from_str(event).map_err(broken)?;
        let order: Order = serde_json::from_str(order).map_err(broken)?;
        return Ok(Some(about_order(secret, public_url, &row, &order, &event)));
    }
    let composed = mail::compose(secret, public_url, &row.kind, &row.payload);
    Ok(composed.map(|mail| Letter {
        at: row.at(),
        to: row.to_address,
        channel: if row.channel == Channel::Sms.code() { Channel::Sms } else { Channel::Email },
        subject: mail.subject,
        paragraphs: mail.paragraphs,
        links: mail.link.into_iter().map(|link| ("Follow the link".to_owned(), link)).collect(),
    }))
}

fn about_order(secret: &Secret, public_url: &str, row: &LetterRow, order: &Order, event: &Event) -> Letter {
    let payload: Value = serde_json::from_str(&row.payload).unwrap_or_default();
    let to = payload.get("to").and_then(Value::as_str).and_then(Party::from_code).unwrap_or(Party::Buyer);
    let channel = if row.channel == Channel::Sms.code() { Channel::Sms } else { Channel::Email };
    let (subject, mut paragraphs) = letter::words(order, event, to, channel);
    let mut links = vec![("See the order".to_owned(), format!("{public_url}/orders/{}", order.reference))];
    if to == Party::Buyer && order.due_minor() > 0 {
        let token = secret.sign_link(Purpose::Pay, order.id.0);
        let due = order.money(order.due_minor());
        links.insert(0, (format!("Pay {due}"), format!("{public_url}/pay/{token}")));
    }
    if to == Party::Buyer && order.due_minor() == 0 {
        let found = answers::link_and_code(secret, public_url, order.id, &payload);
        paragraphs.extend(found.code.as_deref().map(letter::code_words));
        let words = if found.code.is_some() { "Accept or reject it" } else { "See it without signing in" };
        links.insert(0, (words.to_owned(), found.link));
    }
    let to = row.email.clone().unwrap_or_else(|| format!("{} ({})", order.name_of(to), to.code()));
    Letter { at: row.at(), to, channel, subject, paragraphs, links }
}
