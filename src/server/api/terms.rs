//! The terms that new orders begin with: those of the marketplace of a key, and what differs for a seller.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply},
    dto::{
        faults::Faults,
        terms::{OwnTermsBody, OwnTermsOut, TermsOut},
    },
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{access::Permission, id::SellerId, view::DefaultTerms},
    server::service::terms,
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let keep = "Orders that exist keep theirs.";
    let fees =
        "What the marketplace keeps and what holding costs is set by a key of the marketplace that has `finance` too.";
    vec![
        Route::get("/terms", "getTerms", "Read what new orders begin with", |call| Box::pin(get(call)))
            .about("For keys of a marketplace. A seller may have terms of its own instead.")
            .answers::<DefaultTermsOut>(200, "The terms of the marketplace."),
        Route::patch("/terms", "editTerms", "Change what new orders begin with", |call| Box::pin(edit(call)))
            .about(&format!("For keys of a marketplace. Null takes a term back: then it is as Holdfast has it. {keep} {fees}"))
            .body::<DefaultTermsBody>(json!({ "terms": { "inspection_window_secs": 259_200, "commission_bps": 800 } }))
            .answers::<DefaultTermsOut>(200, "The terms as they are now."),
        Route::get("/sellers/{id}/terms", "getSellerTerms", "Read what differs for a seller", |call| {
            Box::pin(get_of_seller(call))
        })
        .about("For keys of its marketplace, and for its own.")
        .answers::<DefaultTermsOut>(200, "The terms of the seller."),
        Route::patch("/sellers/{id}/terms", "editSellerTerms", "Change what differs for a seller", |call| {
            Box::pin(edit_of_seller(call))
        })
        .about(&format!(
            "For keys of its marketplace, and for its own. Null takes a term back: then it is as the marketplace has it. {keep} {fees}"
        ))
        .body::<DefaultTermsBody>(json!({ "terms": { "inspection_window_secs": 432_000, "return_window_secs": null } }))
        .answers::<DefaultTermsOut>(200, "The terms as they are now."),
    ]
    .into_iter()
    .map(|route| route.tag("terms").needs(Permission::Administer).live_only())
    .collect()
}

/// What changes of the terms that new orders begin with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultTermsBody {
    /// What changes.
    terms: OwnTermsBody,
}

/// The terms that new orders begin with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename = "DefaultTerms")]
#[schemars(deny_unknown_fields)]
pub struct DefaultTermsOut {
    /// Whose they are: the marketplace’s name, or the seller’s.
    place: String,
    /// The seller; null for the marketplace itself.
    seller: Option<String>,
    /// ISO 4217, of the amounts.
    currency: &'static str,
    /// What is said here; null is as the marketplace has it or, for a marketplace, as Holdfast has it.
    own: OwnTermsOut,
    /// What a new order begins with.
    terms: TermsOut,
}

impl From<DefaultTerms> for DefaultTermsOut {
    fn from(view: DefaultTerms) -> Self {
        Self {
            own: OwnTermsOut::from(&view.own),
            terms: TermsOut::from(&view.terms()),
            seller: view.seller.map(|seller| seller.to_string()),
            currency: view.currency.code(),
            place: view.place,
        }
    }
}

async fn get(call: Call) -> Result<Reply, Problem> {
    terms::may_set_marketplace(&call.holder.viewer)?;
    Ok(told(terms::read_with(call.services(), &call.holder, None).await?))
}

async fn get_of_seller(call: Call) -> Result<Reply, Problem> {
    let seller: SellerId = call.id("id", "seller")?;
    Ok(told(terms::read_with(call.services(), &call.holder, Some(seller)).await?))
}

async fn edit(call: Call) -> Result<Reply, Problem> {
    let body: DefaultTermsBody = call.json()?;
    // A seller's key changes the seller's own at their address, and nothing here.
    terms::may_set_marketplace(&call.holder.viewer)?;
    change(call, None, body.terms).await
}

async fn edit_of_seller(call: Call) -> Result<Reply, Problem> {
    let body: DefaultTermsBody = call.json()?;
    let seller: SellerId = call.id("id", "seller")?;
    terms::may_set(&call.holder.viewer, Some(seller))?;
    change(call, Some(seller), body.terms).await
}

async fn change(call: Call, seller: Option<SellerId>, named: OwnTermsBody) -> Result<Reply, Problem> {
    let mut faults = Faults::default();
    named.check("/terms", &mut faults);
    faults.end(Some(()))?;
    let over = move |before: &_| named.over(before);
    Ok(told(terms::set_with(call.services(), &call.visit, &call.holder, seller, over).await?))
}

fn told(terms: DefaultTerms) -> Reply {
    Reply::ok(&DefaultTermsOut::from(terms))
}
