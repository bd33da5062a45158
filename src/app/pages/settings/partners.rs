//! Integrations that were written for other systems: their new addresses, which key is which of theirs, and a request to
//! try each with.

use leptos::prelude::*;

use crate::app::components::{Empty, Head, PageTitle, Panel, Table};
use crate::app::frame::{Page, Setting, page};
use crate::app::here::Here;
use crate::app::paths;
use crate::domain::api_key::KeyView;
use crate::domain::partner as model;
use crate::rpc::keys;

/// How this page sits in the frame.
const SETTING: Setting = Setting { class: "column stack", ..Setting::SETTINGS };

/// What stands for the key in a request: it is shown once, when it is made.
const KEY: &str = "$KEY";

/// The surfaces for the place whose hat is worn.
pub fn partners(_: &Here) -> Page {
    page(SETTING, keys::partners(), |model: model::Partners| {
        let whose = if model.place.is_empty() { "what you bought".to_owned() } else { model.place.clone() };
        let id = model.keys.first().map_or_else(|| "00000000000000000000000000000000".to_owned(), half);
        let store = model.store_key.clone();
        view! {
            <PageTitle text="Partners · Holdfast" />
            <header>
                <p>
                    <a href=paths::settings()>"Settings"</a>
                </p>
                <h1>"Partners"</h1>
                <p class="quiet">
                    "An integration that was written for one of these systems works for " {whose}
                    " when its base address and its keys are changed. It may what its key may."
                </p>
                <p class="quiet">
                    "Let it send a key of its own with what moves money: “TranId”, “idempotency_key” or the header “Idempotency-Key”. \
                     The same again is then the same request. Without one, the same call within a quarter of an hour is, and money \
                     that went back goes back again only with a key."
                </p>
            </header>
            {halves(&model.keys)}
            {surface("AtaraPay", &model.address, "atarapay", ATARAPAY_KEYS, atarapay(&model.address, &id))}
            {surface("Avarda", &model.address, "avarda", AVARDA_KEYS, avarda(&model.address, &id))}
            {surface("Retailys", &model.address, "retailys", RETAILYS_KEYS, retailys(&model.address))}
            {store
                .map(|store| {
                    surface(
                        "API2Cart",
                        &model.address,
                        "api2cart/v1.1",
                        API2CART_KEYS,
                        api2cart(&model.address, &store),
                    )
                })}
        }
    })
}

const ATARAPAY_KEYS: &str = "Public key: the public half of a key of yours. Private key: the key itself. The auth token \
                             is base 64 of both with a colon between them. Notifications are a webhook of the form “AtaraPay \
                             compatible”, which has a pair of its own.";
const AVARDA_KEYS: &str =
    "Client id: the public half of a key of yours. Client secret: the key itself. Tokens live for an hour.";
const RETAILYS_KEYS: &str = "The key itself, in the header “Authorization”.";
const API2CART_KEYS: &str = "x-api-key: the key itself. x-store-key: as in the request below; the key of a marketplace \
                             may also name one of its sellers.";

/// The public half of a key: its id without the prefix.
fn half(key: &KeyView) -> String {
    key.id.0.simple().to_string()
}

fn halves(keys: &[KeyView]) -> impl IntoView + use<> {
    if keys.is_empty() {
        return view! {
            <Empty title="No key yet">
                <p>
                    "Make one for each integration first: " <a href=paths::keys()>"API keys"</a>
                </p>
            </Empty>
        }
        .into_any();
    }
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            view! {
                <tr>
                    <td>{key.name.clone()}</td>
                    <td>
                        <code>{key.prefix.clone()} "…"</code>
                    </td>
                    <td>
                        <code class="address">{half(key)}</code>
                    </td>
                </tr>
            }
        })
        .collect();
    view! {
        <Panel title="Your keys">
            <Table label="Your keys" heads=vec![Head::Text("Name"), Head::Text("Begins with"), Head::Text("Public half")]>
                {rows}
            </Table>
        </Panel>
    }
    .into_any()
}

fn surface(
    name: &'static str,
    address: &str,
    path: &str,
    about: &'static str,
    request: String,
) -> impl IntoView + use<> {
    let base = format!("{address}/partners/{path}");
    view! {
        <Panel title=name>
            <p>
                "Base address: " <code class="address">{base}</code>
            </p>
            <p class="quiet">{about}</p>
            <pre class="wire copy" tabindex="0">{request}</pre>
        </Panel>
    }
}

fn atarapay(address: &str, id: &str) -> String {
    format!(
        "curl {address}/partners/atarapay/api/callback/order \\\n  --data-urlencode \"authtoken=$(printf '%s' \"{id}:{KEY}\" | base64 -w0)\" \\\n  --data-urlencode \"order=$ORDER\" -d status=order"
    )
}

fn avarda(address: &str, id: &str) -> String {
    format!(
        "curl {address}/partners/avarda/api/partner/tokens \\\n  -H 'Content-Type: application/json' \\\n  -d \"{{\\\"clientId\\\": \\\"{id}\\\", \\\"clientSecret\\\": \\\"{KEY}\\\"}}\""
    )
}

fn retailys(address: &str) -> String {
    format!("curl {address}/partners/retailys/System/Orders \\\n  -H \"Authorization: Bearer {KEY}\"")
}

fn api2cart(address: &str, store: &str) -> String {
    format!(
        "curl \"{address}/partners/api2cart/v1.1/order.list.json?count=10\" \\\n  -H \"x-api-key: {KEY}\" -H \"x-store-key: {store}\""
    )
}
