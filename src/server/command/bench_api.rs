//! What `make bench` measures of the API: reads by key, beside bare handlers that ask the same and answer with a fixed text.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceExt;

use super::CommandError;
use crate::{
    domain::{
        access::Permission,
        desk::{Filter, Sort, Tab},
        error::{Error as Shown, Kind},
        id::Reference,
    },
    server::{
        error::Error,
        service::{
            Services,
            keys::{self, Typed},
            orders,
        },
        storage::{self, list},
    },
};

/// A key that may all that its maker may.
pub(super) async fn key(services: &Services, email: &str, place: Option<&str>) -> Result<String, CommandError> {
    let permissions = keys::most(services, email, place).await?;
    let typed = Typed {
        name: "Measured".to_owned(),
        mode: "live".to_owned(),
        permissions: permissions.into_iter().map(|permission: Permission| permission.code().to_owned()).collect(),
        days: "1".to_owned(),
    };
    Ok(keys::issue(services, email, place, &typed).await?.text)
}

/// What a bare handler answers with, and what it works with.
#[derive(Clone)]
struct Bare {
    services: Services,
    rows: usize,
    open: Option<Reference>,
    body: Arc<str>,
}

/// For each read that is measured a handler that asks the database the same and answers with the text as it is now.
pub(super) async fn routes(
    services: &Services,
    product: &Router,
    keys: &[(&'static str, String)],
    sample: &Reference,
) -> Result<Router, CommandError> {
    let mut router = Router::new();
    for (role, key) in keys {
        let mut reads =
            vec![("/api/v1/orders?limit=20".to_owned(), 20, None), ("/api/v1/orders?limit=50".to_owned(), 50, None)];
        if *role == "buyer" {
            reads.push((format!("/api/v1/orders/{sample}"), 0, Some(sample.clone())));
        }
        for (path, rows, open) in reads {
            let body = answer(product, &path, key).await?;
            let place = if open.is_some() { "order".to_owned() } else { rows.to_string() };
            let bare = Bare { services: services.clone(), rows, open, body };
            router = router.route(&format!("/{role}/api/{place}"), get(bare_read).with_state(bare));
        }
    }
    Ok(router)
}

async fn answer(product: &Router, path: &str, key: &str) -> Result<Arc<str>, CommandError> {
    let failed = |error: axum::Error| CommandError::Terminal(std::io::Error::other(error));
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}")).body(Body::empty());
    let request = request.map_err(|error| CommandError::Terminal(std::io::Error::other(error)))?;
    let answer = product.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    if answer.status() != StatusCode::OK {
        return Err(Shown::not_found(&format!("answer at {path}: {}", answer.status())).into());
    }
    let body = to_bytes(answer.into_body(), usize::MAX).await.map_err(failed)?;
    Ok(String::from_utf8_lossy(&body).into())
}

async fn bare_read(State(bare): State<Bare>, headers: HeaderMap) -> Response {
    match ask(&bare, &headers).await {
        Ok(()) => ([(header::CONTENT_TYPE, "application/json")], bare.body.to_string()).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Shown::from(error).message).into_response(),
    }
}

/// The queries of the read, and nothing made of their answers.
async fn ask(bare: &Bare, headers: &HeaderMap) -> Result<(), Error> {
    let unknown = || Shown::new(Kind::SignedOut, "key_unknown", "no key");
    let text = headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let key = text.strip_prefix("Bearer ").unwrap_or_default();
    let holder = keys::recognise(&bare.services, key).await?.ok_or_else(unknown)?;
    let mut conn = bare.services.db.reader().await?;
    if let Some(open) = &bare.open {
        storage::orders::find_by_reference(&mut conn, open).await?.ok_or_else(|| Shown::not_found("order"))?;
        return Ok(());
    }
    let filter = Filter { tab: Tab::All, sort: Sort::Newest, ..Filter::default() };
    list::list(&mut conn, orders::owner(&holder.viewer), &filter, None, bare.rows, bare.services.now()).await?;
    Ok(())
}
