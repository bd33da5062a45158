//! An open offer to share the money, and where the money of an order went, told to one reader.

use crate::domain::money::Minor;
use crate::domain::order::status::Status;
use crate::domain::order::{Delivery, Order};
use crate::domain::party::Party;

impl Order {
    /// Where the money of a part would go when so much of it went to the seller's side: "₦ 6,800.00 to Ada Stores and
    /// ₦ 10,200.00 back to you". The seller is told what reaches them, and out of what.
    #[must_use]
    pub fn shared(&self, part: &Delivery, to_seller: Minor, reader: Party) -> String {
        let flow = part.clone().settle(to_seller);
        let gross = self.money(to_seller);
        let less = to_seller - flow.seller;
        let to = if reader == Party::Seller && less > 0 {
            let what = if flow.provider > 0 { "fees and courier" } else { "fees" };
            format!("{} to you ({gross} less {} {what})", self.money(flow.seller), self.money(less))
        } else {
            format!("{gross} to {}", self.name_for(reader, Party::Seller))
        };
        match flow.buyer {
            0 => to,
            back => format!("{to} and {} back to {}", self.money(back), self.name_for(reader, Party::Buyer)),
        }
    }

    /// What is offered for this part, by whom, and who may accept it: "You offered … Ada Stores may accept it". `until`
    /// ends the sentence.
    #[must_use]
    pub fn settlement_sentence(&self, part: &Delivery, reader: Party, until: &str) -> Option<String> {
        let offer = part.settlement.filter(|_| !part.status.is_over() && reader != Party::Provider)?;
        let other = if offer.by == Party::Buyer { Party::Seller } else { Party::Buyer };
        let shared = self.shared(part, offer.to_seller_minor, reader);
        let by = if reader == offer.by { "You" } else { self.name_of(offer.by) };
        let who = if reader == other { "You" } else { self.name_of(other) };
        Some(format!("{by} offered {shared}. {who} may accept it{until}."))
    }

    /// Where the money went, once the order is over: "₦ 130,625.00 came back to you; ₦ 6,875.00 late-cancellation fee to
    /// Ada Stores."
    #[must_use]
    pub fn ending(&self, reader: Party) -> Option<String> {
        if !self.is_over() {
            return None;
        }
        if self.paid_minor == 0 {
            return Some("Nothing was paid.".to_owned());
        }
        let status = self.status();
        if status == Status::ChargedBack {
            let whose = if reader == Party::Buyer { "Your" } else { "The buyer’s" };
            return Some(format!("{whose} bank took the payment back."));
        }
        let (seller, buyer) = (self.name_for(reader, Party::Seller), self.name_for(reader, Party::Buyer));
        let gone = self.gone;
        let to_seller = match status {
            Status::Cancelled => format!("late-cancellation fee to {seller}"),
            _ => format!("went to {seller}"),
        };
        let shares = [
            (gone.buyer, format!("came back to {buyer}")),
            (gone.seller, to_seller),
            (gone.provider, format!("went to {}", self.name_for(reader, Party::Provider))),
            (gone.marketplace, "marketplace fee".to_owned()),
            (gone.fee, "escrow fee".to_owned()),
        ];
        let told = shares.iter().filter(|(minor, _)| *minor > 0);
        let told: Vec<String> = told.map(|(minor, words)| format!("{} {words}", self.money(*minor))).collect();
        Some(format!("{}.", told.join("; ")))
    }
}
