//! The webhooks of a marketplace or seller: what there is, and a form for one more.

mod delivery;
mod endpoint;
mod parts;

pub use delivery::webhook_delivery;
pub use endpoint::webhook;

use leptos::{prelude::*, server_fn::ServerFn};

pub use self::parts::password;
use self::parts::{endpoint_state, event_boxes, secret};
use crate::app::components::{
    Button, ButtonLink, Confirm, Empty, Field, Form, Head, Look, PageTitle, Panel, Select, Table, was_refused,
};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::webhook::{self as model, EndpointView};
use crate::format::plural;
use crate::rpc::webhooks;

/// How these pages sit in the frame.
const SETTING: Setting = Setting { class: "column stack", ..Setting::SETTINGS };

/// The way here from the settings.
pub fn way_in() -> impl IntoView {
    view! {
        <div>
            <ButtonLink href=paths::webhooks()>"Webhooks"</ButtonLink>
        </div>
    }
}

/// The endpoints of the place whose hat is worn.
pub fn webhooks(_: &Here) -> Page {
    page(SETTING, webhooks::list(), |model: model::Webhooks| {
        let place = model.place.clone();
        view! {
            <PageTitle text="Webhooks · Holdfast" />
            <header>
                <p>
                    <a href=paths::settings()>"Settings"</a>
                </p>
                <h1>"Webhooks"</h1>
                <p class="quiet">"Addresses that are told at once of what happens to the orders of " {place} "."</p>
            </header>
            {model.secret.map(secret)}
            {list(model.endpoints)}
            {add(model.needs_password)}
        }
    })
}

fn list(endpoints: Vec<EndpointView>) -> impl IntoView {
    if endpoints.is_empty() {
        return view! {
            <Empty title="No webhook yet">
                <p>"Add the address of a program of yours below. It is told by a signed request, and again until it answers."</p>
            </Empty>
        }
        .into_any();
    }
    let rows: Vec<_> = endpoints
        .into_iter()
        .map(|endpoint| {
            let told = match endpoint.events.len() {
                0 => "everything".to_owned(),
                some => plural(i64::try_from(some).unwrap_or(i64::MAX), "event", "events"),
            };
            let waiting = (endpoint.waiting > 0).then(|| format!("{} waiting", endpoint.waiting));
            let dead = (endpoint.dead > 0).then(|| format!("{} given up", endpoint.dead));
            let counts = [waiting, dead].into_iter().flatten().collect::<Vec<_>>().join(", ");
            let state = endpoint_state(&endpoint);
            view! {
                <tr>
                    <td class="address">
                        <a href=paths::webhook(endpoint.id)>{endpoint.url}</a>
                        " "
                        <small class="quiet">{endpoint.description}</small>
                    </td>
                    <td>{told}</td>
                    <td>{state}</td>
                    <td>{counts}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Addresses">
            <Table
                label="Webhooks"
                heads=vec![Head::Text("Address"), Head::Text("Told of"), Head::Text("State"), Head::Text("Deliveries")]
            >
                {rows}
            </Table>
        </Panel>
    }
    .into_any()
}

fn add(needs_password: bool) -> impl IntoView {
    let call = webhooks::CreateWebhook::PATH;
    let forms = [model::Form::Standard, model::Form::Atarapay];
    let forms = forms.map(|form| (form.code().to_owned(), form.label().to_owned())).to_vec();
    view! {
        <Confirm label="Add a webhook…" open=was_refused(call, &[])>
            <Panel title="A new webhook">
                <Form id="add" call=call>
                    <Field
                        name="url"
                        label="Address"
                        kind="url"
                        hint="Begins with https:// and leads to a public address."
                        autocomplete="off"
                        maxlength=500
                    />
                    <Field name="description" label="What it is for" optional=true autocomplete="off" maxlength=100 />
                    <Select
                        name="form"
                        label="How it is told"
                        options=forms
                        value="standard".to_owned()
                        hint="AtaraPay compatible is for integrations that were written for AtaraPay, and weaker: its token can \
                        be read by whoever sees one request and does not cover what is said, and the order carries the \
                        buyer's name, address and phone number. Choose it only for a program that cannot be changed."
                    />
                    {event_boxes(&[])}
                    {needs_password.then(password)}
                    <div>
                        <Button look=Look::Main>"Add"</Button>
                    </div>
                </Form>
            </Panel>
        </Confirm>
    }
}
