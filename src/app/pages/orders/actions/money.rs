//! The forms that name an amount: settlements, rulings, cancellations, refunds, credits.

use leptos::prelude::*;

use super::{Input, fields};
use crate::app::components::{Field, FormContext};
use crate::app::drawn::{Draw, Drawn};
use crate::app::pages::orders::door::Door;
use crate::app::pages::user_name;
use crate::domain::order::action::Verb;
use crate::domain::order::preview::{Kind, Preview};
use crate::domain::party::Party;

/// The fields of a verb.
pub fn fields(input: &Input) -> Drawn {
    match input.offer.verb {
        Verb::OfferSettlement => offer(input),
        Verb::AcceptSettlement => {
            let to_seller = input.part().and_then(|part| part.settlement).map_or(0, |offer| offer.to_seller_minor);
            view! { <input type="hidden" name="to_seller" value=input.order().money(to_seller).digits() /> }.drawn()
        }
        Verb::Rule => rule(input),
        Verb::Cancel => fields::words("reason", "Why", false),
        Verb::Refund => back(input, Kind::Refund),
        Verb::Credit => back(input, Kind::Credit),
        _ => ().drawn(),
    }
}

fn offer(input: &Input) -> Drawn {
    let order = input.order();
    let whole = order.money(input.part().map_or(0, |part| part.open().amount));
    let label = match input.view.party {
        Party::Seller => format!("How much of {whole} goes to you, before fees"),
        _ => format!("How much of {whole} goes to {}", order.parties.seller_name),
    };
    view! {
        {fields::amount(input, "to_seller", label, None, false)}
        {preview(input, Kind::Settle, "to_seller")}
        {fields::words("text", "A word to the other side", true)}
    }
    .drawn()
}

fn rule(input: &Input) -> Drawn {
    let order = input.order();
    let open = input.part().map(crate::domain::order::Delivery::open).unwrap_or_default();
    let (release, refund) =
        (order.flow_sentence(open.release(), input.view.party), order.flow_sentence(open.refund(), input.view.party));
    let choices = vec![
        ("release".to_owned(), format!("For the seller: {release}")),
        ("refund".to_owned(), format!("For the buyer: {refund}")),
        (
            "split".to_owned(),
            "Shared: the amount below goes to the seller’s side, the rest back to the buyer.".to_owned(),
        ),
    ];
    let whose = match &input.door {
        Door::Screen { email } => Some(user_name(email.clone())),
        Door::Link { .. } => None,
    };
    view! {
        {fields::one_of("ruling", "How you rule", choices, "")}
        {fields::amount(input, "to_seller", format!("To {}, when shared", order.parties.seller_name), None, true)}
        {preview(input, Kind::Settle, "to_seller")}
        {fields::words("reasons", "The reasons, which both sides read", false)}
        {whose}
        <Field
            name="password"
            label="Your password"
            kind="password"
            hint="Only when you signed in more than 15 minutes ago."
            autocomplete="current-password"
            optional=true
            maxlength=128
        />
    }
    .drawn()
}

fn back(input: &Input, kind: Kind) -> Drawn {
    let several = input.part().is_some_and(|part| part.pieces() > 1);
    let label = if several { "An amount, or choose pieces below" } else { "How much goes back" };
    view! {
        {fields::amount(input, "amount", label.to_owned(), None, several)}
        {preview(input, kind, "amount")}
        {fields::pieces(input, "Or what these pieces cost", false)}
        {fields::words("reason", "Why", false)}
    }
    .drawn()
}

/// What the amount of this field would do. Scripts say it anew while somebody types; without them it is said when the form
/// is drawn again.
fn preview(input: &Input, kind: Kind, field: &str) -> Drawn {
    let Some(part) = input.part() else { return ().drawn() };
    let preview = Preview::of(input.order(), part, kind, input.view.party);
    let form = use_context::<FormContext>().unwrap_or_default();
    let said = form.typed(field).and_then(|typed| preview.sentence(&typed));
    let (slices, decimals) = (preview.written_slices(), preview.tongue.decimals.to_string());
    view! {
        <output
            class="preview"
            for=form.field_id(field)
            data-kind=kind.code()
            data-slices=slices
            data-decimals=decimals
            data-sign=preview.tongue.sign
            data-buyer=preview.tongue.buyer
            data-seller=preview.tongue.seller
            data-provider=preview.tongue.provider
        >
            {said}
        </output>
    }
    .drawn()
}
