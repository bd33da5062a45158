//! The erasure of a person who asks for it: everything that can be taken away is, the rest leads to a pseudonym.
//!
//! What stays, and why. Events are chained by their hashes, and an order's row is what folding them gives: the name under
//! which somebody bought or acted, and what they wrote into a note or a reason, stay there as evidence of a trade in which
//! others had money at stake. The ledger names nobody. The audit keeps who did what by id, and whom staff invited. Address,
//! number, deliveries' addresses, pictures and texts of messages stand beside the timeline for this very reason, and go.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Permission, Role},
        error::{Error as Shown, Kind},
        id::{MarketplaceId, UserId},
        search,
        text::Email,
        time::Moment,
    },
    server::{
        error::Error,
        service::{Services, Visit, audit},
        storage::{
            Tx, erasure, links,
            people::{self, Place},
            terms, users,
        },
    },
};

/// What stands in the place of a name.
const NAME: &str = "Erased person";
/// Orders whose words are gone through at once.
const PAGE: i64 = 200;
/// People of a staff that are looked at.
const MOST_PEOPLE: i64 = 200;

/// What was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Who, by the id that stays.
    pub user: UserId,
    /// How many orders they had bought.
    pub orders: usize,
    /// How many pictures were deleted.
    pub files: u64,
}

/// Erases the person with this address.
///
/// # Errors
/// Not found; a conflict while one of their orders is not over, or when a place would be left without anybody who may change
/// people.
pub async fn erase(services: &Services, email: &Email) -> Result<Erased, Error> {
    let now = services.now();
    services.db.write(email.clone(), move |tx, email| Box::pin(erase_in(tx, email, now))).await
}

async fn erase_in(tx: &mut Tx, email: &Email, now: Moment) -> Result<Erased, Error> {
    let person = users::find_by_email(tx, email).await?.ok_or_else(|| Shown::not_found("person"))?;
    let user = person.user();
    let open = erasure::count_open_orders(tx, user).await?;
    if open > 0 {
        let sentence = format!(
            "{open} of this person’s orders are not over: others must know where they go, and who answers. Let them end first."
        );
        return Err(Shown::new(Kind::Conflict, "orders_open", sentence).into());
    }
    let places = erasure::list_places(tx, user).await?;
    // One at a time, and always in the same order.
    for marketplace in places.iter().map(|place| place.marketplace.0).collect::<BTreeSet<_>>() {
        people::lock(tx, MarketplaceId(marketplace)).await?;
    }
    let files = erasure::delete_files(tx, user).await?;
    erasure::forget(tx, user).await?;
    erasure::revoke_keys(tx, user, now).await?;
    for address in [person.email.as_str(), person.phone.as_str()] {
        erasure::forget_address(tx, address).await?;
    }
    for place in places {
        links::withdraw_all(tx, user, &place, now).await?;
        require_administrator_left(tx, &place).await?;
    }
    let pseudonym = format!("erased-{}@erased.invalid", user.0.simple());
    erasure::pseudonymise(tx, user, &pseudonym, NAME, now).await?;
    let orders = forget_words(tx, user).await?;
    let detail = json!({ "orders": orders, "files": files });
    audit(tx, &Visit::default(), "person_erased_at_console", (Some(user), None), detail, now).await?;
    Ok(Erased { user, orders, files })
}

/// Refuses to leave a place behind in which nobody may change people.
async fn require_administrator_left(tx: &mut Tx, place: &Place) -> Result<(), Error> {
    let administers = |role: Role| role.permissions().has(Permission::Administer);
    let left = people::list_staff(tx, place, MOST_PEOPLE).await?;
    if !administers(place.role) || left.iter().filter_map(|row| Role::from_code(&row.role)).any(administers) {
        return Ok(());
    }
    let sentence = "This person is the last who may change people somewhere: invite another one there first.";
    Err(Shown::new(Kind::Conflict, "last_administrator", sentence).into())
}

/// Lets the person's orders be found by what their timelines say alone, not by address or number; gives how many those are.
async fn forget_words(tx: &mut Tx, user: UserId) -> Result<usize, Error> {
    let (mut after, mut count) = (Uuid::nil(), 0);
    loop {
        let orders = erasure::list_orders(tx, user, after, PAGE).await?;
        let Some(last) = orders.last() else { return Ok(count) };
        after = last.id.0;
        count += orders.len();
        for order in &orders {
            let keep = search::terms(order, "", "");
            erasure::keep_terms(tx, order, &keep).await?;
            // Of an order with many words, some had made room for those of the address.
            let rows: Vec<_> = keep.into_iter().map(|term| (order.parties.marketplace, term, order.id)).collect();
            terms::insert(tx, &rows).await?;
        }
    }
}
