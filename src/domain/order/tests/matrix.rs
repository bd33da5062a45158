//! The whole matrix: every status by every verb by every party, with and without the right, against the table.

use std::collections::BTreeSet;

use crate::domain::access::{Permission, Permissions};
use crate::domain::order::Remedy;
use crate::domain::order::action::{Action, HowMuch, Verb};
use crate::domain::order::charge::Flow;
use crate::domain::order::rules::{Effect, RULES, Row, rows};
use crate::domain::order::status::Status;
use crate::domain::order::terms::{OnSilence, Terms};
use crate::domain::order::tests::speech::{
    accept, all, cancel, charge_back, deliver, dispatch, lapse, offer_settlement, pay, plainly, refund, reject,
    reject_wishing, take_back,
};
use crate::domain::order::tests::stage::{DAY, HOUR, Play, actor, actor_with, project, under};
use crate::domain::party::{Actor, Party};
use crate::domain::time::{Moment, Span};

use Party::{Buyer, Clock, Gateway, Operator, Seller};

/// A named situation, reached through real actions only.
struct Scene {
    name: &'static str,
    play: Play,
}

fn scene(terms: Terms, name: &'static str, steps: &[(Party, Action)]) -> Scene {
    let placed = if name.starts_with("project") { project(&[6_000, 9_000]) } else { under(terms) };
    let mut play = Play::begin(crate::domain::order::event::Placed { terms, ..placed });
    for (hour, (party, action)) in (1..).zip(steps) {
        let clock = *party == Clock;
        let at = if clock { play.order.deadline_at().micros_since(play.order.placed_at) } else { hour * HOUR };
        play.must(at, *party, action);
    }
    Scene { name, play }
}

/// Every status, some in the several shapes that the guards tell apart.
fn scenes(terms: Terms) -> Vec<Scene> {
    let paid = || vec![(Gateway, pay(25_000))];
    let delivered = || [paid(), vec![(Seller, deliver(all()))]].concat();
    let rejected = || [delivered(), vec![(Buyer, reject(all()))]].concat();
    let plain = |verb, party| (party, plainly(&Play::begin(under(terms)).order, verb, party, None));
    let and = |mut steps: Vec<(Party, Action)>, step| {
        steps.push(step);
        steps
    };
    let offered = || and(rejected(), plain(Verb::OfferSecondAttempt, Seller));
    let returning = || and(rejected(), (Seller, take_back(false)));
    let dispute = || and(rejected(), plain(Verb::Contest, Seller));
    let review = || and(dispute(), plain(Verb::Escalate, Buyer));
    let wishing = and(delivered(), (Buyer, reject_wishing(all(), Remedy::SecondAttempt)));
    let mut accepted = and(delivered(), (Buyer, accept(all())));
    let accepted_name = if terms.release_delay > Span::ZERO { "accepted" } else { "released" };
    let mut list = vec![
        ("awaiting payment", vec![]),
        ("project", vec![]),
        ("funded", paid()),
        ("on its way", and(paid(), (Seller, dispatch(all())))),
        ("on its way, overdue", and(paid(), (Seller, dispatch(all())))),
        ("delivered", delivered()),
        ("rejected", rejected()),
        ("rejected, another delivery wished", wishing),
        ("rejected, another delivery offered", offered()),
        ("rejected, buyer's settlement", and(rejected(), (Buyer, offer_settlement(None, 9_000)))),
        ("rejected, seller's settlement", and(rejected(), (Seller, offer_settlement(None, 9_000)))),
        ("second attempt", and(offered(), plain(Verb::AgreeSecondAttempt, Buyer))),
        ("coming back", returning()),
        ("coming back, sent", and(returning(), plain(Verb::SendReturn, Buyer))),
        ("dispute", dispute()),
        ("dispute, buyer's settlement", and(dispute(), (Buyer, offer_settlement(None, 9_000)))),
        ("dispute, seller's settlement", and(dispute(), (Seller, offer_settlement(None, 1)))),
        ("under review", review()),
        ("under review, buyer's settlement", and(review(), (Buyer, offer_settlement(None, 1)))),
        ("under review, seller's settlement", and(review(), (Seller, offer_settlement(None, 1)))),
        (accepted_name, accepted.clone()),
        ("refunded", and(rejected(), plain(Verb::Concede, Seller))),
        ("cancelled unpaid", vec![(Buyer, cancel(None))]),
        ("cancelled", and(paid(), (Seller, cancel(None)))),
        ("expired", vec![(Clock, lapse(Verb::Expire))]),
        ("charged back", and(paid(), (Gateway, charge_back("p1")))),
    ];
    if terms.release_delay > Span::ZERO {
        accepted.push((Clock, lapse(Verb::Release)));
        list.push(("released", accepted));
    }
    list.into_iter().map(|(name, steps)| scene(terms, name, &steps)).collect()
}

/// What the guards say beyond the table, by situation; `None` when they let it pass.
fn guard(name: &str, verb: Verb, party: Party) -> Option<&'static str> {
    let offered = name == "rejected, another delivery offered";
    Some(match (verb, party) {
        (Verb::OfferSecondAttempt, _) if offered => "already_offered",
        (Verb::AgreeSecondAttempt, _) if !offered => "nothing_offered",
        (Verb::LapseOffer, _) if !offered => "not_due",
        (Verb::LapseAnswer, _) if offered => "not_due",
        (Verb::AcceptSettlement, _) if !name.contains("settlement") => "nothing_offered",
        (Verb::AcceptSettlement, Buyer) if name.contains("buyer's") => "own_offer",
        (Verb::AcceptSettlement, Seller) if name.contains("seller's") => "own_offer",
        (Verb::Cancel, Buyer) if name == "on its way" => "not_overdue",
        (Verb::Credit, _) if name == "refunded" => "amount_exceeds_released",
        (Verb::ChargeBack, _) if name == "cancelled unpaid" => "not_allowed_in_status",
        (Verb::AddMilestone, _) if name != "project" => "not_a_project",
        _ => return None,
    })
}

/// What the table and the guards say to this actor.
fn verdict(scene: &Scene, verb: Verb, actor: &Actor) -> Result<&'static Row, &'static str> {
    let row = rows(verb, actor.party).next().ok_or("not_your_turn")?;
    let needs = row.permission_for(actor.party);
    if needs.is_some_and(|needs| !actor.permissions.has(needs)) {
        return Err("not_permitted");
    }
    let status = scene.play.order.deliveries[0].status;
    if !row.from.contains(&status) {
        return Err("not_allowed_in_status");
    }
    guard(scene.name, verb, actor.party).map_or(Ok(row), Err)
}

/// The table's row for what was done, and the statuses between which it led.
type Use = (usize, Party, Status, Status);

fn number_of(row: &Row) -> usize {
    let same = |known: &Row| known.verb == row.verb && known.by == row.by;
    RULES.iter().position(same).expect("a row of the table")
}

#[track_caller]
fn check(scene: &Scene, verb: Verb, actor: &Actor, at: i64, action: &Action) -> Option<Use> {
    let told = format!("{}: {} by {:?}", scene.name, verb.code(), actor.party);
    let mut play = scene.play.clone();
    let before = play.order.deliveries[0].clone();
    let done = play.act(at, actor, action);
    match (verdict(scene, verb, actor), done) {
        (Err(code), Err(refusal)) => {
            assert_eq!(refusal.code(), code, "{told}");
            assert!(refusal.sentence().ends_with('.'), "{told}: {}", refusal.sentence());
            None
        }
        (Ok(row), Ok(_)) => {
            let after = &play.order.deliveries[0];
            let moved = before.status != after.status;
            let may_stay = row.to.is_empty() || row.to.contains(&before.status) || verb == Verb::Refund;
            assert!(!moved || row.to.contains(&after.status), "{told} led to {:?}", after.status);
            assert!(moved || may_stay, "{told} led nowhere");
            money_moves_as_the_row_says(&told, row, &scene.play, &play);
            Some((number_of(row), actor.party, before.status, after.status))
        }
        (verdict, done) => panic!("{told}: the table says {verdict:?}, decide says {done:?}"),
    }
}

#[track_caller]
fn money_moves_as_the_row_says(told: &str, row: &Row, before: &Play, after: &Play) {
    let held = before.order.held_minor();
    let (old, new) = (before.order.gone, after.order.gone);
    let credited = after.order.credited_minor - before.order.credited_minor;
    let back = new.buyer - old.buyer;
    let released = (new.total() - new.buyer) - (old.total() - old.buyer);
    let came = after.order.paid_minor - before.order.paid_minor;
    let moved = (came, back, released, credited);
    let accepted = moved == (0, 0, 0, 0) || moved == (0, 0, held, 0);
    let refunded = moved == (0, held, 0, 0);
    let goods_are_back = after.order.deliveries[0].status != Status::Returning;
    let fits = match row.money {
        Effect::Hold => moved == (25_000, 0, 0, 0) || moved == (6_000, 0, 0, 0),
        Effect::Return => moved == (0, 0, 0, 0) && after.ledger != before.ledger,
        Effect::Release => moved == (0, 0, held, 0),
        Effect::Refund if goods_are_back => refunded,
        Effect::Refund | Effect::None => moved == (0, 0, 0, 0),
        Effect::PartRefund => moved == (0, 1, 0, 0),
        Effect::Split | Effect::AsRuled => came == 0 && back + released == held && credited == 0,
        Effect::Credit => moved == (0, 0, 0, 1),
        Effect::Reversal => new == Flow { buyer: old.buyer + held, ..old },
        Effect::ReleaseLater => accepted,
        Effect::AsAgreed => accepted || refunded,
    };
    assert!(fits, "{told}: {:?} of {held} held moved {moved:?}", row.money);
}

/// The terms that the rows tell apart: a delay before release, and what silence means.
fn variants() -> [Terms; 3] {
    let delayed = Terms { release_delay: Span::days(1), ..Terms::default() };
    [Terms::default(), delayed, Terms { on_silence: OnSilence::Refund, ..delayed }]
}

#[test]
fn every_status_by_every_verb_by_every_party_is_as_the_table_says() {
    let mut used: BTreeSet<Use> = BTreeSet::new();
    for scene in variants().into_iter().flat_map(scenes) {
        let order = &scene.play.order;
        let later = order.updated_at.micros_since(order.placed_at) + HOUR;
        let later = if scene.name == "on its way, overdue" { 8 * DAY } else { later };
        let deadline = order.deadline_at();
        for verb in Verb::ALL {
            for party in Party::ALL {
                // The clock comes when its time has come, and everybody else before.
                let waits = party == Clock && deadline != Moment::NEVER;
                let at = if waits { deadline.micros_since(order.placed_at) } else { later };
                let action = plainly(order, *verb, party, None);
                used.extend(check(&scene, *verb, &actor(party), at, &action));
                for permissions in lesser_permissions(*verb, party) {
                    check(&scene, *verb, &actor_with(party, permissions), at, &action);
                }
                if *verb == Verb::TakeBack && party == Seller {
                    used.extend(check(&scene, *verb, &actor(party), at, &take_back(false)));
                }
                if *verb == Verb::Refund && party == Seller {
                    refunding_all_ends_it(&scene, at, &mut used);
                }
            }
        }
    }
    every_row_was_used(&used);
}

/// Everything but what the row needs, and nothing but that.
fn lesser_permissions(verb: Verb, party: Party) -> Vec<Permissions> {
    let Some(needs) = rows(verb, party).next().and_then(|row| row.permission_for(party)) else {
        return Vec::new();
    };
    let others: Vec<Permission> = Permissions::ALL.list().into_iter().filter(|other| *other != needs).collect();
    vec![Permissions::of(&others), Permissions::of(&[needs]), Permissions::NONE]
}

fn refunding_all_ends_it(scene: &Scene, at: i64, used: &mut BTreeSet<Use>) {
    let Ok(row) = verdict(scene, Verb::Refund, &actor(Seller)) else { return };
    let mut play = scene.play.clone();
    let from = play.order.status();
    let held = play.order.held_minor();
    play.must(at, Seller, &refund(Some(1), HowMuch::Amount(held)));
    assert_eq!(play.order.status(), Status::Completed);
    assert_eq!(play.order.gone.buyer, held);
    used.insert((number_of(row), Seller, from, Status::Completed));
}

/// Each row for each of its parties from each of its statuses, and to each status it names.
fn every_row_was_used(used: &BTreeSet<Use>) {
    for (at, row) in RULES.iter().enumerate() {
        let name = row.verb.code();
        for party in row.by {
            for from in row.from {
                // A project's later milestones alone may be added to what is paid.
                let elsewhere = row.verb == Verb::AddMilestone && *from != Status::AwaitingPayment;
                let known = used.iter().any(|(row, by, was, _)| (*row, by, was) == (at, party, from));
                assert!(known || elsewhere, "{name} by {party:?} from {from:?} was never carried out");
            }
        }
        for to in row.to {
            let known = used.iter().any(|(row, _, _, is)| (*row, is) == (at, to));
            assert!(known, "{name} never led to {to:?}");
        }
    }
    let seen: BTreeSet<Status> = used.iter().flat_map(|(_, _, from, to)| [*from, *to]).collect();
    assert_eq!(seen.len(), Status::ALL.len(), "every status was reached");
}

#[test]
fn an_operator_who_is_a_party_does_not_rule() {
    let scene = scenes(Terms::default()).into_iter().find(|scene| scene.name == "under review");
    let mut play = scene.expect("the scene exists").play;
    let interested = Actor { interested: true, ..actor(Operator) };
    let action = plainly(&play.order, Verb::Rule, Operator, None);
    let refusal = play.act(DAY, &interested, &action).expect_err("they may not judge their own case");
    assert_eq!(refusal.code(), "party_of_the_order");
    let offers = play.order.offers(&interested, play.now);
    assert!(offers.iter().all(|offer| offer.verb != Verb::Rule), "nor is it offered to them");
    assert_eq!(play.act(DAY, &actor(Operator), &action).map(|events| events.len()), Ok(1));
}

#[test]
fn nobody_else_lapses_and_the_clock_does_nothing_else() {
    for scene in scenes(Terms::default()) {
        let order = &scene.play.order;
        let deadline = order.deadline_at().micros_since(order.placed_at).min(100 * DAY);
        for verb in Verb::ALL {
            for party in Party::ALL.into_iter().filter(|party| *party != Clock) {
                let refused = scene.play.clone().act(deadline, &actor(party), &lapse(*verb));
                assert!(refused.is_err(), "{}: {party:?} lapsed {verb:?}", scene.name);
                let spoken = plainly(order, *verb, party, None);
                if !matches!(spoken, Action::Lapse { .. }) {
                    let refused = scene.play.clone().act(deadline - 1, &Actor::clock(), &spoken);
                    let code = refused.expect_err("the clock only lapses").code();
                    assert_eq!(code, "not_your_turn", "{}: the clock did {verb:?}", scene.name);
                }
            }
        }
    }
}
