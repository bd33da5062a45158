//! Projects: orders whose deliveries are milestones, one after the other.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    actions,
    call::{Call, Reply},
    dto::{At, actions as bodies, actions::bodies::AddMilestoneBody, order::DeliveryOut, read::Done, statuses},
    placing::{self, NewOrderBody},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{access::Permission, error::Error as Shown, order::action::Verb},
    server::service::programs,
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let new = json!({
        "buyer": { "email": "bisi@demo.test", "name": "Bisi Alade" },
        "items": [
            { "title": "The walls", "unit_minor": 5_000_000, "due_at": "2027-01-31T00:00:00Z" },
            { "title": "The roof", "unit_minor": 3_000_000 },
        ],
    });
    vec![
        Route::post("/projects", "createProject", "Begin a project", |call| Box::pin(create(call)))
            .about("Like placing an order, but that each item is a milestone: paid, delivered and accepted by itself.")
            .needs(Permission::Sell)
            .body::<NewOrderBody>(new)
            .within()
            .answers::<Done>(201, "The project was begun."),
        Route::get("/projects/{id}", "getProject", "Read a project", |call| Box::pin(get(call)))
            .answers::<ProjectOut>(200, "The project with its milestones."),
        Route::post("/projects/{id}/milestones", "addMilestone", "Add a milestone", |call| Box::pin(add(call)))
            .about("By the buyer, as the action `add_milestone` does.")
            .needs(Permission::Buy)
            .body::<AddMilestoneBody>(json!({ "title": "The garden", "amount_minor": 500_000 }))
            .within()
            .versioned()
            .answers::<Done>(200, "It was added."),
    ]
    .into_iter()
    .map(|route| route.tag("projects"))
    .collect()
}

/// A milestone: an item, and the delivery that it is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MilestoneOut {
    /// What it is.
    title: String,
    /// What it costs, in minor units.
    amount_minor: i64,
    /// When it is due.
    due_at: Option<At>,
    /// Where it stands.
    #[schemars(schema_with = "statuses")]
    status: &'static str,
    /// The delivery that it is.
    delivery: DeliveryOut,
}

/// A project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProjectOut {
    /// The order’s public number.
    reference: String,
    /// Its version.
    version: u32,
    /// The most pressing status of its milestones.
    #[schemars(schema_with = "statuses")]
    status: &'static str,
    /// ISO 4217.
    currency: &'static str,
    /// What it is worth.
    total_minor: i64,
    /// What is held now.
    held_minor: i64,
    /// Its milestones, in their order.
    milestones: Vec<MilestoneOut>,
}

async fn create(call: Call) -> Result<Reply, Problem> {
    let body: NewOrderBody = call.json()?;
    placing::place_body(call, NewOrderBody { milestones: true, ..body }).await
}

async fn get(call: Call) -> Result<Reply, Problem> {
    let (order, _) = programs::find(call.services(), &call.holder, &call.order()?).await?;
    if !order.milestones {
        return Err(Shown::not_found("project").into());
    }
    let milestones = order.deliveries.iter().filter_map(|part| {
        let item = order.item(part.lines.first()?.item)?;
        Some(MilestoneOut {
            title: item.title.clone(),
            amount_minor: item.unit_minor,
            due_at: item.due_at.map(At),
            status: part.status.code(),
            delivery: super::dto::order::delivery_out(&order, part),
        })
    });
    let project = ProjectOut {
        reference: order.reference.to_string(),
        version: order.version,
        status: order.status().code(),
        currency: order.currency.code(),
        total_minor: order.total_minor(),
        held_minor: order.held_minor(),
        milestones: milestones.collect(),
    };
    Ok(Reply::ok(&project).version(order.version))
}

async fn add(call: Call) -> Result<Reply, Problem> {
    let (wanted, seen) = bodies::read(Verb::AddMilestone, &call.body)?;
    actions::perform(call, wanted, seen).await
}
