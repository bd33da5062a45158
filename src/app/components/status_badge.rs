//! Where an order or delivery stands, by colour, shape and word at once.

use leptos::prelude::*;

use crate::domain::order::status::Status;

/// The colour and shape of a status.
pub const fn look(status: Status) -> &'static str {
    match status {
        Status::AwaitingPayment => "badge ring",
        Status::Funded => "badge accent half",
        Status::InTransit => "badge accent dot",
        Status::AwaitingResponse => "badge accent up",
        Status::Rejected => "badge red down",
        Status::SecondAttempt => "badge accent ring",
        Status::Returning => "badge accent left",
        Status::Dispute => "badge red diamond",
        Status::UnderReview => "badge red hollow",
        Status::Accepted => "badge green frame",
        Status::Completed => "badge green square",
        Status::Cancelled => "badge cross",
        Status::Expired => "badge dash",
        Status::ChargedBack => "badge red cross",
    }
}

/// The same for the reader whose turn it is: what asks for them stands out from what goes its way.
pub const fn look_for_me(status: Status) -> &'static str {
    match status {
        Status::Rejected | Status::Dispute | Status::UnderReview => look(status),
        _ => "badge amber up",
    }
}

/// The mark with the status's own words, or others that say the same to this reader.
#[component]
pub fn StatusBadge(
    /// The status.
    status: Status,
    /// Other words: `Accept or reject`.
    #[prop(optional_no_strip, into)]
    words: Option<String>,
    /// Whether it is the reader's turn.
    #[prop(optional)]
    mine: bool,
) -> impl IntoView {
    let words = words.unwrap_or_else(|| status.label().to_owned());
    view! { <span class=if mine { look_for_me(status) } else { look(status) }>{words}</span> }
}
