//! A client that keeps a journal: it takes orders from placing to release, and knows of each step whether it was told that
//! it was done. What it was not told, it sends again as it was, under the same key.

use std::collections::BTreeMap;

use holdfast::{
    domain::{id::Reference, order::event::Event},
    server::{
        service::demo,
        storage::{self, Db},
    },
};

use super::server::{Caller, Told};

/// The steps of one walk; before each, the order's version is the number of steps that were done.
const STEPS: [Step; 7] = [
    Step::Place,
    Step::Pay,
    Step::Act("note"),
    Step::Act("note"),
    Step::Act("deliver"),
    Step::Act("note"),
    Step::Act("accept"),
];
/// What those steps leave on the timeline.
const EVENTS: [&str; 8] = ["placed", "paid", "noted", "noted", "delivered", "noted", "accepted", "released"];
/// What the order costs, in minor units.
const AMOUNT: &str = "38000";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Place,
    Pay,
    Act(&'static str),
}

/// Why a client stopped.
#[derive(Debug)]
pub enum Cut {
    /// No whole answer came.
    Silence,
    /// The server said that it failed.
    Failure(Told),
}

/// One order on its way.
#[derive(Debug, Clone, Default)]
struct Walk {
    reference: String,
    done: usize,
    /// It is not known whether it was paid: the server went down while the gateway was asked, and whether that took money
    /// comes out later.
    payment_unknown: bool,
}

/// The seller and the buyer of a number of walks, who talk to one server after the other.
#[derive(Debug)]
pub struct Walker {
    number: usize,
    seller: Caller,
    buyer: Caller,
    over: Vec<Walk>,
    walk: Walk,
    /// The present step was sent before, and no answer came.
    in_doubt: bool,
    /// The disk may fail just when the gateway calls: it calls again, but not at once.
    pub payments_may_be_told_later: bool,
    /// How many steps it was told were done.
    pub told: usize,
}

impl Walker {
    pub fn new(address: &str, number: usize) -> Self {
        let sign_in = |email| Caller::sign_in(address, email, demo::PASSWORD);
        let (seller, buyer) = (sign_in("ada@demo.test"), sign_in("bisi@demo.test"));
        let (over, walk) = (Vec::new(), Walk::default());
        Self { number, seller, buyer, over, walk, in_doubt: false, payments_may_be_told_later: false, told: 0 }
    }

    /// Takes one step.
    ///
    /// # Errors
    /// When it was not told that the step was done. A step that was refused is a defect: nobody else acts on its orders.
    pub fn step(&mut self, address: &str) -> Result<(), Cut> {
        let step = STEPS[self.walk.done];
        let told = self.send(address, step).ok_or(Cut::Silence);
        let was_in_doubt = std::mem::replace(&mut self.in_doubt, true);
        let told = told?;
        if told.status >= 500 {
            return Err(Cut::Failure(told));
        }
        assert!(told.is_success(), "{step:?} of {:?} (in doubt: {was_in_doubt}): {told:?}", self.walk);
        // The answer to a payment leads to a page that says what came of it: that is asked, too.
        let was_paid = step != Step::Pay || self.pay_token(address).ok_or(Cut::Silence)?.is_empty();
        self.in_doubt = false;
        self.told += 1;
        self.walk.done += 1;
        match step {
            Step::Place => {
                let path = ["serverfnredirect", "location"].map(|name| told.header(name)).join("");
                path.rsplit('/').next().unwrap_or_default().clone_into(&mut self.walk.reference);
            }
            Step::Pay if !was_paid => {
                assert!(
                    was_in_doubt || self.payments_may_be_told_later,
                    "what was paid is in the books: {:?}",
                    self.walk
                );
                self.walk.payment_unknown = true;
                self.over.push(std::mem::take(&mut self.walk));
            }
            _ if self.walk.done == STEPS.len() => self.over.push(std::mem::take(&mut self.walk)),
            _ => {}
        }
        Ok(())
    }

    fn send(&self, address: &str, step: Step) -> Option<Told> {
        let walk = self.number * 100_000 + self.over.len();
        let key = format!("walk {walk} step {}", self.walk.done);
        let version = self.walk.done.to_string();
        match step {
            Step::Place => {
                let fields = [
                    ("key", key.as_str()),
                    ("buyer_email", "bisi@demo.test"),
                    ("buyer_name", "Bisi Alade"),
                    ("title.1", "Handwoven rug"),
                    ("price.1", "380.00"),
                ];
                self.seller.call(address, "orders/place", &fields)
            }
            Step::Pay => self.pay(address, &format!("00000000-0000-7000-8000-{walk:012x}")),
            Step::Act(verb) => {
                let mut fields =
                    vec![("order", self.walk.reference.as_str()), ("verb", verb), ("version", &version), ("key", &key)];
                if verb == "note" {
                    fields.extend([("text", key.as_str()), ("audience", "everyone")]);
                }
                let who = if verb == "accept" { &self.buyer } else { &self.seller };
                who.call(address, "orders/act", &fields)
            }
        }
    }

    fn pay(&self, address: &str, key: &str) -> Option<Told> {
        let token = self.pay_token(address)?;
        // Paid already by the request that was cut off: there is nothing more to pay.
        if token.is_empty() {
            assert!(self.in_doubt, "an order that was not paid has a payment link: {:?}", self.walk);
            return Some(Told::done());
        }
        let fields = [
            ("token", token.as_str()),
            ("amount_minor", AMOUNT),
            ("key", key),
            ("card_number", "4242 4242 4242 4242"),
            ("expiry", "12/49"),
            ("card_cvc", "123"),
            ("holder", "Bisi Alade"),
        ];
        self.buyer.call(address, "payments/pay", &fields)
    }

    /// The token of the payment link, as the buyer sees it; empty when there is nothing to pay.
    fn pay_token(&self, address: &str) -> Option<String> {
        let desk = self.buyer.call(address, "orders/desk", &[("open", self.walk.reference.as_str())])?;
        let desk: serde_json::Value = serde_json::from_str(&desk.body).expect("a desk is JSON");
        assert!(desk["order"].is_object(), "the buyer sees the order {:?}: {desk}", self.walk);
        Some(desk["order"]["pay_token"].as_str().unwrap_or_default().to_owned())
    }

    /// How many orders it placed or may have placed.
    pub fn orders(&self) -> usize {
        self.over.len() + usize::from(self.walk.done > 0)
    }

    /// Asserts that each order's timeline is what was told, nothing lost and nothing doubled. Nothing may be in doubt.
    pub async fn check(&self, db: &Db) {
        assert!(!self.in_doubt, "what was in doubt was sent again");
        for walk in self.over.iter().chain(std::iter::once(&self.walk)).filter(|walk| walk.done > 0) {
            let told = timeline(db, &walk.reference).await;
            let events = if walk.done == STEPS.len() { EVENTS.len() } else { walk.done };
            // The gateway tells later that it took the money, or that it was never asked.
            let unpaid = walk.payment_unknown && told.len() == 1;
            let expected = if unpaid { &EVENTS[..1] } else { &EVENTS[..events] };
            let codes: Vec<&str> = told.iter().map(Event::code).collect();
            assert_eq!(codes, expected, "{walk:?}");
            let mut notes = BTreeMap::new();
            for event in &told {
                if let Event::Noted { text, .. } = event {
                    *notes.entry(text.clone()).or_insert(0) += 1;
                }
            }
            assert!(notes.values().all(|times| *times == 1), "a note was written twice: {notes:?}");
        }
    }
}

async fn timeline(db: &Db, reference: &str) -> Vec<Event> {
    let reference: Reference = reference.parse().expect("the server gave it");
    let mut reader = db.reader().await.expect("the database opens");
    let order = storage::orders::find_by_reference(&mut reader, &reference).await.expect("orders can be read");
    let order = order.unwrap_or_else(|| panic!("{reference} was acknowledged and is lost"));
    let rows = storage::events::list(&mut reader, order.id).await.expect("events can be read");
    rows.iter().map(|row| row.entry().expect("a whole row").event).collect()
}
