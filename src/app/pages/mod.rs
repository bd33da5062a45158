//! One file a page, named by what the user does there.

mod courier;
mod forgot;
mod invite;
mod mailbox;
mod not_found;
mod notices;
mod orders;
mod pay;
mod reset;
mod settings;
mod sign_in;
mod sign_up;

pub use courier::courier;
pub use forgot::forgot;
pub use invite::invite;
pub use mailbox::mailbox;
pub use not_found::not_found;
pub use notices::notices;
pub use orders::{answer, courier_links, create_order, orders};
pub use pay::pay;
pub use reset::reset;
pub use settings::{
    api_keys, messages, partners, seller_terms, sellers, settings, terms, webhook, webhook_delivery, webhooks,
};
pub use sign_in::sign_in;
pub use sign_up::{confirm_sign_up, sign_up};

use leptos::prelude::*;

use crate::app::components::{ButtonLink, Empty, Field, PageTitle};
use crate::app::paths;

/// Says that a mail is on its way; the same words whether it is or not, so that nobody learns who has an account.
fn look_into_mailbox(sentence: &'static str) -> impl IntoView {
    view! {
        <PageTitle text="Look into your mailbox · Holdfast" />
        <Empty title="Look into your mailbox" heading=true>
            <p role="status">{sentence}</p>
            <ButtonLink href=paths::sign_in()>"Back to signing in"</ButtonLink>
        </Empty>
    }
}

/// The field for a password that is chosen now.
fn new_password(name: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <Field
            name=name
            label=label
            kind="password"
            autocomplete="new-password"
            hint="At least 12 characters; a few words are easy to keep in mind."
            maxlength=128
        />
    }
}

/// Tells password keepers whose password it is.
fn user_name(email: String) -> impl IntoView {
    // Browsers look for it among fields that are not of the hidden type.
    view! { <input type="email" autocomplete="username" value=email hidden=true /> }
}
