//! A new order: who buys, what is sold, and what is agreed.

use leptos::{prelude::*, server_fn::ServerFn};

use super::actions::settings;
use crate::app::components::{
    Button, ButtonLink, Choice, Field, Form, Lines, Look, PageTitle, Row, Select, TermsFields, TextArea,
};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::error::FormAnswer;
use crate::domain::view::NewOrderForm;
use crate::domain::words::Language;
use crate::rpc::orders::{self, Place};

/// Lines for items; an order with more is placed through the API, or changed afterwards.
const ROWS: usize = 5;

/// The form for a new order.
pub fn create_order(_: &Here) -> Page {
    page(Setting::FORM, orders::start(), |start: NewOrderForm| {
        view! {
            <PageTitle text="New order · Holdfast" />
            <div class="stack">
                <header>
                    <h1>"New order"</h1>
                    <p class="quiet">"The buyer gets a link to pay it. The money is held until they accept the goods."</p>
                </header>
                {form(start)}
            </div>
        }
    })
}

fn form(start: NewOrderForm) -> impl IntoView {
    let several = start.sellers.len() > 1;
    let sellers: Vec<(String, String)> = start.sellers.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    // Each seller may have terms of their own: only those of the one seller are known before the form is sent.
    let own = (!several).then_some(start.terms);
    let fields = match &own {
        Some(terms) => TermsFields::with(terms, start.currency),
        None => TermsFields::empty(start.currency),
    };
    let lines =
        own.map(|terms| terms.lines(start.currency).into_iter().map(|(label, value)| Row::new(label, value)).collect());
    // Wrong terms must be seen.
    let open = use_context::<FormAnswer>().is_some_and(|answer| {
        answer.error.fields.iter().any(|wrong| {
            let known = [
                "seller",
                "buyer_email",
                "buyer_name",
                "buyer_phone",
                "buyer_language",
                "external_ref",
                "items",
                "address",
                "delivery_note",
            ];
            !wrong.field.contains('.') && !known.contains(&wrong.field.as_str())
        })
    });
    view! {
        <Form id="new-order" call=Place::PATH fresh=vec![("key", start.command_key)]>
            {buyer(several.then_some(sellers))}
            <section class="panel form" aria-labelledby="items">
                <h2 id="items">"What is sold"</h2>
                {settings::item_rows(&[], ROWS, start.currency)}
                <p class="hint">"Lines without a name are left out. A rebate is taken off the sum, an extra is added to it."</p>
                <Choice
                    name="milestones"
                    value="on"
                    label="A project: each line is a milestone, paid and accepted one after the other"
                />
            </section>
            <section class="panel terms" aria-labelledby="agreed">
                <h2 id="agreed">"What is agreed"</h2>
                {lines.map(|rows| view! { <Lines rows=rows loose=true /> })}
                <details open=open>
                    <summary class="link">"Change the terms for this order"</summary>
                    <div class="form">{fields.draw(start.sets_fees)}</div>
                </details>
            </section>
            <div class="row-of">
                <Button look=Look::Main>"Place the order"</Button>
                <ButtonLink href=paths::orders() look=Look::Plain>
                    "Back to the orders"
                </ButtonLink>
            </div>
        </Form>
    }
}

/// Who buys, and where it goes; with the sellers to choose from, where there are several.
fn buyer(sellers: Option<Vec<(String, String)>>) -> impl IntoView {
    let languages = Language::ALL.map(|language| (language.code().to_owned(), language.name().to_owned())).to_vec();
    view! {
        <section class="panel form" aria-labelledby="buyer">
            <h2 id="buyer">"Who buys"</h2>
            {sellers.map(|sellers| view! { <Select name="seller" label="Seller" options=sellers /> })} <div class="fields">
                <Field name="buyer_name" label="Buyer’s name" autocomplete="off" maxlength=100 />
                <Field name="buyer_email" label="Buyer’s e-mail" kind="email" autocomplete="off" maxlength=254 />
                <Field
                    name="buyer_phone"
                    label="Buyer’s phone"
                    kind="tel"
                    optional=true
                    autocomplete="off"
                    hint="With its country: +234 803 123 4567."
                    maxlength=30
                />
                <Select
                    name="buyer_language"
                    label="Buyer’s language"
                    options=languages
                    hint="Of mails and text messages, until they choose for themselves."
                />
                <Field name="external_ref" label="Your own number" optional=true autocomplete="off" maxlength=80 />
            </div>
            <div class="fields">
                <TextArea
                    name="address"
                    label="Where it goes"
                    optional=true
                    hint="The buyer can change it until it is dispatched."
                    maxlength=500
                />
                <TextArea name="delivery_note" label="What whoever brings it should know" optional=true maxlength=500 />
            </div>
        </section>
    }
}
