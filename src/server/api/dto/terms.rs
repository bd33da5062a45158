//! Terms: as a program says what differs, and as it is told of all of them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::faults::Faults;
use crate::domain::{
    money::Bps,
    order::{
        terms::{Bearer, OnSilence, RefundPolicy, Terms},
        terms_change::{CommissionChange, EscrowFeeChange, TermsChange},
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

/// Says how two enums with the same variants become each other.
macro_rules! same {
    ($own:ident, $theirs:ident: $($variant:ident,)*) => {
        impl From<$own> for $theirs {
            fn from(own: $own) -> Self {
                match own { $($own::$variant => Self::$variant,)* }
            }
        }

        impl From<$theirs> for $own {
            fn from(theirs: $theirs) -> Self {
                match theirs { $($theirs::$variant => Self::$variant,)* }
            }
        }
    };
}

same!(Silence, OnSilence: Accept, Refund,);
same!(Policy, RefundPolicy: Refund, Replacement,);
same!(FeeBearer, Bearer: Buyer, Seller, Both,);

/// Declares terms four times: as they are sent for an order and for a place, and as they are told, whole and as a place says them.
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

        /// What a place says of what new orders begin with: what is not named stays as it is said, and of what is null nothing is
        /// said from now on.
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct OwnTermsBody {
            $(
                $(#[$doc])*
                // Null says something, and so is no default.
                #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
                pub $field: Option<Option<$kind>>,
            )*
        }

        /// What a place says of what new orders begin with; null where it says nothing.
        #[derive(Debug, Clone, Serialize, JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub struct OwnTermsOut { $($(#[$doc])* pub $field: Option<$kind>,)* }

        impl From<&TermsBody> for OwnTermsBody {
            fn from(body: &TermsBody) -> Self {
                Self { $($field: body.$field.map(Some),)* }
            }
        }
    };
}

terms! {
    /// To pay in, from placing, in seconds.
    #[schemars(range(min = 60, max = 315_619_200))]
    payment_window_secs: i64,
    /// To deliver in, from payment.
    #[schemars(range(min = 60, max = 315_619_200))]
    delivery_window_secs: i64,
    /// After that the clock calls it off.
    #[schemars(range(min = 0, max = 315_619_200))]
    overdue_window_secs: i64,
    /// To accept or reject in, from delivery.
    #[schemars(range(min = 60, max = 315_619_200))]
    inspection_window_secs: i64,
    /// What silence in the inspection window means.
    on_silence: Silence,
    /// To answer a rejection in.
    #[schemars(range(min = 60, max = 315_619_200))]
    answer_window_secs: i64,
    /// To settle a dispute in.
    #[schemars(range(min = 60, max = 315_619_200))]
    negotiation_window_secs: i64,
    /// To send goods back in.
    #[schemars(range(min = 60, max = 315_619_200))]
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

/// What is named, be it null.
#[expect(clippy::option_option, reason = "in a body, null is something else than nothing")]
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What is said from now on: what was named, or what was said before.
#[expect(clippy::option_option, reason = "in a body, null is something else than nothing")]
fn now<T, U>(named: Option<Option<T>>, before: Option<U>, read: impl FnOnce(T) -> U) -> Option<U> {
    named.map_or(before, |said| said.map(read))
}

impl TermsBody {
    /// What it changes.
    pub fn change(&self, at: &str, faults: &mut Faults) -> Option<TermsChange> {
        let named = OwnTermsBody::from(self);
        named.check(at, faults).then(|| named.over(&TermsChange::default()))
    }
}

impl OwnTermsBody {
    /// Notes what makes no sense by itself.
    pub fn check(&self, at: &str, faults: &mut Faults) -> bool {
        let rates = [
            ("cancellation_fee_bps", self.cancellation_fee_bps),
            ("escrow_fee_bps", self.escrow_fee_bps),
            ("commission_bps", self.commission_bps),
        ];
        let rates = rates.into_iter().filter_map(|(name, bps)| Some((name, bps??)));
        rates.fold(true, |fine, (name, bps)| faults.rate(&format!("{at}/{name}"), bps).is_some() && fine)
    }

    /// What is said from now on, of what was said before. What [`OwnTermsBody::check`] has noted counts as not said.
    pub fn over(&self, before: &TermsChange) -> TermsChange {
        let rate = |named: Option<Option<u16>>, before| named.map_or(before, |said| said.and_then(Bps::new));
        let (fee, commission) = (&before.escrow_fee, &before.commission);
        TermsChange {
            payment_window: now(self.payment_window_secs, before.payment_window, Span),
            delivery_window: now(self.delivery_window_secs, before.delivery_window, Span),
            overdue_window: now(self.overdue_window_secs, before.overdue_window, Span),
            inspection_window: now(self.inspection_window_secs, before.inspection_window, Span),
            on_silence: now(self.on_silence, before.on_silence, OnSilence::from),
            answer_window: now(self.answer_window_secs, before.answer_window, Span),
            negotiation_window: now(self.negotiation_window_secs, before.negotiation_window, Span),
            return_window: now(self.return_window_secs, before.return_window, Span),
            release_delay: now(self.release_delay_secs, before.release_delay, Span),
            max_attempts: now(self.max_attempts, before.max_attempts, |most| most),
            cancellation_grace: now(self.cancellation_grace_secs, before.cancellation_grace, Span),
            cancellation_fee: rate(self.cancellation_fee_bps, before.cancellation_fee),
            refund_policy: now(self.refund_policy, before.refund_policy, RefundPolicy::from),
            escrow_fee: EscrowFeeChange {
                rate: rate(self.escrow_fee_bps, fee.rate),
                least_minor: now(self.escrow_fee_least_minor, fee.least_minor, |minor| minor),
                most_minor: now(self.escrow_fee_most_minor, fee.most_minor, |minor| minor),
                borne_by: now(self.escrow_fee_borne_by, fee.borne_by, Bearer::from),
            },
            commission: CommissionChange {
                rate: rate(self.commission_bps, commission.rate),
                fixed_minor: now(self.commission_fixed_minor, commission.fixed_minor, |minor| minor),
                non_split_minor: now(self.commission_non_split_minor, commission.non_split_minor, |minor| minor),
            },
        }
    }
}

impl From<&TermsChange> for OwnTermsOut {
    fn from(said: &TermsChange) -> Self {
        let (fee, commission) = (&said.escrow_fee, &said.commission);
        let seconds = |span: Option<Span>| span.map(|span| span.0);
        Self {
            payment_window_secs: seconds(said.payment_window),
            delivery_window_secs: seconds(said.delivery_window),
            overdue_window_secs: seconds(said.overdue_window),
            inspection_window_secs: seconds(said.inspection_window),
            on_silence: said.on_silence.map(Silence::from),
            answer_window_secs: seconds(said.answer_window),
            negotiation_window_secs: seconds(said.negotiation_window),
            return_window_secs: seconds(said.return_window),
            release_delay_secs: seconds(said.release_delay),
            max_attempts: said.max_attempts,
            cancellation_grace_secs: seconds(said.cancellation_grace),
            cancellation_fee_bps: said.cancellation_fee.map(Bps::get),
            refund_policy: said.refund_policy.map(Policy::from),
            escrow_fee_bps: fee.rate.map(Bps::get),
            escrow_fee_least_minor: fee.least_minor,
            escrow_fee_most_minor: fee.most_minor,
            escrow_fee_borne_by: fee.borne_by.map(FeeBearer::from),
            commission_bps: commission.rate.map(Bps::get),
            commission_fixed_minor: commission.fixed_minor,
            commission_non_split_minor: commission.non_split_minor,
        }
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
            on_silence: terms.on_silence.into(),
            answer_window_secs: terms.answer_window.0,
            negotiation_window_secs: terms.negotiation_window.0,
            return_window_secs: terms.return_window.0,
            release_delay_secs: terms.release_delay.0,
            max_attempts: terms.max_attempts,
            cancellation_grace_secs: terms.cancellation_grace.0,
            cancellation_fee_bps: terms.cancellation_fee.get(),
            refund_policy: terms.refund_policy.into(),
            escrow_fee_bps: fee.rate.get(),
            escrow_fee_least_minor: fee.least_minor,
            escrow_fee_most_minor: fee.most_minor,
            escrow_fee_borne_by: fee.borne_by.into(),
            commission_bps: commission.rate.get(),
            commission_fixed_minor: commission.fixed_minor,
            commission_non_split_minor: commission.non_split_minor,
        }
    }
}
