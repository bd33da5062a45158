//! An order that never was, at each point at which somebody is told something: for previews of what is sent.

use uuid::Uuid;

use crate::domain::id::{MarketplaceId, OrderId, ProviderId, Reference, SellerId, UserId};
use crate::domain::money::{Currency, Minor};
use crate::domain::order::action::{Proof, Ruling, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::event::{Event, Placed};
use crate::domain::order::terms::Terms;
use crate::domain::order::{
    AssignedProvider, Item, ItemKind, Order, Parties, RejectCode, Remedy, Share, ShareBearer, Tracking,
};
use crate::domain::party::Party;
use crate::domain::time::{Moment, Span};

/// What the order is worth, in minor units.
const WORTH: Minor = 4_800_000;
/// A part of it.
const PART: Minor = 1_800_000;

/// Each kind of event that anybody is told of, and what happened before it.
const STORIES: &[(&str, &[&str])] = &[
    ("placed", &[]),
    ("items_edited", &[]),
    ("terms_edited", &[]),
    ("milestone_added", &[]),
    ("expired", &[]),
    ("paid", &[]),
    ("payment_returned", &["paid"]),
    ("provider_set", &["paid"]),
    ("cancelled", &["paid"]),
    ("dispatched", &["paid"]),
    ("delivery_lapsed", &["paid"]),
    ("charged_back", &["paid"]),
    ("missed", &["paid", "dispatched"]),
    ("delivered", &["paid", "dispatched"]),
    ("handed_over", &["paid", "dispatched"]),
    ("inspection_lapsed", &["paid", "delivered"]),
    ("released", &["paid", "delivered", "accepted"]),
    ("credited", &["paid", "delivered", "accepted", "released"]),
    ("rejected", &["paid", "delivered"]),
    ("second_attempt_offered", &["paid", "delivered", "rejected"]),
    ("second_attempt_agreed", &["paid", "delivered", "rejected", "second_attempt_offered"]),
    ("offer_lapsed", &["paid", "delivered", "rejected", "second_attempt_offered"]),
    ("taken_back", &["paid", "delivered", "rejected"]),
    ("return_sent", &["paid", "delivered", "rejected", "taken_back"]),
    ("return_received", &["paid", "delivered", "rejected", "taken_back", "return_sent"]),
    ("return_lapsed", &["paid", "delivered", "rejected", "taken_back"]),
    ("contested", &["paid", "delivered", "rejected"]),
    ("settlement_offered", &["paid", "delivered", "rejected", "contested"]),
    ("settlement_accepted", &["paid", "delivered", "rejected", "contested", "settlement_offered"]),
    ("withdrawn", &["paid", "delivered", "rejected", "contested"]),
    ("conceded", &["paid", "delivered", "rejected"]),
    ("escalated", &["paid", "delivered", "rejected", "contested"]),
    ("ruled", &["paid", "delivered", "rejected", "contested", "escalated"]),
    ("refunded_in_full", &["paid", "delivered", "rejected"]),
    ("refunded", &["paid", "delivered", "rejected"]),
];

/// Each kind of event that anybody is told of, with the order as it is right after it. The order was placed at `at`.
#[must_use]
pub fn samples(at: Moment) -> Vec<(Event, Order)> {
    STORIES.iter().map(|(code, before)| sample(code, before, at)).collect()
}

/// The order right after its goods were delivered, when its buyer has the turn.
#[must_use]
pub fn delivered(at: Moment) -> Order {
    sample("delivered", &["paid", "dispatched"], at).1
}

fn sample(code: &str, before: &[&str], at: Moment) -> (Event, Order) {
    let placed = placed();
    let mut order = Order::placed(&placed, at);
    let mut at = at;
    for code in before {
        at = at.plus(Span::hours(1));
        order.apply(&event(code, &placed), at);
    }
    let event = event(code, &placed);
    if !matches!(event, Event::Placed(_)) {
        order.apply(&event, at.plus(Span::hours(1)));
    }
    (event, order)
}

fn placed() -> Placed {
    let item = |no, title: &str, kind, unit_minor| Item {
        no,
        title: title.to_owned(),
        kind,
        quantity: 1,
        unit_minor,
        commission: None,
        due_at: None,
    };
    Placed {
        id: OrderId(Uuid::nil()),
        reference: Reference::from_bits(0x1234_5678_9abc),
        parties: Parties {
            marketplace: MarketplaceId(Uuid::nil()),
            marketplace_name: "Lagos Fair".to_owned(),
            seller: SellerId(Uuid::nil()),
            seller_name: "Ada Stores".to_owned(),
            buyer: UserId(Uuid::nil()),
            buyer_name: "Bisi Alade".to_owned(),
        },
        external_ref: None,
        channel: "screen".to_owned(),
        currency: "NGN".parse::<Currency>().expect("the naira is a currency"),
        items: vec![
            item(1, "Handwoven rug", ItemKind::Goods, 4_600_000),
            item(2, "Delivery", ItemKind::Shipping, 200_000),
        ],
        terms: Terms::default(),
        milestones: false,
        provider: Some(courier()),
        handover_digest: String::new(),
    }
}

fn courier() -> AssignedProvider {
    AssignedProvider {
        id: ProviderId(Uuid::nil()),
        name: "Swift Riders".to_owned(),
        share: Share::Amount(0),
        borne_by: ShareBearer::Seller,
    }
}

fn event(code: &str, placed: &Placed) -> Event {
    way(code, placed).or_else(|| quarrel(code)).unwrap_or_else(|| money(code))
}

fn gateway() -> (String, String) {
    ("sandbox".to_owned(), "pay-1".to_owned())
}

/// What happens to an order and to its goods.
fn way(code: &str, placed: &Placed) -> Option<Event> {
    let delivery = 1;
    let tracking = Some(Tracking { carrier: "Swift Riders".to_owned(), number: "SR-20417".to_owned() });
    let proof = Proof { text: None, point_of_sale: None, recipient: None, photos: Vec::new() };
    Some(match code {
        "placed" => Event::Placed(Box::new(placed.clone())),
        "items_edited" => Event::ItemsEdited { items: placed.items.clone() },
        "terms_edited" => Event::TermsEdited { terms: placed.terms },
        "milestone_added" => Event::MilestoneAdded {
            title: "Second part".to_owned(),
            amount_minor: PART,
            due_at: None,
            commission: None,
        },
        "expired" => Event::Expired { delivery },
        "provider_set" => Event::ProviderSet { provider: Some(courier()) },
        "dispatched" => Event::Dispatched { delivery, tracking },
        "missed" => Event::Missed { delivery, text: None, photos: Vec::new() },
        "delivered" => Event::Delivered { delivery, proof },
        "handed_over" => Event::HandedOver { delivery, photos: Vec::new() },
        "accepted" => Event::Accepted { delivery },
        "inspection_lapsed" => Event::InspectionLapsed { delivery },
        "second_attempt_offered" => Event::SecondAttemptOffered { delivery, text: None },
        "second_attempt_agreed" => Event::SecondAttemptAgreed { delivery, text: None },
        "offer_lapsed" => Event::OfferLapsed { delivery },
        "taken_back" => Event::TakenBack { delivery, goods_are_back: false },
        "return_sent" => Event::ReturnSent { delivery, tracking },
        "return_received" => Event::ReturnReceived { delivery },
        "return_lapsed" => Event::ReturnLapsed { delivery },
        _ => return None,
    })
}

/// What is argued about.
fn quarrel(code: &str) -> Option<Event> {
    let delivery = 1;
    let split = Flow { buyer: WORTH - PART, seller: PART, ..Flow::ZERO };
    Some(match code {
        "rejected" => Event::Rejected {
            delivery,
            code: RejectCode::Damaged,
            text: "The rug is torn.".to_owned(),
            remedy: Remedy::Refund,
            photos: Vec::new(),
        },
        "contested" => {
            Event::Contested { delivery, statement: "It was whole when it left.".to_owned(), evidence: Vec::new() }
        }
        "settlement_offered" => {
            Event::SettlementOffered { delivery, by: Party::Seller, to_seller_minor: PART, text: None }
        }
        "settlement_accepted" => Event::SettlementAccepted { delivery, to_seller_minor: PART, flow: split },
        "withdrawn" => Event::Withdrawn { delivery, text: None },
        "conceded" => Event::Conceded { delivery, text: None, flow: Flow { buyer: WORTH, ..Flow::ZERO } },
        "escalated" => Event::Escalated { delivery, text: None },
        "ruled" => Event::Ruled {
            delivery,
            ruling: Ruling::Split(PART),
            to_seller_minor: PART,
            reasons: "Both had a part in it.".to_owned(),
            flow: split,
        },
        _ => return None,
    })
}

/// What only moves money.
fn money(code: &str) -> Event {
    let delivery = 1;
    let all = Flow { buyer: WORTH, ..Flow::ZERO };
    let part = Flow { buyer: PART, ..Flow::ZERO };
    let (gateway, payment_ref) = gateway();
    match code {
        "paid" => Event::Paid { amount_minor: WORTH, deliveries: vec![delivery], gateway, payment_ref },
        "payment_returned" => Event::PaymentReturned { amount_minor: PART, gateway, payment_ref },
        "cancelled" => Event::Cancelled { delivery, reason: "No longer needed.".to_owned(), flow: all },
        "delivery_lapsed" => Event::DeliveryLapsed { delivery, flow: all },
        "refunded_in_full" => Event::RefundedInFull { delivery, because: Verb::TakeBack, flow: all },
        "refunded" => Event::Refunded { delivery, lines: Vec::new(), reason: "A scratch.".to_owned(), flow: part },
        "credited" => Event::Credited {
            delivery,
            lines: Vec::new(),
            reason: "A flaw showed later.".to_owned(),
            flow: Flow { buyer: PART, seller: -PART, ..Flow::ZERO },
        },
        "charged_back" => Event::ChargedBack {
            gateway,
            payment_ref,
            reason: "Not recognised by the cardholder.".to_owned(),
            held_minor: WORTH,
            from_seller_minor: 0,
            lost_minor: 0,
        },
        _ => Event::Released { delivery, flow: Flow { seller: WORTH, ..Flow::ZERO } },
    }
}
