//! The forms of what one side says to the other: offers to deliver again, returns, contests, notes.

use leptos::prelude::*;

use super::{Input, fields};
use crate::app::drawn::{Draw, Drawn};
use crate::domain::order::action::Verb;
use crate::domain::order::form::AUDIENCES;
use crate::domain::party::Party;

/// The fields of a verb.
pub fn fields(input: &Input) -> Drawn {
    match input.offer.verb {
        Verb::OfferSecondAttempt => fields::words("text", "When and how you would deliver again", true),
        Verb::AgreeSecondAttempt => fields::words("text", "When it suits you", true),
        Verb::TakeBack => take_back(input),
        Verb::Contest => fields::words("statement", "Why you disagree", false),
        Verb::Withdraw | Verb::Concede => fields::words("text", "A word to the other side", true),
        Verb::Escalate => fields::words("text", "What the marketplace should know", true),
        Verb::Note => note(input),
        _ => ().drawn(),
    }
}

fn take_back(input: &Input) -> Drawn {
    let order = input.order();
    let amount = order.money(input.part().map_or(0, |part| part.open().paid_for()));
    let buyer = &order.parties.buyer_name;
    let choices = vec![
        ("yes".to_owned(), format!("They are back already: {amount} goes back to {buyer} now")),
        ("no".to_owned(), format!("{buyer} sends them first: it stays held until they arrive")),
    ];
    fields::one_of("goods_are_back", "Where are the goods?", choices, "no")
}

fn note(input: &Input) -> Drawn {
    let words = |code: &str| match code {
        "everyone" => "Everybody in this order",
        "sellers" => "The seller’s side and the marketplace",
        _ => "The marketplace alone",
    };
    let may = match input.view.party {
        Party::Operator => &AUDIENCES[..],
        Party::Seller => &AUDIENCES[..2],
        _ => &AUDIENCES[..1],
    };
    let audience = if may.len() == 1 {
        view! { <input type="hidden" name="audience" value=may[0].0 /> }.drawn()
    } else {
        let choices = may.iter().map(|(code, _)| ((*code).to_owned(), words(code).to_owned())).collect();
        fields::one_of("audience", "Who may read it", choices, "everyone")
    };
    let label = if input.view.party == Party::Buyer { "What do you want to know or say?" } else { "The note" };
    view! {
        {fields::words("text", label, false)}
        {audience}
    }
    .drawn()
}
