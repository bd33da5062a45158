//! Draws the pages of the site map, whole and before they are sent: what a page shows is waited for once, and then drawn in one go.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::{
    nonce::provide_nonce,
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
};
use leptos_axum::ResponseOptions;

use crate::{
    app::{
        PAGES, Show,
        document::document,
        here::{Here, match_path},
        pages,
    },
    domain::{error::FormAnswer, view::Part},
    server::{guard, html, page_form, state::AppState, web},
};

/// Shows the page at the address of a request, or says that there is none.
pub async fn show(State(state): State<AppState>, request: Request) -> Response {
    draw(&state, request.into_parts().0, None).await
}

/// Shows the page at an address once more, because its form was refused.
pub async fn show_again(state: &AppState, asked: Parts, status: StatusCode, answer: FormAnswer) -> Response {
    draw(state, asked, Some((status, answer))).await
}

async fn draw(state: &AppState, asked: Parts, refused: Option<(StatusCode, FormAnswer)>) -> Response {
    let (show, here) = find(&asked);
    // A form that was refused is answered with its whole page.
    let here = if refused.is_none() { here.of(part(&asked)) } else { here };
    let couriers = asked.uri.path().starts_with("/courier/");
    let answer = ResponseOptions::default();
    // Without a shared context: nothing of a page is sent a second time, for scripts; what islands need stands in their tags.
    let owner = Owner::new_root(None);
    let drawing = owner.with(|| {
        provide_context(asked);
        provide_context(answer.clone());
        provide_nonce();
        web::provide_page_context(state);
        if let Some((status, refused)) = refused {
            // Under the page's own decisions: one that leads elsewhere still does.
            answer.set_status(status);
            provide_context(refused);
        }
        ScopedFuture::new_untracked(async move { document(show(&here), &here).await })
    });
    let page = drawing.await;
    owner.cleanup();
    let mut drawn =
        ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html::mended(page.as_bytes()))
            .into_response();
    let mut said = answer.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(status) = said.status {
        *drawn.status_mut() = status;
    }
    drawn.headers_mut().extend(std::mem::take(&mut said.headers));
    drop(said);
    if couriers {
        let permissions = HeaderValue::from_static(guard::COURIERS_PERMISSIONS);
        drawn.headers_mut().insert(guard::PERMISSIONS_POLICY, permissions);
    }
    drawn
}

/// What of the page the request asks for.
fn part(asked: &Parts) -> Part {
    let code = asked.headers.get(Part::HEADER).and_then(|code| code.to_str().ok());
    code.map(Part::from_code).unwrap_or_default()
}

/// The page at an address, and what the address says to it.
fn find(asked: &Parts) -> (Show, Here) {
    let path = asked.uri.path();
    let query = asked.uri.query().map(|query| page_form::decode_leniently(query.as_bytes())).unwrap_or_default();
    let found = PAGES.iter().find_map(|(pattern, show)| Some((*show, match_path(pattern, path)?)));
    let Some((show, parts)) = found else { return (pages::not_found, Here::new(Vec::new(), query)) };
    let decoded = parts.into_iter().map(|(name, part)| (name, page_form::decode_path(part).unwrap_or_default()));
    (show, Here::new(decoded.collect(), query))
}
