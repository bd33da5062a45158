//! The order process as one table: verb | by | from → to | money | clock. Everything else reads it.

use std::fmt::Write as _;

use crate::domain::access::Permission;
use crate::domain::order::action::Verb;
use crate::domain::order::status::Status;
use crate::domain::party::Party;

/// What a row does to money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Into escrow.
    Hold,
    /// In, and due to go back at once.
    Return,
    /// Out to the seller's side.
    Release,
    /// Back to the buyer.
    Refund,
    /// Some of it back to the buyer.
    PartRefund,
    /// Some of each.
    Split,
    /// As the operator rules.
    AsRuled,
    /// From the seller's balance back to the buyer.
    Credit,
    /// Out of the gateway against everybody's will.
    Reversal,
    /// Released at once when the terms have no release delay.
    ReleaseLater,
    /// Released or refunded, as the terms say for silence.
    AsAgreed,
}

impl Effect {
    /// The word in the documentation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "–",
            Self::Hold => "hold",
            Self::Return => "in and back",
            Self::Release => "release",
            Self::Refund => "refund",
            Self::PartRefund => "part refund",
            Self::Split => "split",
            Self::AsRuled => "as ruled",
            Self::Credit => "credit",
            Self::Reversal => "reversal",
            Self::ReleaseLater => "release after the delay",
            Self::AsAgreed => "as agreed",
        }
    }

    /// Whether it takes money out of escrow, or out of what was released.
    #[must_use]
    pub const fn pays_out(self) -> bool {
        !matches!(self, Self::None | Self::Hold | Self::Return | Self::ReleaseLater)
    }
}

/// One row: who may do what from where, where it leads, and what it does to money.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The verb.
    pub verb: Verb,
    /// Which parties.
    pub by: &'static [Party],
    /// What a role of the seller's, provider's or operator's staff needs for it; buyers need [`Permission::Buy`].
    pub needs: Permission,
    /// From which statuses of a delivery.
    pub from: &'static [Status],
    /// To which; empty when the status stays.
    pub to: &'static [Status],
    /// What it does to money.
    pub money: Effect,
    /// The window whose end brings it about, for the clock's rows.
    pub clock: &'static str,
}

use Effect as E;
use Party::{Buyer, Clock, Gateway, Operator, Provider, Seller};
use Permission::{Finance, Note as MayNote, Read, Rule as MayRule, Sell, Ship};
use Status::{
    Accepted, AwaitingPayment, AwaitingResponse, Cancelled, ChargedBack, Completed, Dispute, Expired, Funded,
    InTransit, Rejected, Returning, SecondAttempt, UnderReview,
};

const fn row(
    verb: Verb,
    by: &'static [Party],
    needs: Permission,
    from: &'static [Status],
    to: &'static [Status],
    money: Effect,
) -> Row {
    Row { verb, by, needs, from, to, money, clock: "" }
}

const fn clock(verb: Verb, window: &'static str, from: &'static [Status], to: &'static [Status], money: Effect) -> Row {
    Row { verb, by: &[Clock], needs: Read, from, to, money, clock: window }
}

const ANY: &[Status] = &Status::ALL;
const PAID: &[Status] = &[
    Funded,
    InTransit,
    AwaitingResponse,
    Rejected,
    SecondAttempt,
    Returning,
    Dispute,
    UnderReview,
    Accepted,
    Completed,
    Cancelled,
];
const HOLDING: &[Status] = &[Funded, InTransit, AwaitingResponse, Rejected, SecondAttempt, Returning, Accepted];
const BEFORE_COMPLETED: &[Status] = &[
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
const UNDER_WAY: &[Status] = &[Funded, InTransit, SecondAttempt];
const AT_ODDS: &[Status] = &[Rejected, Dispute, UnderReview];
const ACCEPTED: &[Status] = &[Accepted, Completed];

/// The table.
pub const RULES: &[Row] = &[
    row(Verb::Pay, &[Gateway], Read, &[AwaitingPayment], &[Funded], E::Hold),
    row(Verb::ReturnPayment, &[Gateway], Read, ANY, &[], E::Return),
    clock(Verb::Expire, "payment_window", &[AwaitingPayment], &[Expired], E::None),
    row(Verb::Dispatch, &[Seller, Provider, Operator], Ship, &[Funded, SecondAttempt], &[InTransit], E::None),
    row(Verb::Deliver, &[Seller, Provider, Operator], Ship, UNDER_WAY, &[AwaitingResponse], E::None),
    row(Verb::HandOver, &[Seller, Provider], Ship, UNDER_WAY, &[AwaitingResponse], E::None),
    row(Verb::Accept, &[Buyer], Read, &[InTransit, AwaitingResponse, Rejected], ACCEPTED, E::ReleaseLater),
    row(Verb::Reject, &[Buyer], Read, &[AwaitingResponse], &[Rejected], E::None),
    clock(Verb::LapseInspection, "inspection_window", &[AwaitingResponse], ACCEPTED, E::AsAgreed),
    row(Verb::OfferSecondAttempt, &[Seller], Sell, &[Rejected], &[Rejected, SecondAttempt], E::None),
    row(Verb::AgreeSecondAttempt, &[Buyer], Read, &[Rejected], &[SecondAttempt], E::None),
    clock(Verb::LapseOffer, "answer_window", &[Rejected], &[SecondAttempt], E::None),
    row(Verb::TakeBack, &[Seller], Sell, &[Rejected], &[Completed, Returning], E::Refund),
    row(Verb::SendReturn, &[Buyer], Read, &[Returning], &[], E::None),
    row(Verb::ReceiveReturn, &[Seller, Operator], Ship, &[Returning], &[Completed], E::Refund),
    clock(Verb::LapseReturn, "return_window", &[Returning], ACCEPTED, E::AsAgreed),
    row(Verb::Contest, &[Seller], Sell, &[Rejected, Returning], &[Dispute], E::None),
    clock(Verb::LapseAnswer, "answer_window", &[Rejected], &[Completed], E::Refund),
    row(Verb::OfferSettlement, &[Buyer, Seller], Sell, AT_ODDS, &[], E::None),
    row(Verb::AcceptSettlement, &[Buyer, Seller], Sell, AT_ODDS, &[Completed], E::Split),
    row(Verb::Withdraw, &[Buyer], Read, AT_ODDS, ACCEPTED, E::ReleaseLater),
    row(Verb::Concede, &[Seller], Sell, &[Rejected, Returning, Dispute, UnderReview], &[Completed], E::Refund),
    row(Verb::Escalate, &[Buyer, Seller], Sell, &[Dispute], &[UnderReview], E::None),
    clock(Verb::Escalate, "negotiation_window", &[Dispute], &[UnderReview], E::None),
    row(Verb::Rule, &[Operator], MayRule, &[Dispute, UnderReview], &[Completed], E::AsRuled),
    clock(Verb::LapseDelivery, "overdue_window", UNDER_WAY, &[Cancelled], E::Refund),
    row(Verb::Cancel, &[Buyer], Read, &[AwaitingPayment, Funded, SecondAttempt, InTransit], &[Cancelled], E::Refund),
    row(
        Verb::Cancel,
        &[Seller, Operator],
        Sell,
        &[AwaitingPayment, Funded, InTransit, SecondAttempt],
        &[Cancelled],
        E::Refund,
    ),
    row(Verb::Refund, &[Seller, Operator], Sell, HOLDING, &[Completed], E::PartRefund),
    clock(Verb::Release, "release_delay", &[Accepted], &[Completed], E::Release),
    row(Verb::Credit, &[Seller, Operator], Finance, &[Completed], &[], E::Credit),
    row(Verb::ChargeBack, &[Gateway], Read, PAID, &[ChargedBack], E::Reversal),
    row(Verb::EditItems, &[Seller, Operator], Sell, &[AwaitingPayment], &[], E::None),
    row(Verb::EditTerms, &[Seller, Operator], Sell, &[AwaitingPayment], &[], E::None),
    row(Verb::SetCommission, &[Operator], Finance, BEFORE_COMPLETED, &[], E::None),
    row(Verb::SetProvider, &[Seller, Operator], Sell, BEFORE_COMPLETED, &[], E::None),
    row(Verb::Track, &[Seller, Provider, Operator], Ship, &[InTransit, Returning], &[], E::None),
    row(Verb::Miss, &[Seller, Provider, Operator], Ship, UNDER_WAY, &[], E::None),
    row(Verb::Note, &[Buyer, Seller, Provider, Operator], MayNote, ANY, &[], E::None),
    row(Verb::AddMilestone, &[Buyer], Read, BEFORE_COMPLETED, &[], E::None),
];

/// The rows of a verb for a party.
pub fn rows(verb: Verb, party: Party) -> impl Iterator<Item = &'static Row> {
    RULES.iter().filter(move |row| row.verb == verb && row.by.contains(&party))
}

impl Row {
    /// What somebody of this party needs for this row; the clock and the gateway need nothing.
    #[must_use]
    pub const fn permission_for(&self, party: Party) -> Option<Permission> {
        match (party, self.needs) {
            (Party::Clock | Party::Gateway, _) => None,
            (Party::Buyer, Permission::Note) => Some(Permission::Note),
            (Party::Buyer, _) => Some(Permission::Buy),
            (_, needs) => Some(needs),
        }
    }

    /// The verb and who does it, for the documentation.
    fn label(&self) -> String {
        let parties: Vec<&str> = self.by.iter().map(|party| party.code()).collect();
        let by = if self.clock.is_empty() { parties.join(", ") } else { format!("clock after {}", self.clock) };
        format!("{} ({by})", self.verb.code())
    }
}

/// The statuses and what leads from one to another, one arrow a pair, as a Mermaid diagram for the documentation.
#[must_use]
pub fn diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> awaiting_payment: place\n");
    for from in Status::ALL {
        for to in Status::ALL.into_iter().filter(|to| *to != from) {
            let leads = |row: &&Row| row.from.contains(&from) && row.to.contains(&to);
            let labels: Vec<String> = RULES.iter().filter(leads).map(Row::label).collect();
            if !labels.is_empty() {
                let (from, to) = (from.code(), to.code());
                let _ = writeln!(text, "    {from} --> {to}: {}", labels.join(", "));
            }
        }
    }
    for over in [Completed, Cancelled, Expired, ChargedBack] {
        let _ = writeln!(text, "    {} --> [*]", over.code());
    }
    text
}
