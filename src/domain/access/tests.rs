//! Who may do what, written out, so that a change of the table is seen.

use super::{Permission, Permissions, Role};
use crate::domain::party::Party;

#[test]
fn each_role_has_its_rights_and_no_others() {
    use Permission::{Administer, Finance, Note, Read, Rule, Sell, Ship};
    for (role, party, rights) in [
        (Role::Support, Party::Operator, vec![Read, Note]),
        (Role::DisputeManager, Party::Operator, vec![Read, Note, Rule]),
        (Role::Finance, Party::Operator, vec![Read, Note, Finance]),
        (Role::Admin, Party::Operator, vec![Read, Note, Ship, Sell, Rule, Finance, Administer]),
        (Role::Owner, Party::Seller, vec![Read, Note, Ship, Sell, Finance, Administer]),
        (Role::Shipping, Party::Seller, vec![Read, Note, Ship]),
        (Role::ReadOnly, Party::Seller, vec![Read]),
        (Role::Courier, Party::Provider, vec![Read, Note, Ship]),
    ] {
        assert_eq!(role.permissions().list(), rights, "{role:?}");
        assert_eq!(role.party(), party, "{role:?}");
        assert_eq!(Role::from_code(role.code()), Some(role));
        assert!(!role.permissions().has(Permission::Buy), "staff buys nothing as staff");
    }
    assert_eq!(Role::ALL.len(), 8);
    assert_eq!(Role::from_code("root"), None);
}

#[test]
fn sets_of_rights_are_sets() {
    let both = Permissions::of(&[Permission::Read]).with(Permissions::of(&[Permission::Rule]));
    assert_eq!(both.list(), [Permission::Read, Permission::Rule]);
    assert_eq!(Permissions::NONE.list(), []);
    assert_eq!(Permissions::ALL.list().len(), 8);
    assert!(both.has(Permission::Rule) && !both.has(Permission::Finance));
}
