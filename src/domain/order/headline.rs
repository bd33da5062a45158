//! What happened, in a few words for the timeline, with the words that somebody said.

use crate::domain::order::apply::delivery_of;
use crate::domain::order::event::Event;
use crate::domain::order::{Item, ItemKind, Order, RejectCode, Tracking};

fn pieces(order: &Order, pieces: &[(u16, u32)]) -> String {
    let named = |(no, count): &(u16, u32)| {
        let title = order.item(*no).map_or("item", |item: &Item| item.title.as_str());
        format!("{count} × {title}")
    };
    pieces.iter().map(named).collect::<Vec<_>>().join(", ")
}

impl Event {
    /// What happened, in a few words, and to which delivery where there are several.
    #[must_use]
    pub fn headline(&self, order: &Order) -> String {
        let words = self.plain_words().map_or_else(|| self.telling_words(order), str::to_owned);
        match delivery_of(self) {
            Some(delivery) if order.deliveries.len() > 1 && !matches!(self, Self::Split { .. }) => {
                format!("{words} (delivery {delivery})")
            }
            _ => words,
        }
    }

    /// For what needs no more than its name.
    const fn plain_words(&self) -> Option<&'static str> {
        Some(match self {
            Self::Expired { .. } => "Expired unpaid",
            Self::Dispatched { .. } => "Dispatched",
            Self::Delivered { .. } => "Delivered",
            Self::HandedOver { .. } => "Delivered, code confirmed at the door",
            Self::Missed { .. } => "Brought, nobody was there",
            Self::Accepted { .. } => "Accepted",
            Self::Rejected { .. } => "Rejected",
            Self::InspectionLapsed { .. } => "Nobody answered: it counts as accepted",
            Self::SecondAttemptOffered { .. } => "Second attempt offered",
            Self::SecondAttemptAgreed { .. } => "Second attempt agreed",
            Self::OfferLapsed { .. } => "Nobody answered: the second attempt stands",
            Self::TakenBack { goods_are_back: true, .. } => "Goods taken back",
            Self::TakenBack { .. } => "To be sent back",
            Self::ReturnSent { .. } => "Sent back",
            Self::ReturnReceived { .. } => "Return received",
            Self::ReturnLapsed { .. } => "Not sent back in time: it counts as accepted",
            Self::Contested { .. } => "Rejection contested",
            Self::Withdrawn { .. } => "Rejection withdrawn",
            Self::Conceded { .. } => "Conceded, refunded in full",
            Self::Escalated { .. } => "The marketplace was asked to decide",
            Self::Cancelled { .. } => "Cancelled",
            Self::DeliveryLapsed { .. } => "Not delivered in time: called off",
            Self::ChargedBack { .. } => "Charged back by the buyer’s bank",
            Self::ItemsEdited { .. } => "Items changed",
            Self::TermsEdited { .. } => "Terms changed",
            Self::ProviderSet { provider: None } => "Courier taken off",
            Self::Tracked { checkpoint: None, .. } => "Tracking updated",
            Self::Noted { .. } => "Note",
            _ => return None,
        })
    }

    /// For what says how much, how many or who.
    fn telling_words(&self, order: &Order) -> String {
        let money = |minor: i64| order.money(minor).to_string();
        let to_seller = |minor: i64| format!("{} to {}", money(minor), order.parties.seller_name);
        match self {
            Self::Placed(placed) => {
                let goods = placed.items.iter().filter(|item| item.kind == ItemKind::Goods);
                match goods.map(|item| item.quantity).sum::<u32>() {
                    1 => "Order placed, 1 item".to_owned(),
                    pieces => format!("Order placed, {pieces} items"),
                }
            }
            Self::Paid { amount_minor, .. } => format!("Paid into escrow {}", money(*amount_minor)),
            Self::PaymentReturned { amount_minor, .. } => {
                format!("A payment of {} could not be held and goes back", money(*amount_minor))
            }
            Self::Split { into, pieces: moved, .. } => {
                format!("Delivery {into} split off: {}", pieces(order, moved))
            }
            Self::SettlementOffered { to_seller_minor, .. } => {
                format!("Settlement offered: {}", to_seller(*to_seller_minor))
            }
            Self::SettlementAccepted { to_seller_minor, .. } => {
                format!("Settlement accepted: {}", to_seller(*to_seller_minor))
            }
            Self::Ruled { to_seller_minor, .. } => {
                format!("Ruled: {}", to_seller(*to_seller_minor))
            }
            Self::RefundedInFull { flow, .. } => format!("Refunded {}", money(flow.buyer)),
            Self::Refunded { flow, .. } => format!("Part refund {}", money(flow.buyer)),
            Self::Released { flow, .. } => format!("Released {}", to_seller(flow.seller)),
            Self::Credited { flow, .. } => format!("Credited {}", money(flow.buyer)),
            Self::CommissionSet { commission } => {
                format!("Commission set to {}", commission.rate.percent())
            }
            Self::ProviderSet { provider: Some(provider) } => {
                format!("Courier set: {}", provider.name)
            }
            Self::Tracked { checkpoint: Some(checkpoint), .. } => checkpoint.clone(),
            Self::MilestoneAdded { title, amount_minor, .. } => {
                format!("Milestone added: {title}, {}", money(*amount_minor))
            }
            plain => plain.code().replace('_', " "),
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
            | Self::Escalated { text, .. }
            | Self::Missed { text, .. } => text.clone(),
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
