//! One delivery: what goes over the wire, with signatures masked, and what came back each time.

use leptos::{prelude::*, server_fn::ServerFn};
use uuid::Uuid;

use super::SETTING;
use super::endpoint::named;
use super::parts::{answer, delivery_state};
use crate::app::components::{Button, Form, Head, PageTitle, Panel, Table, Time};
use crate::app::frame::{Page, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::error::Error;
use crate::domain::webhook::{DeliveryDetail, event_words};
use crate::format::Reading;
use crate::rpc::webhooks;

/// The delivery at this address.
pub fn webhook_delivery(here: &Here) -> Page {
    let id = named(&here.parameter("endpoint"));
    let event = Uuid::try_parse(&here.parameter("event")).map_err(|_| Error::not_found("delivery"));
    let load = async move { webhooks::delivery(id?, event?).await };
    page(SETTING, load, |model: DeliveryDetail| {
        let reading = Reading::new(&model.time_zone, model.now);
        let delivery = &model.delivery;
        let last = answer(delivery);
        view! {
            <PageTitle text="Delivery · Holdfast" />
            <header>
                <p>
                    <a href=paths::webhook(model.endpoint)>"Back to the webhook"</a>
                </p>
                <h1>
                    {event_words(&delivery.kind)} " of " {delivery.reference.clone()} ", no. " {delivery.sequence}
                </h1>
                <p>{delivery_state(delivery)} " " {last} {next(&model, &reading)}</p>
            </header>
            {again(&model)}
            {request(&model)}
            {attempts(&model, &reading)}
        }
    })
}

fn next(model: &DeliveryDetail, reading: &Reading) -> Option<String> {
    let waits = model.delivery.state == "pending" && model.delivery.due_at > model.now;
    waits.then(|| format!(" · next attempt {}", reading.moment(model.delivery.due_at)))
}

fn again(model: &DeliveryDetail) -> Option<impl IntoView + use<>> {
    let own = vec![("endpoint", model.endpoint.0.to_string()), ("event", model.delivery.event.to_string())];
    matches!(model.delivery.state.as_str(), "delivered" | "dead").then(|| {
        view! {
            <Form id="replay" call=webhooks::ReplayWebhook::PATH class="" hidden=own>
                <Button>"Send again"</Button>
            </Form>
        }
    })
}

fn request(model: &DeliveryDetail) -> impl IntoView + use<> {
    let text = if model.headers.is_empty() {
        "It is written down at the first attempt.".to_owned()
    } else {
        let headers: Vec<String> = model.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("POST {}\n{}\n\n{}", model.url, headers.join("\n"), model.body)
    };
    view! {
        <Panel title="The request">
            <pre class="wire">
                <code>{text}</code>
            </pre>
        </Panel>
    }
}

fn attempts(model: &DeliveryDetail, reading: &Reading) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = model
        .attempts
        .iter()
        .map(|attempt| {
            let at = reading.stamp(attempt.at).map(|at| view! { <Time at=at /> });
            view! {
                <tr>
                    <td>{at}</td>
                    <td>{attempt.words()}</td>
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <Panel title="Attempts">
                <Table label="Attempts" heads=vec![Head::Text("When"), Head::Text("What came back")]>
                    {rows}
                </Table>
            </Panel>
        }
    })
}
