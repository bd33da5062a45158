//! Asking for a link that sets a new password.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Field, Form, Look, PageTitle};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::rpc::account;

/// The address to which the link goes; the answer is the same whether it is known or not.
pub fn forgot(here: &Here) -> Page {
    let sent = here.query("sent").is_some();
    page(Setting::SHEET, async { Ok(()) }, move |()| {
        if sent {
            super::look_into_mailbox(
                "If this address has an account, a link for a new password is on its way. It works for an hour.",
            )
            .drawn()
        } else {
            form().drawn()
        }
    })
}

fn form() -> impl IntoView {
    view! {
        <PageTitle text="Forgotten password · Holdfast" />
        <header>
            <h1>"Forgot your password?"</h1>
            <p>"We send you a link behind which you choose a new one."</p>
        </header>
        <div class="panel">
            <Form id="forgot" call=account::Forgot::PATH>
                <Field name="email" label="E-mail" kind="email" autocomplete="username" maxlength=254 />
                <Button look=Look::Main>"Send me the link"</Button>
            </Form>
        </div>
        <footer>
            <a href=paths::sign_in()>"Back to signing in"</a>
        </footer>
    }
}
