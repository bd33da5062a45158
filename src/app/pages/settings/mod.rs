//! What a reader can set: themselves, their password, their browsers, and the people of the place whose hat they wear.

mod keys;
mod messages;
mod notifications;
mod partners;
mod people;
mod sellers;
mod terms;
mod webhooks;

pub use webhooks::{webhook, webhook_delivery, webhooks};

pub use keys::api_keys;
pub use messages::messages;
pub use partners::partners;
pub use sellers::sellers;
pub use terms::{seller_terms, terms};

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Field, Flash, Form, Head, Look, PageTitle, Select, Table, Time};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::time_zones;
use crate::domain::access::Role;
use crate::domain::error::{Error, Kind};
use crate::domain::people::{Profile, SessionView, Team};
use crate::domain::preference::Preferences;
use crate::domain::time::Moment;
use crate::format::Reading;
use crate::rpc::account;
use crate::rpc::messages as told;

/// Everything that the page shows.
struct Model {
    profile: Profile,
    sessions: Vec<SessionView>,
    team: Option<Team>,
    preferences: Preferences,
    /// How many messages about the marketplace's orders did not arrive, for its staff.
    dead: Option<usize>,
}

async fn load() -> Result<Model, Error> {
    let profile = account::profile().await?;
    let sessions = account::sessions().await?;
    let team = when_there(account::team().await)?;
    let preferences = told::preferences().await?;
    let dead = when_there(told::dead().await)?.map(|dead| dead.len());
    Ok(Model { profile, sessions, team, preferences, dead })
}

/// What some readers have and others do not.
fn when_there<T>(loaded: Result<T, Error>) -> Result<Option<T>, Error> {
    match loaded {
        Ok(loaded) => Ok(Some(loaded)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The sections, each with its own forms.
pub fn settings(here: &Here) -> Page {
    let saved = here.query("saved").is_some();
    page(Setting::SETTINGS, load(), move |model: Model| {
        // The browser that asks is in use now, so the latest use of all is the present time.
        let now = model.sessions.iter().map(|session| session.last_seen_at).max();
        let reading = Reading::new(&model.profile.time_zone, now.unwrap_or(Moment::NEVER));
        let email = model.profile.email.clone();
        // A buyer has no team, and keys for what they bought.
        let runs_keys = model.team.as_ref().is_none_or(|team| team.may_change);
        let runs_sellers = model.team.as_ref().is_some_and(|team| team.may_change && team.roles.contains(&Role::Admin));
        let may_change = model.team.as_ref().is_some_and(|team| team.may_change);
        view! {
            <PageTitle text="Settings · Holdfast" />
            <h1>"Settings"</h1>
            <Flash message=saved.then(|| "Saved.".to_owned()) />
            {section("You", "How others see you, and in which time zone you read times.", you(model.profile))}
            {section(
                "Password",
                "Changing it signs every other browser out.",
                password(email.clone()),
            )}
            {notifications::section(model.preferences, model.dead)}
            {section("Browsers", "Where you are signed in.", browsers(model.sessions, &reading))}
            {may_change.then(|| section("Webhooks", "What your own programs are told of.", webhooks::way_in()))}
            {runs_keys.then(|| section("API keys", "With which your own programs act.", keys::way_in()))}
            {may_change.then(|| section("Terms", "What new orders begin with.", terms::way_in()))}
            {runs_sellers.then(|| section("Sellers", "Whose orders this marketplace holds the money of.", sellers::way_in()))}
            {model.team.map(|team| people::sections(team, email, &reading))}
        }
    })
}

fn section(title: &'static str, about: &'static str, content: impl IntoView + 'static) -> impl IntoView {
    view! {
        <section>
            <header>
                <h2>{title}</h2>
                <p>{about}</p>
            </header>
            {content}
        </section>
    }
}

fn you(profile: Profile) -> impl IntoView {
    let zones = time_zones::options(&profile.time_zone);
    view! {
        <Form id="you" call=account::EditProfile::PATH class="form narrow">
            <Field name="name" label="Name" value=profile.name autocomplete="name" maxlength=100 />
            <Field
                name="phone"
                label="Phone"
                kind="tel"
                value=profile.phone
                optional=true
                autocomplete="tel"
                hint="With its country: +234 803 123 4567."
                maxlength=30
            />
            <Select
                name="time_zone"
                label="Time zone"
                options=zones
                value=profile.time_zone
            />
            <p class="hint">"Your e-mail address is " {profile.email} "."</p>
            <div>
                <Button look=Look::Main>"Save"</Button>
            </div>
        </Form>
    }
}

fn password(email: String) -> impl IntoView {
    view! {
        <Form id="password" call=account::ChangePassword::PATH class="form narrow">
            {super::user_name(email)}
            <Field
                name="old_password"
                label="Present password"
                kind="password"
                autocomplete="current-password"
                maxlength=128
            />
            {super::new_password("new_password", "New password")}
            <div>
                <Button>"Change the password"</Button>
            </div>
        </Form>
    }
}

fn browsers(sessions: Vec<SessionView>, reading: &Reading) -> impl IntoView + use<> {
    let rows: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            let used = reading.stamp(session.last_seen_at).map(|at| view! { <Time at=at /> });
            let end = if session.current {
                view! { <b>"This one"</b> }.drawn()
            } else {
                let id = session.id.to_string();
                view! {
                    <Form
                        id=format!("revoke-{id}")
                        call=account::RevokeSession::PATH
                        class=""
                        hidden=vec![("session", id)]
                    >
                        <Button look=Look::Small>"Sign out"</Button>
                    </Form>
                }
                .drawn()
            };
            view! {
                <tr>
                    <td>{session.device}</td>
                    <td>{session.address}</td>
                    <td>{used}</td>
                    <td class="number">{end}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="stack">
            <Table
                label="Browsers"
                heads=vec![Head::Text("Browser"), Head::Text("Address"), Head::Text("Last used"), Head::Actions]
            >
                {rows}
            </Table>
            <Form id="everywhere" call=account::SignOutEverywhere::PATH class="">
                <Button>"Sign out everywhere"</Button>
            </Form>
        </div>
    }
}
