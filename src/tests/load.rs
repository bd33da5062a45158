//! Mixed load: many clients on few orders, doing whatever the table allows and some of what it does not; then the books
//! are checked. And clients that hang up in the middle: nothing of theirs is half done, and the same key tells the truth.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use holdfast::{
    domain::{
        id::OrderId,
        order::{action::Verb, rules::RULES, status::Status},
        party::Party,
        time::Span,
    },
    server::service::{
        Services,
        orders::{self, Command, Performed},
    },
};
use tokio::sync::Mutex;

use crate::helpers::{Cast, Dice, Shop, TestApp, count, each_store, is_no_failure, plain};

/// How many clients work at once.
const CLIENTS: usize = 32;
/// On how many orders.
const HOT_ORDERS: usize = 20;

/// What all clients share.
struct Floor {
    app: TestApp,
    cast: Cast,
    orders: Vec<Mutex<OrderId>>,
    placed: AtomicUsize,
    written: AtomicUsize,
    refused: AtomicUsize,
}

impl Floor {
    /// Somewhere between placing and review, so that all of the table is under load.
    async fn fresh(&self, dice: &mut Dice) -> OrderId {
        let open =
            [Status::AwaitingPayment, Status::Funded, Status::AwaitingResponse, Status::Rejected, Status::Dispute];
        let order = self.cast.order(&self.app, dice.one(&open), &[]).await;
        self.placed.fetch_add(1, Ordering::SeqCst);
        self.written.fetch_add(usize::try_from(order.version).expect("small"), Ordering::SeqCst);
        order.id
    }

    /// Looks at an order and does something with it, as it was seen.
    async fn act(&self, dice: &mut Dice, number: usize) {
        let slot = &self.orders[dice.below(HOT_ORDERS)];
        let id = *slot.lock().await;
        let seen = self.app.stored(id).await;
        let status = dice.one(&seen.deliveries).status;
        let fits: Vec<(Party, Verb)> = RULES
            .iter()
            .filter(|row| row.from.contains(&status) && (row.verb != Verb::ChargeBack || dice.below(20) == 0))
            .flat_map(|row| row.by.iter().map(|party| (*party, row.verb)))
            .collect();
        if seen.is_over() && dice.below(4) == 0 {
            *slot.lock().await = self.fresh(dice).await;
            return;
        }
        let (party, verb) = match dice.below(10) {
            0 => (dice.one(&Party::ALL), dice.one(Verb::ALL)),
            _ => dice.one(&fits),
        };
        if dice.below(60) == 0 {
            self.app.wait(Span::hours(20));
        }
        let expected_version = (dice.below(3) > 0).then_some(seen.version);
        let key = Some(format!("{id} {number}"));
        let command = Command { order: id, action: plain(&seen, party, verb), expected_version, key };
        match self.app.perform(self.cast.caller(party), command).await {
            Ok(performed) => self.written.fetch_add(performed.events.len(), Ordering::SeqCst),
            Err(refusal) => {
                is_no_failure(&refusal);
                self.refused.fetch_add(1, Ordering::SeqCst)
            }
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_mixed_load_the_books_stay_true() {
    // So many on each of the two stores.
    let operations = count(2_500, 50_000);
    each_store(async |app| {
        app.people().await;
        let cast = Cast::gather(&app).await;
        let zero = AtomicUsize::default;
        let (placed, written, refused) = (zero(), zero(), zero());
        let mut floor = Floor { app, cast, orders: Vec::new(), placed, written, refused };
        let mut dice = Dice(11);
        for _ in 0..HOT_ORDERS {
            let order = floor.fresh(&mut dice).await;
            floor.orders.push(Mutex::new(order));
        }
        let floor = Arc::new(floor);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let floor = floor.clone();
                tokio::spawn(async move {
                    let mut dice = Dice(u64::try_from(client).expect("small"));
                    for number in (client..operations).step_by(CLIENTS) {
                        floor.act(&mut dice, number).await;
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.expect("no client fails");
        }
        let loaded = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        assert_eq!(floor.app.must_be_sound().await, loaded(&floor.placed));
        let events = floor.app.count("events").await;
        assert_eq!(usize::try_from(events), Ok(loaded(&floor.written)), "each event was told to exactly one client");
        let done = operations - loaded(&floor.refused);
        assert!(done > operations / 10, "something was carried out: {done} of {operations}");
    })
    .await;
}

/// Performs a command and goes away after this long.
async fn hang_up(services: &Services, cast: &Cast, party: Party, command: &Command, after: Duration) -> bool {
    let performing = orders::perform(services, cast.caller(party), command.clone());
    tokio::time::timeout(after, performing).await.is_ok()
}

/// Every connection is there, and none has a transaction left open.
async fn pool_is_clean(app: &TestApp) {
    let mut readers = Vec::new();
    for _ in 0..4 {
        readers.push(app.state.services.db.reader().await.expect("no connection was lost"));
    }
    drop(readers);
    for _ in 0..2 {
        app.execute("update throttle set key = key").await.expect("a transaction can begin");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_hangs_up_is_told_the_truth_under_the_same_key() {
    let times = count(100, 2_000);
    each_store(async |app| {
        app.people().await;
        let cast = Cast::gather(&app).await;
        let order = cast.order(&app, Status::Funded, &[]).await;
        let mut dice = Dice(3);
        let (mut version, mut gone) = (order.version, 0);
        let note = |version, key| {
            let action = plain(&order, Party::Buyer, Verb::Note);
            Command { order: order.id, action, expected_version: Some(version), key: Some(key) }
        };
        // Patience goes by how long it takes here, at best: however fast the machine is, about half of them go too early.
        let mut shortest = Duration::MAX;
        for number in 0..8 {
            let begun = Instant::now();
            app.perform(cast.caller(Party::Buyer), note(version, format!("patient {number}")))
                .await
                .expect("it can be");
            shortest = shortest.min(begun.elapsed());
            version += 1;
        }
        for number in 0..times {
            let command = note(version, number.to_string());
            let after = shortest * u32::try_from(dice.below(120)).expect("small") / 100;
            gone += usize::from(!hang_up(&app.state.services, &cast, Party::Buyer, &command, after).await);
            let told = app.perform(cast.caller(Party::Buyer), command.clone()).await.expect("the key tells the truth");
            version += 1;
            assert_eq!((told.version, told.events.len()), (version, 1), "it was carried out once");
            let again = app.perform(cast.caller(Party::Buyer), command).await.expect("and says so again");
            assert!(again.replayed, "only as what was done before");
            assert_eq!(told, Performed { replayed: told.replayed, ..again });
        }
        assert!(gone > times / 10, "{gone} of {times} hung up before the answer");
        pool_is_clean(&app).await;
        assert_eq!(app.stored(order.id).await.version, version);
        assert_eq!(app.must_be_sound().await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn browsers_that_hang_up_leave_whole_orders_and_a_clean_pool() {
    let times = count(100, 2_000);
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let reference = shop.delivered(&[]).await;
        let text = reference.to_string();
        let mut dice = Dice(5);
        let mut version = shop.order(&reference).await.version;
        for number in 0..times {
            let (key, seen) = (format!("hang up {number}"), version.to_string());
            let fields = [
                ("order", text.as_str()),
                ("verb", "note"),
                ("version", &seen),
                ("key", &key),
                ("text", "I am gone"),
                ("audience", "everyone"),
            ];
            let patience = |dice: &mut Dice| Duration::from_micros(u64::try_from(dice.below(12_000)).expect("small"));
            let page = format!("/orders/{reference}");
            let _ = tokio::time::timeout(patience(&mut dice), shop.seller.get(&page)).await;
            let _ = tokio::time::timeout(patience(&mut dice), shop.seller.call("orders/act", &fields)).await;
            shop.seller.call("orders/act", &fields).await.fine();
            version += 1;
        }
        assert_eq!(shop.order(&reference).await.version, version, "each was carried out once");
        pool_is_clean(&app).await;
        app.must_be_sound().await;
    })
    .await;
}
