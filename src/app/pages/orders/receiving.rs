//! Where an order goes and who may take it: for everybody who has to do with it; its buyer can change it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::actions::answer_code;
use super::door::Door;
use crate::app::components::{Button, Confirm, Field, Form, Lines, Panel, Row, TextArea, was_refused};
use crate::app::drawn::{Draw, Drawn};
use crate::app::paths;
use crate::domain::receiving::Recipient;
use crate::domain::view::OrderView;
use crate::format::Reading;
use crate::rpc::answers::ChangeRecipientByLink;
use crate::rpc::couriers::ChangeRecipient;

/// What is known of it, and what this reader can do about it.
pub fn panel(view: &OrderView, door: &Door, reading: &Reading) -> Option<impl IntoView + use<>> {
    let receiving = &view.receiving;
    let known = receiving.updated_at.is_some();
    if !known && !receiving.changes.other && !view.may_link_courier {
        return None;
    }
    let said = receiving.updated_at.map(|at| format!("as of {}", reading.date(at)));
    let link = view.may_link_courier.then(|| {
        view! {
            <a class="link no-print" href=paths::courier_links(&view.order.reference)>
                "Link for the courier"
            </a>
        }
    });
    let rows = rows(&receiving.recipient);
    let change = receiving.changes.other.then(|| change(view, door));
    Some(view! {
        <Panel title="Delivery" remark=said>
            <Lines rows=rows loose=true />
            {(!known).then(|| view! { <p class="quiet">"No address was given."</p> })}
            {change}
            {link}
        </Panel>
    })
}

/// Name, number, address, and who else may take it, as far as they are known.
pub fn rows(recipient: &Recipient) -> Vec<Row> {
    let other = [recipient.other_name.as_str(), recipient.other_phone.as_str()];
    let other: Vec<&str> = other.into_iter().filter(|text| !text.is_empty()).collect();
    let rows = [
        ("For", recipient.name.clone()),
        ("Phone", recipient.phone.clone()),
        ("Address", recipient.address.clone()),
        ("Note", recipient.note.clone()),
        ("May also take it", other.join(", ")),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| Row::new(label, value)).collect()
}

fn change(view: &OrderView, door: &Door) -> Drawn {
    let call = match door {
        Door::Screen { .. } => ChangeRecipient::PATH,
        Door::Link { .. } => ChangeRecipientByLink::PATH,
    };
    let hidden = vec![door.names(&view.order)];
    let open = was_refused(call, &hidden);
    let now = view.receiving.recipient.clone();
    let changes_address = view.receiving.changes.address;
    let label = if changes_address { "Change where it goes" } else { "Change who may take it" };
    let door = door.clone();
    view! {
        <Confirm label=label small=true open=open>
            <Form id="recipient" call=call hidden=hidden>
                {changes_address.then(|| address(&now))}
                <TextArea name="note" label="What whoever brings it should know" value=now.note optional=true maxlength=500 />
                <Field name="other_name" label="Who else may take it" value=now.other_name optional=true autocomplete="off" maxlength=100 />
                <Field
                    name="other_phone"
                    label="Their phone"
                    kind="tel"
                    value=now.other_phone
                    optional=true
                    autocomplete="off"
                    hint="With its country: +234 803 123 4567."
                    maxlength=30
                />
                {answer_code(&door)}
                <div>
                    <Button>"Save"</Button>
                </div>
            </Form>
        </Confirm>
    }
    .drawn()
}

fn address(now: &Recipient) -> Drawn {
    let (name, phone, address) = (now.name.clone(), now.phone.clone(), now.address.clone());
    view! {
        <Field name="name" label="Whom it is for" value=name optional=true autocomplete="name" maxlength=100 />
        <Field
            name="phone"
            label="Phone"
            kind="tel"
            value=phone
            optional=true
            autocomplete="tel"
            hint="With its country: +234 803 123 4567."
            maxlength=30
        />
        <TextArea name="address" label="Address" value=address optional=true maxlength=500 />
    }
    .drawn()
}
