//! Races: two parties act on one order at the same moment, sixteen tasks behind a barrier. What came of it is what one
//! order of them, one after the other, would have given; each version has one author; nobody meets a failure of ours.

use std::{collections::BTreeMap, sync::Arc};

use holdfast::{
    domain::{
        error::Error as Shown,
        order::{
            Order,
            action::{Action, Verb},
            decide::decide,
            rules::RULES,
            status::Status,
        },
        party::Party,
        time::{Moment, Span},
    },
    server::{
        clock::TestClock,
        service::{
            Services, handover,
            history::History,
            orders::{self, Caller, Command, Performed},
        },
    },
};
use tokio::sync::Barrier;

use crate::helpers::{Cast, Dice, TestApp, count, each_store, is_no_failure, plain};

/// How many press at once.
const TASKS: usize = 16;

/// Somebody who wants something.
type Side = (Party, Verb);

/// The pairs whose meeting costs money or trust; they come first, however few races there are.
const NAMED: [(Status, Side, Side); 16] = [
    (Status::AwaitingResponse, (Party::Buyer, Verb::Accept), (Party::Buyer, Verb::Reject)),
    (Status::AwaitingResponse, (Party::Buyer, Verb::Accept), (Party::Clock, Verb::LapseInspection)),
    (Status::AwaitingResponse, (Party::Buyer, Verb::Reject), (Party::Clock, Verb::LapseInspection)),
    (Status::AwaitingResponse, (Party::Seller, Verb::Refund), (Party::Buyer, Verb::Accept)),
    (Status::AwaitingPayment, (Party::Gateway, Verb::Pay), (Party::Clock, Verb::Expire)),
    (Status::AwaitingPayment, (Party::Gateway, Verb::Pay), (Party::Seller, Verb::Cancel)),
    (Status::Funded, (Party::Buyer, Verb::Cancel), (Party::Seller, Verb::Dispatch)),
    (Status::Funded, (Party::Seller, Verb::Deliver), (Party::Buyer, Verb::Cancel)),
    (Status::Funded, (Party::Seller, Verb::Refund), (Party::Operator, Verb::Refund)),
    (Status::Accepted, (Party::Seller, Verb::Refund), (Party::Clock, Verb::Release)),
    (Status::Accepted, (Party::Gateway, Verb::ChargeBack), (Party::Clock, Verb::Release)),
    (Status::UnderReview, (Party::Operator, Verb::Rule), (Party::Buyer, Verb::Withdraw)),
    (Status::Dispute, (Party::Buyer, Verb::AcceptSettlement), (Party::Seller, Verb::Escalate)),
    (Status::Dispute, (Party::Operator, Verb::Rule), (Party::Seller, Verb::Concede)),
    (Status::Completed, (Party::Seller, Verb::Credit), (Party::Gateway, Verb::ChargeBack)),
    (Status::Rejected, (Party::Buyer, Verb::AgreeSecondAttempt), (Party::Clock, Verb::LapseOffer)),
];

/// Every two things that the table allows in one status, the named pairs first, the others as the dice have it.
fn pairs(dice: &mut Dice) -> Vec<(Status, Side, Side)> {
    let mut rest = Vec::new();
    for status in Status::ALL {
        let rows = RULES.iter().filter(|row| row.from.contains(&status));
        let sides: Vec<Side> = rows.flat_map(|row| row.by.iter().map(|party| (*party, row.verb))).collect();
        for (at, one) in sides.iter().enumerate() {
            rest.extend(sides[at..].iter().map(|other| (status, *one, *other)));
        }
    }
    for at in (1..rest.len()).rev() {
        rest.swap(at, dice.below(at + 1));
    }
    NAMED.into_iter().chain(rest).collect()
}

/// How the sixteen come: with the version that they saw, without, or each side under one key as if it were sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Seen,
    Blind,
    SameKey,
}

const MANNERS: [Manner; 3] = [Manner::Seen, Manner::Blind, Manner::SameKey];

/// One of the sixteen.
#[derive(Debug, Clone)]
struct Try {
    party: Party,
    at: Moment,
    command: Command,
}

/// An order and those who are about to act on it.
struct Race {
    name: String,
    before: Order,
    tries: Vec<Try>,
}

fn race(cast: &Cast, app: &TestApp, pair: (Status, Side, Side), manner: Manner) -> (History, Race) {
    let (status, one, other) = pair;
    let now = app.state.services.now();
    let history = cast.history(app, status, &[one, other], now);
    let before = history.order().clone();
    let deadline = before.deadline_at();
    let against_the_clock = [one, other].iter().any(|(party, _)| *party == Party::Clock) && deadline != Moment::NEVER;
    let tries = (0..TASKS).map(|number| {
        let (party, verb) = if number.is_multiple_of(2) { one } else { other };
        let apart = match manner {
            // What is sent again is the same: whoever is first, it came at one instant.
            Manner::SameKey if party == Party::Clock => 0,
            Manner::SameKey => -1_000,
            _ => i64::try_from(number / 2 % 3).expect("small") * 1_000 - 1_000,
        };
        let at = if against_the_clock { deadline.shifted(apart) } else { now.plus(Span(60)).shifted(apart) };
        let key = match manner {
            Manner::SameKey => format!("{verb:?}"),
            _ => format!("{number}"),
        };
        let command = Command {
            order: before.id,
            action: plain(&before, party, verb),
            expected_version: (manner == Manner::Seen).then_some(before.version),
            key: Some(format!("{} {party:?} {key}", before.reference)),
        };
        Try { party, at, command }
    });
    let name = format!("{manner:?} {status:?}: {one:?} and {other:?}");
    let tries = tries.collect();
    (history, Race { name, before, tries })
}

/// The command with the code that is said at the door: the rules know one digest for all of them.
fn as_sent(services: &Services, race: &Race, one: &Try) -> Command {
    let mut command = one.command.clone();
    if let Action::HandOver { code_digest, .. } = &mut command.action {
        *code_digest = handover::digest(&services.secret, &race.before, &race.before.deliveries[0]);
    }
    command
}

/// Everybody acts at once, each by a watch of their own.
async fn run(services: &Services, cast: &Cast, race: &Race) -> Vec<Result<Performed, Shown>> {
    let barrier = Arc::new(Barrier::new(race.tries.len()));
    let tasks: Vec<_> = race
        .tries
        .iter()
        .map(|one| {
            let services = Services { clock: Arc::new(TestClock::at(one.at)), ..services.clone() };
            let (barrier, caller, command) = (barrier.clone(), cast.caller(one.party), as_sent(&services, race, one));
            tokio::spawn(async move {
                barrier.wait().await;
                orders::perform(&services, caller, command).await.map_err(Shown::from)
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("nobody panics"));
    }
    outcomes
}

/// Plays those who were carried out one after the other on the order as it was, in the order of their versions: every
/// state on the way. Each must be possible there, and give the version that it was told.
fn in_turn(cast: &Cast, race: &Race, outcomes: &[Result<Performed, Shown>]) -> Vec<Order> {
    let mut winners: BTreeMap<u32, (&Try, &Performed)> = BTreeMap::new();
    for (one, outcome) in race.tries.iter().zip(outcomes) {
        let Ok(performed) = outcome else { continue };
        if let Some((first, _)) = winners.insert(performed.version, (one, performed)) {
            assert_eq!(first.command.key, one.command.key, "{}: a version has one author", race.name);
        }
    }
    let mut states = vec![race.before.clone()];
    let mut history = History::of(race.before.clone());
    for (version, (one, performed)) in winners {
        let actor = cast.actor(one.party, history.order());
        let actor = actor.unwrap_or_else(|| panic!("{}: {one:?} was let in to an order that is not theirs", race.name));
        let done = history.act(&actor, &one.command.action, one.at);
        assert!(done.is_ok(), "{}: {one:?} cannot follow: {done:?}", race.name);
        assert_eq!(history.order().version, version, "{}: {performed:?}", race.name);
        states.push(history.order().clone());
    }
    states
}

/// Whether this refusal is what somebody who comes to this state is told.
fn is_told(cast: &Cast, one: &Try, state: &Order, refusal: &Shown) -> bool {
    let Some(actor) = cast.actor(one.party, state) else { return refusal.code == "not_found" };
    if one.command.expected_version.is_some_and(|seen| seen != state.version) {
        return refusal.code == "version_conflict";
    }
    decide(state, &actor, &one.command.action, one.at).is_err_and(|because| because.code() == refusal.code)
}

/// Whether it would have been carried out, had nobody else been there.
fn alone(cast: &Cast, one: &Try, before: &Order) -> bool {
    let actor = cast.actor(one.party, before);
    actor.is_some_and(|actor| decide(before, &actor, &one.command.action, one.at).is_ok())
}

/// Checks what came of a race; the answer is how many lost it to somebody else.
async fn judge(app: &TestApp, cast: &Cast, race: &Race, outcomes: &[Result<Performed, Shown>]) -> usize {
    let states = in_turn(cast, race, outcomes);
    let end = states.last().expect("there is the order as it was");
    assert_eq!(&app.stored(race.before.id).await, end, "{}: what is stored is not what was told", race.name);
    let mut lost = 0;
    for (one, outcome) in race.tries.iter().zip(outcomes) {
        let Err(refusal) = outcome else { continue };
        is_no_failure(refusal);
        let told = states.iter().any(|state| is_told(cast, one, state, refusal));
        assert!(told, "{}: {one:?} was told {refusal:?}, which was never so", race.name);
        lost += usize::from(alone(cast, one, &race.before));
    }
    let possible = race.tries.iter().filter(|one| alone(cast, one, &race.before)).count();
    let versions = states.len() - 1;
    assert_eq!(possible > 0, versions > 0, "{}: {possible} could act, {versions} did", race.name);
    if race.tries[0].command.expected_version.is_some() {
        assert!(versions <= 1, "{}: one version was seen by all, {versions} acted on it", race.name);
    }
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_acts_at_once_has_acted_one_after_the_other() {
    // So many on each of the two stores.
    let races = count(250, 2_500);
    each_store(async |app| {
        app.people().await;
        let cast = Cast::gather(&app).await;
        let mut dice = Dice(7);
        let drawn = pairs(&mut dice);
        let mut chosen = (0..races).map(|number| (drawn[number % drawn.len()], MANNERS[number / NAMED.len() % 3]));
        let (mut lost, mut run_so_far) = (0, 0);
        loop {
            let batch: Vec<_> =
                chosen.by_ref().take(100).map(|(pair, manner)| race(&cast, &app, pair, manner)).collect();
            if batch.is_empty() {
                break;
            }
            let (histories, begun): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            cast.write_down(&app, histories).await;
            for race in &begun {
                let outcomes = run(&app.state.services, &cast, race).await;
                lost += judge(&app, &cast, race, &outcomes).await;
                run_so_far += 1;
            }
        }
        assert_eq!(app.must_be_sound().await, run_so_far);
        assert!(lost > 3 * races, "they met: {lost} of {races} races' tasks came second");
    })
    .await;
}

#[test]
fn every_pair_of_rules_is_among_the_races() {
    let drawn = pairs(&mut Dice(7));
    for row in RULES {
        for status in row.from {
            let there = drawn.iter().any(|(at, one, other)| at == status && [one.1, other.1].contains(&row.verb));
            assert!(there, "{:?} in {status:?} races with nobody", row.verb);
        }
    }
    for (status, one, other) in NAMED {
        for (party, verb) in [one, other] {
            let known =
                RULES.iter().any(|row| row.verb == verb && row.by.contains(&party) && row.from.contains(&status));
            assert!(known, "{verb:?} by {party:?} in {status:?} is not in the table");
        }
    }
}

/// Staff of one shop and of the marketplace, each in a browser of their own, cancel the same order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_who_press_the_same_button_seven_are_told_by_whom_and_when() {
    each_store(async |app| {
        app.people().await;
        let cast = Cast::gather(&app).await;
        for _ in 0..count(5, 100) {
            let before = cast.order(&app, Status::Funded, &[]).await;
            let press = |number: usize| {
                let party = if number.is_multiple_of(2) { Party::Seller } else { Party::Operator };
                let action = plain(&before, party, Verb::Cancel);
                let key = Some(format!("{} press {number}", before.reference));
                Try {
                    party,
                    at: app.state.services.now(),
                    command: Command { order: before.id, action, expected_version: Some(before.version), key },
                }
            };
            let race = Race { name: "the same button".to_owned(), tries: (0..8).map(press).collect(), before };
            let outcomes = run(&app.state.services, &cast, &race).await;
            let (done, late): (Vec<_>, Vec<_>) = race.tries.iter().zip(outcomes).partition(|(_, told)| told.is_ok());
            assert_eq!((done.len(), late.len()), (1, 7));
            let Caller::Person { viewer, .. } = cast.caller(done[0].0.party) else { panic!("a person was first") };
            for refusal in late.iter().filter_map(|(_, told)| told.as_ref().err()) {
                assert_eq!((refusal.kind.status(), refusal.code.as_str()), (409, "version_conflict"));
                let by_whom = format!("by {} on Mon 23 Nov 2026, 10:00.", viewer.name);
                assert!(refusal.message.contains(&by_whom), "{by_whom} {}", refusal.message);
            }
        }
        app.must_be_sound().await;
    })
    .await;
}
