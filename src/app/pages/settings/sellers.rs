//! The sellers of a marketplace: who there is, an invitation for those that have nobody yet, and a form for one more.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{
    Button, ButtonLink, Confirm, Empty, Field, Form, Head, Look, PageTitle, Pager, Panel, Table, was_refused,
};
use crate::app::drawn::Draw;
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::people::{SellerView, Sellers};
use crate::format::plural;
use crate::rpc::sellers;

/// How this page sits in the frame.
const SETTING: Setting = Setting { class: "column stack", ..Setting::SETTINGS };

/// The way here from the settings.
pub fn way_in() -> impl IntoView {
    view! {
        <div>
            <ButtonLink href=paths::sellers()>"Sellers"</ButtonLink>
        </div>
    }
}

/// The sellers of the marketplace whose hat is worn.
pub fn sellers(here: &Here) -> Page {
    // An id that cannot be read begins the list anew.
    let after = here.query("after").and_then(|text| text.parse().ok());
    page(SETTING, sellers::list(after), move |model: Sellers| {
        let needs_password = model.needs_password;
        view! {
            <PageTitle text="Sellers · Holdfast" />
            <header>
                <p>
                    <a href=paths::settings()>"Settings"</a>
                </p>
                <h1>"Sellers"</h1>
                <p class="quiet">"Whoever sells on " {model.place.clone()} ", with the marketplace’s terms or terms of their own."</p>
            </header>
            {list(&model, after.is_some())}
            {add(needs_password)}
        }
    })
}

fn list(model: &Sellers, continued: bool) -> impl IntoView + use<> {
    if model.sellers.is_empty() {
        return view! {
            <Empty title="No seller yet">
                <p>"Add one below: its owner gets an invitation by mail, and then places orders and invites others."</p>
            </Empty>
        }
        .drawn();
    }
    let needs_password = model.needs_password;
    let rows: Vec<_> = model.sellers.iter().map(|seller| line(seller, needs_password).drawn()).collect();
    let shown = plural(i64::try_from(rows.len()).unwrap_or(i64::MAX), "seller", "sellers");
    let next = model.next.map(|last| paths::with_query(&paths::sellers(), &[("after", &last.to_string())]));
    let pager = (continued || next.is_some())
        .then(|| view! { <Pager shown=shown first=continued.then(paths::sellers) next=next /> });
    view! {
        <Panel title="Sellers">
            <Table
                label="Sellers"
                heads=vec![
                    Head::Text("Name"),
                    Head::Text("Your number"),
                    Head::Number("People"),
                    Head::Text("Terms"),
                    Head::Actions,
                ]
            >
                {rows}
            </Table>
            {pager}
        </Panel>
    }
    .drawn()
}

fn line(seller: &SellerView, needs_password: bool) -> impl IntoView + use<> {
    let invited = seller.invited.clone();
    let invited = invited.map(|email| view! { " " <small class="quiet">{email} " is invited"</small> });
    let id = seller.id;
    let whose = if seller.own_terms { "Its own" } else { "The marketplace’s" };
    let invite = (seller.people == 0).then(|| {
        let call = sellers::InviteOwner::PATH;
        let own = vec![("seller", id.0.to_string())];
        view! {
            <Confirm label="Invite an owner…" small=true open=was_refused(call, &own)>
                <Form id=format!("invite-{id}") call=call class="form narrow" hidden=own>
                    <Field name="email" label="E-mail" kind="email" autocomplete="off" maxlength=254 />
                    {needs_password.then(password)}
                    <div>
                        <Button look=Look::Main>"Invite"</Button>
                    </div>
                </Form>
            </Confirm>
        }
    });
    view! {
        <tr>
            <td>{seller.name.clone()} {invited}</td>
            <td>{seller.external_id.clone()}</td>
            <td class="number">{seller.people}</td>
            <td>
                <a href=paths::seller_terms(seller.id)>{whose} <span class="heard">" terms for " {seller.name.clone()}</span></a>
            </td>
            <td class="number">{invite}</td>
        </tr>
    }
}

fn add(needs_password: bool) -> impl IntoView {
    let call = sellers::AddSeller::PATH;
    view! {
        <Confirm label="Add a seller…" open=was_refused(call, &[])>
            <Panel title="A new seller">
                <Form id="add" call=call>
                    <Field name="name" label="Name" hint="As buyers see it." autocomplete="off" maxlength=100 />
                    <Field
                        name="email"
                        label="E-mail of its owner"
                        kind="email"
                        hint="They get an invitation, and choose a password of their own."
                        autocomplete="off"
                        maxlength=254
                    />
                    <Field
                        name="external_id"
                        label="Your number for it"
                        optional=true
                        hint="What your own system calls it."
                        autocomplete="off"
                        maxlength=100
                    />
                    {needs_password.then(password)}
                    <div>
                        <Button look=Look::Main>"Add and invite"</Button>
                    </div>
                </Form>
            </Panel>
        </Confirm>
    }
}

/// The password, where it was typed too long ago.
fn password() -> impl IntoView {
    view! {
        <Field
            name="password"
            label="Your password"
            kind="password"
            hint="An invitation needs it: you signed in more than 15 minutes ago."
            autocomplete="current-password"
            maxlength=128
        />
    }
}
