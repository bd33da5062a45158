//! What a reader can do with an order: the main things as cards, the lesser ones as links, each unfolding into the form of its verb.

mod answers;
mod fields;
mod goods;
mod money;
pub mod settings;

pub use fields::answer_code;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::door::Door;
use crate::app::components::{Button, Form, Look, Offer as Card, was_refused};
use crate::app::drawn::{Draw, Drawn};
use crate::app::paths;
use crate::domain::order::action::Verb;
use crate::domain::order::offer::Offer;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order};
use crate::domain::party::Party;
use crate::domain::view::OrderView;
use crate::rpc::answers::GiveAnswer;
use crate::rpc::orders::Act;

/// What the fields of a form must know: the order, and which delivery of it is meant.
#[derive(Debug, Clone)]
struct Input {
    view: Arc<OrderView>,
    door: Door,
    offer: Offer,
    /// Some pieces are to be chosen, not all of them.
    some: bool,
}

impl Input {
    fn order(&self) -> &Order {
        &self.view.order
    }

    /// Whether the reader sets the marketplace's fees: whoever may set the commission of an order does.
    fn sets_fees(&self) -> bool {
        self.view.offers.iter().any(|offer| offer.verb == Verb::SetCommission)
    }

    fn part(&self) -> Option<&Delivery> {
        self.order().delivery(self.offer.delivery?)
    }

    /// The form's name on the page.
    fn id(&self) -> String {
        let some = if self.some { "-some" } else { "" };
        format!("{}-{}{some}", self.offer.verb.code(), self.offer.delivery.unwrap_or_default())
    }

    /// What tells this form apart from the others that call the same function.
    fn hidden(&self) -> Vec<(&'static str, String)> {
        let mut hidden = vec![self.door.names(self.order()), ("verb", self.offer.verb.code().to_owned())];
        hidden.extend(self.offer.delivery.map(|no| ("delivery", no.to_string())));
        hidden.push(("_form", self.id()));
        hidden
    }

    /// What is new each time the page is drawn.
    fn fresh(&self) -> Vec<(&'static str, String)> {
        vec![("version", self.order().version.to_string()), ("key", self.view.command_key.clone())]
    }

    /// The address of the server function that carries it out.
    const fn call(&self) -> &'static str {
        match self.door {
            Door::Screen { .. } => Act::PATH,
            Door::Link { .. } => GiveAnswer::PATH,
        }
    }

    /// The words on the button that sends the form.
    fn button(&self) -> String {
        if let Some(chosen) = fields::chosen(self) {
            return match self.offer.verb {
                Verb::Deliver => format!("Mark {chosen} delivered"),
                Verb::HandOver => format!("Hand {chosen} over"),
                verb => format!("{} {chosen}", verb.label()),
            };
        }
        match self.offer.verb {
            Verb::AcceptSettlement => "Accept the offer".to_owned(),
            Verb::Note => "Write the note".to_owned(),
            Verb::EditItems | Verb::EditTerms | Verb::SetCommission | Verb::SetProvider => "Save".to_owned(),
            Verb::AddMilestone => "Add it".to_owned(),
            _ => self.offer.label.clone(),
        }
    }

    fn look(&self) -> Look {
        match self.offer.verb {
            Verb::Reject | Verb::Cancel | Verb::Withdraw | Verb::Concede => Look::Grave,
            _ => Look::Main,
        }
    }
}

/// Whether an offer is a card of its own, or a link below the cards: so is an offer that stands already, and accepting
/// what was just rejected.
fn is_card(input: &Input) -> bool {
    let verb = input.offer.verb;
    let second_thought = input.part().is_some_and(|part| match verb {
        Verb::Accept => part.status == Status::Rejected,
        Verb::OfferSettlement => part.settlement.is_some_and(|offer| offer.by == input.view.party),
        _ => false,
    });
    let of_its_own = matches!(
        verb,
        Verb::Pay
            | Verb::Dispatch
            | Verb::Deliver
            | Verb::HandOver
            | Verb::Accept
            | Verb::Reject
            | Verb::OfferSecondAttempt
            | Verb::AgreeSecondAttempt
            | Verb::TakeBack
            | Verb::SendReturn
            | Verb::ReceiveReturn
            | Verb::Contest
            | Verb::OfferSettlement
            | Verb::AcceptSettlement
            | Verb::Rule
    );
    of_its_own && !second_thought
}

/// Whether photos can be added to it.
const fn takes_photos(verb: Verb) -> bool {
    matches!(verb, Verb::Deliver | Verb::HandOver | Verb::Reject | Verb::Contest | Verb::Miss)
}

/// The key that presses it, for the first of its kind.
const fn key(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Accept => Some("a"),
        Verb::Reject => Some("r"),
        Verb::Note => Some("n"),
        _ => None,
    }
}

/// Everything that the reader can do, the main thing first.
pub fn offers(view: &Arc<OrderView>, door: &Door, mine: bool) -> impl IntoView + use<> {
    let mut keys = Vec::new();
    let mut cards: Vec<Drawn> = beyond_link(view, door).into_iter().collect();
    let mut links = Vec::new();
    for offer in &view.offers {
        let input = Input { view: Arc::clone(view), door: door.clone(), offer: offer.clone(), some: false };
        let pressed = key(offer.verb).filter(|key| !keys.contains(key));
        keys.extend(pressed);
        let some = (offer.verb == Verb::Accept && input.part().is_some_and(|part| part.pieces() > 1))
            .then(|| Input { some: true, ..input.clone() });
        if offer.verb == Verb::Pay {
            cards.extend(pay(view, offer));
        } else if is_card(&input) {
            cards.push(card(input, mine && cards.is_empty(), pressed));
        } else {
            links.push(link(input, pressed));
        }
        links.extend(some.map(|some| link(some, None)));
    }
    links.extend(explanation(view));
    view! {
        {(!cards.is_empty()).then(|| view! { <div class="offers">{cards}</div> })}
        {(!links.is_empty()).then(|| view! { <div class="more-offers">{links}</div> })}
    }
}

/// Signing in, where what has the turn cannot be done by a link; whoever is signed in already goes on to the order.
fn beyond_link(view: &OrderView, door: &Door) -> Option<Drawn> {
    let Door::Link { needs_code, .. } = door else { return None };
    let part = view.order.waiting_for(view.party).filter(|part| !part.is_answered_by(&view.offers))?;
    let page = paths::order(&view.order.reference);
    let (label, words, link) = if *needs_code {
        let words = "With the address that it was ordered with; no code is needed.";
        (format!("Sign in to {}", part.task()), words, paths::sign_in_then(&page))
    } else {
        (format!("Go on to {}", part.task()), "You are signed in as the buyer.", page)
    };
    let card = view! {
        <a class="offer main" href=link>
            <b>{label}</b>
            <small>{words}</small>
        </a>
    };
    Some(card.drawn())
}

/// Paying happens on a page of its own, which needs no account.
fn pay(view: &OrderView, offer: &Offer) -> Option<Drawn> {
    let token = view.pay_token.as_ref()?;
    let card = view! {
        <a class="offer main" href=paths::pay(token) data-key="p">
            <b>{offer.label.clone()}</b>
            <small>{offer.consequence.clone()}</small>
        </a>
    };
    Some(card.drawn())
}

fn card(input: Input, main: bool, key: Option<&'static str>) -> Drawn {
    let open = was_refused(input.call(), &input.hidden());
    let ellipsis =
        if input.offer.verb == Verb::Accept || input.offer.verb == Verb::AcceptSettlement { "" } else { "…" };
    let (id, label, consequence) =
        (format!("do-{}", input.id()), format!("{}{ellipsis}", input.offer.label), input.offer.consequence.clone());
    view! {
        <Card
            id=id
            label=label
            consequence=consequence
            main=main
            key=key
            open=open
        >
            {form(input)}
        </Card>
    }
    .drawn()
}

fn link(input: Input, key: Option<&'static str>) -> Drawn {
    let open = was_refused(input.call(), &input.hidden());
    let label = match input.offer.verb {
        Verb::Accept if input.some => "Accept only some items".to_owned(),
        Verb::Note if input.view.party == Party::Buyer => "Ask a question".to_owned(),
        Verb::Note => "Write a note".to_owned(),
        _ => input.offer.label.clone(),
    };
    let id = format!("do-{}", input.id());
    view! {
        <Card id=id label=label lesser=true key=key open=open>
            {form(input)}
        </Card>
    }
    .drawn()
}

/// The form of a verb: its fields, what is to be known before it is pressed, and the button.
fn form(input: Input) -> impl IntoView {
    let verb = input.offer.verb;
    let consequence = (!is_card(&input) && !input.some).then(|| input.offer.consequence.clone());
    let last_words = input.offer.is_final.then_some("What has left escrow cannot be called back.");
    let (button, look) = (input.button(), input.look());
    view! {
        <Form id=input.id() call=input.call() hidden=input.hidden() fresh=input.fresh() files=takes_photos(verb)>
            {consequence.map(|words| view! { <p class="quiet">{words}</p> })}
            {fields_of(&input)}
            {takes_photos(verb).then(|| fields::photos(verb))}
            {fields::answer_code(&input.door)}
            {last_words.map(|words| view! { <p class="quiet">{words}</p> })}
            <div>
                <Button look=look>{button}</Button>
            </div>
        </Form>
    }
}

fn fields_of(input: &Input) -> Drawn {
    match input.offer.verb {
        Verb::Dispatch
        | Verb::Deliver
        | Verb::HandOver
        | Verb::Accept
        | Verb::Reject
        | Verb::SendReturn
        | Verb::Miss
        | Verb::Track => goods::fields(input),
        Verb::OfferSettlement | Verb::AcceptSettlement | Verb::Rule | Verb::Cancel | Verb::Refund | Verb::Credit => {
            money::fields(input)
        }
        Verb::EditItems | Verb::EditTerms | Verb::SetCommission | Verb::SetProvider | Verb::AddMilestone => {
            settings::fields(input)
        }
        _ => answers::fields(input),
    }
}

/// What would follow a rejection, for a buyer who has to decide.
fn explanation(view: &OrderView) -> Option<Drawn> {
    let order = &view.order;
    let decides = view.party == Party::Buyer
        && order.deliveries.iter().any(|part| matches!(part.status, Status::AwaitingResponse | Status::InTransit));
    if !decides {
        return None;
    }
    let (seller, market, terms) = (&order.parties.seller_name, &order.parties.marketplace_name, &order.terms);
    let words = format!(
        "You say what is wrong, and the money stays held. {seller} has {} to answer: deliver again, take the goods back, or \
         contest. When it is contested, you both have {} to settle it between you; after that {market} decides, once and for all.",
        terms.answer_window.words(),
        terms.negotiation_window.words(),
    );
    let explained = view! {
        <details name="offer">
            <summary class="link">"What happens in a dispute?"</summary>
            <p>{words}</p>
        </details>
    };
    Some(explained.drawn())
}
