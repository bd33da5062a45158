//! Everybody who takes part in an order, and orders in each status: made in memory by the real rules, written down by the lot.

use holdfast::{
    domain::{
        access::Viewer,
        id::{OrderId, Reference},
        money::Bps,
        order::{
            AssignedProvider, Item, ItemKind, Order, Parties, RejectCode, Remedy, Share, ShareBearer,
            action::{Action, Audience, HowMuch, Proof, Ruling, Selection, Verb},
            event::Placed,
            status::Status,
            terms::{Bearer, Commission, EscrowFee, Terms},
        },
        party::{Actor, Party},
        text::{ItemTitle, Label, Note, Reason},
        time::{Moment, Span},
    },
    server::{
        clock,
        error::Error,
        service::{
            history::{self, BuyerContact, History},
            orders::{self, Caller},
        },
        storage::{self, counts},
    },
};

use super::TestApp;

/// The people of one order: the demo's buyer, the owner of the first shop, the courier, the administrator.
#[derive(Debug, Clone)]
pub struct Cast {
    pub buyer: Viewer,
    pub seller: Viewer,
    pub courier: Viewer,
    pub operator: Viewer,
}

impl Cast {
    /// Signs them in once, to see them as the server does. The demo people must be there.
    pub async fn gather(app: &TestApp) -> Self {
        let viewer = async |email: &str| -> Viewer {
            let browser = app.signed_in(email).await;
            let seen: Option<Viewer> = browser.call("session/me", &[]).await.json();
            seen.expect("somebody is signed in")
        };
        Self {
            buyer: viewer("bisi@demo.test").await,
            seller: viewer("ada@demo.test").await,
            courier: viewer("rita@demo.test").await,
            operator: viewer("admin@demo.test").await,
        }
    }

    /// Who acts for a party; nobody for the clock and the gateway.
    fn viewer(&self, party: Party) -> Option<&Viewer> {
        match party {
            Party::Buyer => Some(&self.buyer),
            Party::Seller => Some(&self.seller),
            Party::Provider => Some(&self.courier),
            Party::Operator => Some(&self.operator),
            Party::Clock | Party::Gateway => None,
        }
    }

    /// The caller who acts for a party.
    pub fn caller(&self, party: Party) -> Caller {
        match (self.viewer(party), party) {
            (Some(viewer), _) => Caller::on_screen(viewer.clone()),
            (None, Party::Gateway) => Caller::Gateway("sandbox".to_owned()),
            (None, _) => Caller::Clock,
        }
    }

    /// Who they are in this order as it is; nobody when it is not theirs.
    pub fn actor(&self, party: Party, order: &Order) -> Option<Actor> {
        match (self.viewer(party), party) {
            (Some(viewer), _) => orders::actor_for(viewer, order),
            (None, Party::Gateway) => Some(Actor::gateway("sandbox")),
            (None, _) => Some(Actor::clock()),
        }
    }

    fn placed(&self, app: &TestApp, terms: Terms) -> Placed {
        let seller = self.seller.hat.as_ref().expect("the owner of a shop wears its hat");
        let provider = self.courier.hat.as_ref().and_then(|hat| hat.provider).expect("the courier wears a hat");
        let secret = &app.state.services.secret;
        let id = OrderId(clock::new_id(app.state.services.now()));
        let item = |no, title: &str, kind, quantity, unit_minor| Item {
            no,
            title: title.to_owned(),
            kind,
            quantity,
            unit_minor,
            commission: None,
            due_at: None,
        };
        Placed {
            id,
            reference: Reference::from_bits(u64::from_be_bytes(clock::random())),
            parties: Parties {
                marketplace: seller.marketplace,
                marketplace_name: "Lagos Fair".to_owned(),
                seller: seller.seller.expect("a shop's hat"),
                seller_name: "Ada Stores".to_owned(),
                buyer: self.buyer.user,
                buyer_name: self.buyer.name.clone(),
            },
            external_ref: None,
            channel: "screen".to_owned(),
            currency: "NGN".parse().expect("a known currency"),
            items: vec![
                item(1, "Handwoven rug", ItemKind::Goods, 2, 19_999),
                item(2, "Cushion cover", ItemKind::Goods, 3, 3_333),
                item(3, "Delivery", ItemKind::Shipping, 1, 1_001),
            ],
            terms,
            milestones: false,
            provider: Some(AssignedProvider {
                id: provider,
                name: "Swift Riders".to_owned(),
                share: Share::Amount(700),
                borne_by: ShareBearer::Seller,
            }),
            handover_digest: secret.handover_digest(id, &secret.handover_code(id, "")),
        }
    }

    /// An order that came to this status by the shortest way at this instant, for what is about to be done with it:
    /// where it answers an offer, that is open.
    pub fn history(&self, app: &TestApp, status: Status, next: &[(Party, Verb)], now: Moment) -> History {
        let terms = terms(status);
        let begun = if status == Status::Expired { now.minus(terms.payment_window) } else { now };
        let placed = self.placed(app, terms);
        let seller = orders::actor_for(&self.seller, &Order::placed(&placed, begun)).expect("it is the seller's");
        let mut history = History::place(placed, &seller, begun).expect("the order can be placed");
        for (party, verb) in steps(status) {
            let mut action = plain(history.order(), *party, *verb);
            if let (Status::SecondAttempt, Action::Reject { remedy, .. }) = (status, &mut action) {
                *remedy = Remedy::SecondAttempt;
            }
            self.act(&mut history, *party, &action, now);
        }
        assert_eq!(history.order().status(), status, "the way to it leads there");
        for (party, verb) in open_offers(status, next) {
            let action = plain(history.order(), party, verb);
            self.act(&mut history, party, &action, now);
        }
        history
    }

    fn act(&self, history: &mut History, party: Party, action: &Action, now: Moment) {
        let actor = self.actor(party, history.order()).expect("it is theirs");
        history.act(&actor, action, now).unwrap_or_else(|refusal| panic!("{party:?} {action:?}: {refusal:?}"));
    }

    /// Writes orders down with all that they owe, in one transaction.
    pub async fn write_down(&self, app: &TestApp, histories: Vec<History>) {
        let contact = BuyerContact { email: self.buyer.email.clone(), phone: String::new() };
        let written = app.state.services.db.write((histories, contact), |tx, (histories, contact)| {
            Box::pin(async move {
                let mut changes = counts::Changes::default();
                let pairs: Vec<_> = histories.iter().map(|history| (history, contact)).collect();
                history::record_all(tx, &pairs, &mut changes).await?;
                counts::apply(tx, &changes).await?;
                Ok::<_, Error>(())
            })
        });
        written.await.expect("orders can be written");
    }

    /// One order in this status, written down.
    pub async fn order(&self, app: &TestApp, status: Status, next: &[(Party, Verb)]) -> Order {
        let history = self.history(app, status, next, app.state.services.now());
        let order = history.order().clone();
        self.write_down(app, vec![history]).await;
        order
    }
}

impl TestApp {
    /// The order as it is stored.
    pub async fn stored(&self, id: OrderId) -> Order {
        let mut reader = self.state.services.db.reader().await.expect("the database answers");
        let found = storage::orders::find(&mut reader, id).await.expect("orders can be read");
        found.expect("the order is there")
    }
}

fn bps(rate: u16) -> Bps {
    Bps::new(rate).expect("at most the whole")
}

/// Terms under which every unit has somewhere to go; what is accepted waits a day, where that is to be seen.
fn terms(status: Status) -> Terms {
    let release_delay = if status == Status::Completed { Span::ZERO } else { Span::days(1) };
    Terms {
        release_delay,
        escrow_fee: EscrowFee { rate: bps(150), least_minor: 0, most_minor: 0, borne_by: Bearer::Both },
        commission: Commission { rate: bps(333), fixed_minor: 7, non_split_minor: 11 },
        ..Terms::default()
    }
}

/// The shortest way to a status.
const fn steps(status: Status) -> &'static [(Party, Verb)] {
    use Party::{Buyer, Clock, Gateway, Seller};
    const PAY: (Party, Verb) = (Gateway, Verb::Pay);
    const DELIVER: (Party, Verb) = (Seller, Verb::Deliver);
    const REJECT: (Party, Verb) = (Buyer, Verb::Reject);
    const CONTEST: (Party, Verb) = (Seller, Verb::Contest);
    match status {
        Status::AwaitingPayment => &[],
        Status::Funded => &[PAY],
        Status::InTransit => &[PAY, (Seller, Verb::Dispatch)],
        Status::AwaitingResponse => &[PAY, DELIVER],
        Status::Rejected => &[PAY, DELIVER, REJECT],
        Status::SecondAttempt => &[PAY, DELIVER, REJECT, (Seller, Verb::OfferSecondAttempt)],
        Status::Returning => &[PAY, DELIVER, REJECT, (Seller, Verb::TakeBack)],
        Status::Dispute => &[PAY, DELIVER, REJECT, CONTEST],
        Status::UnderReview => &[PAY, DELIVER, REJECT, CONTEST, (Buyer, Verb::Escalate)],
        Status::Accepted | Status::Completed => &[PAY, DELIVER, (Buyer, Verb::Accept)],
        Status::Cancelled => &[PAY, (Seller, Verb::Cancel)],
        Status::Expired => &[(Clock, Verb::Expire)],
        Status::ChargedBack => &[PAY, (Gateway, Verb::ChargeBack)],
    }
}

/// The offers that must be open for what comes next.
fn open_offers(status: Status, next: &[(Party, Verb)]) -> Vec<(Party, Verb)> {
    let mut offers = Vec::new();
    for (party, verb) in next {
        match (verb, status) {
            (Verb::AcceptSettlement, Status::Rejected | Status::Dispute | Status::UnderReview) => {
                let other = if *party == Party::Buyer { Party::Seller } else { Party::Buyer };
                offers.push((other, Verb::OfferSettlement));
            }
            (Verb::AgreeSecondAttempt | Verb::LapseOffer, Status::Rejected) => {
                offers.push((Party::Seller, Verb::OfferSecondAttempt));
            }
            _ => {}
        }
    }
    offers.sort_unstable();
    offers.dedup();
    offers
}

fn reason() -> Reason {
    Reason::parse("As the photo shows").expect("a reason")
}

fn label() -> Label {
    Label::parse("GIG-1").expect("a label")
}

/// A verb with the plainest input that fits the order; the clock's verbs as lapses.
pub fn plain(order: &Order, party: Party, verb: Verb) -> Action {
    if party == Party::Clock {
        return Action::Lapse { verb };
    }
    goods(order, verb).or_else(|| answer(order, verb)).unwrap_or_else(|| setting(order, verb))
}

fn goods(order: &Order, verb: Verb) -> Option<Action> {
    let (parts, delivery, text) = (Selection::default(), None, None);
    Some(match verb {
        Verb::Dispatch => Action::Dispatch { parts, carrier: Some(label()), tracking: Some(label()) },
        Verb::Deliver => Action::Deliver { parts, proof: Proof::default() },
        Verb::HandOver => Action::HandOver { parts, code_digest: order.handover_digest.clone(), photos: Vec::new() },
        Verb::Accept => Action::Accept { parts },
        Verb::Reject => Action::Reject {
            parts,
            code: RejectCode::Damaged,
            text: reason(),
            remedy: Remedy::Refund,
            photos: Vec::new(),
        },
        Verb::OfferSecondAttempt => Action::OfferSecondAttempt { delivery, text },
        Verb::AgreeSecondAttempt => Action::AgreeSecondAttempt { delivery, text },
        Verb::TakeBack => Action::TakeBack { delivery, goods_are_back: false },
        Verb::SendReturn => Action::SendReturn { delivery, carrier: None, tracking: None },
        Verb::ReceiveReturn => Action::ReceiveReturn { delivery },
        Verb::Track => Action::Track { delivery, carrier: label(), tracking: label(), checkpoint: None },
        _ => return None,
    })
}

fn answer(order: &Order, verb: Verb) -> Option<Action> {
    let (delivery, text) = (None, None);
    let offered = order.deliveries.iter().find_map(|part| part.settlement);
    Some(match verb {
        Verb::Contest => Action::Contest { delivery, statement: reason(), evidence: Vec::new() },
        Verb::OfferSettlement => Action::OfferSettlement { delivery, to_seller_minor: 10_001, text },
        Verb::AcceptSettlement => {
            let to_seller_minor = offered.map_or(10_001, |offer| offer.to_seller_minor);
            Action::AcceptSettlement { delivery, to_seller_minor }
        }
        Verb::Withdraw => Action::Withdraw { delivery, text },
        Verb::Concede => Action::Concede { delivery, text },
        Verb::Escalate => Action::Escalate { delivery, text },
        Verb::Rule => Action::Rule { delivery, ruling: Ruling::Split(12_347), reasons: reason() },
        Verb::Cancel => Action::Cancel { delivery, reason: reason() },
        Verb::Refund => Action::Refund { delivery, how_much: HowMuch::Amount(1_003), reason: reason() },
        Verb::Credit => Action::Credit { delivery, how_much: HowMuch::Amount(1_003), reason: reason() },
        _ => return None,
    })
}

fn setting(order: &Order, verb: Verb) -> Action {
    let (gateway, payment_ref) = ("sandbox".to_owned(), "p1".to_owned());
    match verb {
        Verb::Pay => Action::Pay { amount_minor: order.due_minor(), gateway, payment_ref },
        Verb::ReturnPayment => Action::ReturnPayment { amount_minor: 700, gateway, payment_ref: "stray".to_owned() },
        Verb::ChargeBack => Action::ChargeBack { gateway, payment_ref, reason: reason() },
        Verb::EditItems => Action::EditItems { items: order.items.clone() },
        Verb::EditTerms => Action::EditTerms { terms: order.terms },
        Verb::SetCommission => Action::SetCommission { commission: order.terms.commission },
        Verb::SetProvider => Action::SetProvider { provider: None },
        Verb::Note => Action::Note { text: Note::parse("Seen").expect("a note"), audience: Audience::Everyone },
        Verb::AddMilestone => Action::AddMilestone {
            title: ItemTitle::parse("The roof").expect("a title"),
            amount_minor: 1_000,
            due_at: None,
            commission: None,
        },
        lapse => Action::Lapse { verb: lapse },
    }
}
