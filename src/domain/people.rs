//! What people are shown of accounts, sessions, staffs and invitations.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    access::Role,
    id::{InvitationId, SellerId, UserId},
    time::Moment,
};

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The id to revoke it by.
    pub id: Uuid,
    /// The browser, in words: `Firefox on Linux`.
    pub device: String,
    /// The address it signed in from.
    pub address: String,
    /// When it signed in.
    pub created_at: Moment,
    /// When it was last in use, to five minutes.
    pub last_seen_at: Moment,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// What a person can change about themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name.
    pub name: String,
    /// The address; it cannot be changed here.
    pub email: String,
    /// The phone number in E.164, or nothing.
    pub phone: String,
    /// IANA name of the time zone.
    pub time_zone: String,
}

/// A person on the staff of a marketplace, a seller or a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffView {
    /// The membership, to remove it by.
    pub membership: Uuid,
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The role.
    pub role: Role,
}

/// An invitation that is still open, as the staff sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Which, to withdraw it by.
    pub id: InvitationId,
    /// Whom it was mailed to.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Who sent it.
    pub invited_by: String,
    /// Until when it can be accepted.
    pub expires_at: Moment,
}

/// The people of the place whose hat somebody wears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The place's name.
    pub place: String,
    /// The roles that can be given there.
    pub roles: Vec<Role>,
    /// Who has one, the earliest first.
    pub staff: Vec<StaffView>,
    /// Who was invited and has not answered, the latest first.
    pub invitations: Vec<InvitationView>,
    /// Whether the reader may change any of this.
    pub may_change: bool,
}

/// A seller of a marketplace, as whoever administers that sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerView {
    /// Which.
    pub id: SellerId,
    /// Its name.
    pub name: String,
    /// What the marketplace's own system calls it.
    pub external_id: Option<String>,
    /// How many people are on its staff.
    pub people: i64,
    /// Whom the latest invitation that is open was mailed to.
    pub invited: Option<String>,
    /// Whether some of its terms differ from the marketplace's.
    pub own_terms: bool,
}

/// A page of the sellers of a marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sellers {
    /// The marketplace's name.
    pub place: String,
    /// The sellers, by name.
    pub sellers: Vec<SellerView>,
    /// After which one the next page begins, when there is one.
    pub next: Option<SellerId>,
    /// Whether the password must be typed again to change any of this.
    pub needs_password: bool,
}

/// An invitation, as whoever opened its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationOffer {
    /// The marketplace, seller or provider to join.
    pub place: String,
    /// As what.
    pub role: Role,
    /// Whom it was mailed to.
    pub email: String,
    /// Who sent it.
    pub invited_by: String,
    /// Whether that address has an account already, so that its password is asked for instead of a new one.
    pub has_account: bool,
    /// Whether the reader is signed in with that account, so that nothing more is asked for.
    pub is_me: bool,
}

/// A sign-up, as whoever opened its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpOffer {
    /// The address that was confirmed by opening the link.
    pub email: String,
    /// The name that was given.
    pub name: String,
    /// The marketplace that will be founded, or nothing for a buyer.
    pub marketplace: String,
}
