//! The terms that new orders begin with: those of a marketplace, and what differs for a seller. Orders that exist keep theirs.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Permission, Viewer},
        error::{Error as Shown, Kind},
        id::{MarketplaceId, SellerId},
        order::{
            form::{self, Fields},
            place::check_terms,
            refusal::Refusal,
            terms::Terms,
            terms_change::TermsChange,
        },
        party::{Actor, Party},
        time::Moment,
        view::DefaultTerms,
    },
    server::{
        error::Error,
        service::{Services, Visit, audit, keys::Holder, orders::Caller, placing, sessions::require_fresh},
        storage::{
            self, Conn, Tx,
            people::{self, MarketplaceRow, SellerRow},
            sellers as rows,
            sessions::Seen,
        },
    },
};

/// How many sellers are looked at in one query.
const LOT: usize = 500;

/// What somebody wants said instead, made of what is said now.
type Wish = Arc<dyn Fn(&DefaultTerms) -> Result<TermsChange, Shown> + Send + Sync>;

/// What a new order of this seller begins with; without one, what the marketplace says.
///
/// # Errors
/// When what is stored cannot be read.
pub(super) fn begun_with(marketplace: &MarketplaceRow, seller: Option<&SellerRow>) -> Result<Terms, Error> {
    let terms = own_of_marketplace(marketplace)?.over(&Terms::default());
    Ok(match seller {
        Some(seller) => own_of_seller(seller)?.over(&terms),
        None => terms,
    })
}

fn own_of_marketplace(row: &MarketplaceRow) -> Result<TermsChange, Error> {
    read("marketplaces", row.id, &row.terms)
}

fn own_of_seller(row: &SellerRow) -> Result<TermsChange, Error> {
    read("sellers", row.id, &row.terms)
}

fn read(table: &'static str, id: Uuid, text: &str) -> Result<TermsChange, Error> {
    Ok(serde_json::from_str(text).map_err(|error| storage::Error::broken(table, id, error))?)
}

fn written(own: &TermsChange) -> String {
    serde_json::to_string(own).expect("terms are plain data")
}

fn no_such_terms() -> Shown {
    Shown::not_found("page of terms")
}

/// The hat in which a viewer sets the terms of this seller or, without one, of the place whose hat it is; and of which seller
/// those are.
fn hat_of(viewer: &Viewer, asked: Option<SellerId>) -> Result<(&Membership, Option<SellerId>), Shown> {
    let runs = |hat: &&Membership| hat.provider.is_none() && hat.role.permissions().has(Permission::Administer);
    let hat = viewer.hat.as_ref().filter(runs).ok_or_else(no_such_terms)?;
    match (hat.seller, asked) {
        (Some(own), Some(other)) if own != other => Err(no_such_terms()),
        (own, asked) => Ok((hat, own.or(asked))),
    }
}

/// Refuses whoever sets no such terms, before anything else is told them.
///
/// # Errors
/// Not found.
pub fn may_set(viewer: &Viewer, seller: Option<SellerId>) -> Result<(), Shown> {
    hat_of(viewer, seller).map(|_| ())
}

/// Refuses whoever sets no terms of a marketplace.
///
/// # Errors
/// Not found.
pub fn may_set_marketplace(viewer: &Viewer) -> Result<(), Shown> {
    match hat_of(viewer, None)? {
        (_, None) => Ok(()),
        (_, Some(_)) => Err(no_such_terms()),
    }
}

/// A caller and the hat that they wear.
fn viewer_of(caller: &Caller) -> Result<&Viewer, Shown> {
    match caller {
        Caller::Person { viewer, .. } => Ok(viewer),
        Caller::Key(holder) => Ok(&holder.viewer),
        Caller::Clock | Caller::Gateway(_) | Caller::Link { .. } => Err(no_such_terms()),
    }
}

/// The terms as they are, for a caller who may set them at this instant.
async fn standing(
    conn: &mut dyn Conn,
    caller: &Caller,
    asked: Option<SellerId>,
) -> Result<(DefaultTerms, Actor, MarketplaceId), Error> {
    let (hat, seller) = hat_of(viewer_of(caller)?, asked)?;
    let (hat_seller, marketplace) = (hat.seller, hat.marketplace);
    let found = placing::actor_at_place(conn, caller).await?;
    let (actor, _) = found.filter(|(actor, _)| sets(actor, hat_seller)).ok_or_else(no_such_terms)?;
    let row = people::find_marketplace(conn, marketplace).await?.ok_or_else(no_such_terms)?;
    let currency = row.currency.parse().map_err(|_| storage::Error::broken("marketplaces", marketplace, "currency"))?;
    let (place, given, own) = match seller {
        None => (row.name.clone(), Terms::default(), own_of_marketplace(&row)?),
        Some(seller) => {
            let found =
                people::find_seller(conn, marketplace, seller).await?.ok_or_else(|| Shown::not_found("seller"))?;
            let own = own_of_seller(&found)?;
            (found.name, begun_with(&row, None)?, own)
        }
    };
    let (by_marketplace, sets_fees) = (actor.party == Party::Operator, actor.sets_fees());
    let seen = mark(&own);
    let terms =
        DefaultTerms { place, seller, currency, given, own, by_marketplace, sets_fees, seen, needs_password: false };
    Ok((terms, actor, marketplace))
}

/// Whether somebody still has the role in which they set terms: at a seller, or at the marketplace.
fn sets(actor: &Actor, seller: Option<SellerId>) -> bool {
    let party = if seller.is_some() { Party::Seller } else { Party::Operator };
    actor.party == party && actor.permissions.has(Permission::Administer)
}

/// What tells some terms from others.
fn mark(own: &TermsChange) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(written(own))[..12])
}

/// What the page of terms shows: of this seller or, without one, of the place whose hat is worn.
///
/// # Errors
/// Not found for whoever sets no such terms, and for a seller of another marketplace.
pub async fn page(services: &Services, seen: &Seen, seller: Option<SellerId>) -> Result<DefaultTerms, Error> {
    let needs_password = require_fresh(services, seen).is_err();
    let terms = look(services, Caller::on_screen(seen.viewer.clone()), seller).await?;
    Ok(DefaultTerms { needs_password, ..terms })
}

/// The same for a program.
///
/// # Errors
/// As [`page`].
pub async fn read_with(services: &Services, holder: &Holder, seller: Option<SellerId>) -> Result<DefaultTerms, Error> {
    look(services, Caller::Key(Box::new(holder.clone())), seller).await
}

async fn look(services: &Services, caller: Caller, seller: Option<SellerId>) -> Result<DefaultTerms, Error> {
    let mut reader = services.db.reader().await?;
    Ok(standing(&mut reader, &caller, seller).await?.0)
}

/// Terms as somebody types them.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Of which seller; of nobody for the place whose hat is worn.
    pub seller: Option<SellerId>,
    /// What told the terms that were seen from others; empty for whoever has seen none.
    pub seen: String,
    /// The terms, as their form names them.
    pub fields: Fields,
}

impl Typed {
    fn over(&self, now: &DefaultTerms) -> Result<TermsChange, Shown> {
        if !self.seen.is_empty() && self.seen != now.seen {
            let sentence = "Somebody else has changed these terms since. Nothing of yours was saved.";
            return Err(Shown::new(Kind::Conflict, "version_conflict", sentence));
        }
        let said = form::parse_terms_change(&self.fields, now.currency)?;
        Ok(match now.seller {
            None => said.beyond(&now.given, &now.own).or(&now.own),
            Some(_) if now.sets_fees => said,
            // The form of a seller does not show what only the marketplace's finance sets.
            Some(_) => said.with_charges_of(&now.own),
        })
    }
}

/// Sets what new orders begin with. For a marketplace, a field that stays empty keeps what was there; for a seller it is as the
/// marketplace has it. Needs a fresh password.
///
/// # Errors
/// Each wrong field; a refusal where it is not theirs to set; a conflict when somebody else was first; not found as for [`page`].
pub async fn save(services: &Services, visit: &Visit, seen: &Seen, typed: Typed) -> Result<(), Error> {
    may_set(&seen.viewer, typed.seller)?;
    require_fresh(services, seen)?;
    let (caller, seller) = (Caller::on_screen(seen.viewer.clone()), typed.seller);
    set(services, visit, caller, seller, Arc::new(move |now| typed.over(now))).await?;
    Ok(())
}

/// Sets them for a program, which makes what it wants said of what is said now.
///
/// # Errors
/// As [`save`].
pub async fn set_with(
    services: &Services,
    visit: &Visit,
    holder: &Holder,
    seller: Option<SellerId>,
    change: impl Fn(&TermsChange) -> TermsChange + Send + Sync + 'static,
) -> Result<DefaultTerms, Error> {
    let wish: Wish = Arc::new(move |now| Ok(change(&now.own)));
    set(services, visit, Caller::Key(Box::new(holder.clone())), seller, wish).await
}

/// What is to be set, and who wants it.
struct Asked {
    caller: Caller,
    visit: Visit,
    seller: Option<SellerId>,
    wish: Wish,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("caller", &self.caller).field("seller", &self.seller).finish_non_exhaustive()
    }
}

async fn set(
    services: &Services,
    visit: &Visit,
    caller: Caller,
    seller: Option<SellerId>,
    wish: Wish,
) -> Result<DefaultTerms, Error> {
    let now = services.now();
    let asked = Asked { caller, visit: visit.clone(), seller, wish };
    services.db.write(asked, move |tx, asked| Box::pin(set_in(tx, asked, now))).await
}

async fn set_in(tx: &mut Tx, asked: &Asked, now: Moment) -> Result<DefaultTerms, Error> {
    // Two who set at once must see each other, and a seller's terms are checked against the marketplace's.
    people::lock(tx, hat_of(viewer_of(&asked.caller)?, asked.seller)?.0.marketplace).await?;
    let (before, actor, marketplace) = standing(tx, &asked.caller, asked.seller).await?;
    let own = (asked.wish)(&before)?;
    if let Some(field) = own.other_charge(&before.own).filter(|_| !before.sets_fees) {
        return Err(Shown::from(Refusal::FeesAreTheMarketplaces { field }).into());
    }
    check_terms(&own.over(&before.given)).map_err(Shown::from)?;
    if own == before.own {
        return Ok(before);
    }
    if let Some(seller) = before.seller {
        rows::update_terms(tx, marketplace, seller, &written(&own)).await?;
    } else {
        check_sellers(tx, marketplace, &own.over(&before.given)).await?;
        people::update_marketplace_terms(tx, marketplace, &written(&own)).await?;
    }
    let detail = json!({ "seller": before.seller, "before": before.own, "after": own });
    audit(tx, &asked.visit, "terms_set", (actor.user, Some(marketplace)), detail, now).await?;
    Ok(DefaultTerms { own, seen: mark(&own), ..before })
}

/// Refuses terms of a marketplace over which a seller's own would make no sense: nobody could place an order there.
async fn check_sellers(tx: &mut Tx, marketplace: MarketplaceId, terms: &Terms) -> Result<(), Error> {
    let wanted = i64::try_from(LOT).unwrap_or(i64::MAX);
    let mut after = (String::new(), Uuid::nil());
    loop {
        let lot = people::list_sellers(tx, marketplace, (&after.0, after.1), wanted).await?;
        for seller in &lot {
            if let Some((field, message)) = own_of_seller(seller)?.over(terms).first_fault() {
                return Err(Shown::field(field, format!("{} has terms of its own: {message}", seller.name)).into());
            }
        }
        match lot.into_iter().nth(LOT - 1) {
            Some(last) => after = (last.name, last.id),
            None => return Ok(()),
        }
    }
}
