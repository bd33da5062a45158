//! Who calls a server function, over HTTP or while a page is rendered: the two look alike to it.

use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::{
    app::paths,
    domain::{
        access::{Permission, Viewer},
        error::{Error, Kind},
        inbox::Present,
    },
    server::{service::Visit, session::Session, state::AppState, storage::sessions::Seen},
};

/// Whoever it is: the application and the browser. For doors that are open to everybody.
pub fn anyone() -> Result<(AppState, Session), Error> {
    let state = use_context::<AppState>();
    let session = with_context(|parts: &Parts| parts.extensions.get::<Session>().cloned()).flatten();
    state.zip(session).ok_or_else(|| {
        tracing::error!("a server function ran without its context");
        Error::new(Kind::Internal, "internal", "Something went wrong on our side and was written down.")
    })
}

/// The application, and who is looking, when somebody is signed in.
pub async fn viewer() -> Result<(AppState, Option<Viewer>), Error> {
    let (state, session) = anyone()?;
    let viewer = session.seen().await?.map(|seen| seen.viewer.clone());
    Ok((state, viewer))
}

/// Like [`viewer`], with where the request came from: for doors that are open to strangers and count how often they knock.
pub async fn visitor() -> Result<(AppState, Visit, Option<Viewer>), Error> {
    let (state, session) = anyone()?;
    let viewer = session.seen().await?.map(|seen| seen.viewer.clone());
    Ok((state, session.visit().clone(), viewer))
}

/// Who is looking, with what the frame around every page must know.
pub async fn present() -> Result<Option<Present>, Error> {
    let (state, session) = anyone()?;
    let drawn_at = state.services.now();
    let seen = session.seen().await?;
    Ok(seen.map(|seen| Present { viewer: seen.viewer.clone(), unread: seen.unread, drawn_at }))
}

/// The application, and who is looking. Nobody signed in is refused; a page then leads to the sign-in and back again.
pub async fn signed_in() -> Result<(AppState, Viewer), Error> {
    let (state, viewer) = viewer().await?;
    Ok((state, viewer.ok_or_else(signed_out)?))
}

/// Like [`signed_in`], with the session itself and the browser: for what changes the cookie or needs a fresh password.
pub async fn seen() -> Result<(AppState, Seen, Session), Error> {
    let (state, session) = anyone()?;
    let seen = session.seen().await?.cloned().ok_or_else(signed_out)?;
    Ok((state, seen, session))
}

/// Like [`signed_in`], for somebody whose present role has this permission.
pub async fn permitted(permission: Permission) -> Result<(AppState, Viewer), Error> {
    let (state, viewer) = signed_in().await?;
    if viewer.permissions().has(permission) {
        Ok((state, viewer))
    } else {
        Err(Error::new(Kind::Forbidden, "not_allowed", "Your role does not allow this."))
    }
}

/// Refuses, and has a page that is being rendered lead to the sign-in.
fn signed_out() -> Error {
    lead_to_sign_in();
    Error::new(Kind::SignedOut, "signed_out", "Please sign in to go on.")
}

/// Has the page that is being rendered answer with a redirect to the sign-in page, which leads back here. Calls over HTTP
/// get the error alone.
fn lead_to_sign_in() {
    let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>()) else {
        return;
    };
    let path = parts.uri.path();
    if path.starts_with("/rpc/") || path == "/sign-in" {
        return;
    }
    let back = parts.uri.path_and_query().map_or(path, |whole| whole.as_str());
    let location = HeaderValue::from_str(&paths::sign_in_then(back)).expect("percent-encoded text is ASCII");
    response.insert_header(header::LOCATION, location);
    response.set_status(StatusCode::SEE_OTHER);
}
