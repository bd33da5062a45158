//! Random sequences carried out on the real stores: each step by the one path of every surface, against the rules alone and
//! against the simpler model. Where the model says no, the store refuses by the same reason as the rules and changes nothing.

use std::sync::{Arc, Mutex};

use holdfast::{
    domain::access::{Membership, Role, Viewer},
    domain::error::Error as Shown,
    domain::text::{DisplayName, Email},
    domain::words::Language,
    server::{
        clock,
        error::Error,
        service::{
            history::{BuyerContact, History},
            orders::{self, Caller, Command},
        },
        storage::{
            Tx, counts,
            orders::find,
            people::{self, Place},
            users::{self, NewUser},
        },
    },
};
use uuid::Uuid;

use super::{
    invariants::timeline_is_whole,
    model::Model,
    script::{Dice, agree, next, placed, when},
    stage::{Play, START, two_lamps_and_a_cable},
};
use crate::{
    domain::{
        id::{OrderId, ProviderId, Reference, SellerId, UserId},
        order::{
            Order, Parties,
            action::Verb,
            event::{Event, Placed},
        },
        party::{Actor, Party},
        time::Moment,
    },
    helpers::{Store, TestApp, count, each_store},
};

/// How many sequences go in one transaction.
const AT_ONCE: u64 = 10;

/// The people of every sequence, with a role that allows all that their party may do.
#[derive(Debug, Clone)]
struct Players {
    buyer: Viewer,
    seller: Viewer,
    couriers: [Viewer; 2],
    operator: Viewer,
}

fn viewer(number: u128, parties: &Parties, role: Option<(Role, Option<SellerId>, Option<ProviderId>)>) -> Viewer {
    let hat = role.map(|(role, seller, provider)| Membership {
        marketplace: parties.marketplace,
        seller,
        provider,
        role,
        name: "A place".to_owned(),
    });
    Viewer {
        user: UserId(Uuid::from_u128(number)),
        name: format!("Player {number}"),
        email: format!("player{number}@play.test"),
        time_zone: "UTC".to_owned(),
        memberships: hat.iter().cloned().collect(),
        hat,
    }
}

impl Players {
    /// The couriers ride for the two providers whom the script knows.
    fn of(parties: &Parties) -> Self {
        let courier = |number| Some((Role::Courier, None, Some(ProviderId(Uuid::from_u128(number)))));
        Self {
            buyer: viewer(parties.buyer.0.as_u128(), parties, None),
            seller: viewer(51, parties, Some((Role::Owner, Some(parties.seller), None))),
            couriers: [viewer(52, parties, courier(7)), viewer(53, parties, courier(8))],
            operator: viewer(54, parties, Some((Role::Admin, None, None))),
        }
    }

    fn all(&self) -> [&Viewer; 5] {
        [&self.buyer, &self.seller, &self.couriers[0], &self.couriers[1], &self.operator]
    }

    /// Whoever speaks for a party in this order as it is.
    fn caller(&self, party: Party, order: &Order) -> Caller {
        let viewer = match party {
            Party::Clock => return Caller::Clock,
            Party::Gateway => return Caller::Gateway("sandbox".to_owned()),
            Party::Buyer => &self.buyer,
            Party::Seller => &self.seller,
            Party::Operator => &self.operator,
            Party::Provider => {
                let of = |viewer: &&Viewer| {
                    let own = viewer.hat.as_ref().and_then(|hat| hat.provider);
                    own.is_some() && own == order.provider.as_ref().map(|provider| provider.id)
                };
                self.couriers.iter().find(of).unwrap_or(&self.couriers[0])
            }
        };
        Caller::on_screen(viewer.clone())
    }
}

fn actor(caller: &Caller, order: &Order) -> Option<Actor> {
    match caller {
        Caller::Person { viewer, .. } => orders::actor_for(viewer, order),
        Caller::Clock => Some(Actor::clock()),
        Caller::Gateway(name) => Some(Actor::gateway(name)),
        Caller::Link { .. } | Caller::Key(_) => None,
    }
}

/// Makes the marketplace, its seller and everybody.
async fn settle(tx: &mut Tx, players: &Players, parties: &Parties) -> Result<(), Error> {
    let name = DisplayName::parse("A place").expect("a name");
    let currency = "NGN".parse().expect("a known currency");
    people::insert_marketplace(tx, parties.marketplace, &name, currency, "UTC", "{}", START).await?;
    people::insert_seller(tx, parties.seller, parties.marketplace, &name, None, START).await?;
    for provider in [7, 8] {
        let row = people::ProviderRow {
            id: Uuid::from_u128(provider),
            marketplace_id: parties.marketplace.0,
            seller_id: None,
            name: "Swift".to_owned(),
            phone: String::new(),
        };
        people::insert_provider(tx, &row, START).await?;
    }
    for player in players.all() {
        let email = Email::parse(&player.email).expect("an address");
        let new = NewUser {
            id: player.user,
            email: &email,
            name: &name,
            phone: None,
            password_hash: "",
            time_zone: "UTC",
            language: Language::En,
        };
        users::insert(tx, &new, START).await?;
        if let Some(hat) = &player.hat {
            people::insert_membership(tx, clock::new_id(START), player.user, &Place::from(hat), START).await?;
        }
    }
    Ok(())
}

/// A sequence that is played: what the rules make of it, what the model says, and what was said.
struct Sequence<'all> {
    players: &'all Players,
    dice: Dice,
    play: Play,
    model: Model,
    told: &'all Mutex<Vec<String>>,
}

impl<'all> Sequence<'all> {
    /// Places the order on the store.
    async fn begin(
        tx: &mut Tx,
        seed: u64,
        players: &'all Players,
        told: &'all Mutex<Vec<String>>,
    ) -> Result<Self, Error> {
        let mut dice = Dice(seed);
        let id = OrderId(Uuid::from_u128(1_000 + u128::from(seed)));
        let placed = Placed { id, reference: Reference::from_bits(seed), ..placed(&mut dice) };
        let seller =
            actor(&players.caller(Party::Seller, &Order::placed(&placed, START)), &Order::placed(&placed, START));
        let seller = seller.expect("the seller places it");
        let history = History::place(placed.clone(), &seller, START).map_err(Shown::from)?;
        let mut changes = counts::Changes::default();
        let contact = BuyerContact { email: players.buyer.email.clone(), phone: String::new() };
        history.record(tx, &mut changes, &contact).await?;
        counts::apply(tx, &changes).await?;
        let play = Play::begin(placed);
        let model = Model::of(&play.order);
        told.lock().expect("nobody panics while holding it").clear();
        Ok(Self { players, dice, play, model, told })
    }

    /// Somebody says something, to the model, to the rules and to the store.
    async fn step(&mut self, tx: &mut Tx) -> Result<(), Error> {
        let at = when(&mut self.dice, &self.play);
        let (party, action) = next(&mut self.dice, &self.play, &self.model);
        self.told.lock().expect("nobody panics while holding it").push(format!("{at} {party:?} {action:?}"));
        let (order, now) = (self.play.order.clone(), Moment(START.0 + at));
        let caller = self.players.caller(party, &order);
        let command =
            Command { order: order.id, action: action.clone(), expected_version: Some(order.version), key: None };
        let stored =
            orders::perform_as(tx, &caller, &command, |_| command.action.clone(), now).await.map_err(Shown::from);
        let Some(actor) = actor(&caller, &order) else {
            assert_eq!(stored.expect_err("it is not theirs").code, "not_found");
            return Ok(());
        };
        let mut trial = self.model.clone();
        trial.wait_until(now);
        let simply = trial.act(party, &action);
        let before = self.play.now;
        let ruled = self.play.act(at, &actor, &action);
        assert_eq!(simply.is_some(), ruled.is_ok(), "the model says {simply:?}, the rules say {ruled:?}");
        match (ruled, stored) {
            (Ok(events), Ok(performed)) => {
                if matches!(action.verb(), Verb::EditItems | Verb::EditTerms | Verb::AddMilestone) {
                    trial.reprice(&self.play.order);
                }
                self.model = trial;
                let codes: Vec<&str> = events.iter().map(Event::code).collect();
                let order = &self.play.order;
                assert_eq!((performed.version, performed.status), (order.version, order.status()));
                assert_eq!(performed.events, codes);
            }
            (Err(refusal), Err(shown)) => {
                self.play.now = before;
                assert_eq!(shown, Shown::from(refusal));
            }
            (ruled, stored) => panic!("the rules say {ruled:?}, the store says {stored:?}"),
        }
        agree(&self.play, &self.model);
        Ok(())
    }
}

/// Plays one sequence; what is stored at its end is what the rules say.
async fn play_one(tx: &mut Tx, seed: u64, players: &Players, told: &Mutex<Vec<String>>) -> Result<(), Error> {
    let mut sequence = Sequence::begin(tx, seed, players, told).await?;
    for _ in 0..5 + sequence.dice.below(14) {
        sequence.step(tx).await?;
    }
    let stored = find(tx, sequence.play.order.id).await?.expect("it was placed");
    assert_eq!(stored, sequence.play.order, "what is stored is what the rules say");
    timeline_is_whole(&sequence.play);
    Ok(())
}

async fn play_all(app: &TestApp, sequences: u64) {
    let parties = two_lamps_and_a_cable().parties;
    let players = Players::of(&parties);
    let told = Arc::new(Mutex::new(Vec::new()));
    let db = &app.state.services.db;
    let settled = db.write((players.clone(), parties), |tx, (players, parties)| Box::pin(settle(tx, players, parties)));
    settled.await.expect("they can be written");
    for first in (0..sequences).step_by(usize::try_from(AT_ONCE).expect("small")) {
        let lot = first..(first + AT_ONCE).min(sequences);
        let input = (players.clone(), told.clone(), lot.clone());
        let played = db.write(input, |tx, (players, told, lot)| {
            Box::pin(async move {
                for seed in lot.clone() {
                    play_one(tx, seed, players, told).await?;
                }
                Ok::<_, Error>(())
            })
        });
        let played = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(played)).await;
        let said = || told.lock().map(|told| told.join("\n")).unwrap_or_default();
        match played {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("{error:?} in one of the sequences {lot:?}, at its last line:\n{}", said()),
            Err(panic) => {
                eprintln!("one of the sequences {lot:?} failed at its last line:\n{}", said());
                std::panic::resume_unwind(panic);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_sequences_go_on_each_store_as_the_rules_and_the_simpler_model_say() {
    each_store(async |app| {
        let sequences = match app.store {
            Store::Sqlite => count(2_000, 100_000),
            Store::Postgres => count(500, 20_000),
        };
        play_all(&app, u64::try_from(sequences).expect("not that many")).await;
        assert_eq!(app.must_be_sound().await, sequences);
    })
    .await;
}
