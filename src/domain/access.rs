//! Roles of staff and what each may do: one table for screen, API and rules.

use serde::{Deserialize, Serialize};

use crate::domain::id::{MarketplaceId, ProviderId, SellerId, UserId};
use crate::domain::party::Party;

#[cfg(test)]
mod tests;

/// One thing that a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See orders and everything on them.
    Read,
    /// Write notes on them.
    Note,
    /// Dispatch, mark delivered, track, receive returns.
    Ship,
    /// Answer buyers: offers, contests, settlements, cancellations, part refunds, edits, new orders.
    Sell,
    /// Act as the buyer of one's own orders.
    Buy,
    /// Rule in disputes.
    Rule,
    /// Credits, payouts, charge-backs, commissions.
    Finance,
    /// Settings, people and keys.
    Administer,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Read, Self::Note, Self::Ship, Self::Sell, Self::Buy, Self::Rule, Self::Finance, Self::Administer];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Note => "note",
            Self::Ship => "ship",
            Self::Sell => "sell",
            Self::Buy => "buy",
            Self::Rule => "rule",
            Self::Finance => "finance",
            Self::Administer => "administer",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "See orders",
            Self::Note => "Write notes",
            Self::Ship => "Dispatch, deliver and track",
            Self::Sell => "Place orders and answer buyers",
            Self::Buy => "Act as the buyer",
            Self::Rule => "Rule in disputes",
            Self::Finance => "Credits, commissions and balances",
            Self::Administer => "Webhooks, keys and people",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.code() == code)
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(u8);

impl Permissions {
    /// Nothing at all.
    pub const NONE: Self = Self(0);
    /// Everything: the clock and the gateway, whose rows in the rules are their bounds.
    pub const ALL: Self = Self(u8::MAX);

    /// The set of these.
    #[must_use]
    pub fn of(list: &[Permission]) -> Self {
        Self(list.iter().fold(0, |bits, permission| bits | permission.bit()))
    }

    /// Whether this is among them.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// As it is stored.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From how it is stored.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The members, in the order of their definition.
    #[must_use]
    pub fn list(self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| self.has(*permission)).collect()
    }
}

/// What somebody is in a marketplace, a seller or a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Marketplace staff: reads and notes.
    Support,
    /// Marketplace staff: rules in disputes.
    DisputeManager,
    /// Marketplace staff: payouts and credits.
    Finance,
    /// Marketplace staff: settings, people, keys, and orders on behalf of sellers.
    Admin,
    /// Seller's staff: everything of that seller.
    Owner,
    /// Seller's staff: dispatch, deliver, track.
    Shipping,
    /// Seller's staff: reads.
    ReadOnly,
    /// A provider's delivery person.
    Courier,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Support,
        Self::DisputeManager,
        Self::Finance,
        Self::Admin,
        Self::Owner,
        Self::Shipping,
        Self::ReadOnly,
        Self::Courier,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::DisputeManager => "dispute_manager",
            Self::Finance => "finance",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::Shipping => "shipping",
            Self::ReadOnly => "read_only",
            Self::Courier => "courier",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Support => "Support",
            Self::DisputeManager => "Dispute manager",
            Self::Finance => "Finance",
            Self::Admin => "Administrator",
            Self::Owner => "Owner",
            Self::Shipping => "Shipping",
            Self::ReadOnly => "Read only",
            Self::Courier => "Courier",
        }
    }

    /// Reads a stable code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The part that this role plays in the orders it can see.
    #[must_use]
    pub const fn party(self) -> Party {
        match self {
            Self::Support | Self::DisputeManager | Self::Finance | Self::Admin => Party::Operator,
            Self::Owner | Self::Shipping | Self::ReadOnly => Party::Seller,
            Self::Courier => Party::Provider,
        }
    }

    /// The table: role → permissions.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        use Permission::{Administer, Finance, Note, Read, Rule, Sell, Ship};
        Permissions::of(match self {
            Self::Support => &[Read, Note],
            Self::DisputeManager => &[Read, Note, Rule],
            Self::Finance => &[Read, Note, Finance],
            Self::Admin => &[Read, Note, Ship, Sell, Rule, Finance, Administer],
            Self::Owner => &[Read, Note, Ship, Sell, Finance, Administer],
            Self::Shipping | Self::Courier => &[Read, Note, Ship],
            Self::ReadOnly => &[Read],
        })
    }
}

/// One place where somebody has a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The marketplace.
    pub marketplace: MarketplaceId,
    /// The seller, for a seller's staff.
    pub seller: Option<SellerId>,
    /// The provider, for a courier.
    pub provider: Option<ProviderId>,
    /// What they are there.
    pub role: Role,
    /// The name of that marketplace, seller or provider.
    pub name: String,
}

impl Membership {
    /// What tells it from the person's other ones: the id of the provider, the seller or the marketplace.
    #[must_use]
    pub fn key(&self) -> String {
        match (self.provider, self.seller) {
            (Some(provider), _) => provider.to_string(),
            (None, Some(seller)) => seller.to_string(),
            (None, None) => self.marketplace.to_string(),
        }
    }
}

/// Who is looking: a person and the hat that they wear now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The person.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// IANA name of their time zone.
    pub time_zone: String,
    /// Every place where they have a role.
    pub memberships: Vec<Membership>,
    /// The place whose orders they look at now; `None` when they look at what they bought.
    pub hat: Option<Membership>,
}

impl Viewer {
    /// The part they play in the orders that they look at now.
    #[must_use]
    pub fn party(&self) -> Party {
        self.hat.as_ref().map_or(Party::Buyer, |hat| hat.role.party())
    }

    /// What their present role allows.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.hat.as_ref().map_or_else(
            || Permissions::of(&[Permission::Read, Permission::Note, Permission::Buy]),
            |hat| hat.role.permissions(),
        )
    }
}
