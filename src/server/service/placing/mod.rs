//! Placing orders.

use crate::{
    domain::{
        access::{Permission, Viewer},
        api_key::TEST_CHANNEL,
        error::Error as Shown,
        id::{OrderId, Reference, SellerId, UserId},
        money::Currency,
        order::{Parties, event::Placed, terms::Terms},
        party::{Actor, Party, Source},
        receiving::Recipient,
        text::{DisplayName, Email, Label, Phone},
        time::Moment,
        view::NewOrderForm,
        words::Language,
    },
    server::{
        clock,
        error::Error,
        secret::Secret,
        service::{
            Services,
            history::{BuyerContact, History},
            keys,
            orders::{self, Caller, Performed},
            receiving, terms, throttle,
        },
        storage::{
            self, Conn, Tx,
            counts::{self, Changes},
            idempotency::{self, CommandKey},
            people::{self, Place, SellerRow},
            users::{self, NewUser},
        },
    },
};

mod form;
mod sent;

pub use self::{form::NewOrder, sent::SentOrder};
pub use super::acting::{TypedCommand, act, act_with};

/// The most sellers to choose from.
const MOST_SELLERS: i64 = 500;
/// The most providers to choose from on an order.
pub const MOST_PROVIDERS: i64 = 200;

/// What the form for a new order starts from.
///
/// # Errors
/// Not found for those who place no orders.
pub async fn start(services: &Services, viewer: &Viewer) -> Result<NewOrderForm, Error> {
    let hat = viewer.hat.as_ref().filter(|_| viewer.permissions().has(Permission::Sell));
    let hat = hat.ok_or_else(|| Shown::not_found("page"))?;
    let mut conn = services.db.reader().await?;
    let marketplace =
        people::find_marketplace(&mut conn, hat.marketplace).await?.ok_or_else(|| Shown::not_found("page"))?;
    let sellers = match hat.seller {
        Some(seller) => people::find_seller(&mut conn, hat.marketplace, seller).await?.into_iter().collect(),
        None => people::list_sellers(&mut conn, hat.marketplace, ("", uuid::Uuid::nil()), MOST_SELLERS).await?,
    };
    let sets_fees = hat.role.party() == Party::Operator && viewer.permissions().has(Permission::Finance);
    let own = sellers.first().filter(|_| sellers.len() == 1);
    let terms = terms::begun_with(&marketplace, own)?;
    Ok(NewOrderForm {
        currency: marketplace
            .currency
            .parse()
            .map_err(|_| storage::Error::broken("marketplaces", hat.marketplace, "currency"))?,
        sellers: sellers.into_iter().map(|seller| (SellerId(seller.id), seller.name)).collect(),
        terms,
        sets_fees,
        command_key: clock::new_id(services.now()).simple().to_string(),
    })
}

/// Places an order: the buyer is found by address, or made without an account.
///
/// # Errors
/// Each wrong field; not found for those who place no orders.
pub async fn place(services: &Services, viewer: Viewer, new: NewOrder) -> Result<Performed, Error> {
    place_as(services, Caller::on_screen(viewer), Wish::Typed(Box::new(new))).await
}

/// What somebody wants to place.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Typed into the form.
    Typed(Box<NewOrder>),
    /// Sent by a program.
    Sent(Box<SentOrder>),
}

impl Wish {
    fn key(&self) -> &str {
        match self {
            Self::Typed(new) => &new.key,
            Self::Sent(new) => &new.key,
        }
    }

    fn seller(&self) -> &str {
        match self {
            Self::Typed(new) => &new.seller,
            Self::Sent(new) => &new.seller,
        }
    }

    fn milestones(&self) -> bool {
        match self {
            Self::Typed(new) => new.milestones,
            Self::Sent(new) => new.milestones,
        }
    }

    fn fingerprint(&self) -> [u8; 32] {
        match self {
            Self::Typed(new) => new.fingerprint(),
            Self::Sent(new) => new.fingerprint(),
        }
    }

    fn read(&self, base: &Terms, currency: Currency, sets_fees: bool) -> Result<Typed, Shown> {
        match self {
            Self::Typed(new) => form::read(new, base, currency, sets_fees),
            Self::Sent(new) => new.read(base, currency, sets_fees),
        }
    }
}

/// Places an order for a person or a program.
///
/// # Errors
/// As [`place`].
pub async fn place_as(services: &Services, caller: Caller, wish: Wish) -> Result<Performed, Error> {
    let now = services.now();
    let input = (caller, wish, services.secret.clone());
    let place = |input: (Caller, Wish, Secret)| {
        services.db.write(input, move |tx, (caller, wish, secret)| Box::pin(place_in(tx, caller, wish, secret, now)))
    };
    match place(input.clone()).await {
        // The same request may have taken the shop's number in this very moment: then its answer is there now.
        Err(Error::Storage(error)) if error.constraint().is_some() && !input.1.key().is_empty() => place(input).await,
        done => done,
    }
}

async fn place_in(tx: &mut Tx, caller: &Caller, new: &Wish, secret: &Secret, now: Moment) -> Result<Performed, Error> {
    let command = (!new.key().is_empty()).then(|| CommandKey {
        caller: caller.identity(),
        operation: caller.operation("place").to_owned(),
        key: new.key().to_owned(),
    });
    let fingerprint = new.fingerprint();
    if let Some(command) = &command
        && let Some(answered) = idempotency::find(tx, command).await?
    {
        return orders::replay(&answered, &fingerprint);
    }
    let (actor, place) = placer(tx, caller).await?;
    let seller = seller_of(tx, &place, new.seller()).await?;
    let marketplace = people::find_marketplace(tx, place.marketplace).await?.ok_or_else(|| Shown::not_found("page"))?;
    let currency = marketplace
        .currency
        .parse()
        .map_err(|_| storage::Error::broken("marketplaces", place.marketplace, "currency"))?;
    let base = terms::begun_with(&marketplace, Some(&seller))?;
    let typed = new.read(&base, currency, actor.sets_fees())?;
    let buyer = ensure_buyer(tx, &typed, &marketplace.time_zone, now).await?;
    // Of a test nobody is told anything.
    if caller.channel() != TEST_CHANNEL {
        count_for_guest(tx, buyer, &format!("{} {}", seller.id, typed.email), now).await?;
    }
    let parties = Parties {
        marketplace: place.marketplace,
        marketplace_name: marketplace.name.clone(),
        seller: SellerId(seller.id),
        seller_name: seller.name.clone(),
        buyer,
        buyer_name: typed.name.to_string(),
    };
    let placed = typed.order(parties, (new.milestones(), caller.channel()), secret, now);
    let history = History::place(placed, &actor, now).map_err(Shown::from)?;
    let contact = BuyerContact {
        email: typed.email.to_string(),
        phone: typed.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let mut changes = Changes::default();
    history.record(tx, &mut changes, &contact).await?;
    counts::apply(tx, &changes).await?;
    receiving::begin(tx, history.order().id, &typed.recipient, now).await?;
    let performed = Performed {
        reference: history.order().reference.clone(),
        version: history.order().version,
        status: history.order().status(),
        events: vec!["placed".to_owned()],
        replayed: false,
    };
    if let Some(command) = &command {
        let answer = serde_json::to_string(&performed).expect("answers are plain data");
        idempotency::insert(tx, command, &fingerprint, &answer, now).await?;
    }
    Ok(performed)
}

/// The buyer by their address, made without an account when nobody knows it.
async fn ensure_buyer(tx: &mut Tx, typed: &Typed, time_zone: &str, now: Moment) -> Result<UserId, Error> {
    let new = NewUser {
        id: UserId(clock::new_id(now)),
        email: &typed.email,
        name: &typed.name,
        // The number that was typed stands beside this order alone: whoever types it is not who it belongs to.
        phone: None,
        password_hash: "",
        time_zone,
        language: typed.language,
    };
    Ok(users::ensure(tx, &new, now).await?)
}

/// Who places, and for which place, by the rights that they have at this instant.
async fn placer(conn: &mut dyn Conn, caller: &Caller) -> Result<(Actor, Place), Error> {
    let found = actor_at_place(conn, caller).await?;
    let places = |actor: &Actor| {
        actor.permissions.has(Permission::Sell) && matches!(actor.party, Party::Seller | Party::Operator)
    };
    Ok(found.filter(|(actor, _)| places(actor)).ok_or_else(|| Shown::not_found("page"))?)
}

/// Who somebody is at the place that they act for, by the rights that they have at this instant; nothing for whoever acts for none.
pub(super) async fn actor_at_place(conn: &mut dyn Conn, caller: &Caller) -> Result<Option<(Actor, Place)>, Error> {
    match caller {
        Caller::Key(holder) => keys::placer(conn, holder).await,
        Caller::Person { viewer, source } => person(conn, viewer, *source).await,
        Caller::Clock | Caller::Gateway(_) | Caller::Link { .. } => Ok(None),
    }
}

/// Each order sends its buyer a mail; one who has no account cannot choose to get none.
async fn count_for_guest(tx: &mut Tx, buyer: UserId, of: &str, now: Moment) -> Result<(), Error> {
    if users::find(tx, buyer).await?.is_some_and(|buyer| buyer.has_account()) {
        return Ok(());
    }
    throttle::count(tx, &throttle::GUEST_ORDERS, of, now).await
}

async fn person(conn: &mut dyn Conn, viewer: &Viewer, source: Source) -> Result<Option<(Actor, Place)>, Error> {
    let Some(place) = viewer.hat.as_ref().map(Place::from) else { return Ok(None) };
    let Some(role) = people::find_role(conn, viewer.user, &place).await? else { return Ok(None) };
    let actor = Actor {
        party: role.party(),
        user: Some(viewer.user),
        name: viewer.name.clone(),
        source,
        permissions: role.permissions(),
        interested: false,
    };
    Ok(Some((actor, place)))
}

async fn seller_of(conn: &mut dyn Conn, place: &Place, typed: &str) -> Result<SellerRow, Error> {
    let unknown = || Shown::field("seller", "Choose one of these.");
    let id = match place.seller {
        Some(own) if typed.is_empty() || typed.parse() == Ok(own) => own,
        Some(_) => return Err(unknown().into()),
        None => typed.parse().map_err(|_| unknown())?,
    };
    Ok(people::find_seller(conn, place.marketplace, id).await?.ok_or_else(unknown)?)
}

/// In which language a buyer is written to until they choose one: English when nothing is said.
fn language(code: &str) -> Result<Language, String> {
    let named = if code.is_empty() { Some(Language::default()) } else { Language::from_code(code) };
    named.ok_or_else(|| "Choose one of these.".to_owned())
}

/// What was asked for, once all of it is well formed.
pub(super) struct Typed {
    pub(super) currency: Currency,
    pub(super) email: Email,
    pub(super) name: DisplayName,
    pub(super) phone: Option<Phone>,
    pub(super) language: Language,
    pub(super) external_ref: Option<Label>,
    pub(super) recipient: Recipient,
    pub(super) items: Vec<crate::domain::order::Item>,
    pub(super) terms: Terms,
}

impl Typed {
    /// The order as it is placed, under a new identity.
    fn order(&self, parties: Parties, (milestones, channel): (bool, &str), secret: &Secret, now: Moment) -> Placed {
        let id = OrderId(clock::new_id(now));
        Placed {
            id,
            reference: Reference::from_bits(u64::from_be_bytes(clock::random())),
            parties,
            external_ref: self.external_ref.as_ref().map(ToString::to_string),
            channel: channel.to_owned(),
            currency: self.currency,
            items: self.items.clone(),
            terms: self.terms,
            milestones,
            provider: None,
            handover_digest: secret.handover_digest(id, &secret.handover_code(id, "")),
        }
    }
}
