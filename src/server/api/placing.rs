//! Placing orders: what a new one starts from, and what a program sends of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply},
    dto::{
        faults::Faults,
        languages,
        order::{ItemBody, Named, items as read_items},
        read::Done,
        terms::{TermsBody, TermsOut},
    },
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{access::Permission, words::Language},
    server::service::{
        orders::Caller,
        placing::{self, SentOrder, Wish},
    },
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let new = json!({
        "external_ref": "1001",
        "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
        "items": [{ "title": "Handwoven rug", "unit_minor": 3_800_000 }],
    });
    vec![
        Route::post("/orders", "placeOrder", "Place an order", |call| Box::pin(place(call)))
            .about("The buyer is found by address, or made without an account, and gets a message with a link to pay.")
            .needs(Permission::Sell)
            .body::<NewOrderBody>(new)
            .within()
            .answers::<Done>(201, "The order was placed."),
        Route::get("/orders/new", "startOrder", "Read what a new order starts from", |call| Box::pin(start(call)))
            .about("The sellers that can be named, and what is agreed where nobody says anything else.")
            .needs(Permission::Sell)
            .answers::<StartOut>(200, "What it starts from."),
    ]
}

/// What a new order starts from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StartOut {
    /// The sellers to name: one for a seller’s own key.
    sellers: Vec<Named>,
    /// ISO 4217.
    currency: &'static str,
    /// What is agreed where nobody says anything else.
    terms: TermsOut,
    /// Whether the key sets what the marketplace keeps and what holding costs.
    sets_fees: bool,
}

async fn start(call: Call) -> Result<Reply, Problem> {
    let form = placing::start(call.services(), &call.holder.viewer).await?;
    Ok(Reply::ok(&StartOut {
        sellers: form.sellers.into_iter().map(|(id, name)| Named { id: id.to_string(), name }).collect(),
        currency: form.currency.code(),
        terms: TermsOut::from(&form.terms),
        sets_fees: form.sets_fees && call.holder.permissions.has(Permission::Finance),
    }))
}

/// Who buys.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuyerBody {
    /// The e-mail address.
    #[schemars(email, length(min = 5, max = 254))]
    email: String,
    /// The name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// The phone number with its country, for this order.
    #[serde(default)]
    #[schemars(length(min = 8, max = 30))]
    phone: Option<String>,
    /// In which language they are written to until they choose one; English when nothing is said. Whom the house knows
    /// already keeps their own.
    #[serde(default = "english")]
    #[schemars(schema_with = "languages")]
    language: String,
}

fn english() -> String {
    Language::En.code().to_owned()
}

/// A new order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrderBody {
    /// The seller, for a marketplace's key; a seller's own key needs none.
    #[serde(default)]
    pub(super) seller: Option<String>,
    /// Who buys.
    pub(super) buyer: BuyerBody,
    /// The shop's own number; a seller has each once.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub(super) external_ref: Option<String>,
    /// ISO 4217: refused when it is not the marketplace's.
    #[serde(default)]
    #[schemars(length(min = 3, max = 3))]
    pub(super) currency: Option<String>,
    /// Where it goes.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    pub(super) address: Option<String>,
    /// What whoever brings it should know.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    pub(super) delivery_note: Option<String>,
    /// What is sold.
    #[schemars(length(min = 1, max = 200))]
    pub(super) items: Vec<ItemBody>,
    /// What is agreed instead of the usual.
    #[serde(default)]
    pub(super) terms: TermsBody,
    /// Each item is a milestone of a project.
    #[serde(default)]
    pub(super) milestones: bool,
}

impl NewOrderBody {
    /// What it wants placed, under the caller's own key.
    pub(super) fn sent(&self, key: Option<String>) -> Result<SentOrder, Problem> {
        let mut faults = Faults::default();
        let (items, terms) = (read_items(&self.items, &mut faults), self.terms.change("/terms", &mut faults));
        let (items, terms) = faults.end(items.zip(terms))?;
        Ok(SentOrder {
            seller: self.seller.clone().unwrap_or_default(),
            buyer_email: self.buyer.email.clone(),
            buyer_name: self.buyer.name.clone(),
            buyer_phone: self.buyer.phone.clone(),
            buyer_language: self.buyer.language.clone(),
            external_ref: self.external_ref.clone(),
            currency: self.currency.clone(),
            address: self.address.clone(),
            delivery_note: self.delivery_note.clone(),
            items,
            terms,
            milestones: self.milestones,
            key: key.unwrap_or_default(),
        })
    }
}

async fn place(call: Call) -> Result<Reply, Problem> {
    let body: NewOrderBody = call.json()?;
    place_body(call, body).await
}

/// Places what was sent.
pub(super) async fn place_body(call: Call, body: NewOrderBody) -> Result<Reply, Problem> {
    let sent = body.sent(call.key.clone())?;
    let caller = Caller::Key(Box::new(call.holder.clone()));
    let performed = placing::place_as(call.services(), caller, Wish::Sent(Box::new(sent))).await?;
    let (at, version, replayed) =
        (format!("/api/v1/orders/{}", performed.reference), performed.version, performed.replayed);
    Ok(Reply { replayed, ..Reply::made(&Done::from(performed), &at).version(version) })
}
