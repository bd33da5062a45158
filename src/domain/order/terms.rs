//! What was agreed before payment, its defaults, and its sentences for the buyer.

use serde::{Deserialize, Serialize};

use crate::domain::money::{Bps, Currency, MAX_AMOUNT, Minor, Money};
use crate::domain::order::terms_change::TermsChange;
use crate::domain::time::Span;

/// What happens when a buyer says nothing after the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// The delivery counts as accepted and the seller is paid.
    Accept,
    /// The buyer is refunded.
    Refund,
}

/// What a buyer gets for goods that are not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundPolicy {
    /// The money back.
    Refund,
    /// Other goods; calling off for money ends with the grace time.
    Replacement,
}

/// Who pays the fee for holding the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// On top of the price.
    Buyer,
    /// Out of what the seller receives.
    Seller,
    /// Half each; the odd unit falls to the seller.
    Both,
}

/// The fee for holding money: a rate between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscrowFee {
    /// Of the amount held.
    pub rate: Bps,
    /// At least this, in minor units.
    pub least_minor: Minor,
    /// At most this; 0 means no bound.
    pub most_minor: Minor,
    /// Who pays it.
    pub borne_by: Bearer,
}

/// What the marketplace keeps of what a seller earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commission {
    /// Of the amount above the part that is not split.
    pub rate: Bps,
    /// Plus this, once an order.
    pub fixed_minor: Minor,
    /// This much of the amount stays with the seller untouched.
    pub non_split_minor: Minor,
}

impl EscrowFee {
    /// The fee with its bounds and who pays it: "1.5 %, at least ₦ 100.00, at most ₦ 2,000.00, by the seller". Nothing when
    /// there is none.
    fn words(&self, currency: Currency) -> Option<String> {
        let money = |minor| Money::new(minor, currency);
        let payer = match self.borne_by {
            Bearer::Buyer => "by the buyer",
            Bearer::Seller => "by the seller",
            Bearer::Both => "by both, half each",
        };
        let mut words = match (self.rate, self.least_minor) {
            (Bps::ZERO, 0) => return None,
            // Without a rate the least is all that is ever charged.
            (Bps::ZERO, least) => return Some(format!("{} {payer}", money(least))),
            (rate, 0) => rate.percent(),
            (rate, least) => format!("{}, at least {}", rate.percent(), money(least)),
        };
        if self.most_minor > 0 {
            words = format!("{words}, at most {}", money(self.most_minor));
        }
        let comma = if self.least_minor > 0 || self.most_minor > 0 { "," } else { "" };
        Some(format!("{words}{comma} {payer}"))
    }
}

impl Commission {
    /// The fee with its parts: "8 % of what is above ₦ 1,000.00, and ₦ 50.00". Nothing when there is none.
    fn words(&self, currency: Currency) -> Option<String> {
        let money = |minor| Money::new(minor, currency);
        let rate = match (self.rate, self.non_split_minor) {
            (Bps::ZERO, _) => None,
            (rate, 0) => Some(rate.percent()),
            (rate, free) => Some(format!("{} of what is above {}", rate.percent(), money(free))),
        };
        match (rate, self.fixed_minor) {
            (rate, 0) => rate,
            (None, fixed) => Some(money(fixed).to_string()),
            (Some(rate), fixed) => Some(format!("{rate}, and {}", money(fixed))),
        }
    }
}

/// The terms of one order, frozen when it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// To pay in, from placing.
    pub payment_window: Span,
    /// To deliver in, from payment; afterwards the buyer may cancel free of charge.
    pub delivery_window: Span,
    /// After the delivery window: then the clock cancels and refunds.
    pub overdue_window: Span,
    /// To accept or reject in, from delivery.
    pub inspection_window: Span,
    /// What silence in the inspection window means.
    pub on_silence: OnSilence,
    /// For the seller to answer a rejection in.
    pub answer_window: Span,
    /// To settle a dispute in before the marketplace reviews it.
    pub negotiation_window: Span,
    /// To send goods back in, and again to confirm that they arrived.
    pub return_window: Span,
    /// Between acceptance and release.
    pub release_delay: Span,
    /// How often a delivery may be attempted.
    pub max_attempts: u8,
    /// In which a buyer may cancel a paid order free of charge.
    pub cancellation_grace: Span,
    /// Of the amount, to the seller, when a buyer cancels later than that.
    pub cancellation_fee: Bps,
    /// What a buyer gets for goods that are not right.
    pub refund_policy: RefundPolicy,
    /// The fee for holding.
    pub escrow_fee: EscrowFee,
    /// The marketplace's part.
    pub commission: Commission,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            payment_window: Span::days(3),
            delivery_window: Span::days(7),
            overdue_window: Span::days(14),
            inspection_window: Span::days(3),
            on_silence: OnSilence::Accept,
            answer_window: Span::days(3),
            negotiation_window: Span::days(3),
            return_window: Span::days(7),
            release_delay: Span::ZERO,
            max_attempts: 2,
            cancellation_grace: Span::ZERO,
            cancellation_fee: Bps::ZERO,
            refund_policy: RefundPolicy::Refund,
            escrow_fee: EscrowFee { rate: Bps::ZERO, least_minor: 0, most_minor: 0, borne_by: Bearer::Seller },
            commission: Commission::default(),
        }
    }
}

/// The longest window that terms may have: ten years.
pub const MAX_WINDOW: Span = Span::days(3_653);

impl Terms {
    /// The first field of the marketplace's commission and the size of the escrow fee that is another: what only its finance
    /// sets.
    #[must_use]
    pub fn other_charge(&self, other: &Self) -> Option<&'static str> {
        TermsChange::whole(self).other_charge(&TermsChange::whole(other))
    }

    /// The first field that makes no sense, by name, with what to do about it.
    #[must_use]
    pub fn first_fault(&self) -> Option<(&'static str, &'static str)> {
        let windows = [
            ("payment_window", self.payment_window, 60),
            ("delivery_window", self.delivery_window, 60),
            ("overdue_window", self.overdue_window, 0),
            ("inspection_window", self.inspection_window, 60),
            ("answer_window", self.answer_window, 60),
            ("negotiation_window", self.negotiation_window, 60),
            ("return_window", self.return_window, 60),
            ("release_delay", self.release_delay, 0),
            ("cancellation_grace", self.cancellation_grace, 0),
        ];
        if let Some((name, _, _)) = windows.iter().find(|(_, span, least)| span.0 < *least || *span > MAX_WINDOW) {
            return Some((name, "A window lasts from one minute to ten years."));
        }
        let fee = &self.escrow_fee;
        let amounts = [
            ("escrow_fee_least", fee.least_minor),
            ("escrow_fee_most", fee.most_minor),
            ("commission_fixed", self.commission.fixed_minor),
            ("commission_non_split", self.commission.non_split_minor),
        ];
        if let Some((name, _)) = amounts.iter().find(|(_, amount)| !(0..=MAX_AMOUNT).contains(amount)) {
            return Some((name, "A fee is not negative and no more than an order may be worth."));
        }
        if fee.most_minor > 0 && fee.least_minor > fee.most_minor {
            return Some(("escrow_fee_least", "The least fee is above the most."));
        }
        if !(1..=9).contains(&self.max_attempts) {
            return Some(("max_attempts", "From 1 to 9 attempts."));
        }
        None
    }

    /// The terms as label and value, for the buyer to read before paying.
    #[must_use]
    pub fn lines(&self, currency: Currency) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("Pay within", self.payment_window.words()),
            ("Delivered within", self.delivery_window.words()),
            ("Called off when overdue by", self.overdue_window.words()),
            ("Look it over", self.inspection_window.words()),
            (
                "Silence",
                match self.on_silence {
                    OnSilence::Accept => "accepts".to_owned(),
                    OnSilence::Refund => "refunds".to_owned(),
                },
            ),
            ("Answer a rejection", self.answer_window.words()),
            ("Settle a dispute", self.negotiation_window.words()),
            ("Return", self.return_window.words()),
            ("Attempts", self.max_attempts.to_string()),
        ];
        if self.release_delay > Span::ZERO {
            lines.push(("Released after", self.release_delay.words()));
        }
        if self.cancellation_fee > Bps::ZERO {
            lines.push((
                "Late cancellation",
                format!("{} after {}", self.cancellation_fee.percent(), self.cancellation_grace.words()),
            ));
        }
        if self.refund_policy == RefundPolicy::Replacement {
            lines.push(("Not right", "replaced".to_owned()));
        }
        lines.extend(self.commission.words(currency).map(|words| ("Marketplace fee", words)));
        lines.extend(self.escrow_fee.words(currency).map(|words| ("Escrow fee", words)));
        lines
    }
}
