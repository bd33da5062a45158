//! Everything drawn: the document around each page, the application, and the route table, which is the site map.

pub mod components;
pub mod document;
pub mod drawn;
pub mod format;
pub mod frame;
pub mod islands;
pub mod pages;
pub mod paths;
pub mod scripts;
pub mod time_zones;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The application inside the document: one route a page, each drawn whole before it is sent.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=pages::NotFound>
                <Route path=path!("") view=pages::Home ssr=SsrMode::Async />
                <Route path=path!("orders") view=pages::Orders ssr=SsrMode::Async />
                <Route path=path!("orders/new") view=pages::CreateOrder ssr=SsrMode::Async />
                <Route path=path!("orders/:reference") view=pages::Orders ssr=SsrMode::Async />
                <Route path=path!("orders/:reference/courier") view=pages::CourierLinksPage ssr=SsrMode::Async />
                <Route path=path!("a/:token") view=pages::Answer ssr=SsrMode::Async />
                <Route path=path!("courier/:token") view=pages::Courier ssr=SsrMode::Async />
                <Route path=path!("sign-in") view=pages::SignIn ssr=SsrMode::Async />
                <Route path=path!("sign-up") view=pages::SignUp ssr=SsrMode::Async />
                <Route path=path!("sign-up/:token") view=pages::ConfirmSignUp ssr=SsrMode::Async />
                <Route path=path!("forgot") view=pages::Forgot ssr=SsrMode::Async />
                <Route path=path!("reset/:token") view=pages::Reset ssr=SsrMode::Async />
                <Route path=path!("invite/:token") view=pages::Invite ssr=SsrMode::Async />
                <Route path=path!("settings") view=pages::Settings ssr=SsrMode::Async />
                <Route path=path!("settings/webhooks") view=pages::Webhooks ssr=SsrMode::Async />
                <Route path=path!("settings/webhooks/:endpoint") view=pages::Webhook ssr=SsrMode::Async />
                <Route path=path!("settings/webhooks/:endpoint/:event") view=pages::WebhookDelivery ssr=SsrMode::Async />
                <Route path=path!("settings/keys") view=pages::ApiKeys ssr=SsrMode::Async />
                <Route path=path!("settings/partners") view=pages::Partners ssr=SsrMode::Async />
                <Route path=path!("settings/messages") view=pages::Messages ssr=SsrMode::Async />
                <Route path=path!("pay/:token") view=pages::Pay ssr=SsrMode::Async />
                <Route path=path!("notices") view=pages::Notices ssr=SsrMode::Async />
                <Route path=path!("mailbox") view=pages::Mailbox ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
