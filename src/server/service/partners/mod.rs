//! What partner surfaces ask for beyond what every program does: who calls by their kinds of tokens, how the people of an
//! order are reached, and for which store a key stands.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    domain::{
        access::Role,
        error::Error as Shown,
        id::{Reference, SellerId, UserId},
        money::Currency,
        order::Order,
        partner::Partners,
        party::{Actor, Party},
        time::{Moment, Span},
    },
    server::{
        error::Error,
        seal,
        service::{
            Services,
            keys::{self, Holder},
            orders,
            programs::{self, OrderName},
        },
        storage::{
            self, Conn,
            people::{self, Place},
            sessions::Seen,
            users,
        },
        webhook::KeyPair,
    },
};

pub mod projects;
pub mod providers;
pub mod search;

/// How long a token lives that was got for a key.
pub const TOKEN_LIFETIME: Span = Span::hours(1);
/// Where such a token is sealed.
const SEALED: &str = "partner token";
/// How many people of a seller are looked through for its owner.
const MOST_STAFF: i64 = 200;
/// References stand for numbers below this.
const NUMBERS: u64 = 1 << 45;

/// The order that a partner names: by its number, its public number or its id.
///
/// # Errors
/// Not found for everything else.
pub fn order_name(text: &str) -> Result<OrderName, Shown> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse();
    }
    let number = text.parse::<u64>().ok().filter(|number| *number < NUMBERS);
    number.map(|number| OrderName::Reference(Reference::from_bits(number))).ok_or_else(|| Shown::not_found("order"))
}

/// Who acts with base 64 of a key's public and private half: its id in 32 characters, and the key itself.
///
/// # Errors
/// When the database does not answer.
pub async fn by_pair(services: &Services, token: &str) -> Result<Option<Holder>, Error> {
    let Some(pair) = KeyPair::from_auth_token(token) else { return Ok(None) };
    by_halves(services, &pair.public, &pair.private).await
}

/// Who acts with both halves of a key.
///
/// # Errors
/// When the database does not answer.
pub async fn by_halves(services: &Services, public: &str, private: &str) -> Result<Option<Holder>, Error> {
    let holder = keys::recognise(services, private).await?;
    let is_its = |holder: &Holder| {
        let bare = public.trim_start_matches("key_").replace('-', "");
        bare.eq_ignore_ascii_case(&holder.key.0.simple().to_string())
    };
    Ok(holder.filter(is_its))
}

/// A token for a key that lives for an hour, and until when. It holds the hash of the key, sealed, and no row holds it: when
/// the key is taken away, it opens nothing any more.
pub fn token(services: &Services, secret: &str) -> (String, Moment) {
    let until = services.now().plus(TOKEN_LIFETIME);
    let plain = [keys::hash(secret).as_slice(), &until.0.to_be_bytes()].concat();
    (URL_SAFE_NO_PAD.encode(seal::seal(&services.secret, SEALED, &plain)), until)
}

/// Who acts with such a token.
///
/// # Errors
/// When the database does not answer.
pub async fn by_token(services: &Services, token: &str) -> Result<Option<Holder>, Error> {
    let sealed = URL_SAFE_NO_PAD.decode(token.trim()).ok();
    let plain = sealed.and_then(|sealed| seal::open(&services.secret, SEALED, &sealed).ok()).unwrap_or_default();
    let Some((hash, until)) = plain.split_first_chunk::<32>() else { return Ok(None) };
    let until = until.try_into().map(i64::from_be_bytes).unwrap_or_default();
    if until <= services.now().0 { Ok(None) } else { keys::recognise_hash(services, hash).await }
}

/// How the people of an order are reached, as far as the caller may know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// The buyer's e-mail address.
    pub buyer_email: String,
    /// The buyer's phone number for this order; their own is theirs to give.
    pub buyer_phone: String,
    /// Another number of somebody who may take it.
    pub other_phone: String,
    /// The address that the goods go to.
    pub address: String,
    /// The e-mail address of the first owner of the seller.
    pub seller_email: String,
    /// The phone number of that owner.
    pub seller_phone: String,
}

/// An order with who the caller is in it and how its people are reached.
///
/// # Errors
/// Not found when it is not the caller's to see.
pub async fn find(services: &Services, holder: &Holder, name: &OrderName) -> Result<(Order, Actor, Contacts), Error> {
    let (order, actor) = programs::find(services, holder, name).await?;
    let mut conn = services.db.reader().await?;
    let contacts = contacts(&mut conn, &order).await?;
    Ok((order, actor, contacts))
}

async fn contacts(conn: &mut dyn Conn, order: &Order) -> Result<Contacts, Error> {
    let said = storage::recipients::find(conn, order.id).await?.map(|(said, _)| said).unwrap_or_default();
    let buyer = users::find(conn, order.parties.buyer).await?;
    let email = buyer.map(|buyer| buyer.email).unwrap_or_default();
    let place = Place {
        marketplace: order.parties.marketplace,
        seller: Some(order.parties.seller),
        provider: None,
        role: Role::Owner,
    };
    let staff = people::list_staff(conn, &place, MOST_STAFF).await?;
    let owner = match staff.into_iter().find(|row| row.role == Role::Owner.code()) {
        Some(row) => users::find(conn, UserId(row.user_id)).await?,
        None => None,
    };
    let (seller_email, seller_phone) = owner.map(|owner| (owner.email, owner.phone)).unwrap_or_default();
    Ok(Contacts {
        buyer_email: email,
        buyer_phone: said.phone,
        other_phone: said.other_phone,
        address: said.address,
        seller_email,
        seller_phone,
    })
}

/// Who the buyer of an order would be: to ask the rules what the buyer may, never to act.
#[must_use]
pub fn as_buyer(order: &Order) -> Option<Actor> {
    orders::link_actor(Party::Buyer, order)
}

/// The store that a key is asked to act for: all of its own place, or one seller of its marketplace. Nothing when it is
/// another's; what a person bought is no store.
///
/// # Errors
/// When the database does not answer.
pub async fn store(services: &Services, holder: &Holder, text: &str) -> Result<Option<Option<SellerId>>, Error> {
    let bare = text.trim().trim_start_matches("sel_").trim_start_matches("mkt_");
    let (Some(hat), Ok(id)) = (&holder.viewer.hat, uuid::Uuid::try_parse(bare)) else { return Ok(None) };
    if let Some(seller) = hat.seller {
        return Ok((seller.0 == id).then_some(Some(seller)));
    }
    if hat.marketplace.0 == id {
        return Ok(Some(None));
    }
    let mut conn = services.db.reader().await?;
    let found = people::find_seller(&mut conn, hat.marketplace, SellerId(id)).await?;
    Ok(found.map(|seller| Some(SellerId(seller.id))))
}

/// The currency in which the place of a key trades.
///
/// # Errors
/// Not found where a key has no place.
pub async fn currency(services: &Services, holder: &Holder) -> Result<Currency, Error> {
    let hat = holder.viewer.hat.as_ref().ok_or_else(|| Shown::not_found("page"))?;
    let mut conn = services.db.reader().await?;
    let found = people::find_marketplace(&mut conn, hat.marketplace).await?.ok_or_else(|| Shown::not_found("page"))?;
    let broken = |_| storage::Error::broken("marketplaces", hat.marketplace, "currency");
    Ok(found.currency.parse().map_err(broken)?)
}

/// What integrations need that were written for other systems.
///
/// # Errors
/// Not found for whoever runs no keys.
pub async fn page(services: &Services, address: &str, seen: &Seen) -> Result<Partners, Error> {
    let all = keys::list(services, seen, None).await?;
    let hat = seen.viewer.hat.as_ref();
    let store = hat.map(|hat| hat.seller.map_or(hat.marketplace.0, |seller| seller.0));
    Ok(Partners {
        address: address.to_owned(),
        place: all.place,
        store_key: store.map(|id| id.simple().to_string()),
        keys: all.keys.into_iter().filter(|key| key.is_valid(all.now)).collect(),
    })
}
