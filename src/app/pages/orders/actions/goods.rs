//! The forms of what happens to goods: sent, handed over, accepted, rejected, sent back.

use leptos::prelude::*;

use super::{Input, fields};
use crate::app::components::Field;
use crate::app::drawn::{Draw, Drawn};
use crate::domain::order::RejectCode;
use crate::domain::order::action::Verb;
use crate::domain::order::form::REMEDIES;

/// The fields of a verb.
pub fn fields(input: &Input) -> Drawn {
    match input.offer.verb {
        Verb::Dispatch => view! { {fields::pieces(input, "What leaves", true)} {fields::tracking(true)} }.drawn(),
        Verb::Deliver => deliver(input),
        Verb::HandOver => view! {
            {fields::pieces(input, "What is handed over", true)}
            <Field
                name="code"
                label="The buyer’s code"
                hint="They read it to you when they have the goods."
                autocomplete="off"
                inputmode="numeric"
                maxlength=20
            />
        }
        .drawn(),
        Verb::Accept if input.some => fields::pieces(input, "How many of each are right", false),
        Verb::Reject => reject(input),
        Verb::Miss => fields::words("text", "What you found there", true),
        Verb::SendReturn => fields::tracking(true),
        Verb::Track => view! {
            {fields::tracking(false)}
            <Field name="checkpoint" label="Where it is" optional=true hint="Like: arrived in Ibadan." maxlength=200 />
        }
        .drawn(),
        _ => ().drawn(),
    }
}

fn deliver(input: &Input) -> Drawn {
    view! {
        {fields::pieces(input, "What was delivered", true)}
        <div class="fields">
            <Field name="recipient" label="Given to" optional=true maxlength=100 />
            <Field name="point_of_sale" label="Point of sale" optional=true maxlength=80 />
        </div>
        {fields::words("text", "How it went", true)}
    }
    .drawn()
}

fn reject(input: &Input) -> Drawn {
    let codes = RejectCode::ALL.map(|(_, code, words)| (code.to_owned(), words.to_owned())).to_vec();
    let wishes = ["My money back", "Another delivery", "To keep it for less"];
    let remedies =
        REMEDIES.iter().zip(wishes).map(|((code, _), words)| ((*code).to_owned(), words.to_owned())).collect();
    view! {
        {fields::pieces(input, "What is not right", true)}
        <div class="fields">
            {fields::one_of("code", "What is wrong", codes, "")} {fields::one_of("remedy", "What you wish", remedies, "refund")}
        </div>
        {fields::words("text", "Tell the seller what is wrong", false)}
    }
    .drawn()
}
