//! The sellers of the marketplace of a key: who there is, one more, and the invitation of an owner.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply, bad_parameter, rows},
    dto::PageOf,
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{access::Permission, id::SellerId, people::SellerView},
    server::service::sellers::{self, NewSeller},
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let owners = "A key that may less than an owner invites none.";
    vec![
        Route::get("/sellers", "listSellers", "List sellers", |call| Box::pin(list(call)))
            .about("For keys of a marketplace. A seller’s id places orders for it.")
            .query::<SellersQuery>()
            .answers::<PageOf<SellerOut>>(200, "Sellers, by name."),
        Route::post("/sellers", "createSeller", "Add a seller", |call| Box::pin(add(call)))
            .about(&format!("It has the marketplace’s terms, and its owner is invited by mail. {owners}"))
            .body::<NewSellerBody>(json!({ "name": "Ada Stores", "email": "owner@demo.test", "external_id": "S-100" }))
            .answers::<SellerOut>(201, "The seller."),
        Route::post("/sellers/{id}/invitations", "inviteOwner", "Invite the owner of a seller", |call| {
            Box::pin(invite(call))
        })
        .about(&format!("Where nobody is on the staff yet; its people invite others themselves. {owners}"))
        .body::<OwnerBody>(json!({ "email": "owner@demo.test" }))
        .answers_nothing(202, "The invitation is on its way."),
    ]
    .into_iter()
    .map(|route| route.tag("sellers").needs(Permission::Administer).live_only())
    .collect()
}

/// Where in the list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SellersQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many sellers, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// A new seller.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSellerBody {
    /// Its name, which no other seller of the marketplace has.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// The address of its owner.
    #[schemars(email, length(min = 5, max = 254))]
    email: String,
    /// What your own system calls it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    external_id: Option<String>,
}

/// Who is invited as the owner.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerBody {
    /// Whom.
    #[schemars(email, length(min = 5, max = 254))]
    email: String,
}

/// A seller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename = "Seller")]
#[schemars(deny_unknown_fields)]
pub struct SellerOut {
    /// Which.
    id: String,
    /// Its name.
    name: String,
    /// What your own system calls it.
    external_id: Option<String>,
    /// How many people are on its staff.
    people: i64,
    /// Whom the latest invitation that is open was mailed to.
    invited: Option<String>,
}

impl From<SellerView> for SellerOut {
    fn from(view: SellerView) -> Self {
        // What differs in its terms stands at an address of its own.
        let SellerView { id, name, external_id, people, invited, own_terms: _ } = view;
        Self { id: id.to_string(), name, external_id, people, invited }
    }
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let query: SellersQuery = call.query()?;
    let after: Option<SellerId> = query.after.map(|text| text.parse()).transpose().map_err(|_| not_a_next())?;
    let (found, next) = sellers::list(call.services(), &call.holder.viewer, after, rows(query.limit)?).await?;
    let data = found.into_iter().map(SellerOut::from).collect();
    Ok(Reply::ok(&PageOf { data, next: next.map(|id| id.to_string()) }))
}

fn not_a_next() -> Problem {
    bad_parameter("after", "Use the `next` of a page as it is.")
}

async fn add(call: Call) -> Result<Reply, Problem> {
    let body: NewSellerBody = call.json()?;
    // On a form an empty field says nothing; in a body it says something that is no number.
    if body.external_id.as_deref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Problem::field("/external_id", "Say null, or nothing at all, where there is none."));
    }
    let external_id = body.external_id.unwrap_or_default();
    let new = NewSeller { name: body.name, email: body.email, external_id };
    let made = sellers::add_with(call.services(), &call.visit, &call.holder, &new).await?;
    Ok(Reply::json(StatusCode::CREATED, &SellerOut::from(made)))
}

async fn invite(call: Call) -> Result<Reply, Problem> {
    let body: OwnerBody = call.json()?;
    let seller: SellerId = call.id("id", "seller")?;
    sellers::invite_with(call.services(), &call.visit, &call.holder, seller, &body.email).await?;
    Ok(Reply::nothing(StatusCode::ACCEPTED))
}
