//! The keys of programs: what there is, a form for one more, and what was done with them lately.

use leptos::{prelude::*, server_fn::ServerFn};

use super::webhooks::password;
use crate::app::components::{
    Button, ButtonLink, Choice, Confirm, Empty, Field, Form, Head, Look, PageTitle, Panel, Select, Table, Time,
    was_refused,
};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::access::Permission;
use crate::domain::api_key::{self as model, CallView, KeyView, Mode, ShownKey};
use crate::format::Reading;
use crate::rpc::keys;

/// How this page sits in the frame.
const SETTING: Setting = Setting { class: "column stack", ..Setting::SETTINGS };

/// The way here from the settings.
pub fn way_in() -> impl IntoView {
    view! {
        <div>
            <ButtonLink href=paths::keys()>"API keys"</ButtonLink>
            " "
            <ButtonLink href=paths::partners()>"Partners"</ButtonLink>
        </div>
    }
}

/// The keys of the place whose hat is worn.
pub fn api_keys(_: &Here) -> Page {
    page(SETTING, keys::list(), |model: model::ApiKeys| {
        let reading = Reading::new(&model.time_zone, model.now);
        let whose = if model.place.is_empty() { "what you bought".to_owned() } else { model.place.clone() };
        let needs_password = model.needs_password;
        let rows: Vec<_> =
            model.keys.iter().map(|key| line(key, &reading, model.now, needs_password).drawn()).collect();
        view! {
            <PageTitle text="API keys · Holdfast" />
            <header>
                <p>
                    <a href=paths::settings()>"Settings"</a>
                </p>
                <h1>"API keys"</h1>
                <p class="quiet">
                    "With a key, a program acts for " {whose} ". " <a href=paths::api()>"What programs can do"</a>
                </p>
            </header>
            {model.shown.map(shown)}
            {list(rows)}
            {add(&model.permissions, needs_password)}
            {calls(&model.calls, &reading)}
        }
    })
}

fn shown(key: ShownKey) -> impl IntoView {
    view! {
        <section class="panel secret stack" aria-labelledby="new-key">
            <h2 id="new-key">"Copy this now: it is not shown again"</h2>
            <p>
                <code>{key.0}</code>
            </p>
        </section>
    }
}

fn list(rows: Vec<impl IntoView + 'static>) -> impl IntoView {
    if rows.is_empty() {
        return view! {
            <Empty title="No key yet">
                <p>"Make one below for each program of yours, so that each can be taken away by itself."</p>
            </Empty>
        }
        .into_any();
    }
    let heads = vec![
        Head::Text("Name"),
        Head::Text("Begins with"),
        Head::Text("May"),
        Head::Text("Last used"),
        Head::Text("State"),
        Head::Actions,
    ];
    table("Keys", heads, rows).into_any()
}

/// A list of this page under its title.
fn table(title: &'static str, heads: Vec<Head>, rows: Vec<impl IntoView + 'static>) -> impl IntoView {
    view! {
        <Panel title=title>
            <Table label=title heads=heads>
                {rows}
            </Table>
        </Panel>
    }
}

fn line(
    key: &KeyView,
    reading: &Reading,
    now: crate::domain::time::Moment,
    needs_password: bool,
) -> impl IntoView + use<> {
    let may = key.permissions.iter().map(|permission| permission.code()).collect::<Vec<_>>().join(", ");
    let (class, words) = match (key.revoked_at, key.expires_at) {
        (Some(_), _) => ("badge red cross", "Taken away".to_owned()),
        (None, Some(end)) if end <= now => ("badge ring", "Expired".to_owned()),
        (None, Some(end)) => ("badge green square", format!("Until {}", reading.moment(end))),
        (None, None) => ("badge green square", "Valid".to_owned()),
    };
    let test = (key.mode == Mode::Test).then(|| view! { " " <small class="quiet">"test"</small> });
    let made_with = key.made_with.clone();
    let made_with = made_with.map(|name| view! { " " <small class="quiet">"made with " {name}</small> });
    let used = key.last_used_at.and_then(|at| reading.stamp(at)).map(|at| view! { <Time at=at /> });
    let own = vec![("key", key.id.0.to_string())];
    let id = key.id.0;
    let revoke = key.is_valid(now).then(|| {
        view! {
            <Confirm label="Take away…" small=true open=was_refused(keys::RevokeKey::PATH, &own)>
                <Form id=format!("revoke-{id}") call=keys::RevokeKey::PATH class="form narrow" hidden=own>
                    <p>"Programs that use it, or a key that was made with it, are refused from now on."</p>
                    {needs_password.then(password)}
                    <div>
                        <Button look=Look::Grave>"Take away"</Button>
                    </div>
                </Form>
            </Confirm>
        }
    });
    view! {
        <tr>
            <td>{key.name.clone()} {test} {made_with}</td>
            <td>
                <code>{key.prefix.clone()} "…"</code>
            </td>
            <td>{may}</td>
            <td>{used}</td>
            <td>
                <span class=class>{words}</span>
            </td>
            <td class="number">{revoke}</td>
        </tr>
    }
}

fn add(permissions: &[Permission], needs_password: bool) -> impl IntoView + use<> {
    let call = keys::CreateKey::PATH;
    let modes = [Mode::Test, Mode::Live].map(|mode| (mode.code().to_owned(), mode.label().to_owned())).to_vec();
    let boxes = permissions
        .iter()
        .map(|permission| {
            let checked = *permission == Permission::Read;
            let name = format!("may.{}", permission.code());
            view! { <Choice name=name value="on" label=permission.label() checked=checked /> }
        })
        .collect_view();
    view! {
        <Confirm label="Make a key…" open=was_refused(call, &[])>
            <Panel title="A new key">
                <Form id="add" call=call>
                    <Field
                        name="name"
                        label="Name"
                        hint="Orders say so of what it does: “by Warehouse, API key”."
                        autocomplete="off"
                        maxlength=60
                    />
                    <Select
                        name="mode"
                        label="For which orders"
                        options=modes
                        value="test".to_owned()
                        hint="A test key places orders that are paid in the sandbox, and sees no others."
                    />
                    <fieldset>
                        <legend>"What it may do"</legend>
                        <p class="hint">"Never more than you may yourself."</p>
                        <div class="ticks">{boxes}</div>
                    </fieldset>
                    <Field
                        name="days"
                        label="Valid for how many days"
                        optional=true
                        hint="Empty means until it is taken away."
                        autocomplete="off"
                        maxlength=4
                    />
                    {needs_password.then(password)}
                    <div>
                        <Button look=Look::Main>"Make it"</Button>
                    </div>
                </Form>
            </Panel>
        </Confirm>
    }
}

fn calls(calls: &[CallView], reading: &Reading) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = calls
        .iter()
        .map(|call| {
            let at = reading.stamp(call.at).map(|at| view! { <Time at=at /> });
            view! {
                <tr>
                    <td>{at}</td>
                    <td>{call.key.clone()}</td>
                    <td>
                        <code>{call.method.clone()} " " {call.route.clone()}</code>
                        " "
                        <small class="quiet">{call.what.clone()}</small>
                    </td>
                    <td class="number">{call.status}</td>
                    <td>{call.code.clone()}</td>
                </tr>
            }
        })
        .collect();
    let heads =
        vec![Head::Text("When"), Head::Text("Key"), Head::Text("What"), Head::Number("Status"), Head::Text("Why not")];
    (!rows.is_empty()).then(|| table("Latest calls", heads, rows))
}
