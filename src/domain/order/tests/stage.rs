//! The stage on which the proofs play: an order to begin with, its cast, the lines they speak, and a ledger.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::access::Permissions;
use crate::domain::id::{MarketplaceId, OrderId, ProviderId, Reference, SellerId, UserId};
use crate::domain::ledger::{Account, postings};
use crate::domain::money::{Bps, Currency, Minor};
use crate::domain::order::action::Action;
use crate::domain::order::decide::decide;
use crate::domain::order::event::{Event, Placed};
use crate::domain::order::refusal::Refusal;
use crate::domain::order::terms::Terms;
use crate::domain::order::tests::invariants;
use crate::domain::order::{AssignedProvider, Item, ItemKind, Order, Parties, Share, ShareBearer};
use crate::domain::party::{Actor, Party, Source};
use crate::domain::time::Moment;

/// Microseconds.
pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// When orders are placed on this stage.
pub(super) const START: Moment = Moment(1_700_000_000_000_000);

/// The digest of the buyer's handover code.
pub(super) const CODE: &str = "a1b2c3";

pub(super) fn currency(code: &str) -> Currency {
    code.parse().expect("a known currency")
}

pub(super) fn bps(rate: u16) -> Bps {
    Bps::new(rate).expect("at most the whole")
}

pub(super) fn item(no: u16, kind: ItemKind, quantity: u32, unit_minor: Minor) -> Item {
    let title = format!("Thing {no}");
    Item { no, title, kind, quantity, unit_minor, commission: None, due_at: None }
}

pub(super) fn goods(no: u16, quantity: u32, unit_minor: Minor) -> Item {
    item(no, ItemKind::Goods, quantity, unit_minor)
}

pub(super) fn courier(share: Share, borne_by: ShareBearer) -> AssignedProvider {
    let id = ProviderId(Uuid::from_u128(7));
    AssignedProvider { id, name: "Swift".to_owned(), share, borne_by }
}

/// Two lamps at 100.00 and a cable at 50.00 naira under the default terms.
pub(super) fn two_lamps_and_a_cable() -> Placed {
    Placed {
        id: OrderId(Uuid::from_u128(1)),
        reference: Reference::from_bits(99),
        parties: Parties {
            marketplace: MarketplaceId(Uuid::from_u128(2)),
            marketplace_name: "Lagos Market".to_owned(),
            seller: SellerId(Uuid::from_u128(3)),
            seller_name: "Ada Stores".to_owned(),
            buyer: UserId(Uuid::from_u128(4)),
            buyer_name: "Élodie".to_owned(),
        },
        external_ref: None,
        channel: "screen".to_owned(),
        currency: currency("NGN"),
        items: vec![goods(1, 2, 10_000), goods(2, 1, 5_000)],
        terms: Terms::default(),
        milestones: false,
        provider: None,
        handover_digest: CODE.to_owned(),
    }
}

/// The same under other terms.
pub(super) fn under(terms: Terms) -> Placed {
    Placed { terms, ..two_lamps_and_a_cable() }
}

/// A project of milestones with these amounts.
pub(super) fn project(amounts: &[Minor]) -> Placed {
    let items = amounts.iter().zip(1..).map(|(amount, no)| goods(no, 1, *amount)).collect();
    Placed { items, milestones: true, ..two_lamps_and_a_cable() }
}

pub(super) fn actor_with(party: Party, permissions: Permissions) -> Actor {
    Actor {
        party,
        user: Some(UserId(Uuid::from_u128(50))),
        name: party.word().to_owned(),
        source: Source::Screen,
        permissions,
        interested: false,
    }
}

/// Somebody of this party whose role allows everything.
pub(super) fn actor(party: Party) -> Actor {
    match party {
        Party::Clock => Actor::clock(),
        Party::Gateway => Actor::gateway("sandbox"),
        _ => actor_with(party, Permissions::ALL),
    }
}

/// A play: an order, all that has happened to it, and what the ledger makes of that.
#[derive(Clone)]
pub(super) struct Play {
    pub(super) order: Order,
    pub(super) events: Vec<(Event, Moment)>,
    pub(super) ledger: BTreeMap<Account, Minor>,
    pub(super) now: Moment,
}

impl Play {
    pub(super) fn begin(placed: Placed) -> Self {
        placed.check().expect("the order can be placed");
        let order = Order::placed(&placed, START);
        let events = vec![(Event::Placed(Box::new(placed)), START)];
        Self { order, events, ledger: BTreeMap::new(), now: START }
    }

    /// An action at this many microseconds after the start; what it changes is checked by every invariant.
    #[track_caller]
    pub(super) fn act(&mut self, at: i64, actor: &Actor, action: &Action) -> Result<Vec<Event>, Refusal> {
        self.now = Moment(START.0 + at);
        let before = self.order.clone();
        let decided = decide(&self.order, actor, action, self.now);
        assert_eq!(self.order, before, "deciding changes nothing");
        let events = decided?;
        assert!(!events.is_empty(), "an action that was carried out left no event: {action:?}");
        for event in &events {
            self.enter(event);
        }
        invariants::check(self);
        Ok(events)
    }

    /// The same for an action that must be carried out.
    #[track_caller]
    pub(super) fn must(&mut self, at: i64, party: Party, action: &Action) -> Vec<Event> {
        self.act(at, &actor(party), action)
            .unwrap_or_else(|refusal| panic!("{party:?} {action:?} in {:?}: {refusal:?}", self.order.status()))
    }

    fn enter(&mut self, event: &Event) {
        let at = self.now.max(self.order.updated_at);
        for posting in postings(&self.order, event) {
            assert_eq!(posting.sum(), 0, "{posting:?} is balanced");
            assert!(posting.entries.iter().all(|entry| entry.amount_minor != 0), "{posting:?}");
            for entry in posting.entries {
                *self.ledger.entry(entry.account).or_default() += entry.amount_minor;
            }
        }
        self.order.apply(event, at);
        let headline = event.headline(&self.order);
        assert!(headline.starts_with(char::is_uppercase), "a headline is words for people: {headline}");
        self.events.push((event.clone(), at));
    }

    /// What the ledger says stands in an account, as credit.
    pub(super) fn credit_of(&self, account: &Account) -> Minor {
        -self.ledger.get(account).copied().unwrap_or_default()
    }
}
