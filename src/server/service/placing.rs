//! Placing orders.

use crate::{
    domain::{
        access::{Permission, Viewer},
        error::{Error as Shown, FieldError},
        id::{OrderId, Reference, SellerId, UserId},
        money::Currency,
        order::{
            Parties,
            event::Placed,
            form::{self, Fields},
            refusal::Refusal,
            terms::Terms,
        },
        party::{Actor, Party, Source},
        receiving::Recipient,
        text::{DisplayName, Email, Label, Phone},
        time::Moment,
        view::NewOrderForm,
    },
    server::{
        clock,
        error::Error,
        secret::Secret,
        service::{
            Services,
            history::{BuyerContact, History},
            orders::{self, Performed},
            receiving,
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

pub use super::acting::{TypedCommand, act, act_with};

/// The most sellers to choose from.
const MOST_SELLERS: i64 = 500;
/// The most providers to choose from on an order.
pub const MOST_PROVIDERS: i64 = 200;

/// What was typed into the form for a new order.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// The seller, when the one who places it works for the marketplace; empty for the seller's own staff.
    pub seller: String,
    /// The buyer's e-mail address.
    pub buyer_email: String,
    /// The buyer's name.
    pub buyer_name: String,
    /// The buyer's phone number, or nothing.
    pub buyer_phone: String,
    /// The shop's own number, or nothing.
    pub external_ref: String,
    /// Where it goes, or nothing.
    pub address: String,
    /// What whoever brings it should know, or nothing.
    pub delivery_note: String,
    /// Items and terms, as their forms name them.
    pub fields: Fields,
    /// Each item is a milestone of a project.
    pub milestones: bool,
    /// The caller's own key.
    pub key: String,
}

impl NewOrder {
    /// Takes apart what a form sent; what is missing counts as empty.
    #[must_use]
    pub fn typed(key: String, mut fields: Fields) -> Self {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        Self {
            seller: take("seller"),
            buyer_email: take("buyer_email"),
            buyer_name: take("buyer_name"),
            buyer_phone: take("buyer_phone"),
            external_ref: take("external_ref"),
            address: take("address"),
            delivery_note: take("delivery_note"),
            milestones: take("milestones") == "on",
            fields,
            key,
        }
    }
}

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
    let terms = terms_of(&marketplace.terms, own.map_or("{}", |seller| &seller.terms))?;
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

/// The terms of a marketplace with what a seller says instead.
fn terms_of(marketplace: &str, seller: &str) -> Result<Terms, Error> {
    let broken = |error: serde_json::Error| storage::Error::broken("marketplaces", "terms", error);
    let mut base: serde_json::Value = serde_json::from_str(marketplace).map_err(broken)?;
    let own: serde_json::Value = serde_json::from_str(seller).map_err(broken)?;
    if let (Some(base), Some(own)) = (base.as_object_mut(), own.as_object()) {
        base.extend(own.clone());
    }
    Ok(serde_json::from_value(base).map_err(broken)?)
}

/// Places an order: the buyer is found by address, or made without an account.
///
/// # Errors
/// Each wrong field; not found for those who place no orders.
pub async fn place(services: &Services, viewer: Viewer, new: NewOrder) -> Result<Performed, Error> {
    let now = services.now();
    let secret = services.secret.clone();
    services
        .db
        .write((viewer, new, secret), move |tx, (viewer, new, secret)| Box::pin(place_in(tx, viewer, new, secret, now)))
        .await
}

async fn place_in(
    tx: &mut Tx,
    viewer: &Viewer,
    new: &NewOrder,
    secret: &Secret,
    now: Moment,
) -> Result<Performed, Error> {
    let command = (!new.key.is_empty()).then(|| CommandKey {
        caller: viewer.user.to_string(),
        operation: "place".to_owned(),
        key: new.key.clone(),
    });
    let fingerprint = fingerprint(new);
    if let Some(command) = &command
        && let Some(answered) = idempotency::find(tx, command).await?
    {
        return orders::replay(&answered, &fingerprint);
    }
    let (actor, place) = placer(tx, viewer).await?;
    let seller = seller_of(tx, &place, &new.seller).await?;
    let marketplace = people::find_marketplace(tx, place.marketplace).await?.ok_or_else(|| Shown::not_found("page"))?;
    let currency = marketplace
        .currency
        .parse()
        .map_err(|_| storage::Error::broken("marketplaces", place.marketplace, "currency"))?;
    let base = terms_of(&marketplace.terms, &seller.terms)?;
    let typed = read(new, &base, currency, actor.sets_fees())?;
    let buyer = users::ensure(
        tx,
        &NewUser {
            id: UserId(clock::new_id(now)),
            email: &typed.email,
            name: &typed.name,
            phone: typed.phone.as_ref(),
            password_hash: "",
            time_zone: &marketplace.time_zone,
        },
        now,
    )
    .await?;
    let parties = Parties {
        marketplace: place.marketplace,
        marketplace_name: marketplace.name.clone(),
        seller: SellerId(seller.id),
        seller_name: seller.name.clone(),
        buyer,
        buyer_name: typed.name.to_string(),
    };
    let placed = typed.order(parties, new.milestones, secret, now);
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
    };
    if let Some(command) = &command {
        let answer = serde_json::to_string(&performed).expect("answers are plain data");
        idempotency::insert(tx, command, &fingerprint, &answer, now).await?;
    }
    Ok(performed)
}

/// Who places, and for which place, by the rights that they have at this instant.
async fn placer(conn: &mut dyn Conn, viewer: &Viewer) -> Result<(Actor, Place), Error> {
    let not_found = || Shown::not_found("page");
    let place = viewer.hat.as_ref().map(Place::from).ok_or_else(not_found)?;
    let role = people::find_role(conn, viewer.user, &place).await?.ok_or_else(not_found)?;
    if !role.permissions().has(Permission::Sell) || !matches!(role.party(), Party::Seller | Party::Operator) {
        return Err(not_found().into());
    }
    let actor = Actor {
        party: role.party(),
        user: Some(viewer.user),
        name: viewer.name.clone(),
        source: Source::Screen,
        permissions: role.permissions(),
        interested: false,
    };
    Ok((actor, place))
}

async fn seller_of(conn: &mut dyn Conn, place: &Place, typed: &str) -> Result<SellerRow, Error> {
    let unknown = || Shown::field("seller", "Choose one of these.");
    let id = match place.seller {
        Some(own) => own,
        None => typed.parse().map_err(|_| unknown())?,
    };
    Ok(people::find_seller(conn, place.marketplace, id).await?.ok_or_else(unknown)?)
}

/// What was typed, once all of it is well formed.
struct Typed {
    currency: Currency,
    email: Email,
    name: DisplayName,
    phone: Option<Phone>,
    external_ref: Option<Label>,
    recipient: Recipient,
    items: Vec<crate::domain::order::Item>,
    terms: Terms,
}

impl Typed {
    /// The order as it is placed, under a new identity.
    fn order(&self, parties: Parties, milestones: bool, secret: &Secret, now: Moment) -> Placed {
        let id = OrderId(clock::new_id(now));
        Placed {
            id,
            reference: Reference::from_bits(u64::from_be_bytes(clock::random())),
            parties,
            external_ref: self.external_ref.as_ref().map(ToString::to_string),
            channel: "screen".to_owned(),
            currency: self.currency,
            items: self.items.clone(),
            terms: self.terms,
            milestones,
            provider: None,
            handover_digest: secret.handover_digest(id, &secret.handover_code(id)),
        }
    }
}

fn read(new: &NewOrder, base: &Terms, currency: Currency, sets_fees: bool) -> Result<Typed, Shown> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut fault = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let email = Email::parse(&new.buyer_email).map_err(|bad| fault("buyer_email", bad.0)).ok();
    let name = DisplayName::parse(&new.buyer_name).map_err(|bad| fault("buyer_name", bad.0)).ok();
    let phone = (!new.buyer_phone.trim().is_empty()).then(|| Phone::parse(&new.buyer_phone));
    let phone = phone.transpose().map_err(|bad| fault("buyer_phone", bad.0)).ok().flatten();
    let external_ref = (!new.external_ref.trim().is_empty()).then(|| Label::parse(&new.external_ref));
    let external_ref = external_ref.transpose().map_err(|bad| fault("external_ref", bad.0)).ok().flatten();
    let items = form::parse_items(&new.fields, currency).map_err(|error| wrong.extend(error.fields)).ok();
    let terms = form::parse_terms(&new.fields, base, currency).map_err(|error| wrong.extend(error.fields)).ok();
    if !sets_fees && terms.as_ref().is_some_and(|terms| !terms.charges_as(base)) {
        return Err(Refusal::FeesAreTheMarketplaces.into());
    }
    let mut recipient = recipient(new).map_err(|error| wrong.extend(error.fields)).unwrap_or_default();
    // Somebody whom the house knows keeps the number that they gave themselves; this one is for this order.
    recipient.phone = phone.as_ref().map(ToString::to_string).unwrap_or_default();
    match (email, name, items, terms) {
        (Some(email), Some(name), Some(items), Some(terms)) if wrong.is_empty() => {
            Ok(Typed { currency, email, name, phone, external_ref, recipient, items, terms })
        }
        _ => Err(Shown::fields(wrong)),
    }
}

/// Where it goes, when anything was said: to the buyer.
fn recipient(new: &NewOrder) -> Result<Recipient, Shown> {
    let said = [("address", &new.address), ("note", &new.delivery_note)];
    let said = said.map(|(name, text)| (name.to_owned(), text.clone()));
    Recipient::typed(&Fields::from(said)).map_err(|mut error| {
        for wrong in error.fields.iter_mut().filter(|wrong| wrong.field == "note") {
            "delivery_note".clone_into(&mut wrong.field);
        }
        error
    })
}

fn fingerprint(new: &NewOrder) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let text = format!(
        "{:?}",
        (
            &new.seller,
            &new.buyer_email,
            &new.buyer_name,
            &new.buyer_phone,
            &new.external_ref,
            (&new.address, &new.delivery_note),
            &new.fields,
            new.milestones
        )
    );
    Sha256::digest(text).into()
}
