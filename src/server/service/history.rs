//! An order with what happens to it: decided and folded in memory, then written down once, in one transaction.

use crate::{
    domain::{
        id::{MarketplaceId, OrderId},
        ledger::{self, Posting},
        notice::{self, Message},
        order::{
            Order,
            action::Action,
            decide::decide,
            event::{Event, Placed},
            refusal::Refusal,
        },
        party::{Actor, Party, Source},
        search,
        time::Moment,
        timeline::{ActorStamp, GENESIS, Stored},
    },
    server::{
        clock,
        error::Error,
        service::answers,
        service::inbox,
        storage::{
            self, Tx,
            counts::Changes,
            events::{self, NewEvent},
            ledger::NewPosting,
            orders,
            outbox::{self, NewMessage},
            terms,
            webhooks::deliveries::{self, NewTelling},
        },
    },
};

/// Something that happened, with all that it owes.
#[derive(Debug, Clone)]
pub struct Happened {
    /// When.
    pub at: Moment,
    /// Who did it.
    pub by: ActorStamp,
    /// What.
    pub event: Event,
    postings: Vec<Posting>,
    /// Who is told.
    pub messages: Vec<Message>,
}

/// An order on its way: as it was read, as it is now, and what happened in between.
#[derive(Debug, Clone)]
pub struct History {
    before: Option<Order>,
    order: Order,
    happened: Vec<Happened>,
    told_since: Moment,
}

/// What is known of the buyer beside the order, for finding it.
#[derive(Debug, Clone, Default)]
pub struct BuyerContact {
    /// The e-mail address.
    pub email: String,
    /// The phone number.
    pub phone: String,
}

impl History {
    /// Begins with the placing.
    ///
    /// # Errors
    /// What is wrong with the items or terms.
    pub fn place(placed: Placed, by: &Actor, at: Moment) -> Result<Self, Refusal> {
        placed.check()?;
        let order = Order::placed(&placed, at);
        let mut history = Self { before: None, order, happened: Vec::new(), told_since: at };
        history.note(Event::Placed(Box::new(placed)), by, at);
        Ok(history)
    }

    /// Goes on with an order as it was read.
    #[must_use]
    pub fn of(order: Order) -> Self {
        Self { before: Some(order.clone()), told_since: order.updated_at, order, happened: Vec::new() }
    }

    /// The order as it is now.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// Nobody is reminded of what came before this instant: for history that is written down after it happened.
    #[must_use]
    pub const fn reminding_from(mut self, now: Moment) -> Self {
        self.told_since = now;
        self
    }

    /// What has happened since it was read.
    #[must_use]
    pub fn happened(&self) -> &[Happened] {
        &self.happened
    }

    /// Carries out an action.
    ///
    /// # Errors
    /// Why not; nothing is changed then.
    pub fn act(&mut self, by: &Actor, action: &Action, now: Moment) -> Result<(), Refusal> {
        let at = now.max(self.order.updated_at);
        for event in decide(&self.order, by, action, at)? {
            self.order.apply(&event, at);
            self.note(event, by, at);
        }
        Ok(())
    }

    /// Lets the clock do all that it owes by now, each at the instant at which it was due.
    pub fn lapse_until(&mut self, now: Moment) {
        self.lapse_through(Source::Clock, now);
    }

    /// Like [`Self::lapse_until`], for history that came through another door than the clock's own.
    pub fn lapse_through(&mut self, source: Source, now: Moment) {
        let clock = Actor { source, ..Actor::clock() };
        while let Some((_, verb, at)) = self.order.next_lapse().filter(|(_, _, at)| *at <= now) {
            let done = self.act(&clock, &Action::Lapse { verb }, at);
            debug_assert!(done.is_ok(), "what the order says is due is not refused");
            if done.is_err() {
                break;
            }
        }
    }

    fn note(&mut self, event: Event, by: &Actor, at: Moment) {
        let by = ActorStamp::from(by);
        let postings = ledger::postings(&self.order, &event);
        let messages = notice::messages(&self.order, &by, &event);
        self.happened.push(Happened { at, by, event, postings, messages });
    }

    /// Writes all of it down: events, projection, ledger, messages, search terms; counts are added to `counts`.
    ///
    /// # Errors
    /// When the row is not at the version that was read any more, or the database refuses.
    pub async fn record(&self, tx: &mut Tx, counts: &mut Changes, buyer: &BuyerContact) -> Result<(), Error> {
        record_all(tx, &[(self, buyer)], counts).await?;
        // Persons are told of what happens now; history that is written down in bulk is news to nobody.
        inbox::tell(tx, self).await
    }

    /// What happened, each with its number on the timeline.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u32, &Happened)> {
        (self.first_seq()..).zip(&self.happened)
    }

    fn postings(&self) -> impl Iterator<Item = NewPosting> {
        let order = &self.order;
        (self.first_seq()..).zip(&self.happened).flat_map(move |(seq, happened)| {
            happened.postings.iter().map(move |posting| NewPosting {
                id: clock::new_id(happened.at),
                marketplace: order.parties.marketplace,
                event: (order.id, seq),
                currency: order.currency,
                at: happened.at,
                posting: posting.clone(),
            })
        })
    }

    fn first_seq(&self) -> u32 {
        self.before.as_ref().map_or(0, |before| before.version) + 1
    }

    /// The events as they are chained to the one before them.
    async fn events(&self, tx: &mut Tx, rows: &mut Vec<NewEvent>) -> Result<(), Error> {
        let id = self.order.id;
        let mut seq = self.first_seq();
        let mut hash = match seq {
            1 => GENESIS,
            _ => events::find_hash(tx, id, seq - 1)
                .await?
                .ok_or_else(|| storage::Error::broken("events", id, "an event is missing"))?,
        };
        for happened in &self.happened {
            let stored = Stored::of(&happened.by, &happened.event);
            hash = stored.chain(&hash, id, seq, happened.at);
            rows.push(NewEvent { order: id, seq, at: happened.at, kind: happened.event.code(), stored, hash });
            seq += 1;
        }
        Ok(())
    }

    /// What endpoints of webhooks may want to know: not what was read in from elsewhere.
    fn tellings(&self) -> impl Iterator<Item = NewTelling> {
        let order = &self.order;
        let numbered = (self.first_seq()..).zip(&self.happened);
        numbered.filter(|(_, happened)| happened.by.source != Source::Import).map(|(seq, happened)| NewTelling {
            id: clock::new_id(happened.at),
            marketplace: order.parties.marketplace,
            seller: happened.event.is_for(Party::Seller).then_some(order.parties.seller),
            order: order.id,
            seq,
            kind: happened.event.code(),
            at: happened.at,
        })
    }

    async fn record_messages(&self, tx: &mut Tx) -> Result<(), Error> {
        let order = &self.order;
        for (seq, happened) in (i64::from(self.first_seq())..).zip(&self.happened) {
            let told = happened.messages.iter().any(|message| message.to == Party::Buyer);
            let code = match happened.event {
                Event::Delivered { .. } | Event::HandedOver { .. } if told => {
                    Some(answers::owe_code(tx, order.id, Some(seq), happened.at).await?)
                }
                _ => None,
            };
            for message in &happened.messages {
                let mut payload = serde_json::json!({ "to": message.to });
                if let (Some((name, code)), Party::Buyer) = (&code, message.to) {
                    payload[name] = code.clone();
                }
                let row = NewMessage {
                    id: crate::domain::id::MessageId(clock::new_id(happened.at)),
                    event: Some((order.id, seq)),
                    marketplace: Some(order.parties.marketplace),
                    recipient: (message.to == Party::Buyer).then_some(order.parties.buyer),
                    // The address is looked up when the message is sent: by then it may be a newer one.
                    to_address: "",
                    channel: message.channel,
                    kind: message.kind,
                    payload,
                };
                outbox::insert(tx, &row, happened.at).await?;
            }
        }
        Ok(())
    }

    /// Words are written when the order is placed, and again when something that it is found by came to it.
    fn terms(&self, buyer: &BuyerContact) -> Vec<(MarketplaceId, String, OrderId)> {
        let order = &self.order;
        let found_anew = |happened: &Happened| {
            matches!(
                happened.event,
                Event::Placed(_)
                    | Event::ItemsEdited { .. }
                    | Event::MilestoneAdded { .. }
                    | Event::Dispatched { tracking: Some(_), .. }
                    | Event::Tracked { .. }
                    | Event::ReturnSent { tracking: Some(_), .. }
            )
        };
        if !self.happened.iter().any(found_anew) {
            return Vec::new();
        }
        let words = search::terms(order, &buyer.email, &buyer.phone).into_iter();
        words.map(|word| (order.parties.marketplace, word, order.id)).collect()
    }
}

/// Writes down what happened to several orders, in few statements: see [`History::record`].
///
/// # Errors
/// As [`History::record`].
pub async fn record_all(
    tx: &mut Tx,
    histories: &[(&History, &BuyerContact)],
    counts: &mut Changes,
) -> Result<(), Error> {
    let placed = histories.iter().filter(|(history, _)| history.before.is_none());
    let placed: Vec<_> =
        placed.map(|(history, _)| (&history.order, history.told_since.max(history.order.updated_at))).collect();
    orders::insert(tx, &placed).await?;
    let mut rows = Vec::new();
    for (history, _) in histories {
        let order = &history.order;
        if let Some(before) = &history.before
            && !orders::update(tx, order, before.version).await?
        {
            return Err(storage::Error::broken("orders", order.id, "changed under its lock").into());
        }
        history.events(tx, &mut rows).await?;
        counts.move_order(history.before.as_ref(), order);
    }
    events::insert(tx, &rows).await?;
    let tellings: Vec<NewTelling> = histories.iter().flat_map(|(history, _)| history.tellings()).collect();
    deliveries::owe(tx, &tellings).await?;
    let postings: Vec<NewPosting> = histories.iter().flat_map(|(history, _)| history.postings()).collect();
    storage::ledger::insert(tx, &postings).await?;
    for (history, _) in histories {
        history.record_messages(tx).await?;
    }
    let words: Vec<_> = histories.iter().flat_map(|(history, buyer)| history.terms(buyer)).collect();
    Ok(terms::insert(tx, &words).await?)
}
