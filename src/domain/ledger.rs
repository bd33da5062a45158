//! Double entry: accounts, and the postings that each event makes. Each posting sums to zero.

use std::fmt;

use crate::domain::id::{MarketplaceId, OrderId, ProviderId, SellerId, UserId};
use crate::domain::money::Minor;
use crate::domain::order::Order;
use crate::domain::order::charge::Flow;
use crate::domain::order::event::Event;

#[cfg(test)]
mod tests;

/// Where money can be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// At a payment gateway: grows when a payment arrives.
    Gateway(String),
    /// Held for an order: never below zero, zero when the order is over.
    Escrow(OrderId),
    /// Owed to a seller.
    Seller(SellerId),
    /// Owed to a provider.
    Provider(ProviderId),
    /// Owed to a marketplace: commission.
    Marketplace(MarketplaceId),
    /// Owed back to a buyer.
    Buyer(UserId),
    /// Earned for holding.
    EscrowFee,
    /// Reversals that nobody covers.
    Chargeback,
    /// What would be in one of these if the order were more than a test: owed to nobody, and in no sum of what is.
    Test(Box<Self>),
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(name) => write!(f, "assets:gateway:{name}"),
            Self::Escrow(id) => write!(f, "liabilities:escrow:{id}"),
            Self::Seller(id) => write!(f, "liabilities:payable:seller:{id}"),
            Self::Provider(id) => write!(f, "liabilities:payable:provider:{id}"),
            Self::Marketplace(id) => write!(f, "liabilities:payable:marketplace:{id}"),
            Self::Buyer(id) => write!(f, "liabilities:payable:buyer:{id}"),
            Self::EscrowFee => f.write_str("income:escrow_fee"),
            Self::Chargeback => f.write_str("expenses:chargeback"),
            Self::Test(account) => write!(f, "test:{account}"),
        }
    }
}

impl Account {
    /// Whether a running balance is kept for it: for what is held and what is owed, so that a
    /// constraint can stand behind the rules. The sums of the others are read from the entries.
    #[must_use]
    pub fn keeps_balance(&self) -> bool {
        match self {
            Self::Escrow(_) | Self::Seller(_) | Self::Provider(_) | Self::Marketplace(_) | Self::Buyer(_) => true,
            Self::Gateway(_) | Self::EscrowFee | Self::Chargeback => false,
            Self::Test(account) => account.keeps_balance(),
        }
    }

    /// Where the money of a test is that would be here: what is held stays held, what leaves it is owed to nobody.
    fn of_test(self) -> Self {
        match self {
            Self::Gateway(_) | Self::Escrow(_) | Self::Test(_) => self,
            owed => Self::Test(Box::new(owed)),
        }
    }
}

/// One line of a posting. Debits are positive, credits negative, as in plain-text accounting:
/// what is held or owed shows as a negative sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub account: Account,
    /// Minor units of the order's currency.
    pub amount_minor: Minor,
}

/// A balanced movement of money in the order's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The event that made it.
    pub kind: &'static str,
    /// Its lines; they sum to zero, and none of them is zero.
    pub entries: Vec<Entry>,
}

impl Posting {
    fn of(kind: &'static str, lines: Vec<(Account, Minor)>) -> Option<Self> {
        let entries: Vec<Entry> = lines
            .into_iter()
            .filter(|(_, amount_minor)| *amount_minor != 0)
            .map(|(account, amount_minor)| Entry { account, amount_minor })
            .collect();
        (!entries.is_empty()).then_some(Self { kind, entries })
    }

    /// The sum of its entries: zero, or it is no posting.
    #[must_use]
    pub fn sum(&self) -> Minor {
        self.entries.iter().map(|entry| entry.amount_minor).sum()
    }
}

/// The postings that an event of this order makes.
#[must_use]
pub fn postings(order: &Order, event: &Event) -> Vec<Posting> {
    let parties = &order.parties;
    let kind = event.code();
    let posting = match event {
        Event::Paid { amount_minor, gateway, .. } => Posting::of(
            kind,
            vec![(Account::Gateway(gateway.clone()), *amount_minor), (Account::Escrow(order.id), -amount_minor)],
        ),
        Event::PaymentReturned { amount_minor, gateway, .. } => Posting::of(
            kind,
            vec![(Account::Gateway(gateway.clone()), *amount_minor), (Account::Buyer(parties.buyer), -amount_minor)],
        ),
        Event::ChargedBack { gateway, held_minor, from_seller_minor, lost_minor, .. } => Posting::of(
            kind,
            vec![
                (Account::Escrow(order.id), *held_minor),
                (Account::Seller(parties.seller), *from_seller_minor),
                (Account::Chargeback, *lost_minor),
                (Account::Gateway(gateway.clone()), -(held_minor + from_seller_minor + lost_minor)),
            ],
        ),
        Event::Credited { flow, .. } => Posting::of(kind, owed(order, *flow)),
        _ => {
            let flow = event.flow();
            let mut lines = vec![(Account::Escrow(order.id), flow.total())];
            lines.extend(owed(order, flow));
            Posting::of(kind, lines)
        }
    };
    let mut postings: Vec<Posting> = posting.into_iter().collect();
    if order.is_test() {
        for entry in postings.iter_mut().flat_map(|posting| &mut posting.entries) {
            entry.account = entry.account.clone().of_test();
        }
    }
    postings
}

/// What a flow makes owed to everybody, as credits.
fn owed(order: &Order, flow: Flow) -> Vec<(Account, Minor)> {
    let parties = &order.parties;
    let mut lines = vec![
        (Account::Buyer(parties.buyer), -flow.buyer),
        (Account::Seller(parties.seller), -flow.seller),
        (Account::Marketplace(parties.marketplace), -flow.marketplace),
        (Account::EscrowFee, -flow.fee),
    ];
    if let Some(provider) = &order.provider {
        lines.push((Account::Provider(provider.id), -flow.provider));
    }
    lines
}
