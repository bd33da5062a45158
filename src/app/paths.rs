//! Every address of the site as a function, so that none is typed twice.

use std::fmt::Write as _;

use crate::domain::id::Reference;

/// The list of orders.
pub fn orders() -> String {
    "/orders".to_owned()
}

/// One order on the same screen.
pub fn order(reference: &Reference) -> String {
    format!("/orders/{reference}")
}

/// The form for a new order.
pub fn new_order() -> String {
    "/orders/new".to_owned()
}

/// The page on which an order is paid.
pub fn pay(token: &str) -> String {
    format!("/pay/{}", encode(token))
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
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && path.chars().all(|c| !c.is_control())
}
