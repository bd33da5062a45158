//! The list of orders as a file: `/orders/export.csv` and `/orders/export.xlsx`, with the query of the list.

use std::collections::BTreeMap;

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{OriginalUri, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    app::paths,
    domain::error::Error as Shown,
    server::{
        error::{Error, with_causes},
        service::export::{self, Export},
        session::Session,
        state::AppState,
    },
};

/// Pages of rows that wait for a slow reader.
const WAITING_PAGES: usize = 2;

/// As lines; they are sent as they are read, however many there are.
pub async fn csv(
    State(state): State<AppState>,
    Extension(session): Extension<Session>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let here = uri.path_and_query().map_or("", |whole| whole.as_str());
    match begin(&state, &session, here, &query).await {
        Ok(export) => {
            let name = export.name();
            match lines(export).await {
                Ok(body) => attached(body, "text/csv; charset=utf-8", &format!("{name}.csv")),
                Err(error) => sorry(error),
            }
        }
        Err(answer) => answer,
    }
}

/// As a spreadsheet.
pub async fn xlsx(
    State(state): State<AppState>,
    Extension(session): Extension<Session>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let here = uri.path_and_query().map_or("", |whole| whole.as_str());
    match begin(&state, &session, here, &query).await {
        Ok(export) => {
            let name = export.name();
            match export::spreadsheet(export).await {
                Ok(sheet) => attached(Body::from(sheet), KIND, &format!("{name}.xlsx")),
                Err(error) => sorry(error),
            }
        }
        Err(answer) => answer,
    }
}

/// Whoever is not signed in is led to the sign-in and back again.
async fn begin(
    state: &AppState,
    session: &Session,
    here: &str,
    query: &BTreeMap<String, String>,
) -> Result<Export, Response> {
    let seen = session.seen().await.map_err(sorry)?;
    let Some(seen) = seen else { return Err(Redirect::to(&paths::sign_in_then(here)).into_response()) };
    Export::begin(&state.services, seen.viewer.clone(), query).await.map_err(sorry)
}

/// The lines of an export. What goes wrong at its beginning is an answer of its own; later, the file is broken off, so that
/// nobody takes a part for the whole.
async fn lines(mut export: Export) -> Result<Body, Error> {
    let first = export.next().await?.unwrap_or_default();
    let (sender, receiver) = mpsc::channel::<Result<Bytes, Error>>(WAITING_PAGES);
    let sending = async move {
        let mut page = Ok(Bytes::from(export.lines(&first, true)));
        // A reader who goes away wants no more.
        while sender.send(page).await.is_ok() {
            page = match export.next().await {
                Ok(Some(rows)) => Ok(Bytes::from(export.lines(&rows, false))),
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(error = with_causes(&error), "an export broke off");
                    // The reader may be gone as well.
                    let _ = sender.send(Err(error)).await;
                    break;
                }
            };
        }
    };
    tokio::spawn(sending.boxed());
    Ok(Body::from_stream(ReceiverStream::new(receiver)))
}

fn attached(body: Body, kind: &'static str, name: &str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition.expect("the name is made of letters, digits and dashes")),
    ];
    (headers, body).into_response()
}

fn sorry(error: Error) -> Response {
    let shown = Shown::from(error);
    let status = StatusCode::from_u16(shown.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, format!("{}\n", shown.message)).into_response()
}
