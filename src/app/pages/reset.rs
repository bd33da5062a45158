//! Choosing a new password behind a mailed link.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, Form, Look, PageTitle};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::rpc::account;

/// The new password; every browser is signed out when it is set.
pub fn reset(here: &Here) -> Page {
    let token = here.parameter("token");
    let load = account::look_reset(token.clone());
    page(Setting::SHEET, load, move |email: String| {
        view! {
            <PageTitle text="New password · Holdfast" />
            <header>
                <h1>"Choose a new password"</h1>
                <p>"For " {email.clone()} ". All your browsers are signed out when it is set."</p>
            </header>
            <div class="panel">
                <Form id="reset" call=account::Reset::PATH fresh=vec![("token", token.clone())]>
                    {super::user_name(email)}
                    {super::new_password("password", "New password")}
                    <Button look=Look::Main>"Set the password"</Button>
                </Form>
            </div>
        }
    })
}
