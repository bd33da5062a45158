//! The bar on top: brand, places, search, and who is looking as what.

use leptos::prelude::*;

use crate::app::components::{Form, Icon, Popup, PopupButton};
use crate::app::drawn::{Draw, Inside, Still};
use crate::{app::paths, format};

/// The places that the bar leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The one screen.
    Orders,
    /// What a reader can set.
    Settings,
}

impl Place {
    const ALL: [Self; 2] = [Self::Orders, Self::Settings];

    const fn label(self) -> &'static str {
        match self {
            Self::Orders => "Orders",
            Self::Settings => "Settings",
        }
    }

    fn href(self) -> String {
        match self {
            Self::Orders => paths::orders(),
            Self::Settings => paths::settings(),
        }
    }
}

/// Something that the reader can look as: a buyer, or a role somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hat {
    /// What the server is told.
    pub value: String,
    /// Where it is.
    pub name: String,
    /// What they are there.
    pub role: String,
    /// Whether they wear it now.
    pub worn: bool,
}

/// Who is looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// How much they were told and have not looked at, up to a hundred.
    pub unread: u32,
    /// Everything that they can look as.
    pub hats: Vec<Hat>,
    /// The server function that changes the hat; its field is `hat`.
    pub wear: &'static str,
    /// The server function that signs out.
    pub sign_out: &'static str,
}

/// The bar itself; the children are the switch between light and dark.
#[component]
pub fn Bar(
    /// Where the reader is.
    #[prop(optional_no_strip)]
    place: Option<Place>,
    /// What they searched for.
    #[prop(optional, into)]
    query: String,
    /// Who they are, when they are signed in.
    account: Option<Account>,
    /// The switch between light and dark.
    children: Inside,
) -> impl IntoView {
    let signed_in = account.is_some();
    let shown = account.as_ref().map(|account| {
        let worn = account.hats.iter().find(|hat| hat.worn).map(|hat| hat.name.clone());
        (account.name.clone(), worn.unwrap_or_default())
    });
    view! {
        <header class="top">
            <a class="brand" href="/">
                <Icon name="anchor" />
                "Holdfast"
            </a>
            {signed_in
                .then(|| {
                    view! {
                        <nav class="places" aria-label="Main">
                            {places(place)}
                        </nav>
                        <Search query=query />
                    }
                })}
            {account.as_ref().map(|account| view! { <Bell unread=account.unread /> })}
            {match shown {
                Some((name, worn)) => {
                    let label = format!("Menu of {name}, looking as {worn}");
                    view! {
                        <PopupButton opens="me" class="who">
                            <span class="heard">{label}</span>
                            <span aria-hidden="true">{worn}</span>
                            <span class="avatar" aria-hidden="true">{format::initials(&name)}</span>
                        </PopupButton>
                    }
                        .drawn()
                }
                None => {
                    view! {
                        <PopupButton opens="me" class="who" label="Light or dark">
                            <Icon name="contrast" />
                        </PopupButton>
                    }
                        .drawn()
                }
            }}
            <Popup id="me" class="menu" label="Menu">
                {account.map(|account| menu(account, place))}
                {children.draw()}
            </Popup>
        </header>
    }
}

fn places(here: Option<Place>) -> impl IntoView {
    Place::ALL
        .map(|place| {
            view! {
                <a href=place.href() aria-current=(here == Some(place)).then_some("page")>
                    {place.label()}
                </a>
            }
        })
        .collect_view()
}

/// What the reader was told: how much of it is new, and the way to it.
#[component]
pub fn Bell(
    /// How much, up to a hundred.
    unread: u32,
) -> impl IntoView {
    let (count, label) = format::unread(unread);
    view! {
        <a class="bell" id="bell" href=paths::notices() aria-label=label data-unread=unread.to_string()>
            <Icon name="bell" />
            <b>{count}</b>
        </a>
    }
}

/// The search over all orders that the reader may see.
#[component]
fn Search(query: String) -> impl IntoView {
    view! {
        <form class="search" role="search" action=paths::orders()>
            <label class="heard" for="q">
                "Search orders"
            </label>
            <Icon name="search" />
            <input id="q" type="search" name="q" value=query placeholder="Reference, name, phone…" maxlength="100" />
            <kbd aria-hidden="true">"/"</kbd>
        </form>
    }
}

/// What stands in the menu of somebody who is signed in, above the switch between light and dark.
fn menu(account: Account, here: Option<Place>) -> impl IntoView {
    static SWITCHES: Still = Still::new();
    let several = account.hats.len() > 1;
    let hats = account
        .hats
        .into_iter()
        .map(|hat| {
            view! {
                <button name="hat" value=hat.value aria-pressed=if hat.worn { "true" } else { "false" }>
                    {hat.name}
                    <small>{hat.role}</small>
                </button>
            }
        })
        .collect_view();
    view! {
        <p class="quiet">{account.name} " · " {account.email}</p>
        <nav class="narrow" aria-label="Places">
            {places(here)}
            <hr />
        </nav>
        {several
            .then(|| {
                view! {
                    <Form id="hats" call=account.wear class="">
                        <h2>"Looking as"</h2>
                        {hats}
                    </Form>
                    <hr />
                }
            })}
        {SWITCHES.draw(switches)}
        <Form id="sign-out" call=account.sign_out class="">
            <button>"Sign out"</button>
        </Form>
        <hr />
    }
}

fn switches() -> impl IntoView {
    view! {
        <label class="choice by-script">
            <input type="checkbox" id="live-switch" checked />
            "Show changes as they happen"
        </label>
        <button class="by-script" type="button" popovertarget="keys">
            "Keys"
            <kbd>"?"</kbd>
        </button>
    }
}

/// The keys that do what buttons do, and the box that turns them off.
#[component]
pub fn KeyHelp() -> impl IntoView {
    static KEYS: Still = Still::new();
    KEYS.draw(key_help)
}

fn key_help() -> impl IntoView {
    let keys = [
        ("j", "Next order"),
        ("k", "Previous order"),
        ("enter", "Open it"),
        ("u", "Back to the list"),
        ("x", "Tick it"),
        ("b", "With the ticked ones"),
        ("e", "Export"),
        ("/", "Search"),
        ("a", "Accept"),
        ("r", "Reject"),
        ("n", "Write a note"),
        ("esc", "Fold up what is unfolded"),
        ("?", "These keys"),
    ];
    view! {
        <Popup id="keys" class="keys" label="Keys" role="dialog">
            <h2 tabindex="-1">"Keys"</h2>
            <dl>
                {keys
                    .map(|(key, words)| {
                        view! {
                            <dt>
                                <kbd>{key}</kbd>
                            </dt>
                            <dd>{words}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
            <label class="choice">
                <input type="checkbox" id="single-keys" checked />
                "Listen to single keys"
            </label>
        </Popup>
    }
}
