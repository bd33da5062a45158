//! Photos and signatures as they are served: to whoever may see their order, to be kept as files, and never as pages.

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    domain::{error::Error as Shown, id::FileId},
    server::{
        error::Error, media::MediaType, service::photos, session::Session, state::AppState, storage::files::ContentRow,
    },
};

/// A photo for somebody who is signed in.
pub async fn show(
    State(state): State<AppState>,
    Extension(session): Extension<Session>,
    Path(id): Path<String>,
) -> Response {
    answer(find(&state, &session, &id).await, &id)
}

async fn find(state: &AppState, session: &Session, id: &str) -> Result<ContentRow, Error> {
    let seen = session.seen().await?.ok_or_else(unknown)?;
    photos::find(&state.services, &seen.viewer, parse(id)?).await
}

/// A photo for whoever holds the signed link of the order's buyer.
pub async fn show_by_link(State(state): State<AppState>, Path((token, id)): Path<(String, String)>) -> Response {
    let found = match parse(&id) {
        Ok(file) => photos::find_by_link(&state.services, &token, file).await,
        Err(unknown) => Err(unknown.into()),
    };
    answer(found, &id)
}

fn unknown() -> Shown {
    Shown::not_found("photo")
}

fn parse(id: &str) -> Result<FileId, Shown> {
    id.parse().map_err(|_| unknown())
}

fn answer(found: Result<ContentRow, Error>, id: &str) -> Response {
    let file = match found.map_err(Shown::from) {
        Ok(file) => file,
        Err(error) => {
            let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, error.message).into_response();
        }
    };
    let name = format!("attachment; filename=\"{}-{id}.{}\"", file.kind, MediaType::extension(&file.media_type));
    let media_type = HeaderValue::from_str(&file.media_type).unwrap_or(HeaderValue::from_static("image/jpeg"));
    let disposition = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)];
    (headers, file.content).into_response()
}
