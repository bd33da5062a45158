//! What the reader has just done to an order, said once above it.

use leptos::prelude::*;

use super::address::Address;
use crate::app::components::Flash;
use crate::domain::order::action::Verb;

/// "Done: accepted.", after the press of a button.
pub fn flash(address: &Address) -> impl IntoView + use<> {
    view! { <Flash message=sentence(address.done) /> }
}

/// The same as a sentence; nothing when nothing was done.
pub fn sentence(done: Option<Verb>) -> Option<String> {
    done.and_then(words).map(|words| format!("Done: {words}."))
}

/// What was done, for the verbs that people carry out on this screen.
const fn words(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Dispatch => "dispatched",
        Verb::Deliver => "marked delivered",
        Verb::HandOver => "handed over",
        Verb::Accept => "accepted",
        Verb::Reject => "rejected",
        Verb::OfferSecondAttempt => "a second attempt is offered",
        Verb::AgreeSecondAttempt => "a second attempt is agreed",
        Verb::TakeBack => "the goods are taken back",
        Verb::SendReturn => "sent back",
        Verb::ReceiveReturn => "the return is received",
        Verb::Contest => "contested",
        Verb::OfferSettlement => "a settlement is offered",
        Verb::AcceptSettlement => "the settlement is accepted",
        Verb::Withdraw => "withdrawn",
        Verb::Concede => "conceded",
        Verb::Escalate => "the marketplace is asked",
        Verb::Rule => "ruled",
        Verb::Cancel => "called off",
        Verb::Refund => "refunded",
        Verb::Credit => "credited",
        Verb::EditItems => "the items are changed",
        Verb::EditTerms => "the terms are changed",
        Verb::SetCommission => "the commission is set",
        Verb::SetProvider => "the courier is set",
        Verb::Track => "the tracking number is written down",
        Verb::Miss => "written down that nobody was there",
        Verb::Note => "the note is written",
        Verb::AddMilestone => "the milestone is added",
        _ => return None,
    })
}
