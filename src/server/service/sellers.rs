//! The sellers of a marketplace, for whoever administers it: who there is, one more, and the invitation of its owner.

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Permission, Role, Viewer},
        error::{Error as Shown, FieldError, Kind},
        id::{MarketplaceId, SellerId},
        people::{SellerView, Sellers},
        text::{BadText, DisplayName, Email, Label},
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::{
            Services, Visit,
            accounts::wrong_field,
            audit,
            keys::Holder,
            sessions::require_fresh,
            staff::{self, Invited},
        },
        storage::{
            Tx,
            people::{self, Place},
            sellers::{self as rows, ShopRow},
            sessions::Seen,
        },
    },
};

/// How many sellers the page shows at once.
const PAGE: usize = 100;

/// A seller as somebody types it.
#[derive(Clone, Debug, Default)]
pub struct NewSeller {
    /// Its name, which no other seller of the marketplace has.
    pub name: String,
    /// The address of its owner, who is invited.
    pub email: String,
    /// What the marketplace's own system calls it; may be empty.
    pub external_id: String,
}

/// A seller whose texts are well formed.
#[derive(Clone, Debug)]
struct Typed {
    name: DisplayName,
    email: Email,
    external_id: Option<Label>,
}

impl NewSeller {
    fn read(&self) -> Result<Typed, Shown> {
        let mut wrong = Vec::new();
        let mut note = |field: &str, bad: BadText| wrong.push(FieldError { field: field.to_owned(), message: bad.0 });
        let name = DisplayName::parse(&self.name).map_err(|bad| note("name", bad));
        let email = Email::parse(&self.email).map_err(|bad| note("email", bad));
        let external_id = Some(self.external_id.trim()).filter(|text| !text.is_empty()).map(Label::parse).transpose();
        let external_id = external_id.map_err(|bad| note("external_id", bad));
        let (Ok(name), Ok(email), Ok(external_id)) = (name, email, external_id) else {
            return Err(Shown::fields(wrong));
        };
        Ok(Typed { name, email, external_id })
    }
}

fn no_such_list() -> Shown {
    Shown::not_found("list of sellers")
}

/// The marketplace whose hat the viewer wears as its administrator; for everybody else there is no list of sellers.
fn hat_of(viewer: &Viewer) -> Result<&Membership, Shown> {
    let runs = |hat: &&Membership| {
        hat.seller.is_none() && hat.provider.is_none() && hat.role.permissions().has(Permission::Administer)
    };
    viewer.hat.as_ref().filter(runs).ok_or_else(no_such_list)
}

/// Refuses whoever looks after no sellers, before anything else is told them.
///
/// # Errors
/// Not found.
pub fn may_run(viewer: &Viewer) -> Result<(), Shown> {
    hat_of(viewer).map(|_| ())
}

/// The marketplace that the viewer administers at this moment; read in the transaction that changes it, under its lock.
async fn locked_marketplace(tx: &mut Tx, viewer: &Viewer) -> Result<MarketplaceId, Error> {
    let place = Place::from(hat_of(viewer)?);
    people::lock(tx, place.marketplace).await?;
    let role = people::find_role(tx, viewer.user, &place).await?;
    let administers = role.is_some_and(|role| role.permissions().has(Permission::Administer));
    if administers { Ok(place.marketplace) } else { Err(no_such_list().into()) }
}

/// Sellers by name, after this one, and the one to go on after.
///
/// # Errors
/// Not found for whoever administers no marketplace, and for a seller that is not there.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    after: Option<SellerId>,
    limit: usize,
) -> Result<(Vec<SellerView>, Option<SellerId>), Error> {
    let marketplace = hat_of(viewer)?.marketplace;
    let mut reader = services.db.reader().await?;
    let name = match after {
        Some(id) => people::find_seller(&mut reader, marketplace, id).await?.ok_or_else(no_such_list)?.name,
        None => String::new(),
    };
    let from = (name.as_str(), after.map_or_else(Uuid::nil, |id| id.0));
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = rows::list_shops(&mut reader, marketplace, from, wanted, services.now()).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| SellerId(last.id));
    Ok((found.into_iter().map(shown).collect(), next))
}

fn shown(row: ShopRow) -> SellerView {
    let ShopRow { id, name, external_id, people, invited, own_terms } = row;
    SellerView { id: SellerId(id), name, external_id, people, invited, own_terms }
}

/// What the page of sellers shows.
///
/// # Errors
/// As [`list`].
pub async fn page(services: &Services, seen: &Seen, after: Option<SellerId>) -> Result<Sellers, Error> {
    let (sellers, next) = list(services, &seen.viewer, after, PAGE).await?;
    let needs_password = require_fresh(services, seen).is_err();
    Ok(Sellers { place: hat_of(&seen.viewer)?.name.clone(), sellers, next, needs_password })
}

/// Adds a seller with the marketplace's terms and invites its owner. Needs a fresh password.
///
/// # Errors
/// Each wrong field, a name that another seller has among them; not found for whoever administers no marketplace.
pub async fn add(services: &Services, visit: &Visit, seen: &Seen, new: &NewSeller) -> Result<SellerView, Error> {
    may_run(&seen.viewer)?;
    let typed = new.read()?;
    require_fresh(services, seen)?;
    let now = services.now();
    let input = (seen.viewer.clone(), visit.clone(), typed);
    services.db.write(input, move |tx, (viewer, visit, typed)| Box::pin(add_in(tx, viewer, visit, typed, now))).await
}

async fn add_in(tx: &mut Tx, viewer: &Viewer, visit: &Visit, typed: &Typed, now: Moment) -> Result<SellerView, Error> {
    let marketplace = locked_marketplace(tx, viewer).await?;
    if rows::find_id_by_name(tx, marketplace, typed.name.as_str()).await?.is_some() {
        return Err(Shown::field("name", "There is a seller of this name already.").into());
    }
    let id = SellerId(clock::new_id(now));
    people::insert_seller(tx, id, marketplace, &typed.name, typed.external_id.as_ref(), now).await?;
    let who = (Some(viewer.user), Some(marketplace));
    audit(tx, visit, "seller_added", who, json!({ "seller": id, "name": typed.name.as_str() }), now).await?;
    invite_in(tx, viewer, visit, (marketplace, id, typed.name.as_str()), &typed.email, now).await?;
    Ok(SellerView {
        id,
        name: typed.name.to_string(),
        external_id: typed.external_id.as_ref().map(ToString::to_string),
        people: 0,
        invited: Some(typed.email.to_string()),
        own_terms: false,
    })
}

async fn invite_in(
    tx: &mut Tx,
    viewer: &Viewer,
    visit: &Visit,
    (marketplace, seller, name): (MarketplaceId, SellerId, &str),
    email: &Email,
    now: Moment,
) -> Result<(), Error> {
    let place = Place { marketplace, seller: Some(seller), provider: None, role: Role::Owner };
    staff::invite_to(tx, viewer, visit, &Invited { place, name, email }, now).await
}

/// Invites the owner of a seller that has nobody yet. Needs a fresh password.
///
/// # Errors
/// A wrong address; not found for a seller of another marketplace, and for whoever administers none; a wrong field where
/// somebody is there already, who invites others.
pub async fn invite(
    services: &Services,
    visit: &Visit,
    seen: &Seen,
    seller: SellerId,
    email: &str,
) -> Result<(), Error> {
    may_run(&seen.viewer)?;
    let email = Email::parse(email).map_err(wrong_field("email"))?;
    require_fresh(services, seen)?;
    let now = services.now();
    let input = (seen.viewer.clone(), visit.clone(), email);
    let write = services.db.write(input, move |tx, (viewer, visit, email)| {
        Box::pin(async move {
            let marketplace = locked_marketplace(tx, viewer).await?;
            let row = people::find_seller(tx, marketplace, seller).await?;
            let row = row.ok_or_else(|| Shown::not_found("seller"))?;
            let place = Place { marketplace, seller: Some(seller), provider: None, role: Role::Owner };
            if !people::list_staff(tx, &place, 1).await?.is_empty() {
                let sentence = "Somebody is on the staff of this seller already, and invites others there.";
                return Err(Error::from(Shown::field("email", sentence)));
            }
            invite_in(tx, viewer, visit, (marketplace, seller, &row.name), email, now).await
        })
    });
    write.await
}

/// A program gives no role that may more than its key.
fn gives_no_more(holder: &Holder) -> Result<(), Shown> {
    let given = Role::Owner.permissions();
    if given.within(holder.permissions) == given {
        return Ok(());
    }
    Err(Shown::field("email", "A key invites no owner unless it may all that an owner may."))
}

/// Adds a seller on behalf of a program.
///
/// # Errors
/// As [`add`], and a key that may less than an owner.
pub async fn add_with(
    services: &Services,
    visit: &Visit,
    holder: &Holder,
    new: &NewSeller,
) -> Result<SellerView, Error> {
    may_run(&holder.viewer)?;
    gives_no_more(holder)?;
    add(services, visit, &holder.seen(services.now()), new).await
}

/// Invites an owner on behalf of a program.
///
/// # Errors
/// As [`invite`], and a key that may less than an owner.
pub async fn invite_with(
    services: &Services,
    visit: &Visit,
    holder: &Holder,
    seller: SellerId,
    email: &str,
) -> Result<(), Error> {
    may_run(&holder.viewer)?;
    gives_no_more(holder)?;
    invite(services, visit, &holder.seen(services.now()), seller, email).await
}

/// The seller of this name, added when there is none and its owner is who joins; for the command line.
pub(super) async fn find_or_add(
    tx: &mut Tx,
    marketplace: MarketplaceId,
    name: &DisplayName,
    joins_as: Role,
    now: Moment,
) -> Result<SellerId, Error> {
    people::lock(tx, marketplace).await?;
    if let Some(known) = rows::find_id_by_name(tx, marketplace, name.as_str()).await? {
        return Ok(known);
    }
    if joins_as != Role::Owner {
        let sentence = "There is no such seller: its first person is its owner.";
        return Err(Shown::new(Kind::NotFound, "not_found", sentence).into());
    }
    let id = SellerId(clock::new_id(now));
    people::insert_seller(tx, id, marketplace, name, None, now).await?;
    let detail = json!({ "seller": id, "name": name.as_str() });
    audit(tx, &Visit::default(), "seller_added", (None, Some(marketplace)), detail, now).await?;
    Ok(id)
}
