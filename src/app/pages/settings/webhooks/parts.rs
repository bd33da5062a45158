//! Parts that the pages of webhooks share.

use leptos::prelude::*;

use crate::app::components::{Choice, Field, Panel};
use crate::domain::webhook::{DeliveryView, EVENTS, EndpointView, ShownSecret, State, error_words, event_words};

/// The secret that was just made.
pub fn secret(secret: ShownSecret) -> impl IntoView {
    view! {
        <section class="panel secret stack" aria-labelledby="new-secret">
            <h2 id="new-secret">"Copy this now: it is not shown again"</h2>
            <dl class="lines">
                {secret
                    .parts
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <div>
                                <dt>{name}</dt>
                                <dd>
                                    <code>{value}</code>
                                </dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </section>
    }
}

/// The password, where it was typed too long ago.
pub fn password() -> impl IntoView {
    view! {
        <Field
            name="password"
            label="Your password"
            kind="password"
            hint="A new secret needs it: you signed in more than 15 minutes ago."
            autocomplete="current-password"
            maxlength=128
        />
    }
}

/// A box for each type of event.
pub fn event_boxes(ticked: &[String]) -> impl IntoView + use<> {
    let boxes = EVENTS
        .iter()
        .map(|code| {
            let checked = ticked.iter().any(|event| event == code);
            view! { <Choice name=format!("event.{code}") value="on" label=event_words(code) checked=checked /> }
        })
        .collect_view();
    view! {
        <fieldset>
            <legend>"Which events"</legend>
            <p class="hint">"None ticked means all of them."</p>
            <div class="ticks">{boxes}</div>
        </fieldset>
    }
}

/// Whether an endpoint is told, as a mark.
pub fn endpoint_state(endpoint: &EndpointView) -> impl IntoView + use<> {
    let (class, words) = match (endpoint.state, endpoint.failing_since) {
        (State::On, None) => ("badge green square", "On"),
        (State::On, Some(_)) => ("badge amber up", "Failing"),
        (State::Off, _) => ("badge ring", "Paused"),
        (State::Disabled, _) => ("badge red cross", "Disabled"),
    };
    view! { <span class=class>{words}</span> }
}

/// What became of a delivery, as a mark.
pub fn delivery_state(delivery: &DeliveryView) -> impl IntoView + use<> {
    let (class, words) = match delivery.state.as_str() {
        "delivered" => ("badge green square", "Delivered"),
        "dead" => ("badge red cross", "Given up"),
        "skipped" => ("badge dash", "No word for it"),
        _ if delivery.attempts > 0 => ("badge amber up", "Tried, waits"),
        _ => ("badge accent half", "Waits"),
    };
    view! { <span class=class>{words}</span> }
}

/// What came back last, in a few words.
pub fn answer(delivery: &DeliveryView) -> String {
    match (delivery.status, error_words(&delivery.error)) {
        (0, why) => why.to_owned(),
        (status, "" | "not a success") => status.to_string(),
        (status, why) => format!("{status}: {why}"),
    }
}

/// A line of facts under a heading.
pub fn facts(title: &'static str, rows: Vec<crate::app::components::Row>) -> impl IntoView {
    view! {
        <Panel title=title>
            <crate::app::components::Lines rows=rows />
        </Panel>
    }
}
