//! A message to a party becomes one to each person behind it, by each way that the person chose, in one transaction.

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    domain::{
        id::OrderId,
        notice::{self, Channel},
        order::Order,
        party::Party,
        preference::{Quiet, Topic, Ways},
        time::Moment,
    },
    server::{
        clock,
        error::{Error, with_causes},
        service::{Services, people_told, throttle},
        storage::{
            self, Tx,
            messages::{self, PartyRow, PersonMessage},
            orders,
            told::PersonRow,
        },
    },
};

/// How many messages are spread in one transaction, so that nobody waits long for it.
const AT_ONCE: i64 = 50;

/// Spreads some of the messages that are due; the answer is how many.
///
/// # Errors
/// When the database refuses.
pub async fn spread_some(services: &Services) -> Result<usize, Error> {
    let now = services.now();
    let texts = !services.post.text.is_closed();
    services.db.write((), move |tx, ()| Box::pin(spread(tx, now, texts))).await
}

/// `texts` says whether text messages can leave here.
async fn spread(tx: &mut Tx, now: Moment, texts: bool) -> Result<usize, Error> {
    let rows = messages::list_to_spread(tx, now, AT_ONCE).await?;
    let mut orders_read: HashMap<OrderId, Option<Order>> = HashMap::new();
    for row in &rows {
        let id = OrderId(row.order_id);
        let order = match orders_read.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(find_order(tx, id).await?),
        };
        let Some(order) = order.as_ref() else {
            messages::mark_spread(tx, row.id, "dead", "the order that it is about cannot be read").await?;
            continue;
        };
        let made = persons_of(tx, row, order, now, texts).await?;
        if made.is_empty() {
            messages::mark_spread(tx, row.id, "muted", "nobody has a role there who could be told").await?;
            continue;
        }
        messages::insert_persons(tx, row, order.parties.marketplace, &made).await?;
        messages::mark_spread(tx, row.id, "spread", "").await?;
    }
    Ok(rows.len())
}

/// The order, or nothing when its row is broken: that holds up nobody else.
async fn find_order(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, Error> {
    match orders::find(tx, id).await {
        Err(error @ storage::Error::BrokenRow { .. }) => {
            tracing::error!(error = with_causes(&error), "nobody can be told about an order");
            Ok(None)
        }
        found => Ok(found?),
    }
}

async fn persons_of(
    tx: &mut Tx,
    row: &PartyRow,
    order: &Order,
    now: Moment,
    texts: bool,
) -> Result<Vec<PersonMessage>, Error> {
    let topic = Topic::of(&row.kind);
    let asked = Channel::from_code(&row.channel).unwrap_or(Channel::Email);
    let Some(party) = Party::from_code(&row.party) else { return Ok(Vec::new()) };
    let persons = people_told::persons(tx, order, party, topic).await?;
    let mut made = Vec::with_capacity(persons.len());
    for person in &persons {
        for channel in channels(asked, &row.kind, person.ways(topic)) {
            let mut why_not = muted(person, channel, person.ways(topic), texts);
            if channel == Channel::Sms && why_not.is_none() && !person.has_account() {
                // A shop typed this number: it gets no more than anybody else whose number somebody typed.
                why_not = match throttle::count(tx, &throttle::TEXTS, &person.phone, now).await {
                    Ok(()) => None,
                    Err(Error::Refused(_)) => Some("too many text messages to this number"),
                    Err(error) => return Err(error),
                };
            }
            let due_at = if topic.always_told() { now } else { after_quiet(now, person, order.deadline_at()) };
            made.push(PersonMessage {
                id: clock::new_id(now),
                recipient: crate::domain::id::UserId(person.id),
                to_address: match channel {
                    Channel::Email => person.email.clone(),
                    Channel::Sms => person.phone.clone(),
                },
                channel: channel.code(),
                state: if why_not.is_some() { "muted" } else { "pending" },
                reason: why_not.unwrap_or_default(),
                due_at,
            });
        }
    }
    Ok(made)
}

/// By which ways a person gets a message that is owed by this one: a mail also as a text message where they chose so and
/// no text message is owed anyway.
fn channels(asked: Channel, kind: &str, ways: Ways) -> Vec<Channel> {
    let also_as_text = asked == Channel::Email && ways.sms && !notice::owes_text(kind);
    if also_as_text { vec![Channel::Email, Channel::Sms] } else { vec![asked] }
}

/// Why a person does not get a message by this way.
fn muted(person: &PersonRow, channel: Channel, ways: Ways, texts: bool) -> Option<&'static str> {
    match channel {
        _ if !ways.include(channel) => Some("they chose not to be told"),
        Channel::Sms if person.phone.is_empty() => Some("no phone number is known"),
        Channel::Sms if !texts => Some("no provider of text messages is set up"),
        _ => None,
    }
}

/// When a message that can wait comes to somebody: at once, or when it is not quiet there any more. What would come after
/// the deadline that it tells of does not wait.
fn after_quiet(now: Moment, person: &PersonRow, deadline: Moment) -> Moment {
    deferred(now, person.quiet(), &person.time_zone, deadline)
}

/// The end of somebody's quiet hours, when it is quiet at this instant and that end is before the deadline.
pub(super) fn deferred(at: Moment, quiet: Quiet, time_zone: &str, deadline: Moment) -> Moment {
    let local = clock::local_time(at, time_zone);
    if !quiet.holds_at(u16::from(local.hour) * 60 + u16::from(local.minute)) {
        return at;
    }
    let end = clock::next_minute(at, time_zone, quiet.to);
    if end < deadline { end } else { at }
}

#[cfg(test)]
mod tests {
    use super::{channels, deferred};
    use crate::domain::{
        notice::Channel,
        preference::{Quiet, Ways},
        time::{Moment, Span},
    };

    /// Monday, 23 November 2026, 09:00 UTC: 10:00 in Lagos.
    const AT: Moment = Moment(1_795_424_400_000_000);

    #[test]
    fn what_can_wait_waits_until_the_quiet_hours_end_in_the_readers_own_zone() {
        let night = Quiet { from: 22 * 60, to: 7 * 60 };
        let lagos = |at| deferred(at, night, "Africa/Lagos", Moment::NEVER);
        assert_eq!(lagos(AT), AT, "ten in the morning");
        let late = AT.plus(Span::hours(13));
        assert_eq!(lagos(late), late.plus(Span::hours(8)), "from eleven at night to seven in the morning");
        let early = AT.plus(Span::hours(20));
        assert_eq!(lagos(early), early.plus(Span::hours(1)), "from six to seven");
        let soon = late.plus(Span::hours(2));
        assert_eq!(deferred(late, night, "Africa/Lagos", soon), late, "after the deadline it would be of no use");
        assert_eq!(deferred(late, Quiet::default(), "Africa/Lagos", Moment::NEVER), late);
    }

    #[test]
    fn a_mail_goes_as_a_text_message_too_only_where_somebody_chose_so_and_none_is_owed() {
        let ways = |sms| Ways { email: true, sms, app: true };
        assert_eq!(channels(Channel::Email, "dispatched", ways(false)), [Channel::Email]);
        assert_eq!(channels(Channel::Email, "dispatched", ways(true)), [Channel::Email, Channel::Sms]);
        assert_eq!(channels(Channel::Email, "delivered", ways(true)), [Channel::Email], "it owes one of its own");
        assert_eq!(channels(Channel::Sms, "delivered", ways(true)), [Channel::Sms]);
    }
}
