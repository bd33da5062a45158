//! The frame of every page: the bar, the place for the content, and what scripts add; and how a page waits for what it shows.

use std::{
    fmt::{self, Debug, Formatter},
    future::Future,
    pin::Pin,
};

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Account, Bar, Bell, ButtonLink, Empty, Hat, KeyHelp, PageTitle, Place};
use crate::app::drawn::{Draw, Drawn, Inside};
use crate::app::here::Here;
use crate::app::scripts::Prefetch;
use crate::domain::error::{Error, Kind};
use crate::domain::inbox::Present;
use crate::domain::time::Moment;
use crate::domain::view::Part;
use crate::islands::{Alive, ThemeSwitch};
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
    /// The list with what came of a command beside or over it.
    pub const CARRIED: Self = Self { place: Some(Place::Orders), class: "desk open carried" };
    /// What the reader was told.
    pub const NOTICES: Self = Self { place: None, class: "column stack" };
    /// A column among the orders.
    pub const FORM: Self = Self { place: Some(Place::Orders), class: "column" };
}

/// A page that waits for what it shows.
pub struct Page {
    setting: Setting,
    part: Part,
    content: Pin<Box<dyn Future<Output = Result<Drawn, Error>> + Send>>,
}

impl Debug for Page {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("setting", &self.setting).finish_non_exhaustive()
    }
}

/// Waits for what a page shows, then draws it; when it cannot be had, says so with the status that this means.
pub fn page<T, V>(
    setting: Setting,
    load: impl Future<Output = Result<T, Error>> + Send + 'static,
    draw: impl FnOnce(T) -> V + Send + 'static,
) -> Page
where
    T: Send + 'static,
    V: IntoView,
{
    let content = Box::pin(async move { load.await.map(|model| draw(model).drawn()) });
    Page { setting, part: Part::Whole, content }
}

impl Page {
    /// The same page, of whose content this part is drawn.
    #[must_use]
    pub fn of(self, part: Part) -> Self {
        Self { part, ..self }
    }
}

/// A page in its frame.
pub async fn framed(page: Page, here: &Here) -> Drawn {
    let Page { setting, part, content } = page;
    let present = me().await.ok().flatten();
    let query = here.query("q").unwrap_or_default().to_owned();
    match (content.await, present) {
        (Ok(content), Some(present)) if part != Part::Whole => view! {
            <Renewed present=present>{content}</Renewed>
        }
        .drawn(),
        (Ok(content), present) => view! {
            <Frame present=present setting=setting query=query>
                {content}
            </Frame>
        }
        .drawn(),
        (Err(error), present) => {
            // Whoever is signed out is led to the sign-in already.
            if error.kind != Kind::SignedOut {
                PageStatus::of(&error);
            }
            view! {
                <Frame present=present setting=Setting { class: "column", ..setting } query=query>
                    <Sorry error=error />
                </Frame>
            }
            .drawn()
        }
    }
}

/// The bar, the content, and what scripts add to both.
#[component]
pub fn Frame(
    /// Who is looking, when somebody is signed in.
    present: Option<Present>,
    /// How the page sits in it.
    setting: Setting,
    /// What is searched for.
    query: String,
    /// The content.
    children: Inside,
) -> impl IntoView {
    let theme = use_context::<Theme>().unwrap_or_default();
    let drawn_at = present.as_ref().map(|present| present.drawn_at);
    view! {
        <a class="skip" href="#main">
            "Skip to the content"
        </a>
        {(setting == Setting::ORDER)
            .then(|| {
                view! {
                    <a class="skip" href="#order-title">
                        "Skip to the order"
                    </a>
                }
            })}
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

/// A part of the content with what of the frame can have changed: the open page that fetched it has everything else.
#[component]
fn Renewed(
    /// Who is looking.
    present: Present,
    /// That part.
    children: Inside,
) -> impl IntoView {
    view! {
        <Bell unread=present.unread />
        <main id="main">{children.draw()}</main>
        <Changes drawn_at=present.drawn_at />
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
                "Load again"
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
