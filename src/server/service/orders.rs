//! The one path: every change of an order, from any surface, is carried out by [`perform`].

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        access::{Membership, Permission, Permissions, Viewer},
        api_key::{API_CHANNEL, Mode, TEST_CHANNEL},
        desk::Owner,
        error::{Error as Shown, Kind},
        id::{OrderId, Reference, UserId},
        order::{Order, action::Action, status::Status},
        party::{Actor, Party, Source},
        time::Moment,
        timeline::Entry,
    },
    server::{
        clock,
        error::Error,
        service::{
            Services, handover,
            history::{BuyerContact, History},
            keys::{self, Holder, OPERATION},
            payments,
        },
        storage::{
            Conn, Tx,
            counts::{self, Changes},
            events, idempotency,
            idempotency::CommandKey,
            orders,
            people::{self, Place},
        },
    },
};

/// Who asks for a change.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A person, in the hat that they wear.
    Person {
        /// Who they are.
        viewer: Viewer,
        /// Through which door.
        source: Source,
    },
    /// The clock.
    Clock,
    /// A payment gateway, by name.
    Gateway(String),
    /// A program with an API key.
    Key(Box<Holder>),
    /// Whoever holds a signed link that opens this order for this party. Whether the link does, and whether more than the
    /// link is needed, is found out by the one who asks for them.
    Link {
        /// For whom the link is: the buyer, or the courier.
        party: Party,
        /// The row from which its token follows.
        link: uuid::Uuid,
    },
}

impl Caller {
    /// A signed-in person on the screen.
    #[must_use]
    pub const fn on_screen(viewer: Viewer) -> Self {
        Self::Person { viewer, source: Source::Screen }
    }

    /// Whose keys these are: two callers may choose the same idempotency key.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Person { viewer, .. } => viewer.user.to_string(),
            Self::Clock => "clock".to_owned(),
            Self::Gateway(name) => format!("gateway:{name}"),
            Self::Link { link, .. } => format!("link:{link}"),
            Self::Key(holder) => holder.identity(),
        }
    }

    /// The channel of orders that this caller places.
    pub(super) const fn channel(&self) -> &'static str {
        match self {
            Self::Key(holder) => match holder.mode {
                Mode::Live => API_CHANNEL,
                Mode::Test => TEST_CHANNEL,
            },
            _ => "screen",
        }
    }

    /// Under which name a command of this caller is kept: a program's key is for one call, whatever that is.
    pub(super) const fn operation(&self, verb: &'static str) -> &'static str {
        match self {
            Self::Key(_) => OPERATION,
            _ => verb,
        }
    }
}

/// A change that somebody asks for.
#[derive(Debug, Clone)]
pub struct Command {
    /// Of which order.
    pub order: OrderId,
    /// What to do.
    pub action: Action,
    /// The version that the caller has seen; the change is refused when another came first.
    pub expected_version: Option<u32>,
    /// The caller's own key: the same command under it is carried out once.
    pub key: Option<String>,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Performed {
    /// The order's public number.
    pub reference: Reference,
    /// Its version now.
    pub version: u32,
    /// Its status now.
    pub status: Status,
    /// The types of the events that carried it out.
    pub events: Vec<String>,
    /// Whether this was done before under the same key, and this is the answer of then.
    #[serde(skip)]
    pub replayed: bool,
}

/// Carries out a command: load, decide, apply, write events, rows, ledger, messages and the answer, commit.
///
/// # Errors
/// Not found when the order is not the caller's to see; a refusal of the rules; a conflict when somebody else was first;
/// 422 when the key was used for something else. Nothing is changed then.
pub async fn perform(services: &Services, caller: Caller, command: Command) -> Result<Performed, Error> {
    let (now, secret) = (services.now(), services.secret.clone());
    services
        .db
        .write((caller, command, secret), move |tx, (caller, command, secret)| {
            Box::pin(perform_as(tx, caller, command, handover::meant(secret, command), now))
        })
        .await
}

/// [`perform`] inside a transaction that does more than this. A hand-over is refused here: its code is looked at by
/// `handover::meant`.
///
/// # Errors
/// As [`perform`].
pub async fn perform_in(tx: &mut Tx, caller: &Caller, command: &Command, now: Moment) -> Result<Performed, Error> {
    perform_as(tx, caller, command, |_| handover::unproven(&command.action), now).await
}

/// [`perform_in`] of what the action means for the order as it is under its lock. A key belongs to the command as it was asked
/// for, so that it is answered alike whatever it would mean by then.
///
/// # Errors
/// As [`perform`].
pub async fn perform_as(
    tx: &mut Tx,
    caller: &Caller,
    command: &Command,
    meant: impl FnOnce(&Order) -> Action + Send,
    now: Moment,
) -> Result<Performed, Error> {
    let key = key_of(caller, command);
    let fingerprint = fingerprint(command);
    let order = orders::find_for_update(tx, command.order).await?.ok_or_else(|| Shown::not_found("order"))?;
    let actor = actor(tx, caller, &order).await?.ok_or_else(|| Shown::not_found("order"))?;
    if let Some(key) = &key
        && let Some(answered) = idempotency::find(tx, key).await?
    {
        return replay(&answered, &fingerprint);
    }
    if command.expected_version.is_some_and(|seen| seen != order.version) {
        return Err(overtaken(tx, caller, actor.party, &order).await?.into());
    }
    let action = meant(&order);
    let mut history = History::of(order);
    if let Err(refusal) = history.act(&actor, &action, now) {
        return Err(Shown::from(refusal).into());
    }
    payments::refuse_change_while_unknown(tx, command.order, command.action.verb()).await?;
    let mut counts = Changes::default();
    history.record(tx, &mut counts, &BuyerContact::default()).await?;
    counts::apply(tx, &counts).await?;
    let performed = Performed {
        reference: history.order().reference.clone(),
        version: history.order().version,
        status: history.order().status(),
        events: history.happened().iter().map(|happened| happened.event.code().to_owned()).collect(),
        replayed: false,
    };
    if let Some(key) = &key {
        let answer = serde_json::to_string(&performed).expect("answers are plain data");
        idempotency::insert(tx, key, &fingerprint, &answer, now).await?;
    }
    Ok(performed)
}

fn key_of(caller: &Caller, command: &Command) -> Option<CommandKey> {
    command.key.as_ref().map(|key| CommandKey {
        caller: caller.identity(),
        operation: caller.operation(command.action.verb().code()).to_owned(),
        key: key.clone(),
    })
}

/// The answer to a command that was carried out before under the same key.
pub(super) async fn answered_before(
    tx: &mut Tx,
    caller: &Caller,
    command: &Command,
) -> Result<Option<Performed>, Error> {
    let Some(key) = key_of(caller, command) else { return Ok(None) };
    let answered = idempotency::find(tx, &key).await?;
    answered.map(|answered| replay(&answered, &fingerprint(command))).transpose()
}

fn fingerprint(command: &Command) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(command.order.0.as_bytes());
    digest.update(serde_json::to_vec(&command.action).expect("actions are plain data"));
    digest.finalize().into()
}

pub(super) fn replay(answered: &idempotency::Answered, fingerprint: &[u8]) -> Result<Performed, Error> {
    if answered.fingerprint != fingerprint {
        return Err(key_reused().into());
    }
    let read = serde_json::from_str::<Performed>(&answered.answer);
    let performed = read.map_err(|error| crate::server::storage::Error::broken("idempotency", "answer", error))?;
    Ok(Performed { replayed: true, ..performed })
}

pub(super) fn key_reused() -> Shown {
    let sentence = "This key was used before for something else. Use a new key for each new action.";
    Shown::new(Kind::Invalid, "key_reused", sentence)
}

/// Who the caller is in this order, by the rights that they have at this instant; nobody when it is not theirs to see.
pub(super) async fn actor(conn: &mut dyn Conn, caller: &Caller, order: &Order) -> Result<Option<Actor>, Error> {
    let (viewer, source) = match caller {
        Caller::Clock => return Ok(Some(Actor::clock())),
        Caller::Gateway(name) => return Ok(Some(Actor::gateway(name))),
        Caller::Link { party, .. } => return Ok(link_actor(*party, order)),
        Caller::Key(holder) => return keys::actor(conn, holder, order).await,
        Caller::Person { viewer, source } => (viewer, *source),
    };
    let permissions = match &viewer.hat {
        None => viewer.permissions(),
        Some(hat) => match people::find_role(conn, viewer.user, &Place::from(hat)).await? {
            Some(role) if role.party() == hat.role.party() => role.permissions(),
            _ => return Ok(None),
        },
    };
    Ok(actor_of(viewer, source, permissions, order))
}

/// Who this reader is in this order, by the rights of the hat that they wear.
#[must_use]
pub fn actor_for(viewer: &Viewer, order: &Order) -> Option<Actor> {
    actor_of(viewer, Source::Screen, viewer.permissions(), order)
}

/// Who holds a link of this order that was made for this party.
#[must_use]
pub(super) fn link_actor(party: Party, order: &Order) -> Option<Actor> {
    let (user, name, permissions) = match party {
        Party::Buyer => {
            (Some(order.parties.buyer), order.parties.buyer_name.as_str(), &[Permission::Read, Permission::Buy])
        }
        Party::Provider => (None, "Courier (link)", &[Permission::Read, Permission::Ship]),
        _ => return None,
    };
    let permissions = Permissions::of(permissions);
    Some(Actor { party, user, name: name.to_owned(), source: Source::SignedLink, permissions, interested: false })
}

pub(super) fn actor_of(viewer: &Viewer, source: Source, permissions: Permissions, order: &Order) -> Option<Actor> {
    let party = match &viewer.hat {
        None => (order.parties.buyer == viewer.user).then_some(Party::Buyer),
        Some(hat) => party_of(hat, order),
    }?;
    Some(Actor {
        party,
        user: Some(viewer.user),
        name: viewer.name.clone(),
        source,
        permissions,
        interested: interested(viewer, order),
    })
}

fn party_of(hat: &Membership, order: &Order) -> Option<Party> {
    let provider = order.provider.as_ref().map(|provider| provider.id);
    let theirs = hat.marketplace == order.parties.marketplace
        && hat.seller.is_none_or(|seller| seller == order.parties.seller)
        && (hat.provider.is_none() || hat.provider == provider);
    theirs.then(|| hat.role.party())
}

/// Whether this person also stands on another side of the order.
fn interested(viewer: &Viewer, order: &Order) -> bool {
    let provider = order.provider.as_ref().map(|provider| provider.id);
    let on_the_staff = |place: &Membership| {
        place.seller == Some(order.parties.seller) || (place.provider.is_some() && place.provider == provider)
    };
    order.parties.buyer == viewer.user || viewer.memberships.iter().any(on_the_staff)
}

/// Whose list this reader looks at.
#[must_use]
pub fn owner(viewer: &Viewer) -> Owner {
    let buyer = |user: UserId| Owner::Buyer(user);
    viewer.hat.as_ref().map_or_else(
        || buyer(viewer.user),
        |hat| match (hat.seller, hat.provider) {
            (Some(seller), _) => Owner::Seller(seller),
            (_, Some(provider)) => Owner::Provider(provider),
            _ => Owner::Marketplace(hat.marketplace),
        },
    )
}

/// Tells the one who came second who came first, what they did and when; of a note that they may not read, nothing.
async fn overtaken(conn: &mut dyn Conn, caller: &Caller, party: Party, order: &Order) -> Result<Shown, Error> {
    let last = events::find_last(conn, order.id).await?.map(|row| row.entry()).transpose()?;
    let zone = match caller {
        Caller::Person { viewer, .. } => viewer.time_zone.as_str(),
        Caller::Key(holder) => holder.viewer.time_zone.as_str(),
        _ => "UTC",
    };
    let last = last.filter(|entry| entry.event.is_for(party));
    let what = last.as_ref().map_or_else(String::new, |entry| first_one(entry, order, zone));
    let sentence = format!("Somebody was first. {what} Nothing of yours was changed: look at the order as it is now.");
    Ok(Shown::new(Kind::Conflict, "version_conflict", sentence))
}

fn first_one(entry: &Entry, order: &Order, zone: &str) -> String {
    format!("{} by {} on {}.", entry.event.headline(order), entry.actor.name, clock::local_text(entry.at, zone))
}
