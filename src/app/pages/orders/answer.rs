//! An order behind its buyer's signed link, without an account: what it is, what each choice does, and answering with the
//! code from the message. Nothing on it tells the code: whatever follows links and sends forms cannot act.

use std::sync::Arc;

use leptos::{prelude::*, server_fn::ServerFn};

use super::door::Door;
use super::{deliveries, done, money, people, receiving, show, timeline};
use crate::app::components::{Button, ButtonLink, Flash, Form, PageTitle, Panel};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::order::Order;
use crate::domain::order::action::Verb;
use crate::domain::receiving::AnswerPage;
use crate::format::Reading;
use crate::rpc::answers::{self, AskCode};

/// The order behind a link.
pub fn answer(here: &Here) -> Page {
    let token = here.parameter("token");
    let just = Just { done: here.done(), sent: here.query("sent").is_some_and(|sent| sent == "code") };
    let load = answers::look(token.clone());
    page(Setting { place: None, class: "column answer" }, load, move |answer: AnswerPage| draw(answer, &token, just))
}

/// What was done on this page just now.
#[derive(Debug, Clone, Copy)]
struct Just {
    done: Option<Verb>,
    sent: bool,
}

impl Just {
    /// An answer says more than the code that was asked for before it.
    fn sentence(self, to: &str) -> Option<String> {
        done::sentence(self.done).or_else(|| self.sent.then(|| format!("A new code is on its way to {to}.")))
    }
}

fn draw(answer: AnswerPage, token: &str, just: Just) -> impl IntoView + use<> {
    let reading = Reading::new(&answer.time_zone, answer.now);
    let door = Door::Link { token: token.to_owned(), needs_code: answer.needs_code };
    let to = answer.sent_to.join(" and ");
    let view = Arc::new(*answer.view);
    let order = &view.order;
    let answers = view.offers.iter().any(|offer| offer.verb != Verb::Pay);
    let asks = answer.needs_code && !order.is_over() && (answers || view.receiving.changes.other);
    let several = order.deliveries.len() > 1;
    let flash = just.sentence(&to);
    view! {
        <PageTitle text=format!("{} {} · Holdfast", order.reference, order.title()) />
        <article class="order" aria-labelledby="order-title">
            <div class="stack">
                {show::head(&view, &reading)} <Flash message=flash /> {show::refused(&view)}
                {show::turn(&view, &door, &reading)} {asks.then(|| new_code(token, &to))} {show::code(&view)}
                <div class="order-body">
                    <div class="stack">
                        {several.then(|| deliveries::panel(&view, &reading))} {deliveries::items(&view, &reading)}
                        {timeline::panel(&view, order.parties.buyer, &door, None, &reading)}
                    </div>
                    <div class="stack">
                        {receiving::panel(&view, &door, &reading)} {money::panel(&view, &reading)} {people::terms(&view)}
                        {more(order, answer.needs_code)}
                    </div>
                </div>
            </div>
        </article>
    }
}

/// Asking for a code, which goes to the known addresses alone.
fn new_code(token: &str, to: &str) -> impl IntoView + use<> {
    let sentence = format!(
        "Each answer needs the six digits from the message that told you of the delivery. Lost it, or used it already? A \
         new one is sent to {to}."
    );
    view! {
        <section class="panel stack" aria-labelledby="code">
            <h2 id="code">"Your code"</h2>
            <p>{sentence}</p>
            <Form id="new-code" call=AskCode::PATH fresh=vec![("token", token.to_owned())]>
                <div>
                    <Button>"Send me a new code"</Button>
                </div>
            </Form>
        </section>
    }
}

/// Where everything else can be done.
fn more(order: &Order, needs_code: bool) -> impl IntoView + use<> {
    let page = paths::order(&order.reference);
    let (words, link) = if needs_code {
        ("Sign in with the address that it was ordered with, and no code is needed.", paths::sign_in_then(&page))
    } else {
        ("You are signed in as the buyer: no code is needed.", page)
    };
    view! {
        <Panel title="More">
            <p>{words}</p>
            {view! { <ButtonLink href=link>"See everything about it"</ButtonLink> }.drawn()}
        </Panel>
    }
}
