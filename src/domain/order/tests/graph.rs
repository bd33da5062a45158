//! A search of the whole state graph: from an order just placed, by everything that anybody can do, and by waiting.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::order::action::{Action, HowMuch, Ruling, Selection};
use crate::domain::order::decide::decide;
use crate::domain::order::event::Placed;
use crate::domain::order::rules::RULES;
use crate::domain::order::status::{Status, Turn};
use crate::domain::order::terms::{OnSilence, Terms};
use crate::domain::order::tests::speech::{
    accept_settlement, lapse, offer_settlement, pay_with, plainly, refund, reject_wishing, rule, some,
};
use crate::domain::order::tests::stage::{START, actor, goods, under};
use crate::domain::order::{Delivery, Order, Remedy};
use crate::domain::party::Party;
use crate::domain::time::{Moment, Span};

/// What of a delivery decides what can happen to it; amounts and times only as far as they do: its status, the
/// attempts, the offer to share (of nothing, some, or all), and what is or is not so.
type Shape = (Status, u8, Option<(Party, u8)>, [bool; 9]);

/// The shape of a whole order: two states of the same shape allow the same and lead to the same shapes.
type State = Vec<Shape>;

fn shape(order: &Order, part: &Delivery, now: Moment) -> Shape {
    let open = part.open().amount;
    let offer = part
        .settlement
        .map(|offer| (offer.by, u8::from(offer.to_seller_minor > 0) + u8::from(offer.to_seller_minor == open)));
    // Attempts count until they are used up.
    let attempts = part.attempts.min(order.terms.max_attempts);
    let facts = [
        part.started,
        part.remedy.is_some(),
        part.remedy == Some(Remedy::SecondAttempt),
        part.second_attempt_offered,
        part.return_sent,
        part.due_at <= now,
        order.deadline_of(part) <= now,
        part.paid_at.is_some() && open > 0,
        part.released().amount > 0,
    ];
    (part.status, attempts, offer, facts)
}

fn state(order: &Order, now: Moment) -> State {
    order.deliveries.iter().map(|part| shape(order, part, now)).collect()
}

/// Everything that anybody can say about a delivery, with inputs that stand for all others.
fn everything(order: &Order, delivery: u16) -> Vec<(Party, Action)> {
    let no = Some(delivery);
    let part = order.delivery(delivery).expect("a delivery of the order");
    let open = part.open().amount;
    let mut said = Vec::new();
    for row in RULES {
        for party in row.by {
            said.push((*party, plainly(order, row.verb, *party, no)));
        }
    }
    let both = [Party::Buyer, Party::Seller];
    for to_seller in [0, open / 2, open] {
        said.extend(both.map(|party| (party, offer_settlement(no, to_seller))));
        said.extend(both.map(|party| (party, accept_settlement(no, to_seller))));
        said.push((Party::Operator, rule(no, Ruling::Split(to_seller))));
    }
    said.push((Party::Operator, rule(no, Ruling::Release)));
    said.push((Party::Buyer, reject_wishing(some(no, &[]), Remedy::SecondAttempt)));
    said.push((Party::Seller, Action::TakeBack { delivery: no, goods_are_back: false }));
    said.push((Party::Seller, refund(no, HowMuch::Amount(open / 2))));
    said.push((Party::Seller, refund(no, HowMuch::Amount(open))));
    if order.deliveries.len() == 1 && part.lines.iter().all(|line| line.quantity > 1) {
        // Half of it: two deliveries are as many as are needed to see one stand still for the other.
        let half = Selection { delivery: no, items: vec![(1, 1)] };
        said.push((Party::Seller, Action::Deliver { parts: half.clone(), proof: <_>::default() }));
        said.push((Party::Buyer, Action::Accept { parts: half }));
    }
    said
}

/// Moments to wait for: the next deadline and the agreed days.
fn later(order: &Order, now: Moment) -> Option<Moment> {
    let days = order.deliveries.iter().flat_map(|part| [part.due_at, order.deadline_of(part)]);
    days.filter(|day| *day > now && *day != Moment::NEVER).min()
}

struct Graph {
    nodes: BTreeMap<State, (Order, Moment)>,
    edges: BTreeMap<State, BTreeSet<State>>,
}

fn after(order: &Order, party: Party, action: &Action, now: Moment) -> Option<Order> {
    let events = decide(order, &actor(party), action, now).ok()?;
    let mut order = order.clone();
    for event in &events {
        order.apply(event, now);
    }
    Some(order)
}

fn search(placed: &Placed) -> Graph {
    let (mut nodes, mut edges) = (BTreeMap::new(), BTreeMap::<State, BTreeSet<State>>::new());
    let first = Order::placed(placed, START);
    let mut queue = VecDeque::from([(first, START)]);
    while let Some((order, now)) = queue.pop_front() {
        let here = state(&order, now);
        if nodes.contains_key(&here) {
            continue;
        }
        nodes.insert(here.clone(), (order.clone(), now));
        let to = edges.entry(here).or_default();
        let mut go = |order: Order, now: Moment| {
            to.insert(state(&order, now));
            queue.push_back((order, now));
        };
        let soon = Moment(now.0 + 1);
        for no in order.deliveries.iter().map(|part| part.no) {
            for (party, action) in everything(&order, no) {
                if let Some(after) = after(&order, party, &action, soon) {
                    go(after, soon);
                }
            }
        }
        if let Some(payment) = after(&order, Party::Gateway, &pay_with("p2", order.due_minor()), soon) {
            go(payment, soon);
        }
        if let Some(day) = later(&order, now) {
            go(order.clone(), day);
        }
        if let Some((_, verb, at)) = order.next_lapse() {
            let at = at.max(now);
            let after = after(&order, Party::Clock, &lapse(verb), at).expect("the clock does what is due");
            go(after, at);
        }
    }
    Graph { nodes, edges }
}

fn is_over(state: &State) -> bool {
    state.iter().all(|(status, ..)| status.is_over())
}

impl Graph {
    /// The states from which some way leads to the end.
    fn can_end(&self) -> BTreeSet<&State> {
        let mut back: BTreeMap<&State, Vec<&State>> = BTreeMap::new();
        for (from, to) in self.edges.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to))) {
            back.entry(to).or_default().push(from);
        }
        let mut known: BTreeSet<&State> = self.nodes.keys().filter(|state| is_over(state)).collect();
        let mut queue: Vec<&State> = known.iter().copied().collect();
        while let Some(state) = queue.pop() {
            for from in back.get(state).into_iter().flatten() {
                if known.insert(from) {
                    queue.push(from);
                }
            }
        }
        known
    }

    /// Where the clock alone leads when nobody ever says a word again.
    fn silence_from(&self, state: &State) -> State {
        let (mut order, mut now) = self.nodes[state].clone();
        for _ in 0..20 {
            let Some((_, verb, at)) = order.next_lapse() else { break };
            now = now.max(at);
            order = after(&order, Party::Clock, &lapse(verb), now).expect("the clock does what is due");
        }
        self::state(&order, now)
    }
}

#[track_caller]
fn check(graph: &Graph) {
    let can_end = graph.can_end();
    for (state, (order, now)) in &graph.nodes {
        assert!(can_end.contains(state), "nothing leads out of {state:?}: its money is stuck");
        let over = is_over(state);
        assert_eq!(over, order.is_over());
        assert!(!over || order.held_minor() == 0, "{state:?} is over and holds money");
        let waits = order.turn() != Turn::NOBODY || order.deadline_at() != Moment::NEVER;
        assert_eq!(waits, !over, "{state:?}: somebody or the clock is next until it is over");
        if over {
            let back = graph.edges[state].iter().find(|to| !is_over(to));
            assert_eq!(back, None, "what is over does not begin again");
            continue;
        }
        // If nobody says a word, the clock ends it, or the marketplace is asked to rule.
        let end = graph.silence_from(state);
        let asked = end.iter().any(|(status, ..)| *status == Status::UnderReview);
        assert!(is_over(&end) || asked, "silence leads from {state:?} to {end:?}");
        let waiting = order.deliveries.iter().find(|part| part.status == Status::UnderReview);
        if let Some(part) = waiting {
            let ruling = rule(Some(part.no), Ruling::Refund);
            let ruled = after(order, Party::Operator, &ruling, *now);
            assert!(ruled.is_some(), "{state:?} waits for the operator, who cannot rule");
        }
    }
}

fn statuses(graph: &Graph) -> BTreeSet<Status> {
    graph.nodes.keys().flatten().map(|(status, ..)| *status).collect()
}

fn variants() -> Vec<Terms> {
    let delayed = Terms { release_delay: Span::days(1), ..Terms::default() };
    let refunding = Terms { on_silence: OnSilence::Refund, ..Terms::default() };
    let hasty = Terms {
        payment_window: Span(60),
        delivery_window: Span(60),
        overdue_window: Span::ZERO,
        inspection_window: Span(60),
        answer_window: Span(60),
        negotiation_window: Span(60),
        return_window: Span(60),
        ..delayed
    };
    vec![delayed, refunding, hasty]
}

#[test]
fn every_status_is_reached_and_from_every_state_the_money_finds_its_way() {
    for terms in variants() {
        let placed = Placed { items: vec![goods(1, 1, 1_000)], ..under(terms) };
        let graph = search(&placed);
        check(&graph);
        let seen = statuses(&graph);
        let passing = terms.release_delay == Span::ZERO;
        // Without a delay nothing rests in `accepted`: it is released in the same breath.
        let resting = |status: &Status| !(passing && *status == Status::Accepted);
        let expected: BTreeSet<Status> = Status::ALL.into_iter().filter(resting).collect();
        assert_eq!(seen, expected, "every status is reached");
        assert!(graph.nodes.len() > 50, "the search went far: {} states", graph.nodes.len());
    }
}

#[test]
fn two_deliveries_find_their_way_as_well_and_wait_for_each_others_disputes() {
    let terms = Terms { max_attempts: 1, ..Terms::default() };
    let placed = Placed { items: vec![goods(1, 2, 1_000)], ..under(terms) };
    let graph = search(&placed);
    check(&graph);
    let waiting = graph.nodes.values().filter(|(order, _)| order.in_dispute() && order.deliveries.len() == 2);
    assert!(waiting.count() > 100, "one was disputed beside the other");
}
