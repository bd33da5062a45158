//! Fields that several verbs share: which pieces are meant, a choice of one, and words to the other side.

use std::mem::take;

use leptos::prelude::*;

use super::super::door::Door;
use super::Input;
use crate::app::components::{Choice, Field, Files, FormContext, TextArea};
use crate::app::drawn::{Draw, Drawn};
use crate::domain::money::share;
use crate::domain::order::Line;
use crate::domain::order::action::Verb;
use crate::domain::order::charge::Slice;

/// The field that is always sent where pieces are chosen, so that none chosen is not taken for all.
const NONE_BEFORE: (&str, &str) = ("item.0", "0");

/// Which pieces are meant; nothing to choose where there is only one. Unless `all`, none is chosen at first.
pub fn pieces(input: &Input, legend: &'static str, all: bool) -> Drawn {
    let Some(part) = input.part().filter(|part| part.pieces() > 1) else { return ().drawn() };
    let order = input.order();
    let rows: Vec<Drawn> = part
        .lines
        .iter()
        .filter(|line| line.quantity > 0)
        .map(|line| {
            let title = order.item(line.item).map_or_else(String::new, |item| item.title.clone());
            let name = format!("item.{}", line.item);
            let worth = worth(input, line);
            if line.quantity == 1 {
                view! { <Choice name=name value="1" label=title checked=all end=worth /> }.drawn()
            } else {
                let value = if all { line.quantity.to_string() } else { "0".to_owned() };
                let (label, hint) = (format!("{title}, of {}", line.quantity), format!("For one:{worth}."));
                view! { <Field name=name label=label value=value hint=hint inputmode="numeric" maxlength=6 /> }.drawn()
            }
        })
        .collect();
    let rest = rest(input.offer.verb).map(|words| view! { <p class="hint">{words}</p> });
    view! {
        <fieldset>
            <legend>{legend}</legend>
            <input type="hidden" name=NONE_BEFORE.0 value=NONE_BEFORE.1 />
            <div class="choices">{rows}</div>
            {rest}
        </fieldset>
    }
    .drawn()
}

/// What one piece of this line comes to, its share of carrying with it; a space before it keeps it apart from the title
/// for whoever hears it.
fn worth(input: &Input, line: &Line) -> String {
    let one = |slice: Slice| slice.part(share(slice.amount, 1, i64::from(line.quantity)));
    let (minor, words) = match input.offer.verb {
        Verb::Accept => (one(line.open).paid_for(), "leaves escrow"),
        Verb::Refund => (one(line.open).amount, "goes back"),
        Verb::Credit => (one(line.released).amount, "goes back"),
        _ => (one(line.open).paid_for(), "held"),
    };
    format!(" {} {words}", input.order().money(minor))
}

/// What becomes of the pieces that are not chosen.
const fn rest(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Accept => Some("Each amount has its share of the delivery’s price in it. What is not chosen stays held."),
        Verb::Dispatch | Verb::Deliver | Verb::HandOver => {
            Some("What is not chosen becomes a delivery of its own, and its money stays held.")
        }
        Verb::Reject => Some("All of it stays held. What is not chosen can be accepted by itself."),
        _ => None,
    }
}

/// What the button of a form calls the pieces that are chosen in it, where there are any to choose.
pub fn chosen(input: &Input) -> Option<&'static str> {
    let part = input.part().filter(|part| part.pieces() > 1)?;
    let chooses = match input.offer.verb {
        Verb::Accept => input.some,
        Verb::Dispatch | Verb::Deliver | Verb::HandOver | Verb::Reject => true,
        _ => false,
    };
    let ticked = part.lines.iter().all(|line| line.quantity < 2);
    chooses.then_some(if ticked { "what is ticked" } else { "what is chosen" })
}

/// One of several, each with its words; what is wrong with it stands below.
pub fn one_of(name: &'static str, legend: &'static str, choices: Vec<(String, String)>, chosen: &str) -> Drawn {
    let form = use_context::<FormContext>().unwrap_or_default();
    let note = format!("{}-wrong", form.field_id(name));
    let wrong = form.wrong(name);
    let mut focused = wrong.is_some() && form.show_wrong(legend);
    let invalid = wrong.as_ref().map(|_| "true");
    let described_by = wrong.as_ref().map(|_| note.clone());
    let wrong = wrong.map(|message| {
        view! {
            <p class="wrong" id=note>
                {message}
            </p>
        }
    });
    let choices: Vec<_> = choices
        .into_iter()
        .map(|(value, words)| {
            let checked = value == chosen;
            view! { <Choice name=name value=value label=words kind="radio" checked=checked autofocus=take(&mut focused) /> }
        })
        .collect();
    view! {
        <fieldset id=form.field_id(name) role="radiogroup" aria-invalid=invalid aria-describedby=described_by>
            <legend>{legend}</legend>
            <div class="choices">{choices}</div>
            {wrong}
        </fieldset>
    }
    .drawn()
}

/// An amount in the order's currency.
pub fn amount(input: &Input, name: &'static str, label: String, value: Option<String>, optional: bool) -> Drawn {
    let sign = input.order().currency.sign();
    view! { <Field name=name label=label value=value affix=sign optional=optional inputmode="decimal" maxlength=24 /> }
        .drawn()
}

/// Photos that show it; both sides and the marketplace see them.
pub fn photos(verb: Verb) -> Drawn {
    let label = if verb == Verb::Contest { "Photos as evidence" } else { "Photos" };
    view! {
        <Files name="photos" label=label hint="Up to six, 5 MB each. Where and when they were taken is left out." multiple=true optional=true />
    }
    .drawn()
}

/// The code from the message, for a buyer who answers by link and is not signed in.
pub fn answer_code(door: &Door) -> Drawn {
    if !matches!(door, Door::Link { needs_code: true, .. }) {
        return ().drawn();
    }
    view! {
        <Field
            name="answer_code"
            label="Your code"
            hint="The six digits in the message that told you of the delivery."
            autocomplete="one-time-code"
            inputmode="numeric"
            maxlength=10
        />
    }
    .drawn()
}

/// Words that the other side reads.
pub fn words(name: &'static str, label: &'static str, optional: bool) -> Drawn {
    view! { <TextArea name=name label=label optional=optional maxlength=2000 /> }.drawn()
}

/// Who carries it, and under which number.
pub fn tracking(optional: bool) -> Drawn {
    view! {
        <div class="fields">
            <Field name="carrier" label="Carrier" optional=optional maxlength=80 />
            <Field name="tracking" label="Tracking number" optional=optional maxlength=80 />
        </div>
    }
    .drawn()
}
