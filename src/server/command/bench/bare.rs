//! Bare handlers beside the product: for each read that is measured one that asks the database the same and answers with
//! the text as it is now.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceExt;

use super::Readers;
use crate::{
    domain::{
        access::Viewer,
        desk::{Filter, Sort, Tab},
        error::{Error as Shown, Kind},
        id::Reference,
    },
    server::{
        command::CommandError,
        error::Error,
        service::{Services, desk, keys, orders, sessions, views},
        storage::{self, Conn, events, ledger, list},
        web,
    },
};

/// A read that is measured: where the product has it, where it is beside that, how many rows it lists, and which order it
/// opens.
type Read = (String, String, usize, Option<Reference>);

/// What a bare handler answers with, and what it works with.
#[derive(Clone)]
struct Bare {
    services: Services,
    rows: usize,
    open: Option<Reference>,
    is_api: bool,
    media: HeaderValue,
    body: Arc<str>,
}

/// The handlers of those who look with a cookie, and of those who do so with a key.
pub(super) async fn router(
    services: &Services,
    product: &Router,
    (readers, keys): (&Readers, &Readers),
    sample: &Reference,
) -> Result<Router, CommandError> {
    let mut router = Router::new();
    for (is_api, readers) in [(false, readers), (true, keys)] {
        for (role, shown) in readers {
            let proof = if is_api {
                (header::AUTHORIZATION, format!("Bearer {shown}"))
            } else {
                (header::COOKIE, shown.clone())
            };
            for (path, place, rows, open) in reads(role, is_api, sample) {
                let (media, body) = answer(product, &path, &proof).await?;
                let bare = Bare { services: services.clone(), rows, open, is_api, media, body };
                router = router.route(&place, get(read).with_state(bare));
            }
        }
    }
    Ok(router)
}

fn reads(role: &str, is_api: bool, sample: &Reference) -> Vec<Read> {
    let place = |name: &str| if is_api { format!("/{role}/api/{name}") } else { format!("/{role}/{name}") };
    let list = |rows: usize| {
        let path = if is_api { format!("/api/v1/orders?limit={rows}") } else { format!("/orders?tab=all&rows={rows}") };
        (path, place(&rows.to_string()), rows, None)
    };
    let mut reads = vec![list(20), list(50)];
    if role == "buyer" {
        let path = if is_api { format!("/api/v1/orders/{sample}") } else { format!("/orders/{sample}?tab=all") };
        reads.push((path, place("order"), 20, Some(sample.clone())));
    }
    reads
}

/// What the product answers now.
async fn answer(
    product: &Router,
    path: &str,
    (name, value): &(header::HeaderName, String),
) -> Result<(HeaderValue, Arc<str>), CommandError> {
    let request = Request::get(path).header(name, value).body(Body::empty());
    let request = request.map_err(|error| CommandError::Terminal(std::io::Error::other(error)))?;
    let answer = product.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    if answer.status() != StatusCode::OK {
        return Err(Shown::not_found(&format!("answer at {path}: {}", answer.status())).into());
    }
    let media = answer.headers().get(header::CONTENT_TYPE).cloned();
    let media = media.ok_or_else(|| Shown::not_found(&format!("type of the answer at {path}")))?;
    let body = to_bytes(answer.into_body(), usize::MAX).await;
    let body = body.map_err(|error| CommandError::Terminal(std::io::Error::other(error)))?;
    Ok((media, String::from_utf8_lossy(&body).into()))
}

async fn read(State(bare): State<Bare>, headers: HeaderMap) -> Response {
    match ask(&bare, &headers).await {
        Ok(()) => ([(header::CONTENT_TYPE, bare.media)], bare.body.to_string()).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Shown::from(error).message).into_response(),
    }
}

/// The queries of the read, and nothing made of their answers.
async fn ask(bare: &Bare, headers: &HeaderMap) -> Result<(), Error> {
    let viewer =
        if bare.is_api { by_key(&bare.services, headers).await? } else { by_cookie(&bare.services, headers).await? };
    let mut conn = bare.services.db.reader().await?;
    match (&bare.open, bare.is_api) {
        (Some(open), true) => {
            storage::orders::find_by_reference(&mut conn, open).await?.ok_or_else(|| Shown::not_found("order"))?;
        }
        (None, true) => list_rows(bare, &mut conn, &viewer, Sort::Newest).await?,
        (open, false) => {
            list_rows(bare, &mut conn, &viewer, Sort::default()).await?;
            views::head(&mut conn, &viewer, desk::id_of(orders::owner(&viewer))).await?;
            let Some(open) = open else { return Ok(()) };
            let order =
                storage::orders::find_by_reference(&mut conn, open).await?.ok_or_else(|| Shown::not_found("order"))?;
            events::list(&mut conn, order.id).await?;
            ledger::list_of_order(&mut conn, order.id).await?;
        }
    }
    Ok(())
}

async fn list_rows(bare: &Bare, conn: &mut dyn Conn, viewer: &Viewer, sort: Sort) -> Result<(), Error> {
    let filter = Filter { tab: Tab::All, sort, ..Filter::default() };
    list::list(conn, orders::owner(viewer), &filter, None, bare.rows, bare.services.now()).await?;
    Ok(())
}

async fn by_key(services: &Services, headers: &HeaderMap) -> Result<Viewer, Error> {
    let unknown = || Shown::new(Kind::SignedOut, "key_unknown", "no key");
    let text = headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let key = text.strip_prefix("Bearer ").unwrap_or_default();
    Ok(keys::recognise(services, key).await?.ok_or_else(unknown)?.viewer)
}

async fn by_cookie(services: &Services, headers: &HeaderMap) -> Result<Viewer, Error> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let signed_out = || Shown::new(Kind::SignedOut, "signed_out", "no cookie");
    let cookie = web::cookie(headers, "holdfast").ok_or_else(signed_out)?;
    let bytes = URL_SAFE_NO_PAD.decode(cookie).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(signed_out)?;
    let seen = sessions::recognise(services, &sessions::Token::from_bytes(bytes)).await?.ok_or_else(signed_out)?;
    Ok(seen.viewer)
}
