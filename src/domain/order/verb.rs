//! The verbs of the order process: the code of each is the button, the path, the event and the template.

use serde::{Deserialize, Serialize};

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident $code:literal $label:literal;)*) => {
        /// The verbs of the order process; the code is the button, the path, the event and the template.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Verb { $($(#[$doc])* $name,)* }

        impl Verb {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The words on a button.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

verbs! {
    /// Money arrives for the order.
    Pay "pay" "Pay";
    /// Money that cannot be held goes back.
    ReturnPayment "return_payment" "Return the payment";
    /// The payment window ended.
    Expire "expire" "Expire";
    /// The goods leave.
    Dispatch "dispatch" "Dispatch";
    /// The goods were handed over.
    Deliver "deliver" "Mark delivered";
    /// Handed over against the buyer's code.
    HandOver "hand_over" "Hand over with code";
    /// The goods are right.
    Accept "accept" "Accept";
    /// The goods are not right.
    Reject "reject" "Reject";
    /// Silence after delivery.
    LapseInspection "lapse_inspection" "Inspection ends";
    /// The seller offers to deliver again.
    OfferSecondAttempt "offer_second_attempt" "Offer a second attempt";
    /// The buyer agrees to that.
    AgreeSecondAttempt "agree_second_attempt" "Agree to a second attempt";
    /// Silence on that offer.
    LapseOffer "lapse_offer" "Offer ends";
    /// The seller takes the goods back.
    TakeBack "take_back" "Take back";
    /// The buyer sends them.
    SendReturn "send_return" "Sent back";
    /// They arrived.
    ReceiveReturn "receive_return" "Return received";
    /// Silence in a return.
    LapseReturn "lapse_return" "Return ends";
    /// The seller disagrees.
    Contest "contest" "Contest";
    /// The seller's silence.
    LapseAnswer "lapse_answer" "Answer ends";
    /// Either offers to share the money.
    OfferSettlement "offer_settlement" "Offer a settlement";
    /// The other agrees.
    AcceptSettlement "accept_settlement" "Accept the settlement";
    /// The buyer gives up.
    Withdraw "withdraw" "Give up the dispute";
    /// The seller gives up.
    Concede "concede" "Give in and refund";
    /// The marketplace is asked to decide.
    Escalate "escalate" "Ask the marketplace";
    /// It decides.
    Rule "rule" "Rule";
    /// Silence before delivery.
    LapseDelivery "lapse_delivery" "Delivery overdue";
    /// Called off.
    Cancel "cancel" "Cancel";
    /// Part of the money goes back while held.
    Refund "refund" "Refund";
    /// The money goes to the seller's side.
    Release "release" "Release";
    /// Money goes back after release.
    Credit "credit" "Credit";
    /// The buyer's bank took the payment back.
    ChargeBack "charge_back" "Charge back";
    /// Other items, before payment.
    EditItems "edit_items" "Change items";
    /// Other terms, before payment.
    EditTerms "edit_terms" "Change terms";
    /// Another commission.
    SetCommission "set_commission" "Set commission";
    /// Another provider, or none.
    SetProvider "set_provider" "Set courier";
    /// Where the parcel is.
    Track "track" "Track";
    /// The goods were brought, and nobody was there to take them.
    Miss "miss" "Nobody there";
    /// A remark.
    Note "note" "Note";
    /// One more milestone of a project.
    AddMilestone "add_milestone" "Add a milestone";
}

impl Verb {
    /// Whether it leaves the order where it is, so that it could be said without end.
    #[must_use]
    pub const fn is_remark(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::Track
                | Self::Miss
                | Self::SetCommission
                | Self::SetProvider
                | Self::EditItems
                | Self::EditTerms
                | Self::OfferSettlement
        )
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verb| verb.code() == code)
    }
}
