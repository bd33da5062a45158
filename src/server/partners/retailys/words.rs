//! What Retailys' words mean: statuses and the actions that lead there, and the order object.

use serde_json::{Value, json};

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        order::{
            ItemKind, Order, RejectCode, Remedy,
            action::{Action, Audience, Proof, Selection},
            decide::decide,
            rules::RULES,
            status::Status,
        },
        party::Actor,
        text::{Note, Reason},
        time::Moment,
    },
    server::{clock, partners::body::Sent, service::partners::Contacts},
};

/// A status by its code or the words for people.
pub fn status(text: &str) -> Option<Status> {
    let text = text.trim();
    let is_it = |status: &Status| status.code().eq_ignore_ascii_case(text) || status.label().eq_ignore_ascii_case(text);
    Status::ALL.into_iter().find(is_it)
}

/// Every status, with the actions that lead to it.
pub fn statuses() -> Value {
    let one = |status: Status| {
        let by = RULES.iter().filter(|row| row.to.contains(&status) && row.clock.is_empty());
        let mut by: Vec<&str> = by.map(|row| row.verb.code()).collect();
        by.dedup();
        json!({ "code": status.code(), "name": status.label(), "reachedBy": by })
    };
    json!({ "statuses": Status::ALL.into_iter().map(one).collect::<Vec<_>>() })
}

/// Who may read a note.
pub fn audience(text: Option<&str>) -> Result<Audience, Shown> {
    match text {
        None | Some("everyone") => Ok(Audience::Everyone),
        Some("sellers") => Ok(Audience::Sellers),
        Some("operators") => Ok(Audience::Operators),
        Some(_) => Err(Shown::field("audience", "One of everyone, sellers and operators.")),
    }
}

/// What may be said with a step.
#[derive(Debug, Clone)]
pub struct Texts {
    reason: Reason,
    note: Option<Note>,
}

impl Texts {
    /// Reads `reason`; without one, the shop's system is the reason.
    pub fn read(body: &Sent) -> Result<Self, Shown> {
        let said = body.maybe("reason")?;
        let reason = Reason::parse(said.as_deref().unwrap_or("By the shop's system"));
        let reason = reason.map_err(|bad| Shown::field("reason", bad.0))?;
        Ok(Self { reason, note: said.and_then(|text| Note::parse(&text).ok()) })
    }
}

fn towards(wanted: Status, texts: &Texts) -> Option<Action> {
    let (parts, delivery, text) = (Selection::default(), None, texts.note.clone());
    let reason = texts.reason.clone();
    Some(match wanted {
        Status::InTransit => Action::Dispatch { parts, carrier: None, tracking: None },
        Status::AwaitingResponse => Action::Deliver { parts, proof: Proof::default() },
        Status::Accepted | Status::Completed => Action::Accept { parts },
        Status::Rejected => {
            Action::Reject { parts, code: RejectCode::Other, text: reason, remedy: Remedy::Refund, photos: Vec::new() }
        }
        Status::SecondAttempt => Action::OfferSecondAttempt { delivery, text },
        Status::Returning => Action::TakeBack { delivery, goods_are_back: false },
        Status::Dispute => Action::Contest { delivery, statement: reason, evidence: Vec::new() },
        Status::UnderReview => Action::Escalate { delivery, text },
        Status::Cancelled => Action::Cancel { delivery, reason },
        Status::AwaitingPayment | Status::Funded | Status::Expired | Status::ChargedBack => return None,
    })
}

/// The action that leads to a status; where none does for this caller now, what is possible.
pub fn reach(order: &Order, actor: &Actor, wanted: Status, texts: &Texts, now: Moment) -> Result<Vec<Action>, Shown> {
    let tried = |status: Status| -> Result<Action, Shown> {
        let action = towards(status, texts).ok_or_else(|| {
            let sentence = format!("No action of a program leads to “{}”.", status.code());
            Shown::new(Kind::Conflict, "status_not_reachable", sentence)
        })?;
        decide(order, actor, &action, now)?;
        Ok(action)
    };
    tried(wanted).map(|action| vec![action]).map_err(|refused| {
        let possible: Vec<&str> =
            Status::ALL.into_iter().filter(|status| tried(*status).is_ok()).map(Status::code).collect();
        let possible = if possible.is_empty() { "nothing".to_owned() } else { possible.join(", ") };
        Shown { message: format!("{} Possible now: {possible}.", refused.message), ..refused }
    })
}

const fn kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Goods => "goods",
        ItemKind::Shipping => "shipping",
        ItemKind::Adjustment => "adjustment",
    }
}

/// The order; `contacts` are how its people are reached, where one order is asked for.
pub fn order(order: &Order, contacts: Option<&Contacts>) -> Value {
    let items: Vec<Value> = order
        .items
        .iter()
        .map(|item| {
            json!({
                "id": item.no,
                "title": item.title,
                "kind": kind(item.kind),
                "quantity": item.quantity,
                "unitPrice": order.money(item.unit_minor).digits(),
            })
        })
        .collect();
    let deliveries: Vec<Value> = order
        .deliveries
        .iter()
        .map(|part| {
            json!({
                "id": part.no,
                "status": part.status.code(),
                "items": part.lines.iter().map(|line| json!({ "id": line.item, "quantity": line.quantity })).collect::<Vec<_>>(),
                "carrier": part.tracking.as_ref().map(|tracking| tracking.carrier.as_str()),
                "trackingNumber": part.tracking.as_ref().map(|tracking| tracking.number.as_str()),
            })
        })
        .collect();
    json!({
        "id": order.reference.number().to_string(),
        "number": order.reference,
        "externalNumber": order.external_ref,
        "status": order.status().code(),
        "statusName": order.status().label(),
        "version": order.version,
        "currency": order.currency.code(),
        "total": order.money(order.total_minor()).digits(),
        "paid": order.money(order.paid_minor).digits(),
        "held": order.money(order.held_minor()).digits(),
        "refunded": order.money(order.gone.buyer + order.credited_minor).digits(),
        "customer": {
            "name": order.parties.buyer_name,
            "email": contacts.map(|contacts| contacts.buyer_email.as_str()),
            "phone": contacts.map(|contacts| contacts.buyer_phone.as_str()),
        },
        "sellerId": order.parties.seller.to_string(),
        "address": contacts.map(|contacts| contacts.address.as_str()),
        "items": items,
        "deliveries": deliveries,
        "createdAt": clock::rfc3339(order.placed_at),
        "updatedAt": clock::rfc3339(order.updated_at),
    })
}
