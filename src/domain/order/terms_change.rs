//! Terms as programs change them: what is not said stays as it was.

use crate::domain::money::{Bps, Minor};
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, OnSilence, RefundPolicy, Terms};
use crate::domain::time::Span;

/// What is said about terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is documented at the terms that it changes")]
pub struct TermsChange {
    pub payment_window: Option<Span>,
    pub delivery_window: Option<Span>,
    pub overdue_window: Option<Span>,
    pub inspection_window: Option<Span>,
    pub on_silence: Option<OnSilence>,
    pub answer_window: Option<Span>,
    pub negotiation_window: Option<Span>,
    pub return_window: Option<Span>,
    pub release_delay: Option<Span>,
    pub max_attempts: Option<u8>,
    pub cancellation_grace: Option<Span>,
    pub cancellation_fee: Option<Bps>,
    pub refund_policy: Option<RefundPolicy>,
    pub escrow_fee_rate: Option<Bps>,
    pub escrow_fee_least_minor: Option<Minor>,
    pub escrow_fee_most_minor: Option<Minor>,
    pub escrow_fee_borne_by: Option<Bearer>,
    pub commission_rate: Option<Bps>,
    pub commission_fixed_minor: Option<Minor>,
    pub commission_non_split_minor: Option<Minor>,
}

impl TermsChange {
    /// The terms that follow from what was agreed before.
    #[must_use]
    pub fn over(&self, base: &Terms) -> Terms {
        Terms {
            payment_window: self.payment_window.unwrap_or(base.payment_window),
            delivery_window: self.delivery_window.unwrap_or(base.delivery_window),
            overdue_window: self.overdue_window.unwrap_or(base.overdue_window),
            inspection_window: self.inspection_window.unwrap_or(base.inspection_window),
            on_silence: self.on_silence.unwrap_or(base.on_silence),
            answer_window: self.answer_window.unwrap_or(base.answer_window),
            negotiation_window: self.negotiation_window.unwrap_or(base.negotiation_window),
            return_window: self.return_window.unwrap_or(base.return_window),
            release_delay: self.release_delay.unwrap_or(base.release_delay),
            max_attempts: self.max_attempts.unwrap_or(base.max_attempts),
            cancellation_grace: self.cancellation_grace.unwrap_or(base.cancellation_grace),
            cancellation_fee: self.cancellation_fee.unwrap_or(base.cancellation_fee),
            refund_policy: self.refund_policy.unwrap_or(base.refund_policy),
            escrow_fee: EscrowFee {
                rate: self.escrow_fee_rate.unwrap_or(base.escrow_fee.rate),
                least_minor: self.escrow_fee_least_minor.unwrap_or(base.escrow_fee.least_minor),
                most_minor: self.escrow_fee_most_minor.unwrap_or(base.escrow_fee.most_minor),
                borne_by: self.escrow_fee_borne_by.unwrap_or(base.escrow_fee.borne_by),
            },
            commission: Commission {
                rate: self.commission_rate.unwrap_or(base.commission.rate),
                fixed_minor: self.commission_fixed_minor.unwrap_or(base.commission.fixed_minor),
                non_split_minor: self.commission_non_split_minor.unwrap_or(base.commission.non_split_minor),
            },
        }
    }
}
