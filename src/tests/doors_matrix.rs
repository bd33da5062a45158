//! Who may pass which door: every page, every server function and every verb, for each role and in each status, against
//! the tables below. A door that no table names fails a test; a cell that says no changes no row.

use std::{collections::BTreeSet, fmt::Write as _};

use holdfast::{
    app::PAGES as SITE,
    domain::{
        access::Role,
        id::{MarketplaceId, ProviderId, UserId},
        order::{action::Verb, status::Status},
        party::Party,
        text::{DisplayName, Email},
        words::Language,
    },
    server::{
        clock,
        error::Error,
        password::Password,
        service::demo,
        storage::{
            people::{self, Place, ProviderRow},
            users::{self, NewUser},
        },
    },
};

use crate::helpers::{Answer, Browser, Cast, Store, TestApp, count, each_store};

use Status::{
    Accepted, AwaitingPayment, AwaitingResponse, Cancelled, ChargedBack, Completed, Dispute, Expired, Funded,
    InTransit, Rejected, Returning, SecondAttempt, UnderReview,
};
use Who::{
    Admin, Buyer, Courier, DisputeManager, Finance, ForeignAdmin, ForeignBuyer, ForeignCourier, ForeignOwner, Owner,
    ReadOnly, Shipping, SignedOut, Support,
};

/// Somebody before a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    SignedOut,
    Buyer,
    Owner,
    Shipping,
    ReadOnly,
    Courier,
    Support,
    DisputeManager,
    Finance,
    Admin,
    /// Bought something else.
    ForeignBuyer,
    /// Owns another shop of the same marketplace.
    ForeignOwner,
    /// Rides for another provider of the same marketplace.
    ForeignCourier,
    /// Administers another marketplace.
    ForeignAdmin,
}

const EVERYBODY: [Who; 14] = [
    SignedOut,
    Buyer,
    Owner,
    Shipping,
    ReadOnly,
    Courier,
    Support,
    DisputeManager,
    Finance,
    Admin,
    ForeignBuyer,
    ForeignOwner,
    ForeignCourier,
    ForeignAdmin,
];

impl Who {
    const fn email(self) -> &'static str {
        match self {
            SignedOut => "",
            Buyer => "bisi@demo.test",
            Owner => "ada@demo.test",
            Shipping => "tunde@demo.test",
            ReadOnly => "read@demo.test",
            Courier => "rita@demo.test",
            Support => "support@demo.test",
            DisputeManager => "disputes@demo.test",
            Finance => "finance@demo.test",
            Admin => "admin@demo.test",
            ForeignBuyer => "femi@demo.test",
            ForeignOwner => "kabir@demo.test",
            ForeignCourier => "rider@demo.test",
            ForeignAdmin => "elsewhere@demo.test",
        }
    }

    const fn is_foreign(self) -> bool {
        matches!(self, ForeignBuyer | ForeignOwner | ForeignCourier | ForeignAdmin)
    }

    /// A role of somebody at the same place.
    const fn colleague(self) -> &'static str {
        match self {
            Owner | Shipping | ReadOnly | ForeignOwner => "read_only",
            Courier | ForeignCourier => "courier",
            _ => "support",
        }
    }

    /// Whoever works for somebody, and so may not be a buyer of this order.
    const fn wears_a_hat(self) -> bool {
        !matches!(self, SignedOut | Buyer | ForeignBuyer)
    }
}

/// A verb, who may do it, and in which statuses it is possible for them.
type VerbRow = (Verb, &'static [Who], &'static [Status]);

const ANY: &[Status] = &Status::ALL;
const OPEN: &[Status] = &[
    AwaitingPayment,
    Funded,
    InTransit,
    AwaitingResponse,
    Rejected,
    SecondAttempt,
    Returning,
    Dispute,
    UnderReview,
    Accepted,
];
const HOLDING: &[Status] = &[Funded, InTransit, AwaitingResponse, Rejected, SecondAttempt, Returning, Accepted];
const ON_THE_WAY: &[Status] = &[Funded, InTransit, SecondAttempt];
const AT_ODDS: &[Status] = &[Rejected, Dispute, UnderReview];

/// What people may do to an order. Whoever stands in no row of a verb is refused; what is possible in no status of the
/// plain order that is tried here has an empty list.
const VERBS: &[VerbRow] = &[
    (Verb::Dispatch, &[Owner, Shipping, Courier, Admin], &[Funded, SecondAttempt]),
    (Verb::Deliver, &[Owner, Shipping, Courier, Admin], ON_THE_WAY),
    (Verb::HandOver, &[Owner, Shipping, Courier], ON_THE_WAY),
    (Verb::Accept, &[Buyer], &[InTransit, AwaitingResponse, Rejected]),
    (Verb::Reject, &[Buyer], &[AwaitingResponse]),
    (Verb::OfferSecondAttempt, &[Owner], &[Rejected]),
    (Verb::AgreeSecondAttempt, &[Buyer], &[Rejected]),
    (Verb::TakeBack, &[Owner], &[Rejected]),
    (Verb::SendReturn, &[Buyer], &[Returning]),
    (Verb::ReceiveReturn, &[Owner, Shipping, Admin], &[Returning]),
    (Verb::Contest, &[Owner], &[Rejected, Returning]),
    (Verb::OfferSettlement, &[Buyer, Owner], AT_ODDS),
    (Verb::AcceptSettlement, &[Buyer, Owner], AT_ODDS),
    (Verb::Withdraw, &[Buyer], AT_ODDS),
    (Verb::Concede, &[Owner], &[Rejected, Returning, Dispute, UnderReview]),
    (Verb::Escalate, &[Buyer, Owner], &[Dispute]),
    (Verb::Rule, &[DisputeManager, Admin], &[Dispute, UnderReview]),
    // A buyer does not call off what is on its way, unless it is overdue.
    (Verb::Cancel, &[Buyer], &[AwaitingPayment, Funded, SecondAttempt]),
    (Verb::Cancel, &[Owner, Admin], &[AwaitingPayment, Funded, InTransit, SecondAttempt]),
    (Verb::Refund, &[Owner, Admin], HOLDING),
    (Verb::Credit, &[Owner, Finance, Admin], &[Completed]),
    (Verb::EditItems, &[Owner, Admin], &[AwaitingPayment]),
    (Verb::EditTerms, &[Owner, Admin], &[AwaitingPayment]),
    (Verb::SetCommission, &[Finance, Admin], OPEN),
    (Verb::SetProvider, &[Owner, Admin], OPEN),
    (Verb::Miss, &[Owner, Shipping, Courier, Admin], ON_THE_WAY),
    (Verb::Track, &[Owner, Shipping, Courier, Admin], &[InTransit, Returning]),
    (Verb::Note, &[Buyer, Owner, Shipping, Courier, Support, DisputeManager, Finance, Admin], ANY),
    // Only a project has milestones.
    (Verb::AddMilestone, &[Buyer], &[]),
];

/// What the clock and the gateway do has no form: nobody sends it, whoever they are.
const NOBODYS: [Verb; 10] = [
    Verb::Pay,
    Verb::ReturnPayment,
    Verb::Expire,
    Verb::LapseInspection,
    Verb::LapseOffer,
    Verb::LapseReturn,
    Verb::LapseAnswer,
    Verb::LapseDelivery,
    Verb::Release,
    Verb::ChargeBack,
];

/// The least that the form of a verb asks for.
fn fields(verb: Verb) -> &'static [(&'static str, &'static str)] {
    match verb {
        Verb::HandOver => &[("code", "no such code")],
        Verb::Reject => &[("code", "damaged"), ("remedy", "refund"), ("text", "The rug is torn")],
        Verb::TakeBack => &[("goods_are_back", "yes")],
        Verb::Contest => &[("statement", "It was whole when it left")],
        Verb::OfferSettlement | Verb::AcceptSettlement => &[("to_seller", "100.01")],
        Verb::Rule => &[("ruling", "refund"), ("reasons", "It was never sent")],
        Verb::Cancel => &[("reason", "Changed my mind")],
        Verb::Refund | Verb::Credit => &[("amount", "1.00"), ("reason", "Goodwill")],
        Verb::EditItems => &[("title.1", "Rug"), ("price.1", "380.00")],
        Verb::EditTerms => &[("inspection_window", "5")],
        Verb::SetCommission => &[("commission_rate", "5")],
        Verb::SetProvider => &[("provider", "")],
        Verb::Track => &[("carrier", "GIG"), ("tracking", "GIG-1")],
        Verb::Note => &[("text", "Seen"), ("audience", "everyone")],
        Verb::AddMilestone => &[("title", "Roof"), ("amount", "10.00")],
        _ => &[],
    }
}

/// What somebody who does this in this status is told: the statuses of HTTP that are right.
fn expected(who: Who, verb: Verb, status: Status) -> &'static [u16] {
    let mut rows = VERBS.iter().filter(|(of, ..)| *of == verb);
    match who {
        SignedOut => &[401],
        _ if who.is_foreign() => &[404],
        _ if NOBODYS.contains(&verb) => &[422],
        _ => match rows.find(|(_, by, _)| by.contains(&who)) {
            None => &[403],
            // Whoever does not know the buyer's code hands nothing over.
            Some((Verb::HandOver, _, possible)) if possible.contains(&status) => &[422],
            Some((_, _, possible)) if possible.contains(&status) => &[200, 302, 303],
            Some(_) => &[409, 422],
        },
    }
}

/// Whether the table lets the buyer, the seller's owner, the courier or the administrator do this in this status; nothing
/// where it lets them in none.
pub fn is_possible(party: Party, verb: Verb, status: Status) -> Option<bool> {
    let who = match party {
        Party::Buyer => Buyer,
        Party::Seller => Owner,
        Party::Provider => Courier,
        _ => Admin,
    };
    let row = VERBS.iter().find(|(of, by, _)| *of == verb && by.contains(&who));
    row.map(|(_, _, possible)| possible.contains(&status))
}

/// Everybody, each in a browser of their own.
struct Crowd {
    browsers: Vec<Browser>,
}

impl Crowd {
    async fn gather(app: &TestApp) -> Self {
        let people = app.people().await;
        hire(app, people.marketplace, people.sellers[0]).await;
        let mut browsers = Vec::new();
        for who in EVERYBODY {
            browsers.push(if who == SignedOut { app.browser() } else { app.signed_in(who.email()).await });
        }
        Self { browsers }
    }

    fn of(&self, who: Who) -> &Browser {
        let at = EVERYBODY.iter().position(|one| *one == who).expect("everybody is there");
        &self.browsers[at]
    }
}

/// Gives the roles that the demo does not have to people of their own, and founds a second marketplace.
async fn hire(app: &TestApp, marketplace: MarketplaceId, seller: holdfast::domain::id::SellerId) {
    let services = &app.state.services;
    let now = services.now();
    let hash = services.passwords.hash(Password::typed(demo::PASSWORD.to_owned())).await.expect("it can be hashed");
    let (elsewhere, riders) = (MarketplaceId(clock::new_id(now)), ProviderId(clock::new_id(now)));
    let place = |marketplace, seller, provider, role| Place { marketplace, seller, provider, role };
    let hired = [
        (ReadOnly, place(marketplace, Some(seller), None, Role::ReadOnly)),
        (Support, place(marketplace, None, None, Role::Support)),
        (ForeignCourier, place(marketplace, None, Some(riders), Role::Courier)),
        (ForeignAdmin, place(elsewhere, None, None, Role::Admin)),
    ];
    let hired = services.db.write((hash, hired), move |tx, (hash, hired)| {
        Box::pin(async move {
            let name = DisplayName::parse("Slow Riders").expect("a name");
            let currency = "NGN".parse().expect("a known currency");
            people::insert_marketplace(tx, elsewhere, &name, currency, "Africa/Lagos", "{}", now).await?;
            let provider = ProviderRow {
                id: riders.0,
                marketplace_id: marketplace.0,
                seller_id: None,
                name: name.to_string(),
                phone: String::new(),
            };
            people::insert_provider(tx, &provider, now).await?;
            for (who, place) in hired {
                let email = Email::parse(who.email()).expect("an address");
                let id = UserId(clock::new_id(now));
                let new = NewUser {
                    id,
                    email: &email,
                    name: &name,
                    phone: None,
                    password_hash: hash,
                    time_zone: "UTC",
                    language: Language::En,
                };
                users::insert(tx, &new, now).await?;
                people::insert_membership(tx, clock::new_id(now), id, place, now).await?;
            }
            Ok::<_, Error>(())
        })
    });
    hired.await.expect("they can be hired");
}

/// What may be written by whoever is refused: who they are, when they were last seen, and that they tried.
const MAY_CHANGE: [&str; 3] = ["sessions", "throttle", "audit"];

/// Somebody sends the form of a verb for the order as it is.
async fn send(browser: &Browser, reference: &str, version: u32, verb: Verb, key: &str) -> Answer {
    let version = version.to_string();
    let mut all = vec![("order", reference), ("verb", verb.code()), ("version", version.as_str()), ("key", key)];
    all.extend_from_slice(fields(verb));
    browser.call("orders/act", &all).await
}

/// Everybody tries everything in one status; the answer is how many cells that were.
async fn try_status(app: &TestApp, cast: &Cast, crowd: &Crowd, status: Status) -> usize {
    let order = cast.order(app, status, &[]).await;
    let reference = order.reference.to_string();
    let mut wrong = String::new();
    let mut allowed = Vec::new();
    let mut cells = 0;
    let mut before = app.contents(&MAY_CHANGE).await;
    for who in EVERYBODY {
        for verb in Verb::ALL.iter().copied() {
            let right = expected(who, verb, status);
            cells += 1;
            if right.contains(&200) {
                allowed.push((who, verb));
                continue;
            }
            let answer = send(crowd.of(who), &reference, order.version, verb, "denied").await;
            if !right.contains(&answer.status) {
                let _ =
                    writeln!(wrong, "{who:?} {verb:?} in {status:?}: {} {}, not {right:?}", answer.status, answer.body);
            }
        }
        let seen = look(crowd.of(who), &reference).await;
        let right = if who == SignedOut {
            401
        } else if who.is_foreign() {
            404
        } else {
            200
        };
        if seen != right {
            let _ = writeln!(wrong, "{who:?} looks at an order in {status:?}: {seen}, not {right}");
        }
        let after = app.contents(&MAY_CHANGE).await;
        for (table, _) in before.iter().filter(|(table, rows)| after.get(*table) != Some(rows)) {
            let _ = writeln!(wrong, "{who:?} was refused in {status:?}, and yet {table} changed");
        }
        before = after;
    }
    for (who, verb) in allowed {
        let party = if who == Buyer { Party::Buyer } else { Party::Seller };
        let fresh = cast.order(app, status, &[(party, verb)]).await;
        let answer = send(crowd.of(who), fresh.reference.as_str(), fresh.version, verb, "allowed").await;
        let acted = app.stored(fresh.id).await.version > fresh.version;
        if !(200..400).contains(&answer.status) || !acted {
            let _ = writeln!(wrong, "{who:?} may {verb:?} in {status:?}, but: {} {}", answer.status, answer.body);
        }
    }
    assert!(wrong.is_empty(), "cells of the matrix that are not as its table says:\n{wrong}");
    cells
}

async fn look(browser: &Browser, reference: &str) -> u16 {
    browser.call("orders/desk", &[("open", reference)]).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_does_to_an_order_in_each_status_what_the_table_says_and_nothing_else() {
    each_store(async |app| {
        let crowd = Crowd::gather(&app).await;
        let cast = Cast::gather(&app).await;
        // What decides does not depend on the store: the second one is asked in some statuses, and in all by `make proof`.
        let some = [Funded, AwaitingResponse, UnderReview];
        let all = app.store == Store::Sqlite || count(0, 1) == 1;
        let mut cells = 0;
        for status in Status::ALL.into_iter().filter(|status| all || some.contains(status)) {
            cells += try_status(&app, &cast, &crowd, status).await;
        }
        let expected = Verb::ALL.len() * EVERYBODY.len() * if all { Status::ALL.len() } else { some.len() };
        assert_eq!(cells, expected, "no cell was left out");
        app.must_be_sound().await;
    })
    .await;
}

#[test]
fn the_table_of_verbs_names_every_verb_and_says_each_thing_once() {
    for verb in Verb::ALL {
        let rows: Vec<_> = VERBS.iter().filter(|(of, ..)| of == verb).collect();
        assert_eq!(rows.is_empty(), NOBODYS.contains(verb), "{verb:?} has rows, or is nobody's");
        for who in EVERYBODY {
            assert!(rows.iter().filter(|(_, by, _)| by.contains(&who)).count() <= 1, "{verb:?} says {who:?} twice");
        }
        assert!(rows.iter().all(|(_, by, _)| !by.iter().any(|who| who.is_foreign() || *who == SignedOut)));
    }
    assert_eq!([Cancelled, Expired, ChargedBack].iter().filter(|status| OPEN.contains(status)).count(), 0);
}

/// Whom a server function lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Whoever comes.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// Who works for somebody; for buyers there is no such thing.
    Staff,
    /// These; for others of the staff it is forbidden, for buyers there is no such thing.
    These(&'static [Who]),
    /// These; for all others there is no such thing.
    Only(&'static [Who]),
    /// In demo mode alone, so not here.
    Shut,
    /// Tried verb by verb above.
    Matrix,
}

const ADMINISTER: &[Who] = &[Owner, Admin, ForeignOwner, ForeignAdmin];
/// Who runs keys for programs: whoever administers a place, and buyers for what they bought.
const KEYS: &[Who] = &[Buyer, ForeignBuyer, Owner, Admin, ForeignOwner, ForeignAdmin];
const SELL: &[Who] = &[Owner, Admin, ForeignOwner, ForeignAdmin];
/// Who looks after what a marketplace sends.
const OPERATE: &[Who] = &[Support, DisputeManager, Finance, Admin, ForeignAdmin];
/// Who looks after the sellers of a marketplace.
const MARKETPLACE: &[Who] = &[Admin, ForeignAdmin];
const NO_TOKEN: (&str, &str) = ("token", "no-such-token");
/// A role that there is at the place of whoever invites.
const ROLE: (&str, &str) = ("role", "one of mine");
const NO_ID: &str = "01890000-0000-7000-8000-000000000000";

/// A server function, whom it lets in, and what it is sent here: where it would change something, what it refuses itself.
type FunctionRow = (&'static str, Door, &'static [(&'static str, &'static str)]);

const FUNCTIONS: &[FunctionRow] = &[
    ("account/accept", Door::Open, &[NO_TOKEN, ("name", "Nobody"), ("password", "four words in a row")]),
    (
        "account/change_password",
        Door::SignedIn,
        &[("old_password", "not this one"), ("new_password", "four words in a row")],
    ),
    ("account/confirm", Door::Open, &[NO_TOKEN, ("password", "four words in a row")]),
    ("account/edit_profile", Door::SignedIn, &[("name", ""), ("phone", "x"), ("time_zone", "UTC")]),
    ("account/forgot", Door::Open, &[("email", "nobody@nowhere.test")]),
    ("account/invite", Door::These(ADMINISTER), &[("email", "new@nowhere.test"), ROLE]),
    ("account/look_invitation", Door::Open, &[NO_TOKEN]),
    ("account/look_reset", Door::Open, &[NO_TOKEN]),
    ("account/look_sign_up", Door::Open, &[NO_TOKEN]),
    ("account/profile", Door::SignedIn, &[]),
    ("account/remove_member", Door::These(ADMINISTER), &[("membership", NO_ID)]),
    ("account/reset", Door::Open, &[NO_TOKEN, ("password", "four words in a row")]),
    ("account/revoke_session", Door::SignedIn, &[("session", NO_ID)]),
    ("account/sessions", Door::SignedIn, &[]),
    ("account/sign_out_everywhere", Door::SignedIn, &[]),
    ("account/sign_up", Door::Open, &[("email", "no address"), ("name", "Nobody")]),
    ("account/team", Door::Staff, &[]),
    ("account/withdraw_invitation", Door::These(ADMINISTER), &[("invitation", NO_ID)]),
    ("answers/give", Door::Open, &[NO_TOKEN, ("verb", "accept"), ("version", "1")]),
    ("answers/look", Door::Open, &[NO_TOKEN]),
    ("answers/new_code", Door::Open, &[NO_TOKEN]),
    ("answers/recipient", Door::Open, &[NO_TOKEN]),
    ("couriers/links", Door::SignedIn, &[("order", NO_ID)]),
    ("couriers/look", Door::Open, &[NO_TOKEN]),
    ("couriers/make_link", Door::SignedIn, &[("order", NO_ID), ("delivery", "1")]),
    ("couriers/recipient", Door::SignedIn, &[("order", NO_ID)]),
    ("couriers/report", Door::Open, &[NO_TOKEN, ("verb", "deliver"), ("version", "1")]),
    ("inbox/list", Door::SignedIn, &[]),
    ("inbox/read", Door::SignedIn, &[("order", NO_ID)]),
    ("inbox/read_all", Door::SignedIn, &[]),
    ("keys/create", Door::Only(KEYS), &[("name", "")]),
    ("keys/list", Door::Only(KEYS), &[]),
    ("keys/partners", Door::Only(KEYS), &[]),
    ("keys/revoke", Door::Only(KEYS), &[("key", NO_ID)]),
    ("mailbox/list", Door::Shut, &[]),
    ("messages/choose", Door::SignedIn, &[("locale", "xx")]),
    ("messages/dead", Door::Only(OPERATE), &[]),
    ("messages/preferences", Door::SignedIn, &[]),
    ("messages/previews", Door::Only(OPERATE), &[("language", "en")]),
    ("messages/send_again", Door::Only(OPERATE), &[("message", NO_ID)]),
    ("orders/act", Door::Matrix, &[]),
    ("orders/bulk", Door::SignedIn, &[("verb", "dispatch"), ("key", NO_ID)]),
    ("orders/desk", Door::SignedIn, &[]),
    ("orders/place", Door::Only(SELL), &[("buyer_email", "no address")]),
    ("orders/remove_view", Door::SignedIn, &[("view", NO_ID)]),
    ("orders/save_view", Door::SignedIn, &[("name", "")]),
    ("orders/start", Door::Only(SELL), &[]),
    ("payments/look", Door::Open, &[NO_TOKEN]),
    ("payments/pay", Door::Open, &[NO_TOKEN, ("amount_minor", "1"), ("key", NO_ID)]),
    ("sellers/add", Door::Only(MARKETPLACE), &[("name", ""), ("email", "no address")]),
    ("sellers/invite", Door::Only(MARKETPLACE), &[("seller", NO_ID), ("email", "new@nowhere.test")]),
    ("sellers/list", Door::Only(MARKETPLACE), &[]),
    ("session/about", Door::Open, &[]),
    ("session/me", Door::Open, &[]),
    ("session/prove", Door::SignedIn, &[("password", "not this one")]),
    ("session/sign_in", Door::Open, &[("email", "nobody@nowhere.test"), ("password", "not this one")]),
    ("session/sign_out", Door::Open, &[]),
    ("session/wear", Door::SignedIn, &[("hat", NO_ID)]),
    ("terms/read", Door::Only(ADMINISTER), &[]),
    ("terms/save", Door::Only(ADMINISTER), &[("payment_window", "soon")]),
    ("theme/choose", Door::Open, &[("theme", "dark")]),
    ("webhooks/create", Door::Only(ADMINISTER), &[("url", "no address")]),
    ("webhooks/delivery", Door::Only(ADMINISTER), &[("endpoint", NO_ID), ("event", NO_ID)]),
    ("webhooks/edit", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/list", Door::Only(ADMINISTER), &[]),
    ("webhooks/log", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/remove", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/replay", Door::Only(ADMINISTER), &[("endpoint", NO_ID), ("event", NO_ID)]),
    ("webhooks/replay_failed", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/rotate", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/test", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/turn_off", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
    ("webhooks/turn_on", Door::Only(ADMINISTER), &[("endpoint", NO_ID)]),
];

/// Functions that sign the browser out: they come last, each in a browser of its own.
const PARTING: [&str; 2] = ["account/sign_out_everywhere", "session/sign_out"];

#[test]
fn every_server_function_has_its_row() {
    let registered: BTreeSet<String> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path.trim_start_matches("/rpc/").to_owned())
        .collect();
    let named: BTreeSet<String> = FUNCTIONS.iter().map(|(path, ..)| (*path).to_owned()).collect();
    assert_eq!(registered, named, "left: the server's functions; right: the table's");
}

/// Whether this answer says that the door is shut for whoever knocked, and how.
fn shut(door: Door, who: Who) -> Option<&'static [u16]> {
    match door {
        Door::Open | Door::Matrix => None,
        Door::Shut => Some(&[404]),
        _ if who == SignedOut => Some(&[401]),
        Door::SignedIn => None,
        Door::Staff => (!who.wears_a_hat()).then_some(&[404]),
        Door::Only(these) => (!these.contains(&who)).then_some(&[404]),
        Door::These(these) if who.wears_a_hat() => (!these.contains(&who)).then_some(&[403]),
        Door::These(_) => Some(&[404]),
    }
}

#[tokio::test]
async fn each_server_function_lets_in_whom_its_row_says() {
    each_store(async |app| {
        let crowd = Crowd::gather(&app).await;
        let mut wrong = String::new();
        for (path, door, fields) in FUNCTIONS.iter().filter(|(_, door, _)| *door != Door::Matrix) {
            for who in EVERYBODY {
                let parting = PARTING.contains(path);
                let own = if parting && who != SignedOut { Some(app.signed_in(who.email()).await) } else { None };
                let browser = own.as_ref().unwrap_or_else(|| crowd.of(who));
                let before = app.contents(&MAY_CHANGE).await;
                let fields: Vec<_> = fields
                    .iter()
                    .map(|field| if *field == ROLE { (ROLE.0, who.colleague()) } else { *field })
                    .collect();
                let answer = browser.call(path, &fields).await;
                let status = answer.status;
                let right = match shut(*door, who) {
                    Some(statuses) => statuses.contains(&status),
                    // A link that is dead and a thing that is not there are answers of whoever was let in.
                    None if fields.iter().any(|(_, value)| *value == NO_ID || *value == NO_TOKEN.1) => status < 500,
                    // So is that it was tried too often: everybody here comes from one address.
                    None => status < 400 || [422, 429].contains(&status),
                };
                if !right {
                    let _ = writeln!(wrong, "{who:?} {path}: {status} {}", answer.body);
                }
                if shut(*door, who).is_some() && app.contents(&MAY_CHANGE).await != before {
                    let _ = writeln!(wrong, "{who:?} was refused by {path}, and yet rows changed");
                }
                if *path == PARTING[0] && who != SignedOut {
                    crowd.of(who).sign_in(who.email(), demo::PASSWORD).await;
                }
            }
        }
        assert!(wrong.is_empty(), "doors that are not as their rows say:\n{wrong}");
    })
    .await;
}

/// A page, and what it answers: to whoever is signed out, to buyers, to those who sell, to the rest of the staff.
type PageRow = (&'static str, [u16; 4]);

const PAGES: &[PageRow] = &[
    ("/", [302, 302, 302, 302]),
    ("/orders", [303, 200, 200, 200]),
    ("/orders/new", [303, 404, 200, 404]),
    ("/orders/:reference", [303, 404, 404, 404]),
    ("/orders/:reference/courier", [303, 404, 404, 404]),
    ("/a/:token", [404, 404, 404, 404]),
    ("/courier/:token", [404, 404, 404, 404]),
    ("/notices", [303, 200, 200, 200]),
    ("/sign-in", [200, 200, 200, 200]),
    ("/sign-up", [200, 200, 200, 200]),
    ("/sign-up/:token", [404, 404, 404, 404]),
    ("/forgot", [200, 200, 200, 200]),
    ("/reset/:token", [404, 404, 404, 404]),
    ("/invite/:token", [404, 404, 404, 404]),
    ("/settings", [303, 200, 200, 200]),
    ("/pay/:token", [404, 404, 404, 404]),
    ("/mailbox", [404, 404, 404, 404]),
    ("/settings/webhooks", [303, 404, 200, 404]),
    ("/settings/webhooks/:endpoint", [303, 404, 404, 404]),
    ("/settings/webhooks/:endpoint/:event", [303, 404, 404, 404]),
    ("/settings/sellers/:seller/terms", [303, 404, 404, 404]),
];

/// Pages for these alone; whoever is signed out is led to the sign-in, and for others there is no such page.
const PAGES_FOR: &[(&str, &[Who])] = &[
    ("/settings/keys", KEYS),
    ("/settings/partners", KEYS),
    ("/settings/messages", OPERATE),
    ("/settings/sellers", MARKETPLACE),
    ("/settings/terms", ADMINISTER),
];

#[test]
fn every_page_has_its_row() {
    let pages = SITE.iter().map(|(path, _)| path.replace('{', ":").replace('}', ""));
    let registered: BTreeSet<String> = pages.chain(["/".to_owned()]).collect();
    let named = PAGES.iter().map(|(path, _)| *path).chain(PAGES_FOR.iter().map(|(path, _)| *path));
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    assert_eq!(registered, named, "left: the site's pages; right: the table's");
}

#[tokio::test]
async fn each_page_shows_itself_to_whom_its_row_says_and_showing_changes_nothing() {
    each_store(async |app| {
        let crowd = Crowd::gather(&app).await;
        let before = app.contents(&MAY_CHANGE).await;
        let mut wrong = String::new();
        for (path, answers) in PAGES {
            let address = path.replace(":reference", "HF-00000-00000").replace(":token", NO_TOKEN.1);
            let address = address.replace(":endpoint", NO_ID).replace(":event", NO_ID).replace(":seller", NO_ID);
            for who in EVERYBODY {
                let status = crowd.of(who).get(&address).await.status;
                let right = answers[match who {
                    SignedOut => 0,
                    Buyer | ForeignBuyer => 1,
                    _ if SELL.contains(&who) => 2,
                    _ => 3,
                }];
                if status != right {
                    let _ = writeln!(wrong, "{who:?} {path}: {status}, not {right}");
                }
            }
        }
        for (path, readers) in PAGES_FOR {
            for who in EVERYBODY {
                let status = crowd.of(who).get(path).await.status;
                let others = if who == SignedOut { 303 } else { 404 };
                let right = if readers.contains(&who) { 200 } else { others };
                if status != right {
                    let _ = writeln!(wrong, "{who:?} {path}: {status}, not {right}");
                }
            }
        }
        assert!(wrong.is_empty(), "pages that are not as their rows say:\n{wrong}");
        assert_eq!(app.contents(&MAY_CHANGE).await, before, "looking changes nothing");
    })
    .await;
}

/// The other routes of the server, as they stand in `web.rs`, and where each is tried.
const OTHER_ROUTES: [(&str, &str); 13] = [
    (".route(\"/orders/export.csv\"", "get(export::csv)"),
    (".route(\"/orders/export.xlsx\"", "get(export::xlsx)"),
    (".route(\"/files/{id}\"", "get(files::show)"),
    (".route(\"/a/{token}/files/{id}\"", "get(files::show_by_link)"),
    (".route(\"/live\"", "get(live::listen)"),
    (".route(\"/rpc/{*function}\"", "any(no_such_function)"),
    (".route(\"/hooks/gateway/{gateway}\"", "post(hook::receive)"),
    (".route(\"/healthz\"", "get(healthz)"),
    (".route(\"/readyz\"", "get(readyz)"),
    (".nest_service(\"/pkg\"", "built_files"),
    (".route(\"/\"", "get(first_page)"),
    // What the tables above name, one by one.
    (".route(path, get(", "get(pages::show)"),
    (".route(path, post(", "post(run_server_function)"),
];

#[tokio::test]
async fn every_other_route_is_known_and_open_to_nobody_in_particular() {
    let source = include_str!("../server/web.rs");
    let text = source.split("#[cfg(test)]").next().unwrap_or_default();
    for (route, answers) in OTHER_ROUTES {
        let line = text.lines().find(|line| line.contains(route));
        assert!(line.is_some_and(|line| line.contains(answers)), "{route} {answers}");
    }
    let routes = [".route(", ".nest(", ".nest_service(", ".route_service("].iter().map(|it| text.matches(it).count());
    assert_eq!(routes.sum::<usize>(), OTHER_ROUTES.len(), "a route of web.rs is in no table");
    each_store(async |app| {
        let crowd = Crowd::gather(&app).await;
        let before = app.contents(&MAY_CHANGE).await;
        for who in EVERYBODY {
            let browser = crowd.of(who);
            browser.call("no/such/function", &[]).await.refused(404, "not_found");
            assert_eq!(browser.get("/healthz").await.status, 200);
            assert_eq!(browser.get("/readyz").await.status, 200);
            assert_eq!(browser.get("/pkg/nothing.js").await.status, 404);
            for file in ["/orders/export.csv", "/orders/export.xlsx"] {
                assert_eq!(browser.get(file).await.status, if who == SignedOut { 303 } else { 200 }, "{who:?} {file}");
            }
            for photo in [format!("/files/fil_{}", NO_ID.replace('-', "")), format!("/a/no-such-token/files/{NO_ID}")] {
                assert_eq!(browser.get(&photo).await.status, 404, "{who:?} {photo}");
            }
            // What is heard there stands in tests/live.rs; a stream that is open has no end to wait for.
            if who == SignedOut {
                assert_eq!(browser.get("/live").await.status, 401);
            }
            for gateway in ["sandbox", "another"] {
                let unsigned = axum::http::Request::post(format!("/hooks/gateway/{gateway}"));
                let answer = browser.send(unsigned.body(axum::body::Body::from("{}")).expect("a whole request")).await;
                assert_eq!(answer.status, if gateway == "sandbox" { 401 } else { 404 }, "{who:?}");
            }
        }
        assert_eq!(app.contents(&MAY_CHANGE).await, before);
    })
    .await;
}
