//! Signing in, and from there to where the reader wanted to go.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Field, Flash, Form, Look, PageTitle};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::rpc::session;

/// E-mail address and password.
pub fn sign_in(here: &Here) -> Page {
    let next = here.query("next").filter(|next| paths::is_own(next)).unwrap_or_default().to_owned();
    let reset = here.query("reset").is_some();
    page(Setting::SHEET, async { Ok(()) }, move |()| {
        view! {
            <PageTitle text="Sign in · Holdfast" />
            <header>
                <h1>"Sign in"</h1>
                <p>"See what your orders wait for."</p>
            </header>
            <Flash message=reset
                .then(|| "Your new password is set. Please sign in with it.".to_owned()) />
            <div class="panel">
                <Form id="sign-in" call=session::SignIn::PATH fresh=vec![("next", next)]>
                    <Field
                        name="email"
                        label="E-mail"
                        kind="email"
                        autocomplete="username"
                        maxlength=254
                    />
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        maxlength=128
                    />
                    <Button look=Look::Main>"Sign in"</Button>
                </Form>
            </div>
            <footer>
                <a href=paths::forgot()>"Forgot your password?"</a>
                <a href=paths::sign_up()>"Create an account"</a>
            </footer>
        }
    })
}
