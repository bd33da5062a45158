//! Lists as files: asked for, looked after, fetched when they are whole.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Call, Reply, bad_parameter, rows},
    dto::{At, PageOf},
    orders::ListQuery,
    problem::Problem,
    route::{Answer, Route},
};
use crate::{
    domain::id::ExportId,
    server::{
        error::{Error, with_causes},
        service::exports::{self, ExportView, Format},
    },
};

/// What lines with commas are sent as.
const CSV: &str = "text/csv";
/// What spreadsheets are sent as.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let download = Route::get("/exports/{id}/download", "downloadExport", "Fetch an export", |call| {
        Box::pin(download(call))
    })
    .about("A CSV file has a line of headings, and cells that a spreadsheet would take for a formula begin with an apostrophe. Instants are in the time zone of whoever made the key, which their headings name. A spreadsheet has at most 100,000 rows, and says so when there are more.");
    let file = Answer { status: 200, about: "The file.", schema: None, media: &[CSV, XLSX] };
    vec![
        Route::post("/exports", "createExport", "Ask for a list as a file", |call| Box::pin(create(call)))
            .about("Narrowed by what narrows the list of orders. It is written in the background and kept for a week.")
            .body::<NewExportBody>(json!({ "filter": { "status": "funded" }, "format": "xlsx" }))
            .answers::<ExportOut>(202, "It is being written: look at it again."),
        Route::get("/exports", "listExports", "List exports", |call| Box::pin(list(call)))
            .query::<ExportsQuery>()
            .answers::<PageOf<ExportOut>>(200, "Exports of this key, the newest first."),
        Route::get("/exports/{id}", "getExport", "Read how far an export is", |call| Box::pin(get(call)))
            .answers::<ExportOut>(200, "How far it is."),
        Route { answer: file, ..download },
    ]
    .into_iter()
    .map(|route| route.tag("exports"))
    .collect()
}

/// A list that is wanted as a file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExportBody {
    /// What narrows it, as for the list of orders; pages and fields play no part.
    #[serde(default)]
    filter: ListQuery,
    /// What it is written as.
    #[serde(default)]
    format: FormatBody,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatBody {
    /// Lines with commas.
    #[default]
    Csv,
    /// A spreadsheet.
    Xlsx,
}

/// An export.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ExportOut {
    /// Which.
    id: String,
    /// What it is written as.
    format: FormatBody,
    /// `pending`, `done` or `failed`.
    state: String,
    /// How many rows are written.
    rows: i64,
    /// Why it failed.
    error: String,
    /// When it was asked for.
    created_at: At,
    /// When it ended.
    finished_at: Option<At>,
    /// Until when it is kept.
    expires_at: At,
    /// Where it is fetched, once it is whole.
    download: Option<String>,
}

impl From<ExportView> for ExportOut {
    fn from(view: ExportView) -> Self {
        Self {
            download: (view.state == "done").then(|| format!("/api/v1/exports/{}/download", view.id)),
            id: view.id.to_string(),
            format: match view.format {
                Format::Csv => FormatBody::Csv,
                Format::Xlsx => FormatBody::Xlsx,
            },
            state: view.state,
            rows: view.rows,
            error: view.error,
            created_at: At(view.created_at),
            finished_at: view.finished_at.map(At),
            expires_at: At(view.expires_at),
        }
    }
}

/// Where in the list of exports.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExportsQuery {
    /// The `next` of the page before.
    #[schemars(length(min = 36, max = 36))]
    after: Option<String>,
    /// How many rows, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// What is wrong with a parameter of the list, where those are members of a body.
fn in_the_body(problem: Problem) -> Problem {
    let mut errors = problem.errors;
    for fault in &mut errors {
        fault.pointer = fault.parameter.take().map(|name| format!("/filter/{name}"));
    }
    Problem { errors, code: "invalid_fields".to_owned(), ..problem }
}

async fn create(call: Call) -> Result<Reply, Problem> {
    let body: NewExportBody = call.json()?;
    let format = match body.format {
        FormatBody::Csv => Format::Csv,
        FormatBody::Xlsx => Format::Xlsx,
    };
    let view = exports::ask(call.services(), &call.holder, body.filter.filter().map_err(in_the_body)?, format).await?;
    let at = format!("/api/v1/exports/{}", view.id);
    Ok(Reply::json(StatusCode::ACCEPTED, &ExportOut::from(view)).with(header::LOCATION, &at))
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let query: ExportsQuery = call.query()?;
    let limit = rows(query.limit)?;
    let before = query.after.as_deref().map(str::parse::<ExportId>).transpose();
    let before = before.map_err(|_| bad_parameter("after", "Use the `next` of a page as it is."))?;
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = exports::list_of(call.services(), &call.holder, before, wanted).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Reply::ok(&PageOf { data: found.into_iter().map(ExportOut::from).collect(), next }))
}

async fn get(call: Call) -> Result<Reply, Problem> {
    let view = exports::find(call.services(), &call.holder, call.id("id", "export")?).await?;
    Ok(Reply::ok(&ExportOut::from(view)))
}

async fn download(call: Call) -> Result<Reply, Problem> {
    let services = call.services().clone();
    let whole = exports::whole(&services, &call.holder, call.id("id", "export")?).await?;
    // Each part is read when the one before it has gone, however long the file is.
    let parts = futures_util::stream::try_unfold(0, move |no| {
        let services = services.clone();
        async move {
            let part = exports::part(&services, whole, no).await.inspect_err(|error| {
                // The file is broken off, so that nobody takes a part for the whole.
                tracing::error!(error = with_causes(error), "an export broke off");
            })?;
            Ok::<_, Error>(part.map(|part| (part, no + 1)))
        }
    });
    let media = match whole.format {
        Format::Csv => CSV,
        Format::Xlsx => XLSX,
    };
    let name = format!("attachment; filename=\"orders.{}\"", whole.format.code());
    Ok(Reply::stream(Body::from_stream(parts), media).with(header::CONTENT_DISPOSITION, &name))
}
