//! The codes that a buyer tells whoever brings goods: one for each delivery, and another once it was handed over or taken
//! apart, so that who has heard one cannot hand over what comes later.

use crate::{
    domain::{
        access::Permission,
        order::{
            Delivery, Order,
            action::{Action, Selection},
            status::Status,
        },
        party::{Actor, Party},
        view::DoorCode,
    },
    server::{qr, secret::Secret, service::orders::Command},
};

/// The codes of what is still to be brought, for the buyer; nobody else has any.
pub(super) fn codes(secret: &Secret, reader: &Actor, order: &Order) -> Vec<DoorCode> {
    let buys = reader.party == Party::Buyer && reader.permissions.has(Permission::Buy);
    let coming = order.deliveries.iter().filter(|part| buys && is_to_come(part));
    coming
        .map(|part| {
            let code = code(secret, order, part);
            DoorCode { delivery: part.no, qr: qr::of(&code), code }
        })
        .collect()
}

/// What a command means for its order under its lock: [`proven`].
pub(super) fn meant<'a>(secret: &'a Secret, command: &'a Command) -> impl FnOnce(&Order) -> Action + Send + use<'a> {
    |order| proven(secret, order, &command.action)
}

/// The action with a code that proves nothing, for whoever carries it out without having looked at the code.
pub(super) fn unproven(action: &Action) -> Action {
    match action {
        Action::HandOver { parts, photos, .. } => {
            Action::HandOver { parts: parts.clone(), code_digest: String::new(), photos: photos.clone() }
        }
        other => other.clone(),
    }
}

/// The same action, as the rules know it: a typed code becomes the order's own digest when it is that of a delivery that the
/// action may mean, and then it means that one alone. With any other code it proves nothing.
fn proven(secret: &Secret, order: &Order, action: &Action) -> Action {
    let Action::HandOver { parts, code_digest: typed, photos } = action else { return action.clone() };
    let meant =
        order.deliveries.iter().filter(|part| parts.delivery.is_none_or(|no| no == part.no) && is_to_come(part));
    let mut known = meant.filter(|part| digest(secret, order, part) == *typed);
    let (parts, code_digest) = known.next().map_or_else(
        || (parts.clone(), String::new()),
        |part| (Selection { delivery: Some(part.no), ..parts.clone() }, order.handover_digest.clone()),
    );
    Action::HandOver { parts, code_digest, photos: photos.clone() }
}

/// What the code of a delivery is compared by.
pub fn digest(secret: &Secret, order: &Order, part: &Delivery) -> String {
    secret.handover_digest(order.id, &code(secret, order, part))
}

fn is_to_come(part: &Delivery) -> bool {
    matches!(part.status, Status::Funded | Status::InTransit | Status::SecondAttempt)
}

/// An order that was never taken apart or handed over has the code that it was placed with.
fn code(secret: &Secret, order: &Order, part: &Delivery) -> String {
    if order.deliveries.len() == 1 && part.attempts == 0 {
        return secret.handover_code(order.id, "");
    }
    let goods = part.lines.iter().map(|line| format!("{}x{}", line.quantity, line.item));
    let goods = goods.collect::<Vec<_>>().join(",");
    secret.handover_code(order.id, &format!("{} {} {goods}", part.no, part.attempts))
}
