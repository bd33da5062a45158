//! Messages as operators look after them: those that did not arrive, sending them again, and what each kind says.

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Permission, Viewer},
        error::{Error as Shown, Kind},
        id::MarketplaceId,
        letter::{About, DeadLetter, Preview, Reader, samples},
        notice::{self, Channel},
        order::Order,
        party::{Party, Source},
        sms,
        time::Moment,
        timeline::ActorStamp,
        words::Language,
    },
    server::{
        error::Error,
        service::{Services, Visit, audit, letters},
        storage::messages::{self, DeadRow},
    },
};

/// How many messages that did not arrive are shown.
const SHOWN: i64 = 100;

/// The marketplace whose messages this reader looks after.
fn marketplace(viewer: &Viewer, needed: Permission) -> Result<MarketplaceId, Shown> {
    let hat = viewer.hat.as_ref().filter(|hat| hat.role.party() == Party::Operator);
    let hat = hat.ok_or_else(|| Shown::not_found("page"))?;
    if hat.role.permissions().has(needed) {
        Ok(hat.marketplace)
    } else {
        Err(Shown::new(Kind::Forbidden, "not_allowed", "Your role does not allow this."))
    }
}

/// The newest messages about this marketplace's orders and people that did not arrive.
///
/// # Errors
/// Not found for readers who are not on its staff.
pub async fn list_dead(services: &Services, viewer: &Viewer) -> Result<Vec<DeadLetter>, Error> {
    let marketplace = marketplace(viewer, Permission::Read)?;
    let mut conn = services.db.reader().await?;
    let rows = messages::list_dead(&mut conn, marketplace, SHOWN).await?;
    Ok(rows.into_iter().map(dead_letter).collect())
}

fn dead_letter(row: DeadRow) -> DeadLetter {
    let name = row.name.unwrap_or_else(|| Party::from_code(&row.party).map_or("", Party::word).to_owned());
    let to = match (name.is_empty(), row.to_address.is_empty()) {
        (true, _) => row.to_address,
        (false, true) => name,
        (false, false) => format!("{name} ({})", row.to_address),
    };
    DeadLetter {
        id: row.id,
        reference: row.reference.unwrap_or_default(),
        to,
        channel: Channel::from_code(&row.channel).unwrap_or(Channel::Email),
        kind: row.kind,
        reason: row.last_error,
        at: Moment(row.created_at),
    }
}

/// Lets a message that did not arrive be tried again; it is written down who did so.
///
/// # Errors
/// Not found when it is another marketplace's, or did arrive.
pub async fn send_again(services: &Services, visit: &Visit, viewer: &Viewer, id: Uuid) -> Result<(), Error> {
    let marketplace = marketplace(viewer, Permission::Note)?;
    let (user, now) = (viewer.user, services.now());
    services
        .db
        .write(visit.clone(), move |tx, visit| {
            Box::pin(async move {
                let order = messages::send_again(tx, id, marketplace, now).await?;
                let order = order.ok_or_else(|| Shown::not_found("message"))?;
                let detail = json!({ "message": id, "order": order });
                audit(tx, visit, "message_sent_again", (Some(user), Some(marketplace)), detail, now).await
            })
        })
        .await
}

/// What each kind of message about an order says in a language, to each party that gets it.
///
/// # Errors
/// Not found for readers who are not on the staff of a marketplace.
pub fn previews(services: &Services, viewer: &Viewer, language: Language) -> Result<Vec<Preview>, Error> {
    marketplace(viewer, Permission::Read)?;
    let mut previews = Vec::new();
    let now = services.now();
    for (event, order) in samples::samples(now) {
        let by = ActorStamp { party: Party::Clock, user: None, name: String::new(), source: Source::Clock };
        let mut parties: Vec<Party> = notice::messages(&order, &by, &event).into_iter().map(|owed| owed.to).collect();
        parties.dedup();
        for party in parties {
            previews.push(preview(services, &order, About::Event(&event), (event.code(), party), language));
        }
    }
    let waiting = samples::delivered(now);
    let about = About::Turn { delivery: 1 };
    previews.push(preview(services, &waiting, about, (notice::REMINDER, Party::Buyer), language));
    Ok(previews)
}

fn preview(
    services: &Services,
    order: &Order,
    about: About<'_>,
    (kind, to): (&str, Party),
    language: Language,
) -> Preview {
    let reader = Reader { party: to, name: order.name_of(to), language };
    let link = format!("{}/orders/{}", services.post.public_url, order.reference);
    let links = vec![(language.text("see").to_owned(), link)];
    let written = letters::about_order(order, about, reader, "UTC", links, None);
    let segments = u32::try_from(sms::length(&written.short).segments).unwrap_or(u32::MAX);
    let (subject, paragraphs, text) = (written.subject, written.paragraphs, written.short);
    Preview { kind: kind.to_owned(), to, subject, paragraphs, text, segments }
}
