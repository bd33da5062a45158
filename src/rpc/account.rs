//! Accounts: signing up, forgotten passwords, invitations, and the settings of whoever is signed in. Field names are
//! those of the arguments. Links in mails lead to `/sign-up/{token}`, `/reset/{token}` and `/invite/{token}`.
//!
//! Paths, for forms: `account/sign_up`, `account/confirm`, `account/forgot`, `account/reset`, `account/accept`,
//! `account/edit_profile`, `account/change_password`, `account/revoke_session`, `account/sign_out_everywhere`,
//! `account/invite`, `account/withdraw_invitation`, `account/remove_member`.

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::{
    error::Error,
    id::InvitationId,
    people::{InvitationOffer, Profile, SessionView, SignUpOffer, Team},
};

/// Asks for an account: mails a link, behind which the password is chosen. Buyers leave `marketplace` and `currency`
/// empty; who founds a marketplace fills both in. Leads to `/sign-up?sent=1`, whether the address was known or not.
#[server(prefix = "/rpc", endpoint = "account/sign_up")]
pub async fn sign_up(
    email: String,
    name: String,
    #[server(default)] time_zone: String,
    #[server(default)] marketplace: String,
    #[server(default)] currency: String,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::links};
    let (app, session) = caller::anyone()?;
    let form = links::SignUp { email, name, time_zone, marketplace, currency };
    links::sign_up(&app.services, session.visit(), form).await?;
    page_form::lead_to("/sign-up?sent=1", "/");
    Ok(())
}

/// What the link of a sign-up opens, for the page that asks for the password. Refused with `dead_link` (404).
#[server(prefix = "/rpc", endpoint = "account/look_sign_up")]
pub async fn look_sign_up(token: String) -> Result<SignUpOffer, Error> {
    let (app, _) = crate::server::caller::anyone()?;
    Ok(crate::server::service::links::look_sign_up(&app.services, &token).await?)
}

/// Opens the account with this password, signs in and leads to the orders. Wrong field: `password`.
#[server(prefix = "/rpc", endpoint = "account/confirm")]
pub async fn confirm(token: String, password: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::links};
    let (app, session) = caller::anyone()?;
    session.set(links::confirm_sign_up(&app.services, session.visit(), &token, password).await?).await?;
    page_form::lead_to("/orders", "/orders");
    Ok(())
}

/// Mails a link for a new password, if the address has an account; the answer is the same. Leads to `/forgot?sent=1`.
#[server(prefix = "/rpc", endpoint = "account/forgot")]
pub async fn forgot(email: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::links};
    let (app, session) = caller::anyone()?;
    links::ask_reset(&app.services, session.visit(), &email).await?;
    page_form::lead_to("/forgot?sent=1", "/");
    Ok(())
}

/// The address whose password this link sets. Refused with `dead_link` (404).
#[server(prefix = "/rpc", endpoint = "account/look_reset")]
pub async fn look_reset(token: String) -> Result<String, Error> {
    let (app, _) = crate::server::caller::anyone()?;
    Ok(crate::server::service::links::look_reset(&app.services, &token).await?)
}

/// Sets a new password by link, ends all sessions, and leads to `/sign-in?reset=1`. Wrong field: `password`.
#[server(prefix = "/rpc", endpoint = "account/reset")]
pub async fn reset(token: String, password: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::links};
    let (app, session) = caller::anyone()?;
    links::reset_password(&app.services, session.visit(), &token, password).await?;
    session.clear().await?;
    page_form::lead_to("/sign-in?reset=1", "/");
    Ok(())
}

/// What the link of an invitation opens. Refused with `dead_link` (404).
#[server(prefix = "/rpc", endpoint = "account/look_invitation")]
pub async fn look_invitation(token: String) -> Result<InvitationOffer, Error> {
    let (app, viewer) = crate::server::caller::viewer().await?;
    Ok(crate::server::service::staff::look_invitation(&app.services, &token, viewer.as_ref()).await?)
}

/// Accepts an invitation and leads to the orders, signed in and wearing the new hat. `InvitationOffer::is_me`: neither
/// name nor password is needed; `has_account`: the account's password; else a name and a new password.
#[server(prefix = "/rpc", endpoint = "account/accept")]
pub async fn accept(
    token: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::staff};
    let (app, session) = caller::anyone()?;
    let seen = session.seen().await?;
    session.set(staff::accept_invitation(&app.services, session.visit(), seen, &token, &name, password).await?).await?;
    page_form::lead_to("/orders", "/orders");
    Ok(())
}

/// What the reader can change about themselves.
#[server(name = LoadProfile, prefix = "/rpc", endpoint = "account/profile")]
pub async fn profile() -> Result<Profile, Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    Ok(crate::server::service::accounts::profile(&app.services, &viewer).await?)
}

/// Changes name, phone number (may be empty) and time zone. Leads to `/settings?saved=1`.
#[server(prefix = "/rpc", endpoint = "account/edit_profile")]
pub async fn edit_profile(
    name: String,
    #[server(default)] phone: String,
    #[server(default)] time_zone: String,
) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts};
    let (app, viewer) = caller::signed_in().await?;
    accounts::edit_profile(&app.services, &viewer, &name, &phone, &time_zone).await?;
    page_form::lead_to("/settings?saved=1", "/");
    Ok(())
}

/// Changes the password and signs every other browser out. Wrong fields: `old_password`, `new_password`. Leads to
/// `/settings?saved=1`.
#[server(prefix = "/rpc", endpoint = "account/change_password")]
pub async fn change_password(old_password: String, new_password: String) -> Result<(), Error> {
    use crate::server::{caller, page_form, service::accounts};
    let (app, seen, session) = caller::seen().await?;
    let visit = session.visit();
    session.set(accounts::change_password(&app.services, visit, &seen, old_password, new_password).await?).await?;
    page_form::lead_to("/settings?saved=1", "/");
    Ok(())
}

/// The browsers in which the reader is signed in, the latest in use first.
#[server(prefix = "/rpc", endpoint = "account/sessions")]
pub async fn sessions() -> Result<Vec<SessionView>, Error> {
    let (app, seen, _) = crate::server::caller::seen().await?;
    Ok(crate::server::service::sessions::list(&app.services, &seen).await?)
}

/// Signs one of those browsers out.
#[server(prefix = "/rpc", endpoint = "account/revoke_session")]
pub async fn revoke_session(session: Uuid) -> Result<(), Error> {
    use crate::server::{caller, service::sessions};
    let (app, seen, browser) = caller::seen().await?;
    Ok(sessions::revoke(&app.services, browser.visit(), &seen.viewer, session).await?)
}

/// Signs every browser out, this one as well, and leads to the sign-in page.
#[server(prefix = "/rpc", endpoint = "account/sign_out_everywhere")]
pub async fn sign_out_everywhere() -> Result<(), Error> {
    use crate::server::{caller, page_form, service::sessions};
    let (app, seen, session) = caller::seen().await?;
    sessions::sign_out_everywhere(&app.services, session.visit(), &seen.viewer).await?;
    session.clear().await?;
    page_form::lead_to("/sign-in", "/sign-in");
    Ok(())
}

/// The people of the place whose hat the reader wears. Buyers have none: `not_found` (404).
#[server(name = LoadTeam, prefix = "/rpc", endpoint = "account/team")]
pub async fn team() -> Result<Team, Error> {
    let (app, viewer) = crate::server::caller::signed_in().await?;
    Ok(crate::server::service::staff::team(&app.services, &viewer).await?)
}

/// Mails an invitation to that place; `role` is a role's code. Wrong fields: `email`, `role`. Needs a fresh password.
#[server(prefix = "/rpc", endpoint = "account/invite")]
pub async fn invite(email: String, role: String) -> Result<(), Error> {
    use crate::server::{caller, service::staff};
    let (app, seen, session) = caller::seen().await?;
    Ok(staff::invite(&app.services, session.visit(), &seen, &email, &role).await?)
}

/// Takes an invitation back.
#[server(prefix = "/rpc", endpoint = "account/withdraw_invitation")]
pub async fn withdraw_invitation(invitation: InvitationId) -> Result<(), Error> {
    use crate::server::{caller, service::staff};
    let (app, seen, session) = caller::seen().await?;
    Ok(staff::withdraw_invitation(&app.services, session.visit(), &seen.viewer, invitation).await?)
}

/// Takes somebody's role away; `membership` is `StaffView::membership`. Needs a fresh password.
#[server(prefix = "/rpc", endpoint = "account/remove_member")]
pub async fn remove_member(membership: Uuid) -> Result<(), Error> {
    use crate::server::{caller, service::staff};
    let (app, seen, session) = caller::seen().await?;
    Ok(staff::remove(&app.services, session.visit(), &seen, membership).await?)
}
