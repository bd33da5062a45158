//! Every address of the site as a function, so that none is typed twice.

use std::fmt::Write as _;

use uuid::Uuid;

use crate::domain::id::{EndpointId, FileId, Reference, SellerId};

/// The list of orders.
pub fn orders() -> String {
    "/orders".to_owned()
}

/// One order on the same screen.
pub fn order(reference: &Reference) -> String {
    format!("/orders/{reference}")
}

/// The list as lines of a file.
pub fn export_csv() -> String {
    "/orders/export.csv".to_owned()
}

/// The list as a spreadsheet.
pub fn export_xlsx() -> String {
    "/orders/export.xlsx".to_owned()
}

/// The form for a new order.
pub fn new_order() -> String {
    "/orders/new".to_owned()
}

/// The page on which an order is paid.
pub fn pay(token: &str) -> String {
    format!("/pay/{}", encode(token))
}

/// An order for its buyer, by the link in a message.
pub fn answer(token: &str) -> String {
    format!("/a/{}", encode(token))
}

/// A delivery for whoever brings it, by link.
pub fn courier(token: &str) -> String {
    format!("/courier/{}", encode(token))
}

/// The links for the couriers of an order.
pub fn courier_links(reference: &Reference) -> String {
    format!("/orders/{reference}/courier")
}

/// A photo of an order, for somebody who is signed in.
pub fn photo(id: FileId) -> String {
    format!("/files/{id}")
}

/// A photo of an order, for whoever holds its buyer's link.
pub fn photo_by_link(token: &str, id: FileId) -> String {
    format!("/a/{}/files/{id}", encode(token))
}

/// Signing in.
pub fn sign_in() -> String {
    "/sign-in".to_owned()
}

/// Signing in, and from there to where the reader wanted to go.
pub fn sign_in_then(next: &str) -> String {
    with_query("/sign-in", &[("next", next)])
}

/// Making an account.
pub fn sign_up() -> String {
    "/sign-up".to_owned()
}

/// Asking for a link that sets a new password.
pub fn forgot() -> String {
    "/forgot".to_owned()
}

/// Setting a new password with such a link.
pub fn reset(token: &str) -> String {
    format!("/reset/{}", encode(token))
}

/// Answering an invitation.
pub fn invite(token: &str) -> String {
    format!("/invite/{}", encode(token))
}

/// What a reader can set.
pub fn settings() -> String {
    "/settings".to_owned()
}

/// The webhooks of the place whose hat is worn.
pub fn webhooks() -> String {
    "/settings/webhooks".to_owned()
}

/// The keys of the place whose hat is worn.
pub fn keys() -> String {
    "/settings/keys".to_owned()
}

/// Integrations that were written for other systems.
pub fn partners() -> String {
    "/settings/partners".to_owned()
}

/// The sellers of the marketplace whose hat is worn.
pub fn sellers() -> String {
    "/settings/sellers".to_owned()
}

/// What new orders of the place whose hat is worn begin with.
pub fn terms() -> String {
    "/settings/terms".to_owned()
}

/// What of that differs for a seller.
pub fn seller_terms(seller: SellerId) -> String {
    format!("/settings/sellers/{}/terms", seller.0)
}

/// What programs can do, for those who write them.
pub fn api() -> String {
    "/api".to_owned()
}

/// One webhook with its log.
pub fn webhook(endpoint: EndpointId) -> String {
    format!("/settings/webhooks/{}", endpoint.0)
}

/// One delivery to a webhook.
pub fn webhook_delivery(endpoint: EndpointId, event: Uuid) -> String {
    format!("/settings/webhooks/{}/{event}", endpoint.0)
}

/// What a reader was told.
pub fn notices() -> String {
    "/notices".to_owned()
}

/// What is sent to people, and what of it did not arrive.
pub fn messages() -> String {
    "/settings/messages".to_owned()
}

/// The local mailbox of a demo installation.
pub fn mailbox() -> String {
    "/mailbox".to_owned()
}

/// A path with the parameters that have a value.
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut sign = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing to a string cannot fail.
        let _ = write!(address, "{sign}{name}={}", encode(value));
        sign = '&';
    }
    address
}

/// A text as it may stand in a part of an address: everything but letters, digits and `-._~` is written in percents.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Whether an address that came from outside leads to a page of this site and nowhere else.
pub fn is_own(path: &str) -> bool {
    // Two slashes in a row name a host, at the beginning or behind dots that browsers take away.
    let whole = path.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/') && !whole.contains("//") && !path.contains('\\') && path.chars().all(|c| !c.is_control())
}
