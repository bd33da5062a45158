//! The frame of every page: the bar, the place for the content, and what scripts add; and how a page waits for what it shows.

use std::{future::Future, pin::Pin, sync::Arc};

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Account, Bar, ButtonLink, Empty, Hat, KeyHelp, PageTitle, Place};
use crate::app::drawn::{Draw, Drawn, Inside};
use crate::app::islands::{Alive, ThemeSwitch};
use crate::app::scripts::Prefetch;
use crate::domain::error::{Error, Kind};
use crate::domain::inbox::Present;
use crate::domain::time::Moment;
use crate::rpc::PageStatus;
use crate::rpc::session::{SignOut, Wear, me};
use crate::rpc::theme::Theme;

/// How a page sits in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The place of the bar that it belongs to.
    pub place: Option<Place>,
    /// How its content is laid out: `column`, `sheet`, `desk`.
    pub class: &'static str,
}

impl Setting {
    /// One form in the middle, open to everybody.
    pub const SHEET: Self = Self { place: None, class: "sheet" };
    /// A column of text and forms.
    pub const SETTINGS: Self = Self { place: Some(Place::Settings), class: "column settings" };
    /// The list alone.
    pub const LIST: Self = Self { place: Some(Place::Orders), class: "desk" };
    /// The list with an order beside or over it.
    pub const ORDER: Self = Self { place: Some(Place::Orders), class: "desk open" };
    /// What the reader was told.
    pub const NOTICES: Self = Self { place: None, class: "column stack" };
    /// A column among the orders.
    pub const FORM: Self = Self { place: Some(Place::Orders), class: "column" };
}

/// Waits for what a page shows and draws it in the frame; when it cannot be had, says so with the status that this means.
pub fn page<T, L, F, V>(setting: Setting, load: L, draw: impl Fn(T) -> V + Send + Sync + Clone + 'static) -> AnyView
where
    T: Send + 'static,
    L: Fn() -> F + Send + Sync + Clone + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
    V: IntoView + 'static,
{
    framed(
        setting,
        Arc::new(move || {
            let (load, draw) = (load.clone(), draw.clone());
            Box::pin(async move { load().await.map(|model| draw(model).drawn()) })
        }),
    )
    .into_any()
}

/// What a page shows, once it is known.
type Content = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Drawn, Error>> + Send>> + Send + Sync>;

/// The part of [`page`] that is the same for all of them, so that it is compiled once.
fn framed(setting: Setting, content: Content) -> impl IntoView {
    // One future, made once: a closure here would be called a second time, and load everything a second time.
    let drawn = Suspend::new(async move {
        let present = me().await.ok().flatten();
        match content().await {
            Ok(content) => view! {
                <Frame present=present setting=setting>
                    {content}
                </Frame>
            }
            .drawn(),
            Err(error) => {
                // Whoever is signed out is led to the sign-in already.
                if error.kind != Kind::SignedOut {
                    PageStatus::of(&error);
                }
                view! {
                    <Frame present=present setting=Setting { class: "column", ..setting }>
                        <Sorry error=error />
                    </Frame>
                }
                .drawn()
            }
        }
    });
    view! { <Suspense>{drawn}</Suspense> }
}

/// The bar, the content, and what scripts add to both.
#[component]
pub fn Frame(
    /// Who is looking, when somebody is signed in.
    present: Option<Present>,
    /// How the page sits in it.
    setting: Setting,
    /// The content.
    children: Inside,
) -> impl IntoView {
    let theme = use_context::<Theme>().unwrap_or_default();
    let query = leptos_router::hooks::use_query_map().read_untracked().get("q").unwrap_or_default();
    let drawn_at = present.as_ref().map(|present| present.drawn_at);
    view! {
        <a class="skip" href="#main">
            "Skip to the content"
        </a>
        <Bar place=setting.place query=query account=present.map(account)>
            <ThemeSwitch chosen=theme />
        </Bar>
        <main id="main" class=setting.class>
            {children.draw()}
        </main>
        {drawn_at
            .map(|drawn_at| {
                view! {
                    <Changes drawn_at=drawn_at />
                    <KeyHelp />
                    <Prefetch />
                }
            })}
        <Alive />
    }
}

/// Where it is said what changed while the page is open: to listeners at once, and to everybody where it cannot be shown
/// without taking away what they type.
#[component]
fn Changes(
    /// When the page was drawn.
    drawn_at: Moment,
) -> impl IntoView {
    view! {
        <p id="live" class="heard" role="status" data-since=drawn_at.0.to_string()></p>
        <aside id="changed" class="changed" aria-label="What changed" hidden>
            <p></p>
            <a class="button small" href="#main">
                "Show it"
            </a>
        </aside>
    }
}

fn account(present: Present) -> Account {
    let Present { viewer, unread, .. } = present;
    let worn = viewer.hat.as_ref().map(crate::domain::access::Membership::key);
    let buyer = Hat {
        value: String::new(),
        name: "Buyer".to_owned(),
        role: "what you bought".to_owned(),
        worn: worn.is_none(),
    };
    let others = viewer.memberships.iter().map(|membership| {
        let key = membership.key();
        Hat {
            worn: worn.as_ref() == Some(&key),
            value: key,
            name: membership.name.clone(),
            role: membership.role.label().to_owned(),
        }
    });
    Account {
        hats: std::iter::once(buyer).chain(others).collect(),
        name: viewer.name,
        email: viewer.email,
        unread,
        wear: Wear::PATH,
        sign_out: SignOut::PATH,
    }
}

/// Why a page cannot be shown, and where to go on.
#[component]
pub fn Sorry(
    /// Why.
    error: Error,
) -> impl IntoView {
    let title = match error.kind {
        Kind::NotFound => "There is nothing here",
        Kind::SignedOut => "Please sign in",
        Kind::Forbidden => "This is not for you",
        Kind::TooMany => "A little slower, please",
        Kind::Unavailable => "Busy at the moment",
        Kind::Malformed | Kind::Conflict | Kind::Invalid => "This did not work",
        Kind::Internal => "Something went wrong on our side",
    };
    view! {
        <PageTitle text=format!("{title} · Holdfast") />
        <Empty icon="alert" title=title heading=true>
            <p>{error.message}</p>
            <ButtonLink href="/">"Go to the first page"</ButtonLink>
        </Empty>
    }
}
