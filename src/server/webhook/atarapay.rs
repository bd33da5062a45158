//! The notifications of AtaraPay, for integrations that were written for it: form fields `status`, `token` and `data`.
//!
//! The token is reversible, carries the private key and does not cover the status: that is how it is there, and why each
//! endpoint has a pair of its own. `order` is the reference as a number, [`Reference::number`](crate::domain::id::Reference).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Telling, utc};
use crate::{
    app::paths,
    domain::{
        order::{Item, ItemKind, Order, charge::Flow, event::Event},
        party::Party,
        time::Moment,
    },
    server::clock,
};

const PUBLIC_LETTERS: usize = 32;
const PRIVATE_LETTERS: usize = 36;

/// An endpoint's own keys.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The one that may be known.
    pub public: String,
    /// The one that may not.
    pub private: String,
}

/// Says that there is a pair, not which.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(…)")
    }
}

impl KeyPair {
    /// A new one that nobody can guess.
    pub fn new() -> Self {
        Self { public: letters(PUBLIC_LETTERS), private: letters(PRIVATE_LETTERS) }
    }

    /// As it is sealed.
    pub fn write(&self) -> String {
        format!("{}:{}", self.public, self.private)
    }

    /// From what was sealed.
    pub fn read(text: &str) -> Option<Self> {
        let (public, private) = text.split_once(':')?;
        Some(Self { public: public.to_owned(), private: private.to_owned() })
    }

    /// Base 64 of both: what the partner's calls to us carry.
    pub fn auth_token(&self) -> String {
        STANDARD.encode(self.write())
    }

    /// The pair that such a token is made of.
    pub fn from_auth_token(token: &str) -> Option<Self> {
        Self::read(&String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?)
    }

    /// Base 64 of both, the order's number and its amount: what our calls to the partner carry.
    pub fn notification_token(&self, of: &Notification) -> String {
        STANDARD.encode(format!("{}:{}:{}", self.write(), of.order, of.amount_minor))
    }
}

impl Default for KeyPair {
    fn default() -> Self {
        Self::new()
    }
}

/// Random letters and digits, each as likely as the others.
fn letters(count: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let fair = |byte: &u8| *byte < 248; // four times 62
    let random = std::iter::repeat_with(clock::random::<64>).flatten().filter(fair);
    random.take(count).map(|byte| char::from(LETTERS[usize::from(byte % 62)])).collect()
}

/// A notification, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    status: String,
    order: u64,
    amount_minor: i64,
    data: String,
}

/// What an event is called there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    status: &'static str,
    message: &'static str,
    id: i64,
    money: Money,
}

/// Which movement of money is told along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Money {
    None,
    Payout,
    Refund,
    Both,
}

const fn word(status: &'static str, id: i64, money: Money, message: &'static str) -> Word {
    Word { status, message, id, money }
}

/// The one table: our event, and who did it, to their status, its number, the money told along and the message. The
/// numbers 3, 5 and 9 are documented there, 1 and 2 are ours for what is under way; rows after the eleven that are
/// documented tell what else ends an order in the words that their plug-ins know.
const fn word_of(event: &Event, by: Party) -> Option<Word> {
    Some(match (event, by) {
        (Event::Delivered { .. } | Event::HandedOver { .. }, _) => {
            word("Delivered", 1, Money::None, "Order is marked completed")
        }
        (Event::Accepted { .. } | Event::InspectionLapsed { .. }, _) => {
            word("Accepted", 5, Money::None, "Order is accepted")
        }
        (Event::Rejected { .. }, _) => word("Rejected", 3, Money::None, "Buyer Rejects Order"),
        (Event::Cancelled { .. }, Party::Buyer) => word("Rejected", 9, Money::Refund, "Transaction is canceled"),
        (Event::Cancelled { .. } | Event::DeliveryLapsed { .. }, _) => {
            word("Canceled", 9, Money::Refund, "Transaction is canceled")
        }
        (Event::Withdrawn { .. }, _) => {
            word("Complete", 5, Money::Payout, "Dispute is cancelled, Transaction Completed")
        }
        (Event::Conceded { .. }, _) => {
            word("Complete", 5, Money::Refund, "Dispute is cancelled, Transaction Completed")
        }
        (Event::SecondAttemptAgreed { .. } | Event::OfferLapsed { .. }, _) => {
            word("Pending II", 2, Money::None, "Second attempt")
        }
        (Event::Contested { .. }, _) => word("Dispute", 2, Money::None, "Order is in dispute"),
        (Event::Escalated { .. }, _) => word("Disputed", 2, Money::None, "Dispute is escalated"),
        (Event::RefundedInFull { .. }, _) => word("Refunded", 5, Money::Refund, "Order is refunded"),
        (Event::Ruled { .. } | Event::SettlementAccepted { .. }, _) => {
            word("Complete", 5, Money::Both, "Dispute is resolved, Transaction Completed")
        }
        _ => return None,
    })
}

impl Notification {
    /// The notification of an event; nothing where they have no word for it.
    pub fn of(telling: &Telling) -> Option<Self> {
        let word = word_of(&telling.event, telling.actor.party)?;
        let order = &telling.order;
        Some(Self {
            status: word.status.to_owned(),
            order: order.reference.number(),
            amount_minor: order.total_minor(),
            data: order_object(telling, word).to_string(),
        })
    }

    /// The notification of a test: a status that no integration acts on.
    pub fn test() -> Self {
        Self { status: "Test".to_owned(), order: 0, amount_minor: 0, data: json!({ "message": "Test" }).to_string() }
    }

    /// As it is kept.
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("a notification is plain data")
    }

    /// From what was kept.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As it is sent.
    pub fn form(&self, token: &str) -> String {
        let field = |name: &str, value: &str| format!("{name}={}", paths::encode(value));
        [field("status", &self.status), field("token", token), field("data", &self.data)].join("&")
    }
}

/// The order object of a notification: the order, and what the event is called.
fn order_object(telling: &Telling, word: Word) -> Value {
    let order = &telling.order;
    let mut object = describe(order, &telling.buyer_email, &telling.buyer_phone);
    let delivered = matches!(telling.event, Event::Delivered { .. } | Event::HandedOver { .. });
    object["delivery_date"] = json!(delivered.then(|| utc(telling.at)));
    object["status"] = json!({ "id": word.id, "title": word.status, "description": word.message });
    object["message"] = json!(word.message);
    for (name, value) in money_objects(order, telling, word.money) {
        object[name] = value;
    }
    object
}

/// What an order object says of the order itself, as far as we have its fields.
pub fn describe(order: &Order, buyer_email: &str, buyer_phone: &str) -> Value {
    let goods: Vec<&Item> = order.items.iter().filter(|item| item.kind == ItemKind::Goods).collect();
    let shipping = order.items.iter().filter(|item| item.kind == ItemKind::Shipping);
    let shipping_minor: i64 = shipping.map(|item| item.unit_minor * i64::from(item.quantity)).sum();
    let goods_minor: i64 = goods.iter().map(|item| item.unit_minor * i64::from(item.quantity)).sum();
    let names: Vec<&str> = goods.iter().map(|item| item.title.as_str()).collect();
    let attempts = order.deliveries.iter().map(|part| part.attempts).max().unwrap_or_default();
    let payment = order.payments.last();
    json!({
        "id": order.reference.number(),
        "type": 1,
        "is_marketplace": 1,
        "customer_id": order.parties.buyer,
        "beneficiary_merchant_id": order.parties.seller,
        "buyer_name": order.parties.buyer_name,
        "buyer_email": buyer_email,
        "buyer_phone": buyer_phone,
        "shipping_cost": shipping_minor,
        "product_id": order.external_ref.as_deref().unwrap_or(order.reference.as_str()),
        "product_name": order.title(),
        "product_desc": names.join(", "),
        "product_cost": goods_minor,
        "quantity": goods.iter().map(|item| item.quantity).sum::<u32>(),
        "amount_payed": order.paid_minor,
        "amount_net": order.total_minor(),
        "currency": order.currency.code(),
        "is_test": order.is_test(),
        "payment_ref": payment.map(|payment| payment.payment_ref.as_str()),
        "gateway_name": payment.map(|payment| payment.gateway.as_str()),
        "delivery_man": order.provider.as_ref().map(|provider| provider.name.as_str()),
        "transaction_date": utc(order.placed_at),
        "max_delivery_days": order.terms.delivery_window.0 / 86_400,
        "attempts": attempts,
        "created_at": utc(order.placed_at),
        "updated_at": utc(order.updated_at),
    })
}

/// What the event moved. A withdrawn dispute pays out in the event after it: then it is what the order has paid out by now.
fn money_objects(order: &Order, telling: &Telling, money: Money) -> Vec<(&'static str, Value)> {
    let flow = match telling.event.flow() {
        Flow::ZERO => order.gone,
        flow => flow,
    };
    let object =
        |amount: i64, at: Moment| json!({ "amount": amount, "currency": order.currency.code(), "date": utc(at) });
    let payout = ("payout", object(flow.total() - flow.buyer, telling.at));
    let refund = ("refund", object(flow.buyer, telling.at));
    match money {
        Money::None => Vec::new(),
        Money::Payout => vec![payout],
        Money::Refund => vec![refund],
        Money::Both => vec![payout, refund],
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyPair, Notification};

    fn documented() -> KeyPair {
        KeyPair {
            public: "b8kP7A1e67s0jc3h98T8pH71dq66J0s3".to_owned(),
            private: "PKp6z3jTcLeQNc1h3u9e0ffX77NY91adE12".to_owned(),
        }
    }

    #[test]
    fn the_tokens_are_the_documented_ones() {
        assert_eq!(
            documented().auth_token(),
            "YjhrUDdBMWU2N3MwamMzaDk4VDhwSDcxZHE2NkowczM6UEtwNnozalRjTGVRTmMxaDN1OWUwZmZYNzdOWTkxYWRFMTI="
        );
        let of = Notification { order: 3021, amount_minor: 6_051_900, ..Notification::test() };
        let read = KeyPair::from_auth_token(&documented().auth_token());
        assert_eq!(read, Some(documented()));
        assert_eq!(
            documented().notification_token(&of),
            "YjhrUDdBMWU2N3MwamMzaDk4VDhwSDcxZHE2NkowczM6UEtwNnozalRjTGVRTmMxaDN1OWUwZmZYNzdOWTkxYWRFMTI6MzAyMTo2MDUxOTAw"
        );
    }

    #[test]
    fn a_new_pair_is_of_letters_and_digits_and_survives_being_written() {
        let pair = KeyPair::new();
        assert_eq!((pair.public.len(), pair.private.len()), (32, 36));
        assert!(pair.public.chars().chain(pair.private.chars()).all(|letter| letter.is_ascii_alphanumeric()));
        assert_ne!(pair, KeyPair::new());
        assert_eq!(KeyPair::read(&pair.write()), Some(pair));
    }

    #[test]
    fn a_notification_is_a_form_of_three_fields() {
        let form = Notification::test().form("a+b=");
        assert_eq!(form, "status=Test&token=a%2Bb%3D&data=%7B%22message%22%3A%22Test%22%7D");
        assert_eq!(Notification::read(&Notification::test().write()), Some(Notification::test()));
    }
}
