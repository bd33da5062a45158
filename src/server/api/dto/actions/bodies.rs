//! The bodies of actions: one type a verb, or a group of verbs that ask for the same.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    domain::order::{Remedy, ShareBearer, action::Audience},
    server::api::dto::{At, order::ItemBody, reject_codes, terms::TermsBody},
};

/// Some pieces of an item.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pieces {
    /// The item's number in the order.
    #[schemars(range(min = 1, max = 200))]
    pub item: u16,
    /// How many of it.
    #[schemars(range(min = 1, max = 100_000))]
    pub quantity: u32,
}

/// Declares the body of a verb: every one may name the delivery and the version that was seen.
macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The version that you have seen: when another came first, nothing is done (409). `If-Match` says the same.
            #[serde(default)]
            pub expected_version: Option<u32>,
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl Seen for $name {
            fn seen(&self) -> Option<u32> {
                self.expected_version
            }
        }
    )*};
}

/// What says which version was seen.
pub trait Seen {
    /// The version.
    fn seen(&self) -> Option<u32>;
}

bodies! {
    /// Which part of the order: without a delivery each that it applies to, without items all of them.
    PartsBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// These pieces alone.
        #[serde(default)] #[schemars(length(max = 200))] items: Vec<Pieces>,
    }
    /// The goods leave.
    DispatchBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// These pieces alone.
        #[serde(default)] #[schemars(length(max = 200))] items: Vec<Pieces>,
        /// Who carries it.
        #[serde(default)] #[schemars(length(min = 1, max = 100))] carrier: Option<String>,
        /// The number under which it can be followed.
        #[serde(default)] #[schemars(length(min = 1, max = 100))] tracking: Option<String>,
    }
    /// The goods were handed over.
    DeliverBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// These pieces alone.
        #[serde(default)] #[schemars(length(max = 200))] items: Vec<Pieces>,
        /// How it went.
        #[serde(default)] #[schemars(length(min = 1, max = 4000))] text: Option<String>,
        /// Where it was handed out.
        #[serde(default)] #[schemars(length(min = 1, max = 100))] point_of_sale: Option<String>,
        /// Who took it.
        #[serde(default)] #[schemars(length(min = 1, max = 100))] recipient: Option<String>,
    }
    /// Handed over against the buyer's code.
    HandOverBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// These pieces alone.
        #[serde(default)] #[schemars(length(max = 200))] items: Vec<Pieces>,
        /// The six digits that the buyer says. Each delivery has its own: where none is named, they say which it is.
        #[schemars(length(min = 1, max = 100))] code: String,
    }
    /// The goods are not right.
    RejectBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// These pieces alone.
        #[serde(default)] #[schemars(length(max = 200))] items: Vec<Pieces>,
        /// Why.
        #[schemars(schema_with = "reject_codes")] code: String,
        /// Why, in words.
        #[schemars(length(min = 3, max = 2000))] text: String,
        /// What you wish.
        remedy: RemedyBody,
    }
    /// One delivery, with a remark.
    RemarkBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// A remark.
        #[serde(default)] #[schemars(length(min = 1, max = 4000))] text: Option<String>,
    }
    /// The seller takes the goods back.
    TakeBackBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// Whether they are back already: then the money goes back at once.
        goods_are_back: bool,
    }
    /// The buyer sends them.
    SendReturnBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// Who carries it.
        #[serde(default)] #[schemars(length(min = 1, max = 100))] carrier: Option<String>,
        /// The number under which it can be followed.
        #[serde(default)] #[schemars(length(min = 1, max = 100))] tracking: Option<String>,
    }
    /// One delivery.
    DeliveryBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
    }
    /// The seller disagrees.
    ContestBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// Why.
        #[schemars(length(min = 3, max = 2000))] statement: String,
    }
    /// Money is shared.
    SettlementBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// How much goes to the seller's side, in minor units; the rest goes back.
        #[schemars(range(min = 0, max = 1_000_000_000_000_i64))] to_seller_minor: i64,
        /// A remark.
        #[serde(default)] #[schemars(length(min = 1, max = 4000))] text: Option<String>,
    }
    /// An offer to share the money is accepted as it stands.
    AcceptSettlementBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// The offer that you have seen, in minor units.
        #[schemars(range(min = 0, max = 1_000_000_000_000_i64))] to_seller_minor: i64,
    }
    /// The marketplace decides.
    RuleBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// How.
        ruling: RulingBody,
        /// How much goes to the seller's side in a split, in minor units.
        #[serde(default)] #[schemars(range(min = 0, max = 1_000_000_000_000_i64))] to_seller_minor: Option<i64>,
        /// Why.
        #[schemars(length(min = 3, max = 2000))] reasons: String,
    }
    /// Called off.
    CancelBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// Why.
        #[schemars(length(min = 3, max = 2000))] reason: String,
    }
    /// Some money goes back: an amount, or what these pieces cost.
    RefundBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// How much, in minor units.
        #[serde(default)] #[schemars(range(min = 1, max = 1_000_000_000_000_i64))] amount_minor: Option<i64>,
        /// These pieces, in place of an amount.
        #[serde(default)] #[schemars(length(max = 200))] items: Vec<Pieces>,
        /// Why.
        #[schemars(length(min = 3, max = 2000))] reason: String,
    }
    /// Other items, before payment.
    EditItemsBody {
        /// All items as they are from now on.
        #[schemars(length(min = 1, max = 200))] items: Vec<ItemBody>,
    }
    /// Other terms, before payment.
    EditTermsBody {
        /// What changes; what is not named stays.
        terms: TermsBody,
    }
    /// What the marketplace keeps.
    SetCommissionBody {
        /// Of the amount above the part that is not split, in hundredths of a percent.
        #[schemars(range(max = 10_000))] rate_bps: u16,
        /// Plus this, once an order, in minor units.
        #[serde(default)] #[schemars(range(min = 0, max = 1_000_000_000_000_i64))] fixed_minor: i64,
        /// This much stays with the seller untouched, in minor units.
        #[serde(default)] #[schemars(range(min = 0, max = 1_000_000_000_000_i64))] non_split_minor: i64,
    }
    /// Another provider, or none.
    SetProviderBody {
        /// Which one; null for none, and then nothing else.
        provider: OrNull,
        /// Its part, in minor units.
        #[serde(default)] #[schemars(range(min = 0, max = 1_000_000_000_000_i64))] share_minor: Option<i64>,
        /// Its part as a rate of each line, in place of an amount.
        #[serde(default)] #[schemars(range(max = 10_000))] share_bps: Option<u16>,
        /// Who pays for it.
        #[serde(default)] borne_by: BearerBody,
    }
    /// Where a parcel is.
    TrackBody {
        /// The delivery's number.
        #[serde(default)] delivery: Option<u16>,
        /// Who carries it.
        #[schemars(length(min = 1, max = 100))] carrier: String,
        /// The number under which it can be followed.
        #[schemars(length(min = 1, max = 100))] tracking: String,
        /// Where it is now.
        #[serde(default)] #[schemars(length(min = 1, max = 4000))] checkpoint: Option<String>,
    }
    /// A remark.
    NoteBody {
        /// What it says.
        #[schemars(length(min = 1, max = 4000))] text: String,
        /// Who may read it.
        #[serde(default)] audience: AudienceBody,
    }
    /// One more milestone of a project.
    AddMilestoneBody {
        /// What it is.
        #[schemars(length(min = 1, max = 200))] title: String,
        /// What it costs, in minor units.
        #[schemars(range(min = 1, max = 1_000_000_000_000_i64))] amount_minor: i64,
        /// When it is due.
        #[serde(default)] due_at: Option<At>,
    }
    /// A payment in the sandbox, for orders of test keys.
    PayBody {
        /// A test card, such as 4242 4242 4242 4242.
        #[schemars(length(min = 12, max = 25))] card_number: String,
        /// Month and year, such as 12/34.
        #[serde(default = "PayBody::expiry")] #[schemars(length(min = 4, max = 7))] expiry: String,
        /// The digits on the back.
        #[serde(default = "PayBody::cvc")] #[schemars(length(min = 3, max = 4))] cvc: String,
    }
}

impl PayBody {
    fn expiry() -> String {
        "12/49".to_owned()
    }

    fn cvc() -> String {
        "123".to_owned()
    }
}

/// A text that must be said, or said to be none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct OrNull(pub Option<String>);

/// Codes, and what each means in the domain.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $of:ty { $($(#[$variant_doc:meta])* $variant:ident => $value:expr,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// What it means.
            pub const fn value(self) -> $of {
                match self { $(Self::$variant => $value,)* }
            }
        }
    )*};
}

codes! {
    /// What a buyer wishes.
    RemedyBody => Remedy {
        /// The money back.
        #[default]
        Refund => Remedy::Refund,
        /// Another delivery.
        SecondAttempt => Remedy::SecondAttempt,
        /// To keep it for less.
        Discount => Remedy::Discount,
    }
    /// Who may read a note.
    AudienceBody => Audience {
        /// Every party of the order.
        #[default]
        Everyone => Audience::Everyone,
        /// The seller's side and the marketplace.
        Sellers => Audience::Sellers,
        /// The marketplace alone.
        Operators => Audience::Operators,
    }
    /// Who pays for a provider.
    BearerBody => ShareBearer {
        /// Out of what the seller receives.
        #[default]
        Seller => ShareBearer::Seller,
        /// Out of the marketplace's commission.
        Marketplace => ShareBearer::Marketplace,
    }
}

/// How a dispute is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RulingBody {
    /// All to the seller's side.
    Release,
    /// All back to the buyer.
    Refund,
    /// Some of each.
    Split,
}
