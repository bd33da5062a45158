//! Whoever has the turn is reminded of it: the message is owed under the order's lock, once.

use serde_json::json;

use crate::{
    domain::{
        id::{MessageId, OrderId},
        notice::{Channel, REMINDER},
        order::Order,
        party::Party,
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::Services,
        storage::{
            Tx, orders,
            outbox::{self, NewMessage},
            reminders,
        },
    },
};

/// Owes the reminders of one order that are due by now, and says when the next one is; the answer is how many parties are
/// reminded. What another process did meanwhile is not done again.
///
/// # Errors
/// When the database refuses or the order cannot be read.
pub async fn remind(services: &Services, order: OrderId) -> Result<usize, Error> {
    let now = services.now();
    services.db.write(order, move |tx, order| Box::pin(remind_in(tx, *order, now))).await
}

async fn remind_in(tx: &mut Tx, id: OrderId, now: Moment) -> Result<usize, Error> {
    let Some(order) = orders::find_for_update(tx, id).await? else { return Ok(0) };
    let due = reminders::find(tx, id).await?;
    if due > now {
        return Ok(0);
    }
    // An action that was decided before the last reminder, and committed after it, may have put it back.
    let last = reminders::find_last(tx, id).await?.unwrap_or(Moment(i64::MIN));
    let deliveries = order.reminded_between(last.max(due.shifted(-1)), now);
    let told = whom(&order, &deliveries);
    for (party, delivery) in &told {
        let row = NewMessage {
            id: MessageId(clock::new_id(now)),
            event: Some((id, i64::from(order.version))),
            marketplace: Some(order.parties.marketplace),
            recipient: (*party == Party::Buyer).then_some(order.parties.buyer),
            to_address: "",
            channel: Channel::Email,
            kind: REMINDER,
            payload: json!({ "to": party, "delivery": delivery }),
        };
        outbox::insert(tx, &row, now).await?;
    }
    let next = order.next_reminder(now).map_or(Moment::NEVER, |reminder| reminder.at);
    reminders::update(tx, id, next).await?;
    Ok(told.len())
}

/// Each party that has the turn in one of these deliveries, with the first of them.
fn whom(order: &Order, deliveries: &[u16]) -> Vec<(Party, u16)> {
    let mut told: Vec<(Party, u16)> = Vec::new();
    for part in deliveries.iter().filter_map(|no| order.delivery(*no)) {
        for party in part.turn().parties() {
            let is_there = party != Party::Provider || order.provider.is_some();
            if is_there && !told.iter().any(|(known, _)| *known == party) {
                told.push((party, part.no));
            }
        }
    }
    told
}
