//! AtaraPay's order object: the order as it is now, in their names, as far as we have them.

use serde_json::{Value, json};

use crate::{
    domain::{
        order::{AssignedProvider, Order, Outcome, ShareBearer, status::Status, terms::Bearer},
        party::{Actor, Party},
    },
    server::{clock, service::partners::Contacts, webhook::atarapay::describe},
};

/// What a status is called there: number, title, description. The numbers 3, 5 and 9 are theirs; 1 and 2 are ours for what
/// is under way, as in notifications.
fn status(order: &Order) -> (i64, &'static str, &'static str) {
    let refunded = order.deliveries.iter().all(|part| part.outcome == Some(Outcome::Refunded));
    match order.status() {
        Status::AwaitingPayment => (0, "Awaiting Payment", "The order is not paid yet"),
        Status::Funded | Status::InTransit => (1, "Pending", "The money is held"),
        Status::AwaitingResponse => (1, "Awaiting Buyer Response", "Order is marked completed"),
        Status::SecondAttempt => (2, "Pending II", "Second attempt"),
        Status::Rejected | Status::Returning => (3, "Rejected", "Buyer Rejects Order"),
        Status::Dispute => (2, "Dispute", "Order is in dispute"),
        Status::UnderReview => (2, "Disputed", "Dispute is escalated"),
        Status::Accepted => (5, "Accepted", "Order is accepted"),
        Status::Completed if refunded => (5, "Refunded", "Order is refunded"),
        Status::Completed => (5, "Complete", "Transaction Completed"),
        Status::Cancelled => (9, "Canceled", "Transaction is canceled"),
        Status::Expired => (9, "Canceled", "Order was not paid in time"),
        Status::ChargedBack => (9, "Canceled", "The bank took the payment back"),
    }
}

const fn bearer(bearer: Bearer) -> &'static str {
    match bearer {
        Bearer::Buyer => "buyer",
        Bearer::Seller => "seller",
        Bearer::Both => "both",
    }
}

/// Who else is paid of it, which is not for the buyer to see.
fn services(order: &Order, actor: &Actor) -> Vec<Value> {
    let told = order.provider.as_ref().filter(|_| actor.party != Party::Buyer);
    let one = |provider: &AssignedProvider| {
        let borne_by = match provider.borne_by {
            ShareBearer::Seller => "seller",
            ShareBearer::Marketplace => "marketplace",
        };
        json!({ "id": provider.id.to_string(), "name": provider.name, "borne_by": borne_by })
    };
    told.map(one).into_iter().collect()
}

/// The object. Buyers are told how sellers are reached and sellers how buyers are, and each what is their own.
pub fn of(order: &Order, actor: &Actor, contacts: &Contacts) -> Value {
    let mut object = describe(order, &contacts.buyer_email, &contacts.buyer_phone);
    let (id, title, description) = status(order);
    let fee = &order.terms.escrow_fee;
    let payment = order.payments.last();
    let due = order.deliveries.iter().map(|part| part.due_at).min();
    let delivered = order.deliveries.iter().filter(|part| part.attempts > 0).map(|part| part.since).max();
    let over = |status: Status| order.status() == status;
    let more = json!({
        "seller_email": contacts.seller_email,
        "seller_phone": contacts.seller_phone,
        "seller_name": order.parties.seller_name,
        "buyer_alt_phone": contacts.other_phone,
        "shipping_fee_bearer": "buyer",
        "escrow_fee_bearer": bearer(fee.borne_by),
        "tx_fee_bearer": bearer(fee.borne_by),
        "category": null,
        "started_by": if order.channel == "screen" { "seller" } else { "api" },
        "callback_url": null,
        "comment": null,
        "delivery_location": contacts.address,
        "delivery_city": null,
        "delivery_state": null,
        "delivery_country": null,
        "product_delivery_status": i32::from(!over(Status::AwaitingPayment) && delivered.is_some()),
        "delivery_date": delivered.map(clock::rfc3339),
        "due_date": due.filter(|at| *at < crate::domain::time::Moment::NEVER).map(clock::rfc3339),
        "shipping_method": order.deliveries.iter().find_map(|part| part.tracking.as_ref()).map(|at| at.carrier.as_str()),
        "sla": order.terms.inspection_window.0 / 86_400,
        "cancellation_fee": order.terms.cancellation_fee.percent().replace('\u{a0}', " "),
        "seller_attempts": order.deliveries.iter().map(|part| part.attempts).sum::<u8>(),
        "payment": payment.map(|payment| json!({
            "reference": payment.payment_ref,
            "gateway": payment.gateway,
            "amount": payment.amount_minor,
            "currency": order.currency.code(),
        })),
        "additional_services": services(order, actor),
        "customers": {
            "id": order.parties.buyer,
            "name": order.parties.buyer_name,
            "email": contacts.buyer_email,
            "phone": contacts.buyer_phone,
        },
        "status": { "id": id, "title": title, "description": description },
    });
    merge(&mut object, more);
    let paid_out = order.gone.seller + order.gone.provider + order.gone.marketplace + order.gone.fee;
    for (name, amount) in [("payout", paid_out), ("refund", order.gone.buyer + order.credited_minor)] {
        if amount > 0 {
            object[name] = json!({
                "amount": amount,
                "currency": order.currency.code(),
                "date": clock::rfc3339(order.updated_at),
            });
        }
    }
    object
}

fn merge(object: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
}
