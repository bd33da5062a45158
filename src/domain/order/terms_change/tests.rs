//! Terms that are said: as they are stored, one over the other, and what of them is the marketplace's alone.

use super::{CommissionChange, EscrowFeeChange, TermsChange};
use crate::domain::money::Bps;
use crate::domain::order::terms::{Bearer, Terms};
use crate::domain::time::Span;

fn read(text: &str) -> TermsChange {
    serde_json::from_str(text).expect("it can be read")
}

fn written(said: &TermsChange) -> String {
    serde_json::to_string(said).expect("it can be written")
}

fn rate(bps: u16) -> Option<Bps> {
    Bps::new(bps)
}

#[test]
fn what_is_said_is_stored_and_nothing_else() {
    assert_eq!(written(&TermsChange::default()), "{}");
    let text = r#"{"inspection_window":432000,"escrow_fee":{"borne_by":"both"},"commission":{"rate":500}}"#;
    let said = read(text);
    assert_eq!(written(&said), text);
    assert_eq!((said.inspection_window, said.commission.rate), (Some(Span::days(5)), rate(500)));
    // What was stored as whole terms says all of them.
    let whole = serde_json::to_string(&Terms::default()).expect("it can be written");
    assert_eq!(read(&whole), TermsChange::whole(&Terms::default()));
    assert_eq!(written(&read(&whole)), whole);
    assert!(serde_json::from_str::<TermsChange>(r#"{"no_such_term":1}"#).is_err());
}

#[test]
fn what_is_not_said_is_as_before_and_as_whoever_is_asked_next_has_it() {
    let market = Terms { answer_window: Span::days(9), ..Terms::default() };
    let before = read(r#"{"inspection_window":432000,"commission":{"rate":500}}"#);
    let said = read(r#"{"inspection_window":86400,"commission":{"fixed_minor":100}}"#).or(&before);
    let terms = said.over(&market);
    assert_eq!((terms.inspection_window, terms.answer_window), (Span::days(1), Span::days(9)));
    assert_eq!((Some(terms.commission.rate), terms.commission.fixed_minor), (rate(500), 100));
    assert_eq!(TermsChange::whole(&terms).over(&Terms::default()), terms);
}

#[test]
fn each_part_of_the_commission_and_of_the_size_of_the_escrow_fee_is_the_marketplaces_and_nothing_else_is() {
    let nothing = TermsChange::default();
    let commission = |commission| TermsChange { commission, ..nothing };
    let fee = |escrow_fee| TermsChange { escrow_fee, ..nothing };
    let (no_commission, no_fee) = (CommissionChange::default(), EscrowFeeChange::default());
    for (field, said) in [
        ("commission_rate", commission(CommissionChange { rate: rate(0), ..no_commission })),
        ("commission_fixed", commission(CommissionChange { fixed_minor: Some(0), ..no_commission })),
        ("commission_non_split", commission(CommissionChange { non_split_minor: Some(0), ..no_commission })),
        ("escrow_fee_rate", fee(EscrowFeeChange { rate: rate(0), ..no_fee })),
        ("escrow_fee_least", fee(EscrowFeeChange { least_minor: Some(0), ..no_fee })),
        ("escrow_fee_most", fee(EscrowFeeChange { most_minor: Some(0), ..no_fee })),
    ] {
        // What is said holds on when the marketplace changes its own, so that saying the same as it is another thing.
        assert_eq!(said.other_charge(&nothing), Some(field));
        assert_eq!(nothing.other_charge(&said), Some(field));
        assert_eq!(nothing.with_charges_of(&said), said, "who says nothing of it leaves it as it was");
    }
    let rest = TermsChange::whole(&Terms::default());
    let bearer = EscrowFeeChange { borne_by: Some(Bearer::Both), ..no_fee };
    let rest = TermsChange { escrow_fee: bearer, commission: no_commission, ..rest };
    assert_eq!(rest.other_charge(&nothing), None);
    assert_eq!(nothing.with_charges_of(&rest), nothing);
}
