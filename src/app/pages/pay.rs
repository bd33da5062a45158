//! Paying an order by its link, without an account: what it is, what was agreed, what happens to the money, and the card.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Amount, Button, ButtonLink, Field, Form, Lines, Look, PageTitle, Panel, Row};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::error::FormAnswer;
use crate::domain::money::Money;
use crate::domain::order::terms::OnSilence;
use crate::domain::payment::{Checkout, Stage};
use crate::domain::time::Moment;
use crate::format::Reading;
use crate::rpc::payments;

/// What the cards of the sandbox do.
const TEST_CARDS: [(&str, &str); 7] = [
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has not enough money"),
    ("4000 0000 0000 0119", "does not answer for 20 seconds, then pays"),
    ("4000 0000 0000 0077", "pays twice; the second payment is sent back"),
    ("4000 0000 0000 3220", "pays once and is reported twice"),
    ("4000 0000 0000 0259", "pays and is charged back after a minute"),
];

/// The order behind a payment link, and whatever can be done about its payment now.
pub fn pay(here: &Here) -> Page {
    let token = here.parameter("token");
    let load = payments::look(token.clone());
    page(Setting { place: None, class: "column pay" }, load, move |checkout: Checkout| {
        let title = format!("Pay {} · Holdfast", checkout.reference);
        let form = (checkout.stage == Stage::Due).then(|| card_form(&checkout, &token));
        view! {
            <PageTitle text=title />
            {head(&checkout)} {refused(&checkout)}
            {state(&checkout, &token)}
            <div class="stack">{order(&checkout)} {money(&checkout)} {terms(&checkout)}</div>
            {form}
        }
    })
}

fn head(checkout: &Checkout) -> impl IntoView + use<> {
    let amount = checkout.amount;
    let to_pay = matches!(checkout.stage, Stage::Due | Stage::NoGateway | Stage::Unknown { .. });
    view! {
        <header>
            <h1>{if to_pay { "Pay " } else { "Payment of " }} <Amount of=amount /></h1>
            <p>
                "For order " {checkout.reference.to_string()} " from " {checkout.seller.clone()} " on "
                {checkout.marketplace.clone()}
            </p>
        </header>
    }
}

/// Why a payment was refused, where the form that would say so has gone: it was paid, or is being paid, meanwhile.
fn refused(checkout: &Checkout) -> impl IntoView + use<> {
    let answer = use_context::<FormAnswer>().filter(|_| checkout.stage != Stage::Due);
    answer.map(|answer| {
        view! {
            <p class="alert told" role="alert">
                {answer.error.message}
            </p>
        }
    })
}

/// What came of it, and where to go on.
fn state(checkout: &Checkout, token: &str) -> impl IntoView + use<> {
    let reading = Reading::new(&checkout.time_zone, checkout.now);
    let returned = checkout.returned.map(back);
    let seller = checkout.seller.clone();
    let told = match &checkout.stage {
        Stage::Due => None,
        Stage::Unknown { since, amount, card_last4 } => {
            Some(unknown(&reading, *since, *amount, card_last4, token).drawn())
        }
        Stage::Held => Some(
            view! {
                <section class="panel" role="status">
                    <h2>"Paid, held"</h2>
                    <p>
                        <Amount of=checkout.amount />
                        " is held until you accept what "
                        {seller}
                        " delivers."
                    </p>
                    {order_link(checkout)}
                </section>
            }
            .drawn(),
        ),
        Stage::NoGateway => Some(no_gateway(checkout).drawn()),
        Stage::Late => Some(
            over("The time to pay is over", "Nothing was taken. Ask the seller for a new order.", returned.clone())
                .drawn(),
        ),
        Stage::Over(status) => {
            let title = format!("This order is over: {}", status.label().to_lowercase());
            Some(over(&title, "Nothing is to be paid for it any more.", returned.clone()).drawn())
        }
    };
    let returned = returned.filter(|_| checkout.stage == Stage::Due);
    let returned = returned.map(|sentence| view! { <p class="flash told" role="status">{sentence}</p> });
    view! {
        {returned}
        {told.map(|told| view! { <div class="told">{told}</div> })}
    }
}

/// A payment that could not be held.
fn back(returned: Money) -> String {
    format!("A payment of {returned} could not be held for this order. It goes back to you.")
}

fn over(title: &str, sentence: &'static str, returned: Option<String>) -> impl IntoView + use<> {
    view! {
        <section class="panel" role="status">
            <h2>{title.to_owned()}</h2>
            <p>{sentence}</p>
            {returned.map(|sentence| view! { <p>{sentence}</p> })}
        </section>
    }
}

/// Whom to ask where nobody takes the money.
fn no_gateway(checkout: &Checkout) -> impl IntoView + use<> {
    view! {
        <section class="panel" role="status">
            <h2>"It cannot be paid here yet"</h2>
            <p>"This server has no payment gateway yet. Nothing was taken."</p>
            <p>"Please ask " {checkout.marketplace.clone()} " or " {checkout.seller.clone()} " how to pay."</p>
        </section>
    }
}

fn unknown(reading: &Reading, since: Moment, amount: Money, card_last4: &str, token: &str) -> impl IntoView + use<> {
    let sentence = format!(
        "{amount} was asked for from the card ending in {card_last4} on {}. The bank has not said yet what became of it.",
        reading.moment(since)
    );
    view! {
        <section class="panel stack" role="status">
            <h2>"No answer from the bank yet"</h2>
            <p>{sentence}</p>
            <p>
                "Please do not pay again, not with another card either: as soon as the bank answers, the order says so. \
                 If it comes too late, the money goes back to you."
            </p>
            <p>
                <ButtonLink href=paths::pay(token)>"Look again"</ButtonLink>
            </p>
        </section>
    }
}

/// Where the buyer follows the order.
fn order_link(checkout: &Checkout) -> impl IntoView + use<> {
    let order = paths::order(&checkout.reference);
    if checkout.is_buyer {
        view! { <ButtonLink href=order look=Look::Main>"See the order"</ButtonLink> }.drawn()
    } else {
        view! { <ButtonLink href=paths::sign_in_then(&order)>"Sign in to follow it"</ButtonLink> }.drawn()
    }
}

fn order(checkout: &Checkout) -> impl IntoView + use<> {
    let priced = |(name, price): &(String, Money)| Row::new(name.clone(), price.to_string());
    let mut rows: Vec<Row> = checkout.lines.iter().map(priced).collect();
    let due = matches!(checkout.stage, Stage::Due | Stage::NoGateway | Stage::Unknown { .. } | Stage::Late);
    rows.push(Row::sum(if due { "To pay" } else { "Total" }, checkout.amount.to_string()));
    view! {
        <Panel title="The order" remark=checkout.reference.to_string()>
            <Lines rows=rows />
        </Panel>
    }
}

/// What the money does in each case, in sentences made of the terms.
fn money(checkout: &Checkout) -> impl IntoView + use<> {
    let (terms, seller) = (checkout.terms, checkout.seller.clone());
    let given_up = crate::domain::time::Span(terms.delivery_window.0 + terms.overdue_window.0).words();
    let silence = match terms.on_silence {
        OnSilence::Accept => "counts as yes",
        OnSilence::Refund => "counts as no, and the money comes back to you",
    };
    view! {
        <Panel title="What happens to your money">
            <ul class="stack">
                <li>"It is held: " {seller.clone()} " does not have it, and you have not lost it."</li>
                <li>
                    "When it is delivered you have " {terms.inspection_window.words()}
                    " to accept or reject it. Saying nothing " {silence} "."
                </li>
                <li>"Once you accept, " {seller} " is paid."</li>
                <li>"If nothing is delivered within " {given_up} ", all of it comes back to you by itself."</li>
            </ul>
        </Panel>
    }
}

fn card_form(checkout: &Checkout, token: &str) -> impl IntoView + use<> {
    let reading = Reading::new(&checkout.time_zone, checkout.now);
    let until = format!("until {}", reading.moment(checkout.pay_until));
    let press = format!("Pay {}", checkout.amount);
    let fresh = vec![
        ("token", token.to_owned()),
        ("amount_minor", checkout.amount.minor.to_string()),
        ("agreed", checkout.agreed.clone()),
        ("key", checkout.key.to_string()),
    ];
    view! {
        <Panel title="Card" remark=until>
            <Form id="pay" call=payments::Pay::PATH fresh=fresh>
                <p class="hint">"This is the sandbox: no real money moves. Never type the number of a real card here."</p>
                <Field
                    name="card_number"
                    label="Card number"
                    autocomplete="cc-number"
                    inputmode="numeric"
                    maxlength=30
                />
                <div class="fields">
                    <Field
                        name="expiry"
                        label="Valid until"
                        hint="Month and year: 12/29"
                        autocomplete="cc-exp"
                        maxlength=10
                    />
                    <Field
                        name="card_cvc"
                        label="Security code"
                        hint="On the back"
                        autocomplete="cc-csc"
                        inputmode="numeric"
                        maxlength=4
                    />
                </div>
                <Field name="holder" label="Name on the card" autocomplete="cc-name" maxlength=100 />
                <Button look=Look::Main>{press}</Button>
            </Form>
            {test_cards()}
        </Panel>
    }
}

fn test_cards() -> impl IntoView {
    let rows = TEST_CARDS.into_iter().map(|(number, what)| Row::new(number, what)).collect();
    view! {
        <details class="test-cards">
            <summary>"Test cards"</summary>
            <p class="hint">"With any date to come, any three digits and any name."</p>
            <Lines rows=rows loose=true />
        </details>
    }
}

fn terms(checkout: &Checkout) -> impl IntoView + use<> {
    let lines = checkout.terms.lines(checkout.amount.currency);
    let rows = lines.into_iter().map(|(label, value)| Row::new(label, value)).collect();
    view! {
        <Panel title="Terms" remark="agreed with your payment".to_owned()>
            <Lines rows=rows />
        </Panel>
    }
}
