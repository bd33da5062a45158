//! How the body of an action becomes what is wanted of the order.

pub mod bodies;

use serde::de::DeserializeOwned;

use self::bodies::{
    AcceptSettlementBody, AddMilestoneBody, CancelBody, ContestBody, DeliverBody, DeliveryBody, DispatchBody,
    EditItemsBody, EditTermsBody, HandOverBody, NoteBody, PartsBody, Pieces, RefundBody, RejectBody, RemarkBody,
    RuleBody, RulingBody, Seen, SendReturnBody, SetCommissionBody, SetProviderBody, SettlementBody, TakeBackBody,
    TrackBody,
};
use super::{faults::Faults, order::items};
use crate::{
    domain::{
        error::Error as Shown,
        id::ProviderId,
        money::Bps,
        order::{
            RejectCode, Share,
            action::{Action, HowMuch, Proof, Ruling, Selection, Verb},
            terms::Commission,
        },
        text::{DisplayName, ItemTitle, Label, Note, Reason},
    },
    server::{
        api::{
            call::read_json,
            problem::Problem,
            route::{SchemaOf, schema},
        },
        service::programs::Wanted,
    },
};

/// What the body of a verb looks like; nothing for what no caller does.
pub fn body_of(verb: Verb) -> Option<SchemaOf> {
    Some(match verb {
        Verb::Dispatch => schema::<DispatchBody>,
        Verb::Deliver => schema::<DeliverBody>,
        Verb::HandOver => schema::<HandOverBody>,
        Verb::Accept => schema::<PartsBody>,
        Verb::Reject => schema::<RejectBody>,
        Verb::OfferSecondAttempt
        | Verb::AgreeSecondAttempt
        | Verb::Withdraw
        | Verb::Concede
        | Verb::Escalate
        | Verb::Miss => schema::<RemarkBody>,
        Verb::TakeBack => schema::<TakeBackBody>,
        Verb::SendReturn => schema::<SendReturnBody>,
        Verb::ReceiveReturn => schema::<DeliveryBody>,
        Verb::Contest => schema::<ContestBody>,
        Verb::OfferSettlement => schema::<SettlementBody>,
        Verb::AcceptSettlement => schema::<AcceptSettlementBody>,
        Verb::Rule => schema::<RuleBody>,
        Verb::Cancel => schema::<CancelBody>,
        Verb::Refund | Verb::Credit => schema::<RefundBody>,
        Verb::EditItems => schema::<EditItemsBody>,
        Verb::EditTerms => schema::<EditTermsBody>,
        Verb::SetCommission => schema::<SetCommissionBody>,
        Verb::SetProvider => schema::<SetProviderBody>,
        Verb::Track => schema::<TrackBody>,
        Verb::Note => schema::<NoteBody>,
        Verb::AddMilestone => schema::<AddMilestoneBody>,
        _ => return None,
    })
}

/// What a body wants of this verb, and the version that its sender has seen.
///
/// # Errors
/// What cannot be read, and each wrong field by its pointer.
pub fn read(verb: Verb, body: &[u8]) -> Result<(Wanted, Option<u32>), Problem> {
    let mut faults = Faults::default();
    let (wanted, seen) = goods(verb, body, &mut faults)?
        .map_or_else(|| answers(verb, body, &mut faults), |done| Ok(Some(done)))?
        .map_or_else(|| money(verb, body, &mut faults), |done| Ok(Some(done)))?
        .map_or_else(|| settings(verb, body, &mut faults), |done| Ok(Some(done)))?
        .ok_or_else(|| Shown::not_found("action"))?;
    Ok((faults.end(wanted)?, seen))
}

/// What was read of a body: what is wanted, unless something is wrong with it, and the version that was seen.
type Read = Option<(Option<Wanted>, Option<u32>)>;

fn with<B: DeserializeOwned + Seen>(body: &[u8], make: impl FnOnce(B) -> Option<Wanted>) -> Result<Read, Problem> {
    let body: B = read_json(body)?;
    let seen = body.seen();
    Ok(Some((make(body), seen)))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where what is wanted may be missing")]
fn act(action: Action) -> Option<Wanted> {
    Some(Wanted::Action(action))
}

fn pieces(items: &[Pieces]) -> Vec<(u16, u32)> {
    items.iter().map(|pieces| (pieces.item, pieces.quantity)).collect()
}

fn parts(delivery: Option<u16>, items: &[Pieces]) -> Selection {
    Selection { delivery, items: pieces(items) }
}

fn goods(verb: Verb, body: &[u8], faults: &mut Faults) -> Result<Read, Problem> {
    match verb {
        Verb::Dispatch => with(body, |b: DispatchBody| {
            let carrier = faults.maybe("/carrier", b.carrier.as_ref(), Label::parse);
            let tracking = faults.maybe("/tracking", b.tracking.as_ref(), Label::parse);
            act(Action::Dispatch { parts: parts(b.delivery, &b.items), carrier, tracking })
        }),
        Verb::Deliver => with(body, |b: DeliverBody| {
            let proof = Proof {
                text: faults.maybe("/text", b.text.as_ref(), Note::parse),
                point_of_sale: faults.maybe("/point_of_sale", b.point_of_sale.as_ref(), Label::parse),
                recipient: faults.maybe("/recipient", b.recipient.as_ref(), DisplayName::parse),
                photos: Vec::new(),
            };
            act(Action::Deliver { parts: parts(b.delivery, &b.items), proof })
        }),
        Verb::HandOver => with(body, |b: HandOverBody| {
            let code_digest = faults.text("/code", &b.code, Label::parse)?.to_string();
            act(Action::HandOver { parts: parts(b.delivery, &b.items), code_digest, photos: Vec::new() })
        }),
        Verb::Accept => with(body, |b: PartsBody| act(Action::Accept { parts: parts(b.delivery, &b.items) })),
        Verb::Reject => with(body, |b: RejectBody| {
            let code = RejectCode::ALL.iter().find(|(_, code, _)| *code == b.code).map(|(code, ..)| *code);
            if code.is_none() {
                faults.note("/code", "There is no such reason.");
            }
            let (text, remedy) = (faults.text("/text", &b.text, Reason::parse)?, b.remedy.value());
            act(Action::Reject { parts: parts(b.delivery, &b.items), code: code?, text, remedy, photos: Vec::new() })
        }),
        Verb::SendReturn => with(body, |b: SendReturnBody| {
            let carrier = faults.maybe("/carrier", b.carrier.as_ref(), Label::parse);
            let tracking = faults.maybe("/tracking", b.tracking.as_ref(), Label::parse);
            act(Action::SendReturn { delivery: b.delivery, carrier, tracking })
        }),
        Verb::ReceiveReturn => with(body, |b: DeliveryBody| act(Action::ReceiveReturn { delivery: b.delivery })),
        Verb::Miss => with(body, |b: RemarkBody| {
            let text = faults.maybe("/text", b.text.as_ref(), Note::parse);
            act(Action::Miss { delivery: b.delivery, text, photos: Vec::new() })
        }),
        Verb::Track => with(body, |b: TrackBody| {
            let carrier = faults.text("/carrier", &b.carrier, Label::parse);
            let tracking = faults.text("/tracking", &b.tracking, Label::parse);
            let checkpoint = faults.maybe("/checkpoint", b.checkpoint.as_ref(), Note::parse);
            act(Action::Track { delivery: b.delivery, carrier: carrier?, tracking: tracking?, checkpoint })
        }),
        _ => Ok(None),
    }
}

fn answers(verb: Verb, body: &[u8], faults: &mut Faults) -> Result<Read, Problem> {
    let remark = |make: fn(Option<u16>, Option<Note>) -> Action, faults: &mut Faults| {
        with(body, |b: RemarkBody| act(make(b.delivery, faults.maybe("/text", b.text.as_ref(), Note::parse))))
    };
    match verb {
        Verb::OfferSecondAttempt => remark(|delivery, text| Action::OfferSecondAttempt { delivery, text }, faults),
        Verb::AgreeSecondAttempt => remark(|delivery, text| Action::AgreeSecondAttempt { delivery, text }, faults),
        Verb::Withdraw => remark(|delivery, text| Action::Withdraw { delivery, text }, faults),
        Verb::Concede => remark(|delivery, text| Action::Concede { delivery, text }, faults),
        Verb::Escalate => remark(|delivery, text| Action::Escalate { delivery, text }, faults),
        Verb::TakeBack => with(body, |b: TakeBackBody| {
            act(Action::TakeBack { delivery: b.delivery, goods_are_back: b.goods_are_back })
        }),
        Verb::Contest => with(body, |b: ContestBody| {
            let statement = faults.text("/statement", &b.statement, Reason::parse)?;
            act(Action::Contest { delivery: b.delivery, statement, evidence: Vec::new() })
        }),
        Verb::Note => with(body, |b: NoteBody| {
            act(Action::Note { text: faults.text("/text", &b.text, Note::parse)?, audience: b.audience.value() })
        }),
        _ => Ok(None),
    }
}

fn how_much(amount: Option<i64>, items: &[Pieces], faults: &mut Faults) -> Option<HowMuch> {
    match (amount, items.is_empty()) {
        (Some(amount), true) => faults.amount("/amount_minor", amount, 1).map(HowMuch::Amount),
        (None, false) => Some(HowMuch::Items(pieces(items))),
        _ => {
            faults.note("/amount_minor", "Say either an amount or which pieces.");
            None
        }
    }
}

fn money(verb: Verb, body: &[u8], faults: &mut Faults) -> Result<Read, Problem> {
    match verb {
        Verb::OfferSettlement => with(body, |b: SettlementBody| {
            let to_seller_minor = faults.amount("/to_seller_minor", b.to_seller_minor, 0)?;
            let text = faults.maybe("/text", b.text.as_ref(), Note::parse);
            act(Action::OfferSettlement { delivery: b.delivery, to_seller_minor, text })
        }),
        Verb::AcceptSettlement => with(body, |b: AcceptSettlementBody| {
            let to_seller_minor = faults.amount("/to_seller_minor", b.to_seller_minor, 0)?;
            act(Action::AcceptSettlement { delivery: b.delivery, to_seller_minor })
        }),
        Verb::Rule => with(body, |b: RuleBody| {
            let ruling = match (b.ruling, b.to_seller_minor) {
                (RulingBody::Release, None) => Some(Ruling::Release),
                (RulingBody::Refund, None) => Some(Ruling::Refund),
                (RulingBody::Split, Some(minor)) => faults.amount("/to_seller_minor", minor, 0).map(Ruling::Split),
                _ => {
                    faults.note("/to_seller_minor", "A split says how much goes to the seller, and nothing else does.");
                    None
                }
            };
            let reasons = faults.text("/reasons", &b.reasons, Reason::parse);
            act(Action::Rule { delivery: b.delivery, ruling: ruling?, reasons: reasons? })
        }),
        Verb::Cancel => with(body, |b: CancelBody| {
            act(Action::Cancel { delivery: b.delivery, reason: faults.text("/reason", &b.reason, Reason::parse)? })
        }),
        Verb::Refund | Verb::Credit => with(body, |b: RefundBody| {
            let how_much = how_much(b.amount_minor, &b.items, faults);
            let (delivery, reason) = (b.delivery, faults.text("/reason", &b.reason, Reason::parse));
            let (how_much, reason) = (how_much?, reason?);
            act(if verb == Verb::Refund {
                Action::Refund { delivery, how_much, reason }
            } else {
                Action::Credit { delivery, how_much, reason }
            })
        }),
        _ => Ok(None),
    }
}

fn settings(verb: Verb, body: &[u8], faults: &mut Faults) -> Result<Read, Problem> {
    match verb {
        Verb::EditItems => with(body, |b: EditItemsBody| {
            items(&b.items, faults).map(|items| Wanted::Edit { items: Some(items), terms: None })
        }),
        Verb::EditTerms => with(body, |b: EditTermsBody| {
            b.terms.change("/terms", faults).map(|terms| Wanted::Edit { items: None, terms: Some(terms) })
        }),
        Verb::SetCommission => with(body, |b: SetCommissionBody| {
            let rate = faults.rate("/rate_bps", b.rate_bps);
            let fixed = faults.amount("/fixed_minor", b.fixed_minor, 0);
            let non_split = faults.amount("/non_split_minor", b.non_split_minor, 0);
            let commission = Commission { rate: rate?, fixed_minor: fixed?, non_split_minor: non_split? };
            act(Action::SetCommission { commission })
        }),
        Verb::SetProvider => with(body, |b: SetProviderBody| provider(&b, faults)),
        Verb::AddMilestone => with(body, |b: AddMilestoneBody| {
            let title = faults.text("/title", &b.title, ItemTitle::parse);
            let amount = faults.amount("/amount_minor", b.amount_minor, 1);
            let due_at = b.due_at.map(|at| at.0);
            act(Action::AddMilestone { title: title?, amount_minor: amount?, due_at, commission: None })
        }),
        _ => Ok(None),
    }
}

fn provider(body: &SetProviderBody, faults: &mut Faults) -> Option<Wanted> {
    let Some(text) = &body.provider.0 else {
        if body.share_minor.is_some() || body.share_bps.is_some() {
            faults.note("/provider", "A share needs somebody who gets it.");
            return None;
        }
        return act(Action::SetProvider { provider: None });
    };
    let id = text.parse::<ProviderId>().map_err(|_| faults.note("/provider", "There is no such provider.")).ok();
    let share = match (body.share_minor, body.share_bps) {
        (Some(minor), None) => faults.amount("/share_minor", minor, 0).map(Share::Amount),
        (None, Some(bps)) => faults.rate("/share_bps", bps).map(Share::Rate),
        (None, None) => Some(Share::Rate(Bps::ZERO)),
        (Some(_), Some(_)) => {
            faults.note("/share_bps", "Say either an amount or a rate.");
            None
        }
    };
    Some(Wanted::Provider(id?, share?, body.borne_by.value()))
}
