//! A second model of an order, much simpler and written apart from the first: it knows statuses, sums and time left.

use crate::domain::money::{Minor, allocate};
use crate::domain::order::action::{Action, Verb};
use crate::domain::order::status::Status;
use crate::domain::order::terms::Terms;
use crate::domain::order::{Order, Outcome, ShareBearer};
use crate::domain::party::Party;
use crate::domain::time::{Moment, Span};

use Party::{Buyer, Clock, Gateway, Operator, Provider, Seller};
use Status::{
    Accepted, AwaitingPayment, AwaitingResponse, ChargedBack, Completed, Dispute, Expired, Funded, InTransit, Rejected,
    Returning, SecondAttempt, UnderReview,
};

/// Some pieces of one item and their price; what the buyer pays on top; what was released.
#[derive(Clone)]
pub(super) struct Pieces {
    pub(super) item: u16,
    pub(super) count: u32,
    pub(super) amount: Minor,
    pub(super) fee: Minor,
    pub(super) released: Minor,
}

/// A delivery. Instead of deadlines it knows the time that is left, which stands still when its clock does.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a plain list of what is and is not so")]
pub(super) struct Part {
    pub(super) no: u16,
    pub(super) status: Status,
    pub(super) pieces: Vec<Pieces>,
    pub(super) started: bool,
    pub(super) payment: Option<usize>,
    pub(super) paid_at: i64,
    pub(super) left: Option<i64>,
    pub(super) due_left: Option<i64>,
    pub(super) attempts: u8,
    pub(super) wished_again: bool,
    pub(super) offered_again: bool,
    pub(super) sent_back: bool,
    pub(super) offer: Option<(Party, Minor)>,
    pub(super) outcome: Option<Outcome>,
}

impl Part {
    pub(super) fn amount(&self) -> Minor {
        self.pieces.iter().map(|piece| piece.amount).sum()
    }

    pub(super) fn held(&self) -> Minor {
        self.pieces.iter().map(|piece| piece.amount + piece.fee).sum()
    }

    pub(super) fn released(&self) -> Minor {
        self.pieces.iter().map(|piece| piece.released).sum()
    }

    pub(super) fn is_at_odds(&self) -> bool {
        matches!(self.status, Dispute | UnderReview)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.status, Completed | Status::Cancelled | Expired | ChargedBack)
    }

    pub(super) fn becomes(&mut self, status: Status, window: Option<Span>) {
        self.status = status;
        self.left = window.map(|span| span.0 * 1_000_000);
        if !matches!(status, Funded | InTransit | SecondAttempt) {
            self.due_left = None;
        }
        if !matches!(status, Rejected | Dispute | UnderReview) {
            self.offer = None;
        }
        self.offered_again = false;
    }

    fn is_due(&self) -> bool {
        self.left.is_some_and(|left| left <= 0)
    }

    pub(super) fn is_overdue(&self) -> bool {
        self.due_left.is_some_and(|left| left <= 0)
    }
}

/// The order.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) terms: Terms,
    pub(super) project: bool,
    pub(super) parts: Vec<Part>,
    pub(super) now: i64,
    pub(super) payments: Vec<(String, Minor, bool)>,
    pub(super) paid: Minor,
    pub(super) to_buyer: Minor,
    pub(super) to_others: Minor,
    pub(super) out_of_the_fee: bool,
    pub(super) credited: Minor,
}

impl Model {
    /// As an order lies before it; what its pieces cost is taken from there.
    pub(super) fn of(order: &Order) -> Self {
        let parts = order.deliveries.iter().map(|part| Part {
            no: part.no,
            status: AwaitingPayment,
            pieces: part
                .lines
                .iter()
                .map(|line| Pieces {
                    item: line.item,
                    count: line.quantity,
                    amount: line.open.amount,
                    fee: line.open.buyer_fee,
                    released: 0,
                })
                .collect(),
            started: part.no == 1,
            payment: None,
            paid_at: 0,
            left: (part.no == 1).then_some(order.terms.payment_window.0 * 1_000_000),
            due_left: None,
            attempts: 0,
            wished_again: false,
            offered_again: false,
            sent_back: false,
            offer: None,
            outcome: None,
        });
        Self {
            terms: order.terms,
            project: order.milestones,
            parts: parts.collect(),
            now: order.placed_at.0,
            payments: Vec::new(),
            paid: 0,
            to_buyer: 0,
            to_others: 0,
            credited: 0,
            out_of_the_fee: order
                .provider
                .as_ref()
                .is_some_and(|provider| provider.borne_by == ShareBearer::Marketplace),
        }
    }

    pub(super) fn is_at_odds(&self) -> bool {
        self.parts.iter().any(Part::is_at_odds)
    }

    /// Lets time go by, for the clocks that run.
    pub(super) fn wait_until(&mut self, now: Moment) {
        let time = now.0.max(self.now) - self.now;
        self.now += time;
        let at_odds = self.is_at_odds();
        for part in self.parts.iter_mut().filter(|part| !at_odds || part.is_at_odds()) {
            part.left = part.left.map(|left| left - time);
            part.due_left = part.due_left.map(|left| left - time);
        }
    }

    fn stands_still(&self, part: &Part) -> bool {
        self.is_at_odds() && !part.is_at_odds()
    }

    /// The parts to which an action applies.
    pub(super) fn meant(&self, party: Party, action: &Action) -> Vec<usize> {
        let verb = action.verb();
        let named = action.delivery();
        let spoken_by_the_clock = matches!(action, Action::Lapse { .. });
        if spoken_by_the_clock != (party == Clock) {
            return Vec::new();
        }
        let applies = |part: &Part| {
            let frozen = self.stands_still(part);
            let late = part.is_due() && !frozen && party != Clock && cuts_off(verb);
            named.is_none_or(|no| no == part.no)
                && part.started
                && may(party, part.status).contains(&verb)
                && !(frozen && moves_money(verb))
                && !late
                && (party != Clock || (part.is_due() && !frozen && owed(part) == Some(verb)))
        };
        self.parts.iter().enumerate().filter(|(_, part)| applies(part)).map(|(at, _)| at).collect()
    }

    /// A project goes on with the next milestone when all before are over.
    pub(super) fn go_on(&mut self) {
        let window = self.terms.payment_window;
        let next = self.parts.iter_mut().find(|part| !part.is_over());
        if let Some(next) = next.filter(|part| !part.started) {
            next.started = true;
            next.becomes(AwaitingPayment, Some(window));
        }
    }

    /// All that is held for a part goes back.
    pub(super) fn give_back(&mut self, at: usize, status: Status) {
        let part = &mut self.parts[at];
        if part.payment.is_some() {
            self.to_buyer += part.held();
            part.pieces.iter_mut().for_each(|piece| (piece.amount, piece.fee) = (0, 0));
        }
        part.becomes(status, None);
        part.outcome = (status == Completed).then_some(Outcome::Refunded);
    }

    /// So much of a part's price goes to the seller's side, with its part of the fee, and the rest back.
    pub(super) fn share(&mut self, at: usize, to_seller: Minor) {
        let part = &mut self.parts[at];
        let amounts: Vec<Minor> = part.pieces.iter().map(|piece| piece.amount).collect();
        for (piece, share) in part.pieces.iter_mut().zip(allocate(to_seller, &amounts)) {
            let fee = if to_seller == 0 { 0 } else { portion(piece.fee, share, piece.amount) };
            self.to_others += share + fee;
            self.to_buyer += piece.amount + piece.fee - share - fee;
            piece.released += share;
            (piece.amount, piece.fee) = (0, 0);
        }
        part.becomes(Completed, None);
        part.outcome = Some(match to_seller {
            0 => Outcome::Refunded,
            _ if to_seller == amounts.iter().sum::<Minor>() => Outcome::Released,
            _ => Outcome::Split,
        });
    }

    /// Accepted parts are paid out at once when nothing keeps them.
    pub(super) fn approve(&mut self, parts: &[usize]) {
        for at in parts {
            self.parts[*at].becomes(Accepted, Some(self.terms.release_delay));
        }
        if self.terms.release_delay == Span::ZERO && !self.is_at_odds() {
            for at in parts {
                self.pay_out(*at);
            }
        }
    }

    pub(super) fn pay_out(&mut self, at: usize) {
        let part = &mut self.parts[at];
        self.to_others += part.held();
        for piece in &mut part.pieces {
            piece.released += piece.amount;
            (piece.amount, piece.fee) = (0, 0);
        }
        part.becomes(Completed, None);
        part.outcome = Some(Outcome::Released);
    }
}

/// `part / whole` of an amount, rounded down; all of it when there is no whole to take a part of.
pub(super) fn portion(amount: Minor, part: Minor, whole: Minor) -> Minor {
    if part == whole { amount } else { amount * part / whole }
}

/// What the clock does to a part when its time is up.
pub(super) fn owed(part: &Part) -> Option<Verb> {
    match part.status {
        AwaitingPayment => Some(Verb::Expire),
        Funded | InTransit | SecondAttempt => Some(Verb::LapseDelivery),
        AwaitingResponse => Some(Verb::LapseInspection),
        Rejected if part.offered_again => Some(Verb::LapseOffer),
        Rejected => Some(Verb::LapseAnswer),
        Returning => Some(Verb::LapseReturn),
        Dispute => Some(Verb::Escalate),
        Accepted => Some(Verb::Release),
        _ => None,
    }
}

/// Answers come too late after their time; remarks, settings and the bank's doings do not.
fn cuts_off(verb: Verb) -> bool {
    use Verb::{
        AddMilestone, ChargeBack, Credit, EditItems, EditTerms, Miss, Note, ReturnPayment, SetCommission, SetProvider,
        Track,
    };
    let remarks = [
        AddMilestone,
        ChargeBack,
        Credit,
        EditItems,
        EditTerms,
        Miss,
        Note,
        ReturnPayment,
        SetCommission,
        SetProvider,
        Track,
    ];
    !remarks.contains(&verb)
}

/// What a dispute of another part forbids.
fn moves_money(verb: Verb) -> bool {
    use Verb::{
        AcceptSettlement, Cancel, Concede, Credit, LapseAnswer, LapseDelivery, LapseInspection, LapseReturn,
        ReceiveReturn, Refund, Release, Rule, TakeBack,
    };
    let forbidden = [
        AcceptSettlement,
        Cancel,
        Concede,
        Credit,
        LapseAnswer,
        LapseDelivery,
        LapseInspection,
        LapseReturn,
        ReceiveReturn,
        Refund,
        Release,
        Rule,
        TakeBack,
    ];
    forbidden.contains(&verb)
}

/// What each party may do to a part in each status, told the other way round than the table does.
pub(super) fn may(party: Party, status: Status) -> Vec<Verb> {
    let own = of_the_part(party, status);
    let over = matches!(status, Completed | Status::Cancelled | Expired | ChargedBack);
    let anywhere: &[Verb] = match (party, over) {
        (Buyer, false) => &[Verb::Note, Verb::AddMilestone],
        (Seller, false) => &[Verb::Note, Verb::SetProvider],
        (Operator, false) => &[Verb::Note, Verb::SetProvider, Verb::SetCommission],
        (Gateway, _) => &[Verb::ReturnPayment],
        (Clock, _) => &[],
        _ => &[Verb::Note],
    };
    [own, anywhere].concat()
}

fn of_the_part(party: Party, status: Status) -> &'static [Verb] {
    use Verb::{
        Accept, AcceptSettlement, AgreeSecondAttempt, Cancel, ChargeBack, Concede, Contest, Credit, Deliver, Dispatch,
        EditItems, EditTerms, Escalate, Expire, HandOver, LapseAnswer, LapseDelivery, LapseInspection, LapseOffer,
        LapseReturn, Miss, OfferSecondAttempt, OfferSettlement, Pay, ReceiveReturn, Refund, Reject, Release, Rule,
        SendReturn, TakeBack, Track, Withdraw,
    };
    match (status, party) {
        (AwaitingPayment, Gateway) => &[Pay],
        (Expired | ChargedBack, _) => &[],
        (_, Gateway) => &[ChargeBack],
        (AwaitingPayment, Clock) => &[Expire],
        (AwaitingPayment | Funded | SecondAttempt, Buyer) => &[Cancel],
        (AwaitingPayment, Seller | Operator) => &[Cancel, EditItems, EditTerms],
        (Funded | SecondAttempt, Seller) => &[Dispatch, Deliver, HandOver, Cancel, Refund, Miss],
        (Funded | SecondAttempt, Provider) => &[Dispatch, Deliver, HandOver, Miss],
        (Funded | SecondAttempt, Operator) => &[Dispatch, Deliver, Cancel, Refund, Miss],
        (Funded | SecondAttempt | InTransit, Clock) => &[LapseDelivery],
        (InTransit, Buyer) => &[Accept, Cancel],
        (InTransit, Seller) => &[Deliver, HandOver, Cancel, Refund, Track, Miss],
        (InTransit, Provider) => &[Deliver, HandOver, Track, Miss],
        (InTransit, Operator) => &[Deliver, Cancel, Refund, Track, Miss],
        (AwaitingResponse, Buyer) => &[Accept, Reject],
        (AwaitingResponse | Accepted, Seller | Operator) | (Rejected, Operator) => &[Refund],
        (AwaitingResponse, Clock) => &[LapseInspection],
        (Rejected, Buyer) => &[Accept, AgreeSecondAttempt, OfferSettlement, AcceptSettlement, Withdraw],
        (Rejected, Seller) => {
            &[OfferSecondAttempt, TakeBack, Contest, OfferSettlement, AcceptSettlement, Concede, Refund]
        }
        (Rejected, Clock) => &[LapseOffer, LapseAnswer],
        (Returning, Buyer) => &[SendReturn],
        (Returning, Seller) => &[ReceiveReturn, Contest, Concede, Refund, Track],
        (Returning, Operator) => &[ReceiveReturn, Refund, Track],
        (Returning, Provider) => &[Track],
        (Returning, Clock) => &[LapseReturn],
        (Dispute, Buyer) => &[OfferSettlement, AcceptSettlement, Withdraw, Escalate],
        (Dispute, Seller) => &[OfferSettlement, AcceptSettlement, Concede, Escalate],
        (Dispute | UnderReview, Operator) => &[Rule],
        (Dispute, Clock) => &[Escalate],
        (UnderReview, Buyer) => &[OfferSettlement, AcceptSettlement, Withdraw],
        (UnderReview, Seller) => &[OfferSettlement, AcceptSettlement, Concede],
        (Accepted, Clock) => &[Release],
        (Completed, Seller | Operator) => &[Credit],
        _ => &[],
    }
}
