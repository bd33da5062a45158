//! Messages: what people were told of an order, what did not arrive, and sending that again.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    call::{Call, Reply, bad_parameter},
    dto::{At, ListOf, languages, parties, present},
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{
        access::Permission,
        letter::{DeadLetter, Preview},
        view::MessageLine,
        words::Language,
    },
    server::service::{messages, programs},
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/orders/{id}/messages", "listOrderMessages", "What people were told of an order", |call| {
            Box::pin(of_order(call))
        })
        .about("For the marketplace; others see none.")
        .answers::<ListOf<MessageOut>>(200, "Messages that were owed, the first first."),
        Route::get("/messages/undelivered", "listUndelivered", "List what did not arrive", |call| {
            Box::pin(undelivered(call))
        })
        .about("The newest hundred messages of the marketplace that were given up.")
        .live_only()
        .answers::<ListOf<UndeliveredOut>>(200, "Messages, the newest first."),
        Route::get("/messages/previews", "previewMessages", "Read what messages say", |call| Box::pin(previews(call)))
            .about("For the marketplace: what each kind of message about an order says to each party, of a sample.")
            .query::<PreviewsQuery>()
            .answers::<ListOf<PreviewOut>>(200, "The messages, in the order of an order’s life."),
        Route::post("/messages/{id}/send_again", "sendMessageAgain", "Send a message again", |call| {
            Box::pin(send_again(call))
        })
        .needs(Permission::Note)
        .live_only()
        .answers_nothing(202, "It is tried again."),
    ]
    .into_iter()
    .map(|route| route.tag("messages"))
    .collect()
}

/// A message about an order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MessageOut {
    /// The number of the event that owed it.
    event: u32,
    /// To which party.
    #[schemars(schema_with = "parties")]
    party: &'static str,
    /// The person, when it is one.
    name: String,
    /// Where it goes, when that is known.
    to: String,
    /// `email` or `sms`.
    channel: String,
    /// What it says, as a stable code.
    kind: String,
    /// `pending`, `sent`, `dead` or `muted`.
    state: String,
    /// Why it did not arrive, or does not come.
    reason: String,
    /// How often it was tried.
    attempts: u32,
    /// When it was sent, or is tried next.
    at: At,
}

impl From<MessageLine> for MessageOut {
    fn from(line: MessageLine) -> Self {
        Self {
            event: line.event_seq,
            party: line.to.code(),
            name: line.name,
            to: line.address,
            channel: line.channel,
            kind: line.kind,
            state: line.state,
            reason: line.reason,
            attempts: line.attempts,
            at: At(line.at),
        }
    }
}

/// A message that did not arrive.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UndeliveredOut {
    /// Which.
    id: String,
    /// The order’s public number; empty when it is about none.
    order: String,
    /// To whom.
    to: String,
    /// `email` or `sms`.
    channel: &'static str,
    /// What it says, as a stable code.
    kind: String,
    /// Why it did not arrive.
    reason: String,
    /// When it was owed.
    at: At,
}

impl From<DeadLetter> for UndeliveredOut {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id.to_string(),
            order: letter.reference,
            to: letter.to,
            channel: letter.channel.code(),
            kind: letter.kind,
            reason: letter.reason,
            at: At(letter.at),
        }
    }
}

/// In which language.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreviewsQuery {
    /// The language, by its code; English when nobody says.
    #[serde(deserialize_with = "present")]
    #[schemars(schema_with = "languages")]
    language: Option<String>,
}

/// What a message says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PreviewOut {
    /// What it says, as a stable code.
    kind: String,
    /// Who reads it.
    #[schemars(schema_with = "parties")]
    party: &'static str,
    /// The subject of the mail.
    subject: String,
    /// Its paragraphs.
    paragraphs: Vec<String>,
    /// The text message.
    text: String,
    /// How many parts that is sent in.
    segments: u32,
}

impl From<Preview> for PreviewOut {
    fn from(preview: Preview) -> Self {
        Self {
            kind: preview.kind,
            party: preview.to.code(),
            subject: preview.subject,
            paragraphs: preview.paragraphs,
            text: preview.text,
            segments: preview.segments,
        }
    }
}

async fn previews(call: Call) -> Result<Reply, Problem> {
    let query: PreviewsQuery = call.query()?;
    let language = query.language.as_deref().map(|code| {
        Language::from_code(code).ok_or_else(|| bad_parameter("language", "There is no such language here."))
    });
    let language = language.transpose()?.unwrap_or_default();
    let previews = messages::previews(call.services(), &call.holder.viewer, language)?;
    Ok(Reply::ok(&ListOf { data: previews.into_iter().map(PreviewOut::from).collect() }))
}

async fn of_order(call: Call) -> Result<Reply, Problem> {
    let lines = programs::messages(call.services(), &call.holder, &call.order()?).await?;
    Ok(Reply::ok(&ListOf { data: lines.into_iter().map(MessageOut::from).collect() }))
}

async fn undelivered(call: Call) -> Result<Reply, Problem> {
    let dead = messages::list_dead(call.services(), &call.holder.viewer).await?;
    Ok(Reply::ok(&ListOf { data: dead.into_iter().map(UndeliveredOut::from).collect() }))
}

async fn send_again(call: Call) -> Result<Reply, Problem> {
    call.no_body()?;
    let id: Uuid = call.id("id", "message")?;
    messages::send_again(call.services(), &call.visit, &call.holder.viewer, id).await?;
    Ok(Reply::nothing(StatusCode::ACCEPTED))
}
