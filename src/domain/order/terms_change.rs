//! Terms as forms, programs and places say them: what is not said stays as it was, or is as whoever is asked next has it.

use serde::{Deserialize, Serialize};

use crate::domain::money::{Bps, Minor};
use crate::domain::order::terms::{Bearer, Commission, EscrowFee, OnSilence, RefundPolicy, Terms};
use crate::domain::time::Span;

#[cfg(test)]
mod tests;

/// Declares what can be said of something: each field as it is there, or nothing; and parts of which the same holds.
macro_rules! change {
    ($(#[$doc:meta])* $name:ident of $whole:ident {
        $($field:ident: $kind:ty,)*
    } with {
        $($part:ident: $change:ident,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[expect(missing_docs, reason = "each field is documented at the terms that it changes")]
        pub struct $name {
            $(#[serde(skip_serializing_if = "says_nothing")] pub $field: Option<$kind>,)*
            $(#[serde(skip_serializing_if = "says_nothing")] pub $part: $change,)*
        }

        impl $name {
            /// Everything that stands there.
            #[must_use]
            pub fn whole(of: &$whole) -> Self {
                Self { $($field: Some(of.$field),)* $($part: $change::whole(&of.$part),)* }
            }

            /// What follows, with what was there before where nothing is said.
            #[must_use]
            pub fn over(&self, base: &$whole) -> $whole {
                $whole {
                    $($field: self.$field.unwrap_or(base.$field),)*
                    $($part: self.$part.over(&base.$part),)*
                }
            }

            /// Without what would hold anyway, unless it was said before: a form says everything that it shows.
            #[must_use]
            pub fn beyond(&self, given: &$whole, before: &Self) -> Self {
                Self {
                    $($field: self.$field.filter(|said| before.$field.is_some() || *said != given.$field),)*
                    $($part: self.$part.beyond(&given.$part, &before.$part),)*
                }
            }

            /// What is said here, and what was said before where nothing is.
            #[must_use]
            pub fn or(&self, before: &Self) -> Self {
                Self { $($field: self.$field.or(before.$field),)* $($part: self.$part.or(&before.$part),)* }
            }
        }
    };
}

fn says_nothing<T: Default + PartialEq>(said: &T) -> bool {
    *said == T::default()
}

change! {
    /// What is said about the fee for holding.
    EscrowFeeChange of EscrowFee {
        rate: Bps,
        least_minor: Minor,
        most_minor: Minor,
        borne_by: Bearer,
    } with {}
}

change! {
    /// What is said about what the marketplace keeps.
    CommissionChange of Commission {
        rate: Bps,
        fixed_minor: Minor,
        non_split_minor: Minor,
    } with {}
}

change! {
    /// What is said about terms. As JSON it has the members of terms that are said, and no others.
    TermsChange of Terms {
        payment_window: Span,
        delivery_window: Span,
        overdue_window: Span,
        inspection_window: Span,
        on_silence: OnSilence,
        answer_window: Span,
        negotiation_window: Span,
        return_window: Span,
        release_delay: Span,
        max_attempts: u8,
        cancellation_grace: Span,
        cancellation_fee: Bps,
        refund_policy: RefundPolicy,
    } with {
        escrow_fee: EscrowFeeChange,
        commission: CommissionChange,
    }
}

impl TermsChange {
    /// What only the marketplace's finance says – its commission and the size of the escrow fee – by the names of the fields.
    fn charges(&self) -> [(&'static str, Option<Minor>); 6] {
        let (fee, commission) = (&self.escrow_fee, &self.commission);
        let rate = |rate: Option<Bps>| rate.map(|rate| Minor::from(rate.get()));
        [
            ("commission_rate", rate(commission.rate)),
            ("commission_fixed", commission.fixed_minor),
            ("commission_non_split", commission.non_split_minor),
            ("escrow_fee_rate", rate(fee.rate)),
            ("escrow_fee_least", fee.least_minor),
            ("escrow_fee_most", fee.most_minor),
        ]
    }

    /// The first field of what only the marketplace's finance says that is another than before.
    #[must_use]
    pub fn other_charge(&self, before: &Self) -> Option<&'static str> {
        let both = self.charges().into_iter().zip(before.charges());
        both.into_iter().find(|((_, now), (_, before))| now != before).map(|((field, _), _)| field)
    }

    /// The same, with what only the marketplace's finance says as it was said before, where nothing is said of it here.
    #[must_use]
    pub fn with_charges_of(&self, before: &Self) -> Self {
        let both = self.or(before);
        let escrow_fee = EscrowFeeChange { borne_by: self.escrow_fee.borne_by, ..both.escrow_fee };
        Self { escrow_fee, commission: both.commission, ..*self }
    }
}
