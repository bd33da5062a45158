//! What may happen to an order, as steps with the time between them: told by chance, or to show one status each.

use super::{chance::Chance, words};
use crate::domain::{
    money::Minor,
    order::{
        Remedy,
        action::{Action, Audience, HowMuch, Proof, Ruling, Selection},
    },
    party::Party,
    text::{Label, Note, Reason},
    time::Span,
};

/// What is done; amounts are shares of what is open, for a story is told before the order is priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// What the buyer owes is paid.
    Pay,
    /// Somebody acts.
    Act(Party, Action),
    /// One piece of the first item with several, or of the first item, is sent ahead.
    DispatchFirst,
    /// Somebody offers the seller so many hundredths of what is open; the other agrees to it.
    Offer(Party, i64),
    /// The other party agrees to what is offered.
    Agree(Party),
    /// The operator rules that the seller gets so many hundredths.
    Rule(i64, &'static str),
    /// So many hundredths of what is open go back.
    PartRefund(i64, &'static str),
    /// So many hundredths of what was released come back.
    Credit(i64, &'static str),
    /// The bank takes the payment back.
    ChargeBack,
}

/// A deed, and how long after the one before.
pub(super) type Step = (Span, Deed);

/// The course of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    pub steps: Vec<Step>,
    /// How long ago the last step was; without, the story begins when the order is placed.
    pub ended_ago: Option<Span>,
    pub milestones: bool,
    pub courier: bool,
    /// The terms have a day between acceptance and release.
    pub release_later: bool,
}

fn text<T>(parse: impl Fn(&str) -> Result<T, crate::domain::text::BadText>, words: &str) -> T {
    parse(words).expect("the words of made-up orders are well formed")
}

fn dispatch(number: i64) -> Deed {
    let (carrier, tracking) =
        (Some(text(Label::parse, "Swift Riders")), Some(text(Label::parse, &format!("SR{number:08}"))));
    Deed::Act(Party::Seller, Action::Dispatch { parts: Selection::default(), carrier, tracking })
}

fn deliver(by: Party) -> Deed {
    Deed::Act(by, Action::Deliver { parts: Selection::default(), proof: Proof::default() })
}

fn accept() -> Deed {
    Deed::Act(Party::Buyer, Action::Accept { parts: Selection::default() })
}

fn reject(which: usize, remedy: Remedy) -> Deed {
    let (code, words) = words::REJECTIONS[which % words::REJECTIONS.len()];
    let text = text(Reason::parse, words);
    Deed::Act(Party::Buyer, Action::Reject { parts: Selection::default(), code, text, remedy, photos: Vec::new() })
}

fn cancel(by: Party, why: &str) -> Deed {
    Deed::Act(by, Action::Cancel { delivery: None, reason: text(Reason::parse, why) })
}

fn contest(which: usize) -> Deed {
    let statement = text(Reason::parse, words::STATEMENTS[which % words::STATEMENTS.len()]);
    Deed::Act(Party::Seller, Action::Contest { delivery: None, statement, evidence: Vec::new() })
}

fn take_back(goods_are_back: bool) -> Deed {
    Deed::Act(Party::Seller, Action::TakeBack { delivery: None, goods_are_back })
}

fn send_return(number: i64) -> Deed {
    let tracking = Some(text(Label::parse, &format!("SR{number:08}")));
    let carrier = Some(text(Label::parse, "Swift Riders"));
    Deed::Act(Party::Buyer, Action::SendReturn { delivery: None, carrier, tracking })
}

fn receive_return() -> Deed {
    Deed::Act(Party::Seller, Action::ReceiveReturn { delivery: None })
}

fn second_attempt() -> Deed {
    Deed::Act(Party::Seller, Action::OfferSecondAttempt { delivery: None, text: None })
}

fn escalate(by: Party) -> Deed {
    Deed::Act(by, Action::Escalate { delivery: None, text: None })
}

fn note(by: Party, words: &str) -> Deed {
    Deed::Act(by, Action::Note { text: text(Note::parse, words), audience: Audience::Everyone })
}

/// A story as chance tells it; most end well.
pub(super) fn by_chance(chance: &mut Chance) -> Story {
    let milestones = chance.happens(15);
    let mut teller = Teller { chance, steps: Vec::new() };
    let courier = teller.chance.happens(550) && !milestones;
    if milestones {
        teller.project();
    } else {
        teller.purchase(courier);
    }
    Story { steps: teller.steps, ended_ago: None, milestones, courier, release_later: false }
}

struct Teller<'a> {
    chance: &'a mut Chance,
    steps: Vec<Step>,
}

impl Teller<'_> {
    /// Something happens, between so many minutes later and so many.
    fn then(&mut self, least: i64, most: i64, deed: Deed) {
        let minutes = self.chance.between(least, most);
        self.steps.push((Span(minutes * 60 + self.chance.between(0, 59)), deed));
    }

    fn number(&mut self) -> i64 {
        self.chance.between(10_000_000, 99_999_999)
    }

    fn any(&mut self) -> usize {
        usize::try_from(self.chance.between(0, 1_000)).unwrap_or_default()
    }

    fn project(&mut self) {
        for _ in 0..3 {
            self.then(5, 1_500, Deed::Pay);
            self.then(1_000, 7_000, deliver(Party::Seller));
            self.then(60, 3_000, accept());
        }
    }

    fn purchase(&mut self, courier: bool) {
        match self.chance.weigh(&[40, 15, 945]) {
            0 => return,
            1 => {
                let why = *self.chance.pick(&words::CANCELLATIONS);
                return self.then(10, 2_000, cancel(Party::Buyer, why));
            }
            _ => self.then(2, 1_400, Deed::Pay),
        }
        if self.chance.happens(60) {
            let words = *self.chance.pick(&words::NOTES);
            self.then(1, 120, note(Party::Buyer, words));
        }
        match self.chance.weigh(&[20, 20, 8, 952]) {
            0 => {
                let why = *self.chance.pick(&words::CANCELLATIONS);
                return self.then(5, 600, cancel(Party::Buyer, why));
            }
            1 => {
                let why = *self.chance.pick(&words::OUT_OF_STOCK);
                return self.then(60, 3_000, cancel(Party::Seller, why));
            }
            2 => return,
            _ => {}
        }
        if self.chance.happens(12) {
            let share = self.chance.between(5, 30);
            self.then(30, 600, Deed::PartRefund(share, "A scratch on one side, as agreed by phone."));
        }
        if self.chance.happens(30) {
            self.then(240, 2_000, Deed::DispatchFirst);
        }
        self.hand_over(courier);
        self.answer(courier);
        match self.chance.weigh(&[10, 8, 982]) {
            0 => self.then(1_440, 14_000, Deed::Credit(20, "Goodwill for the late parcel.")),
            1 => self.then(4_000, 30_000, Deed::ChargeBack),
            _ => {}
        }
    }

    fn hand_over(&mut self, courier: bool) {
        let number = self.number();
        self.then(240, 3_600, dispatch(number));
        self.then(240, 4_300, deliver(if courier { Party::Provider } else { Party::Seller }));
    }

    /// What the buyer makes of the delivery.
    fn answer(&mut self, courier: bool) {
        match self.chance.weigh(&[640, 240, 120]) {
            0 => return self.then(30, 3_900, accept()),
            1 => return,
            _ => {}
        }
        let (which, wish) = (self.any(), [Remedy::Refund, Remedy::SecondAttempt, Remedy::Discount]);
        let remedy = *self.chance.pick(&wish);
        self.then(30, 3_900, reject(which, remedy));
        match self.chance.weigh(&[25, 20, 12, 13, 10, 20]) {
            0 => {
                self.then(60, 3_000, second_attempt());
                self.then(1, 600, Deed::Act(Party::Buyer, Action::AgreeSecondAttempt { delivery: None, text: None }));
                self.hand_over(courier);
                self.then(30, 3_000, accept());
            }
            1 => {
                self.then(60, 3_000, take_back(false));
                let number = self.number();
                self.then(300, 6_000, send_return(number));
                self.then(1_000, 7_000, receive_return());
            }
            2 => self.then(60, 3_000, take_back(true)),
            3 => {}
            4 => self.then(60, 3_000, Deed::Act(Party::Seller, Action::Concede { delivery: None, text: None })),
            _ => self.dispute(),
        }
    }

    fn dispute(&mut self) {
        let which = self.any();
        self.then(60, 3_000, contest(which));
        match self.chance.weigh(&[30, 20, 15, 35]) {
            0 => {
                let share = self.chance.between(40, 80);
                self.then(60, 2_000, Deed::Offer(Party::Seller, share));
                self.then(60, 2_000, Deed::Agree(Party::Buyer));
            }
            1 => self.then(300, 3_000, Deed::Act(Party::Buyer, Action::Withdraw { delivery: None, text: None })),
            2 => self.then(300, 3_000, Deed::Act(Party::Seller, Action::Concede { delivery: None, text: None })),
            _ => {
                self.then(300, 3_000, escalate(Party::Buyer));
                let share = *self.chance.pick(&[0, 100, 50, 30]);
                let why = *self.chance.pick(&words::RULINGS);
                self.then(300, 5_000, Deed::Rule(share, why));
            }
        }
    }
}

/// Stories that show each status, each step and each turn, with deadlines soon after now.
pub(super) fn showcase() -> Vec<Story> {
    let hours = Span::hours;
    let paid = vec![(hours(1), Deed::Pay)];
    let sent = [paid.clone(), vec![(hours(20), dispatch(40_218_834))]].concat();
    let there = [sent.clone(), vec![(hours(26), deliver(Party::Seller))]].concat();
    let rejected = |which, remedy| [there.clone(), vec![(hours(9), reject(which, remedy))]].concat();
    let back = [rejected(2, Remedy::Refund), vec![(hours(5), take_back(false))]].concat();
    let disputed = [rejected(4, Remedy::Refund), vec![(hours(14), contest(2))]].concat();
    let reviewed = [disputed.clone(), vec![(hours(16), escalate(Party::Buyer))]].concat();
    let plain = Story { steps: Vec::new(), ended_ago: None, milestones: false, courier: false, release_later: false };
    let story = |steps: Vec<Step>, ago: Span| Story { steps, ended_ago: Some(ago), ..plain.clone() };
    let and = |before: &[Step], after: Vec<Step>| [before, &after].concat();
    let mut all = vec![
        story(Vec::new(), hours(68)),
        story(Vec::new(), hours(1)),
        story(paid.clone(), hours(146)),
        story(paid.clone(), hours(3)),
        story(sent.clone(), hours(25)),
        story(sent.clone(), hours(160)),
        story(there.clone(), hours(69)),
        story(there.clone(), hours(2)),
        story(rejected(0, Remedy::Refund), hours(50)),
        story(and(&rejected(3, Remedy::Discount), vec![(hours(4), second_attempt())]), hours(30)),
        story(and(&rejected(6, Remedy::Discount), vec![(hours(4), Deed::Offer(Party::Seller, 70))]), hours(20)),
        story(and(&rejected(1, Remedy::SecondAttempt), vec![(hours(6), second_attempt())]), hours(40)),
        story(back.clone(), hours(150)),
        story(and(&back, vec![(hours(30), send_return(51_900_412))]), hours(24)),
        story(disputed.clone(), hours(52)),
        story(and(&disputed, vec![(hours(3), Deed::Offer(Party::Buyer, 40))]), hours(10)),
        story(reviewed.clone(), hours(26)),
        story(and(&reviewed, vec![(hours(1), note(Party::Operator, "Asked both for photos."))]), hours(4)),
        story(and(&reviewed, vec![(hours(20), Deed::Rule(60, words::RULINGS[2]))]), hours(30)),
        story(
            and(&disputed, vec![(hours(2), Deed::Offer(Party::Seller, 50)), (hours(3), Deed::Agree(Party::Buyer))]),
            hours(60),
        ),
        story(and(&there, vec![(hours(7), accept())]), hours(6)),
        story(
            and(&there, vec![(hours(7), accept()), (hours(60), Deed::Credit(25, "The zip broke in the first week."))]),
            hours(10),
        ),
        story(and(&there, vec![(hours(7), accept()), (hours(200), Deed::ChargeBack)]), hours(20)),
        story(and(&paid, vec![(hours(8), cancel(Party::Buyer, words::CANCELLATIONS[1]))]), hours(33)),
        story(and(&paid, vec![(hours(15), Deed::DispatchFirst)]), hours(8)),
        story(and(&paid, vec![(hours(2), Deed::PartRefund(15, "One size smaller, as agreed by phone."))]), hours(5)),
        story(Vec::new(), hours(100)),
    ];
    let project =
        vec![(hours(2), Deed::Pay), (hours(70), deliver(Party::Seller)), (hours(9), accept()), (hours(12), Deed::Pay)];
    all.push(Story { milestones: true, ..story(project, hours(30)) });
    let by_courier = and(&sent, vec![(hours(7), deliver(Party::Provider))]);
    all.push(Story { courier: true, ..story(by_courier, hours(12)) });
    all.push(Story { courier: true, ..story(sent, hours(10)) });
    all.push(Story { release_later: true, ..story(and(&there, vec![(hours(7), accept())]), hours(16)) });
    all
}

/// So many hundredths of an amount.
pub(super) fn hundredths(amount: Minor, share: i64) -> Minor {
    crate::domain::money::share(amount, share, 100)
}

impl Deed {
    /// The party that does it and the action, as the order stands; nothing when it makes no sense there.
    pub(super) fn on(&self, order: &crate::domain::order::Order) -> Option<(Party, Action)> {
        let part = order.deliveries.iter().rfind(|part| part.started)?;
        let (open, released) = (part.open().amount, part.released().amount);
        Some(match self {
            Self::Act(by, action) => (*by, action.clone()),
            Self::Pay => {
                let payment_ref = format!("sbx-{}-{}", order.reference.as_str(), order.payments.len() + 1);
                let amount_minor = order.due_minor();
                (Party::Gateway, Action::Pay { amount_minor, gateway: "sandbox".to_owned(), payment_ref })
            }
            Self::DispatchFirst => {
                let line = part.lines.iter().find(|line| line.quantity > 1).or(part.lines.first())?;
                (part.pieces() > 1).then_some(())?;
                let parts = Selection { delivery: Some(part.no), items: vec![(line.item, 1)] };
                (Party::Seller, Action::Dispatch { parts, carrier: None, tracking: None })
            }
            Self::Offer(by, share) => {
                let to_seller_minor = hundredths(open, *share);
                (*by, Action::OfferSettlement { delivery: Some(part.no), to_seller_minor, text: None })
            }
            Self::Agree(by) => {
                let to_seller_minor = part.settlement?.to_seller_minor;
                (*by, Action::AcceptSettlement { delivery: Some(part.no), to_seller_minor })
            }
            Self::Rule(share, why) => {
                let ruling = match share {
                    0 => Ruling::Refund,
                    100 => Ruling::Release,
                    share => Ruling::Split(hundredths(open, *share)),
                };
                (Party::Operator, Action::Rule { delivery: Some(part.no), ruling, reasons: text(Reason::parse, why) })
            }
            Self::PartRefund(share, why) => {
                let how_much = HowMuch::Amount(hundredths(open, *share));
                (Party::Seller, Action::Refund { delivery: Some(part.no), how_much, reason: text(Reason::parse, why) })
            }
            Self::Credit(share, why) => {
                let how_much = HowMuch::Amount(hundredths(released, *share));
                (Party::Seller, Action::Credit { delivery: Some(part.no), how_much, reason: text(Reason::parse, why) })
            }
            Self::ChargeBack => {
                let payment = order.payments.last()?;
                let reason = text(Reason::parse, "The card holder says the card was stolen.");
                let (gateway, payment_ref) = (payment.gateway.clone(), payment.payment_ref.clone());
                (Party::Gateway, Action::ChargeBack { gateway, payment_ref, reason })
            }
        })
    }
}
