//! Terms: as a program says what differs, and as it is told of all of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::Faults;
use crate::domain::{
    order::{
        terms::{Bearer, OnSilence, RefundPolicy, Terms},
        terms_change::TermsChange,
    },
    time::Span,
};

/// What silence of the buyer means.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// It counts as accepted.
    Accept,
    /// The buyer is refunded.
    Refund,
}

/// What a buyer gets for goods that are not right.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The money back.
    Refund,
    /// Other goods.
    Replacement,
}

/// Who pays the fee for holding.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeBearer {
    /// On top of the price.
    Buyer,
    /// Out of what the seller receives.
    Seller,
    /// Half each.
    Both,
}

/// Declares terms twice: as they are sent, with nothing said, and as they are told, whole.
macro_rules! terms {
    ($($(#[$doc:meta])* $field:ident: $kind:ty,)*) => {
        /// What is agreed; what is not named stays as the seller or the marketplace has set it.
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct TermsBody { $($(#[$doc])* pub $field: Option<$kind>,)* }

        /// What was agreed.
        #[derive(Debug, Clone, Serialize, JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub struct TermsOut { $($(#[$doc])* pub $field: $kind,)* }
    };
}

terms! {
    /// To pay in, from placing, in seconds.
    #[schemars(range(min = 0, max = 315_619_200))]
    payment_window_secs: i64,
    /// To deliver in, from payment.
    #[schemars(range(min = 0, max = 315_619_200))]
    delivery_window_secs: i64,
    /// After that the clock calls it off.
    #[schemars(range(min = 0, max = 315_619_200))]
    overdue_window_secs: i64,
    /// To accept or reject in, from delivery.
    #[schemars(range(min = 0, max = 315_619_200))]
    inspection_window_secs: i64,
    /// What silence in the inspection window means.
    on_silence: Silence,
    /// To answer a rejection in.
    #[schemars(range(min = 0, max = 315_619_200))]
    answer_window_secs: i64,
    /// To settle a dispute in.
    #[schemars(range(min = 0, max = 315_619_200))]
    negotiation_window_secs: i64,
    /// To send goods back in.
    #[schemars(range(min = 0, max = 315_619_200))]
    return_window_secs: i64,
    /// Between acceptance and release.
    #[schemars(range(min = 0, max = 315_619_200))]
    release_delay_secs: i64,
    /// How often a delivery may be attempted.
    #[schemars(range(min = 1, max = 9))]
    max_attempts: u8,
    /// In which a buyer may cancel a paid order free of charge.
    #[schemars(range(min = 0, max = 315_619_200))]
    cancellation_grace_secs: i64,
    /// To the seller when a buyer cancels later, in hundredths of a percent.
    #[schemars(range(max = 10_000))]
    cancellation_fee_bps: u16,
    /// What a buyer gets for goods that are not right.
    refund_policy: Policy,
    /// The fee for holding, in hundredths of a percent.
    #[schemars(range(max = 10_000))]
    escrow_fee_bps: u16,
    /// At least this.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    escrow_fee_least_minor: i64,
    /// At most this; 0 for no bound.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    escrow_fee_most_minor: i64,
    /// Who pays it.
    escrow_fee_borne_by: FeeBearer,
    /// What the marketplace keeps, in hundredths of a percent.
    #[schemars(range(max = 10_000))]
    commission_bps: u16,
    /// Plus this, once an order.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    commission_fixed_minor: i64,
    /// This much stays with the seller untouched.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    commission_non_split_minor: i64,
}

impl TermsBody {
    /// What it changes.
    pub fn change(&self, at: &str, faults: &mut Faults) -> Option<TermsChange> {
        let mut rate = |name: &str, bps: Option<u16>| match bps {
            Some(bps) => faults.rate(&format!("{at}/{name}"), bps).map(Some),
            None => Some(None),
        };
        let cancellation_fee = rate("cancellation_fee_bps", self.cancellation_fee_bps);
        let escrow_fee_rate = rate("escrow_fee_bps", self.escrow_fee_bps);
        let commission_rate = rate("commission_bps", self.commission_bps);
        Some(TermsChange {
            payment_window: self.payment_window_secs.map(Span),
            delivery_window: self.delivery_window_secs.map(Span),
            overdue_window: self.overdue_window_secs.map(Span),
            inspection_window: self.inspection_window_secs.map(Span),
            on_silence: self.on_silence.map(|silence| match silence {
                Silence::Accept => OnSilence::Accept,
                Silence::Refund => OnSilence::Refund,
            }),
            answer_window: self.answer_window_secs.map(Span),
            negotiation_window: self.negotiation_window_secs.map(Span),
            return_window: self.return_window_secs.map(Span),
            release_delay: self.release_delay_secs.map(Span),
            max_attempts: self.max_attempts,
            cancellation_grace: self.cancellation_grace_secs.map(Span),
            cancellation_fee: cancellation_fee?,
            refund_policy: self.refund_policy.map(|policy| match policy {
                Policy::Refund => RefundPolicy::Refund,
                Policy::Replacement => RefundPolicy::Replacement,
            }),
            escrow_fee_rate: escrow_fee_rate?,
            escrow_fee_least_minor: self.escrow_fee_least_minor,
            escrow_fee_most_minor: self.escrow_fee_most_minor,
            escrow_fee_borne_by: self.escrow_fee_borne_by.map(|bearer| match bearer {
                FeeBearer::Buyer => Bearer::Buyer,
                FeeBearer::Seller => Bearer::Seller,
                FeeBearer::Both => Bearer::Both,
            }),
            commission_rate: commission_rate?,
            commission_fixed_minor: self.commission_fixed_minor,
            commission_non_split_minor: self.commission_non_split_minor,
        })
    }
}

impl From<&Terms> for TermsOut {
    fn from(terms: &Terms) -> Self {
        let (fee, commission) = (&terms.escrow_fee, &terms.commission);
        Self {
            payment_window_secs: terms.payment_window.0,
            delivery_window_secs: terms.delivery_window.0,
            overdue_window_secs: terms.overdue_window.0,
            inspection_window_secs: terms.inspection_window.0,
            on_silence: match terms.on_silence {
                OnSilence::Accept => Silence::Accept,
                OnSilence::Refund => Silence::Refund,
            },
            answer_window_secs: terms.answer_window.0,
            negotiation_window_secs: terms.negotiation_window.0,
            return_window_secs: terms.return_window.0,
            release_delay_secs: terms.release_delay.0,
            max_attempts: terms.max_attempts,
            cancellation_grace_secs: terms.cancellation_grace.0,
            cancellation_fee_bps: terms.cancellation_fee.get(),
            refund_policy: match terms.refund_policy {
                RefundPolicy::Refund => Policy::Refund,
                RefundPolicy::Replacement => Policy::Replacement,
            },
            escrow_fee_bps: fee.rate.get(),
            escrow_fee_least_minor: fee.least_minor,
            escrow_fee_most_minor: fee.most_minor,
            escrow_fee_borne_by: match fee.borne_by {
                Bearer::Buyer => FeeBearer::Buyer,
                Bearer::Seller => FeeBearer::Seller,
                Bearer::Both => FeeBearer::Both,
            },
            commission_bps: commission.rate.get(),
            commission_fixed_minor: commission.fixed_minor,
            commission_non_split_minor: commission.non_split_minor,
        }
    }
}
