//! What an amount that is still being typed would do to the money, computed by the slices that settle it: in the browser
//! while somebody types, and on the server when a form is drawn again. It only says; what is done is decided elsewhere.

use crate::domain::money::{Minor, MoneyError, allocate, parse_minor, with_sign, written};
use crate::domain::order::charge::{Flow, Slice, settlement};
use crate::domain::order::{Delivery, Order};
use crate::domain::party::Party;

/// What is done with the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// So much of what is held goes to the seller's side, the rest back.
    Settle,
    /// So much of what is held goes back, the rest stays held.
    Refund,
    /// So much of what was released goes back.
    Credit,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Settle, Self::Refund, Self::Credit];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Refund => "refund",
            Self::Credit => "credit",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Names and sign in which money is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tongue {
    /// How many decimals the currency has.
    pub decimals: u32,
    /// Its sign.
    pub sign: String,
    /// What the buyer is called: `you` for themselves.
    pub buyer: String,
    /// What the seller is called.
    pub seller: String,
    /// What the provider is called.
    pub provider: String,
}

impl Tongue {
    /// An amount in words.
    #[must_use]
    pub fn money(&self, minor: Minor) -> String {
        with_sign(&self.sign, &written(minor, self.decimals, ","))
    }

    /// "₦ 46,500.00 to Ada Stores, ₦ 1,500.00 marketplace fee. Nothing comes back to you."
    #[must_use]
    pub fn flow(&self, flow: Flow) -> String {
        let to = |name: &str| format!("to {name}");
        let parts = [
            (flow.seller, to(&self.seller)),
            (flow.provider, to(&self.provider)),
            (flow.marketplace, "marketplace fee".to_owned()),
            (flow.fee, "escrow fee".to_owned()),
            (flow.buyer, format!("back to {}", self.buyer)),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(minor, _)| *minor > 0)
            .map(|(minor, words)| format!("{} {words}", self.money(minor)))
            .collect();
        let rest = match (flow.buyer, flow.seller) {
            (0, _) => format!(" Nothing comes back to {}.", self.buyer),
            (_, 0) => format!(" Nothing goes to {}.", self.seller),
            _ => String::new(),
        };
        format!("{}.{rest}", parts.join(", "))
    }
}

/// All that a sentence about a typed amount needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What is done with the amount.
    pub kind: Kind,
    /// The money that it is taken from, line by line.
    pub slices: Vec<Slice>,
    /// How it is told.
    pub tongue: Tongue,
}

impl Preview {
    /// For a form about this delivery.
    #[must_use]
    pub fn of(order: &Order, part: &Delivery, kind: Kind, reader: Party) -> Self {
        let slice = |line: &crate::domain::order::Line| if kind == Kind::Credit { line.released } else { line.open };
        Self { kind, slices: part.lines.iter().map(slice).collect(), tongue: order.tongue(reader) }
    }

    /// The slices as they stand in a page: six numbers each.
    #[must_use]
    pub fn written_slices(&self) -> String {
        let one = |slice: &Slice| {
            let numbers = [
                slice.amount,
                slice.commission,
                slice.provider,
                slice.provider_by_marketplace,
                slice.seller_fee,
                slice.buyer_fee,
            ];
            numbers.map(|number| number.to_string()).join(",")
        };
        self.slices.iter().map(one).collect::<Vec<_>>().join(";")
    }

    /// Reads what [`Preview::written_slices`] wrote.
    #[must_use]
    pub fn read_slices(text: &str) -> Option<Vec<Slice>> {
        let one = |text: &str| {
            let mut numbers = text.split(',').map(|number| number.parse::<Minor>().ok());
            let mut next = || numbers.next().flatten();
            Some(Slice {
                amount: next()?,
                commission: next()?,
                provider: next()?,
                provider_by_marketplace: next()?,
                seller_fee: next()?,
                buyer_fee: next()?,
            })
        };
        text.split(';').map(one).collect()
    }

    /// What would happen with this amount; nothing while it is none.
    #[must_use]
    pub fn sentence(&self, typed: &str) -> Option<String> {
        let whole = self.slices.iter().map(|slice| slice.amount).sum();
        let minor = match parse_minor(typed, self.tongue.decimals) {
            Ok(minor) => minor,
            Err(MoneyError::TooLarge) => Minor::MAX,
            Err(_) => return None,
        };
        if minor > whole {
            let all = self.tongue.money(whole);
            return Some(match self.kind {
                Kind::Credit => format!("Only {all} was released."),
                Kind::Settle | Kind::Refund => format!("Only {all} is held."),
            });
        }
        match self.kind {
            Kind::Settle => Some(self.tongue.flow(self.settled(minor))),
            _ if minor == 0 => None,
            Kind::Refund => Some(self.refunded(minor, whole)),
            Kind::Credit => Some(self.credited(minor)),
        }
    }

    /// Where everything goes when so much of it goes to the seller's side.
    #[must_use]
    pub fn settled(&self, to_seller: Minor) -> Flow {
        let shares = settlement(&self.slices, to_seller).into_iter();
        shares.fold(Flow::ZERO, |sum, (released, returned)| sum.plus(released.release()).plus(returned.refund()))
    }

    fn refunded(&self, minor: Minor, whole: Minor) -> String {
        let Tongue { buyer, .. } = &self.tongue;
        if minor == whole {
            let all = self.slices.iter().map(|slice| slice.paid_for()).sum();
            return format!("{} goes back to {buyer}, and nothing stays held.", self.tongue.money(all));
        }
        let (back, held) = (self.tongue.money(minor), self.tongue.money(whole - minor));
        format!("{back} goes back to {buyer}; {held} stays held.")
    }

    fn credited(&self, minor: Minor) -> String {
        let amounts: Vec<Minor> = self.slices.iter().map(|slice| slice.amount).collect();
        let parts = self.slices.iter().zip(allocate(minor, &amounts));
        let flow = parts.fold(Flow::ZERO, |sum, (slice, part)| sum.plus(slice.part(part).credit()));
        let Tongue { buyer, seller, .. } = &self.tongue;
        let (back, from_seller) = (self.tongue.money(flow.buyer), self.tongue.money(-flow.seller));
        let fee = if flow.marketplace == 0 {
            String::new()
        } else {
            format!(", {} out of the marketplace fee", self.tongue.money(-flow.marketplace))
        };
        format!("{back} back to {buyer}: {from_seller} from {seller}{fee}.")
    }
}

impl Order {
    /// How this reader is told of its money.
    #[must_use]
    pub fn tongue(&self, reader: Party) -> Tongue {
        let name = |party| self.name_for(reader, party).to_owned();
        Tongue {
            decimals: self.currency.decimals(),
            sign: self.currency.sign(),
            buyer: name(Party::Buyer),
            seller: name(Party::Seller),
            provider: name(Party::Provider),
        }
    }
}
