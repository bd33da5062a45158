//! One webhook: how it does, what can be done to it, and its log.

use leptos::{prelude::*, server_fn::ServerFn};
use uuid::Uuid;

use super::SETTING;
use super::parts::{answer, delivery_state, endpoint_state, event_boxes, facts, password, secret};
use crate::app::components::{
    Button, Confirm, Empty, Field, Form, Head, Look, PageTitle, Pager, Panel, Row, Table, Time, was_refused,
};
use crate::app::drawn::Draw;
use crate::app::frame::{self, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::error::Error;
use crate::domain::id::EndpointId;
use crate::domain::page::Page;
use crate::domain::webhook::{DeliveryView, EndpointLog, EndpointView, State, event_words};
use crate::format::{Reading, count, plural};
use crate::rpc::webhooks;

/// The endpoint that an address names.
pub fn named(text: &str) -> Result<EndpointId, Error> {
    Uuid::try_parse(text).map(EndpointId).map_err(|_| Error::not_found("webhook"))
}

/// The webhook at this address.
pub fn webhook(here: &Here) -> frame::Page {
    let id = named(&here.parameter("endpoint"));
    let after = here.query("after").unwrap_or_default().to_owned();
    let is_first = after.is_empty();
    let load = async move { webhooks::log(id?, after).await };
    page(SETTING, load, move |model: EndpointLog| {
        let reading = Reading::new(&model.time_zone, model.now);
        let endpoint = model.endpoint;
        view! {
            <PageTitle text="Webhook · Holdfast" />
            <header>
                <p>
                    <a href=paths::webhooks()>"Webhooks"</a>
                </p>
                <h1 class="address">{endpoint.url.clone()}</h1>
                <p>{endpoint_state(&endpoint)} " " {endpoint.description.clone()}</p>
            </header>
            {model.secret.map(secret)}
            {troubled(&endpoint, &reading)}
            {facts("How it does", about(&endpoint, &reading))}
            {buttons(&endpoint, model.needs_password)}
            {log(&endpoint, model.deliveries, is_first, &reading)}
        }
    })
}

/// Says what is wrong and what to do about it.
fn troubled(endpoint: &EndpointView, reading: &Reading) -> Option<impl IntoView + use<>> {
    let sentence = match (endpoint.state, endpoint.reason.as_str(), endpoint.failing_since) {
        (State::Disabled, "gone", _) => {
            "It answered that it is gone for good (410) and is told of nothing any more. Turn it on when it is there again."
                .to_owned()
        }
        (State::Disabled, ..) => {
            "It took nothing for five days and is told of nothing any more. Turn it on when it works again.".to_owned()
        }
        (State::On, _, Some(since)) => {
            format!("Nothing got through since {}. After five days it is disabled.", reading.moment(since))
        }
        _ => return None,
    };
    Some(view! { <p class="alert">{sentence}</p> })
}

fn about(endpoint: &EndpointView, reading: &Reading) -> Vec<Row> {
    let told = if endpoint.events.is_empty() {
        "Everything".to_owned()
    } else {
        endpoint.events.iter().map(|event| event_words(event)).collect::<Vec<_>>().join(", ")
    };
    let test = endpoint.test.as_ref().map(|test| format!("{}, {}", test.words(), reading.moment(test.at)));
    let mut rows = vec![
        Row::new("Form", endpoint.form.label()),
        Row::new("Told of", told),
        Row::new("Waiting", count(endpoint.waiting)),
        Row::new("Given up", count(endpoint.dead)),
        Row::new("Last test", test.unwrap_or_else(|| "never".to_owned())),
    ];
    rows.extend(
        endpoint.old_secret_until.map(|until| Row::new("The secret before is valid until", reading.moment(until))),
    );
    rows
}

fn hidden(endpoint: &EndpointView) -> Vec<(&'static str, String)> {
    vec![("endpoint", endpoint.id.0.to_string())]
}

fn buttons(endpoint: &EndpointView, needs_password: bool) -> impl IntoView + use<> {
    let (call, id, words) = match endpoint.state {
        State::On => (webhooks::TurnWebhookOff::PATH, "off", "Pause"),
        State::Off | State::Disabled => (webhooks::TurnWebhookOn::PATH, "on", "Turn on"),
    };
    let (test, rotate, remove) =
        (webhooks::TestWebhook::PATH, webhooks::RotateWebhookSecret::PATH, webhooks::RemoveWebhook::PATH);
    let (own, own_rotate, own_remove) = (hidden(endpoint), hidden(endpoint), hidden(endpoint));
    let open_rotate = was_refused(rotate, &own_rotate);
    view! {
        <div class="row-of">
            <Form id="test" call=test class="" hidden=hidden(endpoint)>
                <Button look=Look::Main>"Send a test"</Button>
            </Form>
            <Form id=id call=call class="" hidden=own>
                <Button>{words}</Button>
            </Form>
        </div>
        <div class="unfolding">
            {edit(endpoint)}
            <Confirm label="New secret…" open=open_rotate>
                <Form id="rotate" call=rotate class="form narrow" hidden=own_rotate>
                    <p>"A new secret is made and shown once. The present one is valid for 24 hours more: both sign until then."</p>
                    {needs_password.then(password)}
                    <div>
                        <Button look=Look::Main>"Make a new secret"</Button>
                    </div>
                </Form>
            </Confirm>
            <Confirm label="Remove…" grave=true>
                <Form id="remove" call=remove hidden=own_remove>
                    <p>"Nothing is sent there any more, also not what waits. Its log is not shown any more."</p>
                    <div>
                        <Button look=Look::Grave>"Remove"</Button>
                    </div>
                </Form>
            </Confirm>
        </div>
    }
}

fn edit(endpoint: &EndpointView) -> impl IntoView + use<> {
    let call = webhooks::EditWebhook::PATH;
    let own = hidden(endpoint);
    let open = was_refused(call, &own);
    let (url, description, boxes) =
        (endpoint.url.clone(), endpoint.description.clone(), event_boxes(&endpoint.events).drawn());
    view! {
        <Confirm label="Change…" open=open>
            <Panel title="Change it">
                <Form id="edit" call=call hidden=own>
                    <Field name="url" label="Address" kind="url" value=url autocomplete="off" maxlength=500 />
                    <Field
                        name="description"
                        label="What it is for"
                        value=description
                        optional=true
                        autocomplete="off"
                        maxlength=100
                    />
                    {boxes}
                    <div>
                        <Button look=Look::Main>"Save"</Button>
                    </div>
                </Form>
            </Panel>
        </Confirm>
    }
}

fn log(
    endpoint: &EndpointView,
    deliveries: Page<DeliveryView>,
    is_first: bool,
    reading: &Reading,
) -> impl IntoView + use<> {
    if deliveries.rows.is_empty() && is_first {
        return view! {
            <Empty title="Nothing was told yet">
                <p>"What happens to orders from now on is written down here, with what came back."</p>
            </Empty>
        }
        .drawn();
    }
    let id = endpoint.id;
    let shown = plural(i64::try_from(deliveries.rows.len()).unwrap_or(i64::MAX), "delivery", "deliveries");
    let next = deliveries.next.map(|next| paths::with_query(&paths::webhook(id), &[("after", &next.write())]));
    let first = (!is_first).then(|| paths::webhook(id));
    let rows: Vec<_> = deliveries.rows.into_iter().map(|delivery| line(id, &delivery, reading).drawn()).collect();
    let failed = (endpoint.dead > 0).then(|| replay_failed(endpoint));
    view! {
        <Panel title="Deliveries">
            <Table
                label="Deliveries"
                heads=vec![
                    Head::Text("Event"),
                    Head::Text("Order"),
                    Head::Text("When"),
                    Head::Text("State"),
                    Head::Number("Attempts"),
                    Head::Text("Last answer"),
                    Head::Actions,
                ]
            >
                {rows}
            </Table>
            <Pager shown=shown first=first next=next />
            {failed}
        </Panel>
    }
    .drawn()
}

fn line(id: EndpointId, delivery: &DeliveryView, reading: &Reading) -> impl IntoView + use<> {
    let event = delivery.event;
    let own = vec![("endpoint", id.0.to_string()), ("event", event.to_string())];
    let again = matches!(delivery.state.as_str(), "delivered" | "dead").then(|| {
        view! {
            <Form id=format!("replay-{event}") call=webhooks::ReplayWebhook::PATH class="" hidden=own>
                <Button look=Look::Small>"Send again"</Button>
            </Form>
        }
    });
    view! {
        <tr>
            <td>
                <a href=paths::webhook_delivery(id, event)>{event_words(&delivery.kind)}</a>
            </td>
            <td>{delivery.reference.clone()} " " <small class="quiet">"no. " {delivery.sequence}</small></td>
            <td>{reading.stamp(delivery.at).map(|at| view! { <Time at=at /> })}</td>
            <td>{delivery_state(delivery)}</td>
            <td class="number">{delivery.attempts}</td>
            <td>{answer(delivery)}</td>
            <td class="number">{again}</td>
        </tr>
    }
}

fn replay_failed(endpoint: &EndpointView) -> impl IntoView + use<> {
    let call = webhooks::ReplayFailedWebhooks::PATH;
    let own = hidden(endpoint);
    let open = was_refused(call, &own);
    view! {
        <Confirm label="Send what was given up again…" small=true open=open>
            <Form id="replay-failed" call=call class="form narrow" hidden=own>
                <Field name="since" label="Since which day" kind="date" optional=true hint="Empty means all of it." />
                <div>
                    <Button look=Look::Main>"Send again"</Button>
                </div>
            </Form>
        </Confirm>
    }
}
