//! What new orders begin with: of a marketplace; and what differs for a seller, for its marketplace and for its own people.

use leptos::{prelude::*, server_fn::ServerFn};
use uuid::Uuid;

use crate::app::components::{
    Button, ButtonLink, Field, Flash, Form, Lines, Look, PageTitle, Panel, Row, TermsFields, was_refused,
};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::error::{Error, FormAnswer};
use crate::domain::id::SellerId;
use crate::domain::view::DefaultTerms;
use crate::rpc::terms;

/// How this page sits in the frame.
const SETTING: Setting = Setting { class: "column stack", ..Setting::SETTINGS };

/// The way here from the settings.
pub fn way_in() -> impl IntoView {
    view! {
        <div>
            <ButtonLink href=paths::terms()>"Terms"</ButtonLink>
        </div>
    }
}

/// The terms of the place whose hat is worn.
pub fn terms(here: &Here) -> Page {
    let saved = here.query("saved").is_some();
    page(SETTING, terms::read(None), move |model: DefaultTerms| content(&model, saved))
}

/// The terms of one seller.
pub fn seller_terms(here: &Here) -> Page {
    let saved = here.query("saved").is_some();
    let seller = Uuid::try_parse(&here.parameter("seller")).map(SellerId).map_err(|_| Error::not_found("seller"));
    let load = async move { terms::read(Some(seller?)).await };
    page(SETTING, load, move |model: DefaultTerms| content(&model, saved))
}

fn content(model: &DefaultTerms, saved: bool) -> impl IntoView + use<> {
    let of_seller = model.seller.is_some();
    let back = if of_seller && model.by_marketplace {
        view! { <a href=paths::sellers()>"Sellers"</a> }
    } else {
        view! { <a href=paths::settings()>"Settings"</a> }
    };
    let lines = model.terms().lines(model.currency).into_iter();
    let lines = lines.map(|(label, value)| Row::new(label, value)).collect();
    let about = match (of_seller, model.by_marketplace) {
        (false, _) => "New orders begin with these; a seller may have others. Orders that exist keep theirs.",
        (true, true) => "New orders of this seller begin with these. Orders that exist keep theirs.",
        (true, false) => {
            "Your new orders begin with these. Orders that exist keep theirs. The fees are the marketplace’s to set."
        }
    };
    view! {
        <PageTitle text="Terms · Holdfast" />
        <header>
            <p>{back}</p>
            <h1>"Terms of " {model.place.clone()}</h1>
            <p class="quiet">{about}</p>
        </header>
        <Flash message=saved.then(|| "Saved.".to_owned()) />
        {outdated(model)}
        <section class="panel terms" aria-labelledby="now">
            <header>
                <h2 id="now">"What a new order begins with"</h2>
            </header>
            <Lines rows=lines loose=true />
        </section>
        {form(model)}
    }
}

/// What tells this form apart: which terms it was drawn for. When somebody else has saved since, it is another form, and shows what
/// there is now.
fn hidden(model: &DefaultTerms) -> Vec<(&'static str, String)> {
    let seller = model.seller.filter(|_| model.by_marketplace).map(|seller| ("seller", seller.0.to_string()));
    seller.into_iter().chain([("seen", model.seen.clone())]).collect()
}

/// Says that what was sent was made of terms that somebody else has changed since.
fn outdated(model: &DefaultTerms) -> Option<impl IntoView + use<>> {
    let call = terms::SaveTerms::PATH;
    let answer = use_context::<FormAnswer>()?;
    let is_ours = call.trim_start_matches("/rpc/") == answer.call && !was_refused(call, &hidden(model));
    is_ours.then(|| {
        view! {
            <p class="alert" role="alert" tabindex="-1" autofocus>
                {answer.error.message} " Below are the terms as they are now."
            </p>
        }
    })
}

fn form(model: &DefaultTerms) -> impl IntoView + use<> {
    let fields = match model.seller {
        Some(_) => TermsFields::over(&model.own, &model.given, model.currency),
        None => TermsFields::with(&model.terms(), model.currency),
    };
    let title = if model.seller.is_some() { "What differs from the marketplace" } else { "Change them" };
    let (hidden, sets_fees, needs_password) = (hidden(model), model.sets_fees, model.needs_password);
    view! {
        <Panel title=title>
            <Form id="terms" call=terms::SaveTerms::PATH hidden=hidden>
                {fields.draw(sets_fees)}
                {needs_password
                    .then(|| {
                        view! {
                            <Field
                                name="password"
                                label="Your password"
                                kind="password"
                                hint="Terms need it: you signed in more than 15 minutes ago."
                                autocomplete="current-password"
                                maxlength=128
                            />
                        }
                    })}
                <div>
                    <Button look=Look::Main>"Save"</Button>
                </div>
            </Form>
        </Panel>
    }
}
