//! Handing over at the door: where an order goes and who may take it, the buyer's code, and links for whoever brings it.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply},
    dto::{At, ListOf, read::RecipientOut},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{access::Permission, error::Error as Shown, receiving::CourierLink},
    server::service::{couriers, orders::Caller, programs, receiving},
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let links = "/orders/{id}/courier_links";
    vec![
        Route::get("/orders/{id}/recipient", "getRecipient", "Where an order goes", |call| Box::pin(recipient(call)))
            .answers::<RecipientOut>(200, "Where it goes and who may take it."),
        Route::patch("/orders/{id}/recipient", "editRecipient", "Say where an order goes", |call| {
            Box::pin(edit_recipient(call))
        })
        .about("By the buyer: the address until it is dispatched, who else may take it until it is delivered. What is not named stays; an empty text takes it away.")
        .needs(Permission::Buy)
        .body::<EditRecipientBody>(json!({ "other_name": "Chidi Okafor", "other_phone": "+234 803 765 4321" }))
        .answers::<RecipientOut>(200, "Where it goes now."),
        Route::get("/orders/{id}/handover_code", "getHandoverCode", "Read the handover codes", |call| {
            Box::pin(code(call))
        })
        .about("The six digits that the buyer tells whoever brings the goods: each delivery has its own, and another once it was handed over or split. For the buyer alone, while something is to come.")
        .needs(Permission::Buy)
        .answers::<CodesOut>(200, "The codes."),
        Route::get(links, "listCourierLinks", "List courier links", |call| Box::pin(list(call)))
            .needs(Permission::Ship)
            .answers::<ListOf<CourierLinkOut>>(200, "The links that open something now, by delivery."),
        Route::post(links, "createCourierLink", "Make a courier link", |call| Box::pin(make(call)))
            .about("For somebody without an account who brings a delivery: it is valid for fourteen days, and the one before it opens nothing any more. With `phone` it is sent there as a text message.")
            .needs(Permission::Ship)
            .body::<NewCourierLinkBody>(json!({ "delivery": 1, "phone": "+234 803 123 4567" }))
            .answers::<CourierLinkOut>(201, "The link."),
        Route::delete("/orders/{id}/courier_links/{delivery}", "revokeCourierLink", "Take a courier link away", |call| {
            Box::pin(revoke(call))
        })
        .needs(Permission::Ship),
    ]
    .into_iter()
    .map(|route| route.tag("deliveries"))
    .collect()
}

/// What changes of where an order goes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditRecipientBody {
    /// Whom it is for.
    #[serde(default)]
    #[schemars(length(max = 100))]
    name: Option<String>,
    /// Their number with its country.
    #[serde(default)]
    #[schemars(length(max = 30))]
    phone: Option<String>,
    /// The lines of the address.
    #[serde(default)]
    #[schemars(length(max = 500))]
    address: Option<String>,
    /// What whoever brings it should know.
    #[serde(default)]
    #[schemars(length(max = 500))]
    note: Option<String>,
    /// Who else may take it.
    #[serde(default)]
    #[schemars(length(max = 100))]
    other_name: Option<String>,
    /// The number of that person.
    #[serde(default)]
    #[schemars(length(max = 30))]
    other_phone: Option<String>,
}

/// The codes that the buyer tells.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CodesOut {
    /// Six digits: the first delivery's that is to come.
    code: String,
    /// Of each delivery that is to come.
    deliveries: Vec<DeliveryCodeOut>,
}

/// The code of one delivery.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeliveryCodeOut {
    /// The delivery's number.
    delivery: u16,
    /// Six digits.
    code: String,
}

/// A link that is wanted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourierLinkBody {
    /// For which delivery.
    delivery: u16,
    /// Where to send it.
    #[serde(default)]
    #[schemars(length(min = 8, max = 30))]
    phone: Option<String>,
}

/// A link for whoever brings a delivery.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CourierLinkOut {
    /// For which delivery.
    delivery: u16,
    /// The link: whoever has it may say what became of the delivery.
    address: String,
    /// Until when it opens something.
    expires_at: At,
}

impl From<CourierLink> for CourierLinkOut {
    fn from(link: CourierLink) -> Self {
        Self { delivery: link.delivery, address: link.address, expires_at: At(link.expires_at) }
    }
}

fn caller(call: &Call) -> Caller {
    Caller::Key(Box::new(call.holder.clone()))
}

async fn recipient(call: Call) -> Result<Reply, Problem> {
    let receiving = programs::recipient(call.services(), &call.holder, &call.order()?).await?;
    Ok(Reply::ok(&RecipientOut::from(receiving)))
}

async fn edit_recipient(call: Call) -> Result<Reply, Problem> {
    let body: EditRecipientBody = call.json()?;
    let said = receiving::Named {
        name: body.name,
        phone: body.phone,
        address: body.address,
        note: body.note,
        other_name: body.other_name,
        other_phone: body.other_phone,
    };
    receiving::change_with(call.services(), &call.visit, &call.holder, &call.order()?, said).await?;
    recipient(call).await
}

async fn code(call: Call) -> Result<Reply, Problem> {
    let codes = programs::door_codes(call.services(), &call.holder, &call.order()?).await?;
    let deliveries: Vec<_> =
        codes.into_iter().map(|code| DeliveryCodeOut { delivery: code.delivery, code: code.code }).collect();
    let code = deliveries.first().map(|first| first.code.clone()).unwrap_or_default();
    Ok(Reply::ok(&CodesOut { code, deliveries }))
}

async fn links(call: &Call) -> Result<Vec<CourierLinkOut>, Problem> {
    let address = &call.state.config.public_url;
    let links = couriers::list_with(call.services(), address, &call.holder, &call.order()?).await?;
    Ok(links.into_iter().map(CourierLinkOut::from).collect())
}

async fn list(call: Call) -> Result<Reply, Problem> {
    Ok(Reply::ok(&ListOf { data: links(&call).await? }))
}

async fn make(call: Call) -> Result<Reply, Problem> {
    let body: NewCourierLinkBody = call.json()?;
    let wanted =
        couriers::Wanted { order: call.order()?, delivery: body.delivery, phone: body.phone.unwrap_or_default() };
    couriers::make(call.services(), &call.visit, caller(&call), wanted).await?;
    let made = links(&call).await?.into_iter().find(|link| link.delivery == body.delivery);
    let made = made.ok_or_else(|| Problem::from(Shown::not_found("link")))?;
    let at = format!("/api/v1/orders/{}/courier_links/{}", call.param("id"), made.delivery);
    Ok(Reply::made(&made, &at))
}

async fn revoke(call: Call) -> Result<Reply, Problem> {
    let (order, delivery) = (call.order()?, call.id::<u16>("delivery", "link")?);
    couriers::revoke(call.services(), &call.visit, caller(&call), (&order, delivery)).await?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}
