//! Making an account: first the address, which is proved by opening a mailed link, then the password behind that link.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Field, Form, Look, PageTitle, Select};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::{paths, time_zones};
use crate::domain::error::FormAnswer;
use crate::domain::people::SignUpOffer;
use crate::rpc::account;

/// Name and address; who founds a marketplace says so here.
pub fn sign_up(here: &Here) -> Page {
    let sent = here.query("sent").is_some();
    page(Setting::SHEET, async { Ok(()) }, move |()| {
        if sent {
            super::look_into_mailbox("We sent you a link that opens your account. It works for two days.").drawn()
        } else {
            form().drawn()
        }
    })
}

fn form() -> impl IntoView {
    let founding = use_context::<FormAnswer>()
        .is_some_and(|answer| answer.typed.iter().any(|(name, value)| name == "marketplace" && !value.is_empty()));
    view! {
        <PageTitle text="Create an account · Holdfast" />
        <header>
            <h1>"Create an account"</h1>
            <p>"Your money is held until you have what you paid for."</p>
        </header>
        <div class="panel">
            <Form id="sign-up" call=account::SignUp::PATH>
                <Field name="name" label="Name" autocomplete="name" maxlength=100 />
                <Field
                    name="email"
                    label="E-mail"
                    kind="email"
                    autocomplete="email"
                    hint="We send a link there; you choose your password behind it."
                    maxlength=254
                />
                <Select name="time_zone" label="Time zone" options=time_zones::options("UTC") value="UTC".to_owned() />
                <details open=founding>
                    <summary class="link">"Found a marketplace"</summary>
                    <div class="fields">
                        <Field
                            name="marketplace"
                            label="Its name"
                            optional=true
                            autocomplete="organization"
                            maxlength=100
                        />
                        <Field
                            name="currency"
                            label="Its currency"
                            optional=true
                            hint="Three letters, like NGN or EUR."
                            maxlength=3
                        />
                    </div>
                </details>
                <Button look=Look::Main>"Send me the link"</Button>
            </Form>
        </div>
        <footer>
            <a href=paths::sign_in()>"I have an account"</a>
        </footer>
    }
}

/// The password behind the mailed link.
pub fn confirm_sign_up(here: &Here) -> Page {
    let token = here.parameter("token");
    let load = account::look_sign_up(token.clone());
    page(Setting::SHEET, load, move |offer: SignUpOffer| {
        let founds = (!offer.marketplace.is_empty()).then(|| format!(" and found {}", offer.marketplace));
        view! {
            <PageTitle text="Choose a password · Holdfast" />
            <header>
                <h1>"Welcome, " {offer.name}</h1>
                <p>"Choose a password to open your account" {founds} "."</p>
            </header>
            <div class="panel">
                <Form id="confirm" call=account::Confirm::PATH fresh=vec![("token", token.clone())]>
                    {super::user_name(offer.email)}
                    {super::new_password("password", "Password")}
                    <Button look=Look::Main>"Open my account"</Button>
                </Form>
            </div>
        }
    })
}
