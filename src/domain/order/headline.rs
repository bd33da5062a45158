//! What happened, in a few words for the timeline, with the words that somebody said.

use crate::domain::order::event::Event;
use crate::domain::order::{Item, Order, RejectCode, Tracking};

fn pieces(order: &Order, pieces: &[(u16, u32)]) -> String {
    let named = |(no, count): &(u16, u32)| {
        let title = order.item(*no).map_or("item", |item: &Item| item.title.as_str());
        format!("{count} × {title}")
    };
    pieces.iter().map(named).collect::<Vec<_>>().join(", ")
}

impl Event {
    /// What happened, in a few words.
    #[must_use]
    pub fn headline(&self, order: &Order) -> String {
        let money = |minor: i64| order.money(minor).to_string();
        let of = |delivery: u16| {
            if order.deliveries.len() > 1 { format!(" (delivery {delivery})") } else { String::new() }
        };
        match self {
            Self::Placed(placed) => format!("Order placed, {} items", placed.items.iter().map(|item| item.quantity).sum::<u32>()),
            Self::Paid { amount_minor, .. } => format!("Paid into escrow {}", money(*amount_minor)),
            Self::PaymentReturned { amount_minor, .. } => format!("A payment of {} could not be held and goes back", money(*amount_minor)),
            Self::Expired { delivery } => format!("Expired unpaid{}", of(*delivery)),
            Self::Split { into, pieces: moved, .. } => format!("Delivery {into} split off: {}", pieces(order, moved)),
            Self::Dispatched { delivery, .. } => format!("Dispatched{}", of(*delivery)),
            Self::Delivered { delivery, .. } => format!("Delivered{}", of(*delivery)),
            Self::HandedOver { delivery } => format!("Delivered, code confirmed at the door{}", of(*delivery)),
            Self::Accepted { delivery } => format!("Accepted{}", of(*delivery)),
            Self::Rejected { delivery, .. } => format!("Rejected{}", of(*delivery)),
            Self::InspectionLapsed { delivery } => format!("Nobody answered: it counts as accepted{}", of(*delivery)),
            Self::SecondAttemptOffered { delivery, .. } => format!("Second attempt offered{}", of(*delivery)),
            Self::SecondAttemptAgreed { delivery, .. } => format!("Second attempt agreed{}", of(*delivery)),
            Self::OfferLapsed { delivery } => format!("Nobody answered: the second attempt stands{}", of(*delivery)),
            Self::TakenBack { delivery, goods_are_back: true } => format!("Goods taken back{}", of(*delivery)),
            Self::TakenBack { delivery, .. } => format!("To be sent back{}", of(*delivery)),
            Self::ReturnSent { delivery, .. } => format!("Sent back{}", of(*delivery)),
            Self::ReturnReceived { delivery } => format!("Return received{}", of(*delivery)),
            Self::ReturnLapsed { delivery } => format!("Not sent back in time: it counts as accepted{}", of(*delivery)),
            Self::Contested { delivery, .. } => format!("Rejection contested{}", of(*delivery)),
            Self::SettlementOffered { to_seller_minor, delivery, .. } => {
                format!("Settlement offered: {} to {}{}", money(*to_seller_minor), order.parties.seller_name, of(*delivery))
            }
            Self::SettlementAccepted { to_seller_minor, delivery, .. } => {
                format!("Settlement accepted: {} to {}{}", money(*to_seller_minor), order.parties.seller_name, of(*delivery))
            }
            Self::Withdrawn { delivery, .. } => format!("Rejection withdrawn{}", of(*delivery)),
            Self::Conceded { delivery, .. } => format!("Conceded, refunded in full{}", of(*delivery)),
            Self::Escalated { delivery, .. } => format!("The marketplace was asked to decide{}", of(*delivery)),
            Self::Ruled { to_seller_minor, delivery, .. } => {
                format!("Ruled: {} to {}{}", money(*to_seller_minor), order.parties.seller_name, of(*delivery))
            }
            Self::Cancelled { delivery, .. } => format!("Cancelled{}", of(*delivery)),
            Self::DeliveryLapsed { delivery, .. } => format!("Not delivered in time: called off{}", of(*delivery)),
            Self::RefundedInFull { flow, delivery, .. } => format!("Refunded {}{}", money(flow.buyer), of(*delivery)),
            Self::Refunded { flow, delivery, .. } => format!("Part refund {}{}", money(flow.buyer), of(*delivery)),
            Self::Released { flow, delivery } => {
                format!("Released {} to {}{}", money(flow.seller), order.parties.seller_name, of(*delivery))
            }
            Self::Credited { flow, delivery, .. } => format!("Credited {}{}", money(flow.buyer), of(*delivery)),
            Self::ChargedBack { .. } => "Charged back by the buyer’s bank".to_owned(),
            Self::ItemsEdited { .. } => "Items changed".to_owned(),
            Self::TermsEdited { .. } => "Terms changed".to_owned(),
            Self::CommissionSet { commission } => format!("Commission set to {}", commission.rate.percent()),
            Self::ProviderSet { provider: Some(provider) } => format!("Courier set: {}", provider.name),
            Self::ProviderSet { provider: None } => "Courier taken off".to_owned(),
            Self::Tracked { checkpoint, .. } => checkpoint.clone().unwrap_or_else(|| "Tracking updated".to_owned()),
            Self::Noted { .. } => "Note".to_owned(),
            Self::MilestoneAdded { title, amount_minor, .. } => format!("Milestone added: {title}, {}", money(*amount_minor)),
        }
    }

    /// The words that somebody said with it.
    #[must_use]
    pub fn quote(&self) -> Option<String> {
        match self {
            Self::Rejected { code, text, .. } => {
                let why = RejectCode::ALL.iter().find(|(known, _, _)| known == code).map_or("", |(_, _, words)| words);
                Some(format!("{why}: {text}"))
            }
            Self::Contested { statement: text, .. }
            | Self::Ruled { reasons: text, .. }
            | Self::Cancelled { reason: text, .. }
            | Self::Refunded { reason: text, .. }
            | Self::Credited { reason: text, .. }
            | Self::ChargedBack { reason: text, .. }
            | Self::Noted { text, .. } => Some(text.clone()),
            Self::SecondAttemptOffered { text, .. }
            | Self::SecondAttemptAgreed { text, .. }
            | Self::SettlementOffered { text, .. }
            | Self::Withdrawn { text, .. }
            | Self::Conceded { text, .. }
            | Self::Escalated { text, .. } => text.clone(),
            Self::Delivered { proof, .. } => proof.text.as_ref().map(ToString::to_string),
            _ => None,
        }
    }

    /// Where the parcel can be followed, when this says so.
    #[must_use]
    pub const fn tracking(&self) -> Option<&Tracking> {
        match self {
            Self::Dispatched { tracking, .. } | Self::ReturnSent { tracking, .. } => tracking.as_ref(),
            Self::Tracked { tracking, .. } => Some(tracking),
            _ => None,
        }
    }
}
