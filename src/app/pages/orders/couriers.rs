//! Links for the delivery persons of an order, who need no account: to be shown, copied or sent by whoever ships it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::app::components::{Button, ButtonLink, Empty, Field, Form, Look, PageTitle, Panel, QrCode};
use crate::app::drawn::{Draw, Drawn};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::receiving::{CourierLink, CourierLinks};
use crate::format::Reading;
use crate::rpc::couriers::{self, MakeCourierLink};

/// The links that open something, and the deliveries for which one can be made.
pub fn courier_links(here: &Here) -> Page {
    let reference = here.parameter("reference");
    page(Setting::FORM, couriers::links(reference), |page: CourierLinks| {
        let reading = Reading::new(&page.time_zone, page.now);
        let order = paths::order(&page.reference);
        let deliveries: Vec<Drawn> =
            page.deliveries.iter().map(|(no, items)| delivery(&page, *no, items, &reading)).collect();
        let none = deliveries.is_empty().then(|| {
            view! {
                <Empty title="Nothing is to be brought">
                    <p>"A link can be made once it is paid, and until it is handed over."</p>
                </Empty>
            }
        });
        view! {
            <PageTitle text=format!("Courier links {} · Holdfast", page.reference) />
            <div class="stack">
                <header>
                    <h1>"Link for the courier"</h1>
                    <p class="quiet">
                        "Whoever holds it sees where " {page.reference.to_string()}
                        " goes, and says that it was handed over or that nobody was there. No account is needed."
                    </p>
                </header>
                {none}
                {deliveries}
                <p>
                    <ButtonLink href=order>"Back to the order"</ButtonLink>
                </p>
            </div>
        }
    })
}

fn delivery(page: &CourierLinks, no: u16, items: &str, reading: &Reading) -> Drawn {
    let link = page.links.iter().find(|link| link.delivery == no);
    let words = if link.is_some() { "Make a new link" } else { "Make a link" };
    let title = if page.deliveries.len() > 1 { format!("Delivery {no}: {items}") } else { items.to_owned() };
    let heard = (page.deliveries.len() > 1)
        .then(|| view! { <span class="heard">{format!(" for delivery {no}: {items}")}</span> }.drawn());
    let fresh = vec![("order", page.reference.to_string())];
    let hidden = vec![("delivery", no.to_string())];
    let shown = link.map(|link| shown(link, reading).drawn());
    let replaced = link
        .map(|_| view! { <p class="quiet">"The link above stops working as soon as there is a new one."</p> }.drawn());
    view! {
        <Panel title=title>
            <div class="stack">
                {shown}
                <Form id=format!("link-{no}") call=MakeCourierLink::PATH hidden=hidden fresh=fresh class="form narrow">
                    <Field
                        name="phone"
                        label="Send it by text message to"
                        kind="tel"
                        optional=true
                        autocomplete="off"
                        hint="With its country: +234 803 123 4567. Empty: only shown here."
                        maxlength=30
                    />
                    {replaced}
                    <div>
                        <Button look=Look::Main>{words} {heard}</Button>
                    </div>
                </Form>
            </div>
        </Panel>
    }
    .drawn()
}

fn shown(link: &CourierLink, reading: &Reading) -> impl IntoView + use<> {
    let id = format!("address-{}", link.delivery);
    let until = format!(
        "It works until it was handed over, at the longest until {}. It is shown here again whenever you need it.",
        reading.moment(link.expires_at)
    );
    view! {
        <div class="door-codes">
            <div class="field">
                <label for=id.clone()>"The link, to copy"</label>
                <input class="input" id=id readonly=true value=link.address.clone() />
                <span class="hint">{until}</span>
            </div>
            {link.qr.clone().map(|qr| view! { <QrCode code=qr label="The same link for the courier’s camera" /> })}
        </div>
    }
}
