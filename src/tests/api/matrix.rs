//! Every action with every kind of key in every status: the answer is what the rules of the process allow, and what is
//! refused changes nothing.

use std::fmt::Write as _;

use holdfast::{
    domain::{
        access::Permission,
        order::{
            action::Verb,
            rules::{RULES, Row},
            status::Status,
        },
        party::Party,
    },
    server::api::routes,
};
use serde_json::{Value, json};

use super::{Program, Told};
use crate::{
    doors_matrix::is_possible,
    helpers::{Cast, Shop, Store, TestApp, count, each_store},
};

/// What is written however a call ends: that a key was used, what for, and how often somebody tried.
const MAY_CHANGE: [&str; 3] = ["api_keys", "api_calls", "throttle"];

/// A kind of key, and what it is to the orders that are tried.
struct Holder {
    name: &'static str,
    party: Party,
    permissions: Vec<Permission>,
    /// Whether those orders are not for it to see.
    is_foreign: bool,
    program: Program,
}

/// One key of each kind.
async fn holders(app: &TestApp, shop: &Shop<'_>) -> Vec<Holder> {
    let all = ["read", "note", "ship", "sell", "rule", "finance", "administer"];
    let sells = ["read", "note", "ship", "sell", "finance", "administer"];
    let buys = ["read", "note", "buy"];
    let mut holders = Vec::new();
    for (name, party, is_foreign, browser, mode, may) in [
        ("operator", Party::Operator, false, &shop.admin, "live", &all[..]),
        ("seller", Party::Seller, false, &shop.seller, "live", &sells[..]),
        ("reader", Party::Seller, false, &shop.seller, "live", &["read"][..]),
        ("buyer", Party::Buyer, false, &shop.buyer, "live", &buys[..]),
        ("foreign seller", Party::Seller, true, &shop.other_seller, "live", &sells[..]),
        ("foreign buyer", Party::Buyer, true, &shop.other_buyer, "live", &buys[..]),
        ("test key of the seller", Party::Seller, true, &shop.seller, "test", &sells[..]),
        ("test key of the buyer", Party::Buyer, true, &shop.buyer, "test", &buys[..]),
    ] {
        let program = Program::of(app, browser, mode, may).await;
        let permissions = may.iter().filter_map(|code| Permission::from_code(code)).collect();
        holders.push(Holder { name, party, permissions, is_foreign, program });
    }
    holders
}

/// The least that a verb asks for.
fn body(verb: Verb) -> Value {
    match verb {
        Verb::HandOver => json!({ "code": "no such code" }),
        Verb::Reject => json!({ "code": "damaged", "text": "The rug is torn", "remedy": "refund" }),
        Verb::TakeBack => json!({ "goods_are_back": true }),
        Verb::Contest => json!({ "statement": "It was whole when it left" }),
        Verb::OfferSettlement | Verb::AcceptSettlement => json!({ "to_seller_minor": 10_001 }),
        Verb::Rule => json!({ "ruling": "refund", "reasons": "It was never sent" }),
        Verb::Cancel => json!({ "reason": "Changed my mind" }),
        Verb::Refund | Verb::Credit => json!({ "amount_minor": 100, "reason": "Goodwill" }),
        Verb::EditItems => json!({ "items": [{ "title": "Rug", "unit_minor": 38_000 }] }),
        Verb::EditTerms => json!({ "terms": { "inspection_window_secs": 432_000 } }),
        Verb::SetCommission => json!({ "rate_bps": 500 }),
        Verb::SetProvider => json!({ "provider": null }),
        Verb::Track => json!({ "carrier": "GIG", "tracking": "GIG-1" }),
        Verb::Note => json!({ "text": "Seen" }),
        Verb::AddMilestone => json!({ "title": "Roof", "amount_minor": 1_000 }),
        Verb::Pay => json!({ "card_number": "4242 4242 4242 4242" }),
        _ => json!({}),
    }
}

/// The row of the rules by which this party does this, when it has one.
fn rule(verb: Verb, party: Party) -> impl Iterator<Item = &'static Row> {
    RULES.iter().filter(move |rule| rule.verb == verb && rule.by.contains(&party))
}

/// The statuses of HTTP that are right, and whether the order is changed.
fn expected(holder: &Holder, verb: Verb, needs: Permission, status: Status) -> &'static [u16] {
    if !holder.permissions.contains(&needs) {
        return &[403];
    }
    if holder.is_foreign {
        return &[404];
    }
    let mut rules = rule(verb, holder.party);
    let Some(first) = rules.next() else { return &[403] };
    // What a party needs for a verb is the same in each of its rows.
    let may = first.permission_for(holder.party).is_some_and(|needed| holder.permissions.contains(&needed));
    if !may || verb == Verb::Pay {
        return &[403];
    }
    let leads_on = std::iter::once(first).chain(rules).any(|rule| rule.from.contains(&status));
    match is_possible(holder.party, verb, status) {
        // Whoever does not know the buyer's code hands nothing over.
        Some(true) if leads_on && verb == Verb::HandOver => &[422],
        Some(true) if leads_on => &[200],
        // What the table allows and the rules do not is as wrong as the other way round.
        Some(true) => &[],
        _ => &[409, 422],
    }
}

async fn send(holder: &Holder, reference: &str, verb: Verb, key: &str) -> Told {
    holder.program.post(&format!("/orders/{reference}/{}", verb.code()), &body(verb), Some(key)).await
}

/// Every key tries everything in one status; the answer is how many cells that were.
async fn try_status(app: &TestApp, cast: &Cast, holders: &[Holder], status: Status) -> usize {
    let order = cast.order(app, status, &[]).await;
    let reference = order.reference.to_string();
    let entries: Vec<(Verb, Permission)> =
        routes().iter().filter_map(|route| Some((route.verb?, route.needs))).collect();
    let (mut wrong, mut allowed, mut cells) = (String::new(), Vec::new(), 0);
    let mut before = app.contents(&MAY_CHANGE).await;
    for (at, holder) in holders.iter().enumerate() {
        for (verb, needs) in entries.iter().copied() {
            cells += 1;
            let right = expected(holder, verb, needs, status);
            if right == [200] {
                allowed.push((at, verb));
                continue;
            }
            let told = send(holder, &reference, verb, &format!("{status:?} {verb:?}")).await;
            let kind = told.header("content-type");
            if !right.contains(&told.status) || kind != "application/problem+json" {
                let _ = writeln!(
                    wrong,
                    "{} {verb:?} in {status:?}: {} {}, not {right:?}",
                    holder.name, told.status, told.body
                );
            }
        }
        let seen = holder.program.get(&format!("/orders/{reference}")).await.status;
        if seen != if holder.is_foreign { 404 } else { 200 } {
            let _ = writeln!(wrong, "{} reads an order in {status:?}: {seen}", holder.name);
        }
        let after = app.contents(&MAY_CHANGE).await;
        for (table, _) in before.iter().filter(|(table, rows)| after.get(*table) != Some(rows)) {
            let _ = writeln!(wrong, "{} was refused in {status:?}, and yet {table} changed", holder.name);
        }
        before = after;
    }
    for (at, verb) in allowed {
        let holder = &holders[at];
        // Who answers an offer needs one of the other side.
        let party = if holder.party == Party::Buyer { Party::Buyer } else { Party::Seller };
        let fresh = cast.order(app, status, &[(party, verb)]).await;
        let told = send(holder, fresh.reference.as_str(), verb, fresh.reference.as_str()).await;
        let acted = app.stored(fresh.id).await.version > fresh.version;
        if told.status != 200 || !acted {
            let _ = writeln!(wrong, "{} may {verb:?} in {status:?}, but: {} {}", holder.name, told.status, told.body);
        }
    }
    assert!(wrong.is_empty(), "cells of the matrix that are not as the rules say:\n{wrong}");
    cells
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_does_to_an_order_in_each_status_what_the_rules_allow_and_nothing_else() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let holders = holders(&app, &shop).await;
        let cast = Cast::gather(&app).await;
        // What decides does not depend on the store: the second one is asked in some statuses, and in all by `make proof`.
        let some = [Status::Funded, Status::Rejected];
        let all = app.store == Store::Sqlite || count(0, 1) == 1;
        let mut cells = 0;
        for status in Status::ALL.into_iter().filter(|status| all || some.contains(status)) {
            cells += try_status(&app, &cast, &holders, status).await;
        }
        let expected = Verb::ALL.len() * holders.len() * if all { Status::ALL.len() } else { some.len() };
        assert_eq!(cells, expected, "no cell was left out");
        app.must_be_sound().await;
    })
    .await;
}
