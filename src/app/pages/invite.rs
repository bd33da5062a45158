//! Answering an invitation to join a staff.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Field, Form, Look, PageTitle};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::domain::people::InvitationOffer;
use crate::rpc::account;

/// What is offered, and as little to fill in as the reader's account allows.
pub fn invite(here: &Here) -> Page {
    let token = here.parameter("token");
    let load = account::look_invitation(token.clone());
    page(Setting::SHEET, load, move |offer: InvitationOffer| {
        let fields = if offer.is_me {
            ().drawn()
        } else if offer.has_account {
            view! {
                {super::user_name(offer.email.clone())}
                <Field
                    name="password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    maxlength=128
                />
            }
            .drawn()
        } else {
            view! {
                {super::user_name(offer.email.clone())}
                <Field name="name" label="Your name" autocomplete="name" maxlength=100 />
                {super::new_password("password", "Choose a password")}
            }
            .drawn()
        };
        view! {
            <PageTitle text=format!("Join {} · Holdfast", offer.place) />
            <header>
                <h1>"Join " {offer.place.clone()}</h1>
                <p>
                    {offer.invited_by} " invites " {offer.email} " as " {offer.role.label().to_lowercase()}
                    "."
                </p>
            </header>
            <div class="panel">
                <Form id="accept" call=account::Accept::PATH fresh=vec![("token", token.clone())]>
                    {fields}
                    <Button look=Look::Main>"Join " {offer.place}</Button>
                </Form>
            </div>
        }
    })
}
