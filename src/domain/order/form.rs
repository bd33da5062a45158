//! What was typed into the form of a verb, parsed into the action: each verb knows its fields, no other is taken.

mod reader;
pub mod running;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use reader::{Reader, sentence};
use running::BadPrice;

use crate::domain::error::Error;
use crate::domain::id::ProviderId;
use crate::domain::money::{Bps, Currency, Minor};
use crate::domain::order::action::{Action, Audience, Proof, Ruling, Verb};
use crate::domain::order::terms::{Bearer, OnSilence, RefundPolicy, Terms};
use crate::domain::order::terms_change::{CommissionChange, EscrowFeeChange, TermsChange};
use crate::domain::order::{Item, Order, RejectCode, Remedy, Share, ShareBearer};
use crate::domain::text::{DisplayName, ItemTitle, Label, Note, Reason};

/// Fields by name, as a form sends them.
pub type Fields = BTreeMap<String, String>;

/// Parses the form of a verb for this order.
///
/// # Errors
/// Each wrong field by name; a verb that people do not carry out has no form.
pub fn parse(verb: Verb, fields: &Fields, order: &Order) -> Result<Action, Error> {
    let mut form = Reader::new(fields, order.currency);
    let action = goods(verb, &mut form)
        .or_else(|| answers(verb, &mut form))
        .or_else(|| money(verb, &mut form))
        .or_else(|| settings(verb, &mut form, order));
    form.finish(action)
}

fn goods(verb: Verb, form: &mut Reader<'_>) -> Option<Action> {
    match verb {
        Verb::Dispatch => Some(Action::Dispatch {
            parts: form.selection(),
            carrier: form.optional("carrier", Label::parse),
            tracking: form.optional("tracking", Label::parse),
        }),
        Verb::Deliver => Some(Action::Deliver {
            parts: form.selection(),
            proof: Proof {
                text: form.optional("text", Note::parse),
                point_of_sale: form.optional("point_of_sale", Label::parse),
                recipient: form.optional("recipient", DisplayName::parse),
                // Files do not travel in fields: whoever carries it out puts them in.
                photos: Vec::new(),
            },
        }),
        Verb::HandOver => {
            let parts = form.selection();
            // The typed code; whoever carries it out puts its digest in its place.
            form.text("code", Label::parse).map(|code| Action::HandOver {
                parts,
                code_digest: code.to_string(),
                photos: Vec::new(),
            })
        }
        Verb::Accept => Some(Action::Accept { parts: form.selection() }),
        Verb::Reject => {
            let parts = form.selection();
            let codes: Vec<(&str, RejectCode)> = RejectCode::ALL.iter().map(|(code, name, _)| (*name, *code)).collect();
            let code = form.choice("code", &codes);
            let remedy = form.choice("remedy", &REMEDIES);
            let text = form.text("text", Reason::parse);
            Some(Action::Reject { parts, code: code?, text: text?, remedy: remedy?, photos: Vec::new() })
        }
        Verb::SendReturn => Some(Action::SendReturn {
            delivery: form.delivery(),
            carrier: form.optional("carrier", Label::parse),
            tracking: form.optional("tracking", Label::parse),
        }),
        Verb::Miss => {
            let (delivery, text) = (form.delivery(), form.optional("text", Note::parse));
            Some(Action::Miss { delivery, text, photos: Vec::new() })
        }
        Verb::Track => {
            let delivery = form.delivery();
            let (carrier, tracking) = (form.text("carrier", Label::parse), form.text("tracking", Label::parse));
            let checkpoint = form.optional("checkpoint", Note::parse);
            Some(Action::Track { delivery, carrier: carrier?, tracking: tracking?, checkpoint })
        }
        _ => None,
    }
}

/// What a buyer may wish, with the code that forms send.
pub const REMEDIES: [(&str, Remedy); 3] =
    [("refund", Remedy::Refund), ("second_attempt", Remedy::SecondAttempt), ("discount", Remedy::Discount)];

fn answers(verb: Verb, form: &mut Reader<'_>) -> Option<Action> {
    match verb {
        Verb::OfferSecondAttempt => {
            Some(Action::OfferSecondAttempt { delivery: form.delivery(), text: form.optional("text", Note::parse) })
        }
        Verb::AgreeSecondAttempt => {
            Some(Action::AgreeSecondAttempt { delivery: form.delivery(), text: form.optional("text", Note::parse) })
        }
        Verb::TakeBack => {
            let delivery = form.delivery();
            let goods_are_back = form.choice("goods_are_back", &[("yes", true), ("no", false)]);
            Some(Action::TakeBack { delivery, goods_are_back: goods_are_back? })
        }
        Verb::ReceiveReturn => Some(Action::ReceiveReturn { delivery: form.delivery() }),
        Verb::Contest => {
            let delivery = form.delivery();
            let statement = form.text("statement", Reason::parse);
            Some(Action::Contest { delivery, statement: statement?, evidence: Vec::new() })
        }
        Verb::Withdraw => {
            Some(Action::Withdraw { delivery: form.delivery(), text: form.optional("text", Note::parse) })
        }
        Verb::Concede => Some(Action::Concede { delivery: form.delivery(), text: form.optional("text", Note::parse) }),
        Verb::Escalate => {
            Some(Action::Escalate { delivery: form.delivery(), text: form.optional("text", Note::parse) })
        }
        Verb::Note => {
            let audience = form.choice("audience", &AUDIENCES);
            let text = form.text("text", Note::parse);
            Some(Action::Note { text: text?, audience: audience? })
        }
        _ => None,
    }
}

/// Who may read a note, with the code that forms send.
pub const AUDIENCES: [(&str, Audience); 3] =
    [("everyone", Audience::Everyone), ("sellers", Audience::Sellers), ("operators", Audience::Operators)];

fn money(verb: Verb, form: &mut Reader<'_>) -> Option<Action> {
    match verb {
        Verb::OfferSettlement => {
            let delivery = form.delivery();
            let to_seller_minor = form.amount("to_seller");
            let text = form.optional("text", Note::parse);
            Some(Action::OfferSettlement { delivery, to_seller_minor: to_seller_minor?, text })
        }
        Verb::AcceptSettlement => {
            let delivery = form.delivery();
            Some(Action::AcceptSettlement { delivery, to_seller_minor: form.amount("to_seller")? })
        }
        Verb::Rule => {
            let delivery = form.delivery();
            let reasons = form.text("reasons", Reason::parse);
            let ruling = match form.raw("ruling") {
                "release" => Some(Ruling::Release),
                "refund" => Some(Ruling::Refund),
                "split" => form.amount("to_seller").map(Ruling::Split),
                _ => {
                    form.fault("ruling", "Choose how you rule.");
                    None
                }
            };
            form.read.push("to_seller".to_owned());
            Some(Action::Rule { delivery, ruling: ruling?, reasons: reasons? })
        }
        Verb::Cancel => {
            let delivery = form.delivery();
            let reason = form.text("reason", Reason::parse);
            Some(Action::Cancel { delivery, reason: reason? })
        }
        Verb::Refund => {
            let (delivery, how_much, reason) = (form.delivery(), form.how_much(), form.text("reason", Reason::parse));
            Some(Action::Refund { delivery, how_much: how_much?, reason: reason? })
        }
        Verb::Credit => {
            let (delivery, how_much, reason) = (form.delivery(), form.how_much(), form.text("reason", Reason::parse));
            Some(Action::Credit { delivery, how_much: how_much?, reason: reason? })
        }
        _ => None,
    }
}

fn settings(verb: Verb, form: &mut Reader<'_>, order: &Order) -> Option<Action> {
    match verb {
        Verb::EditItems => Some(Action::EditItems { items: known(items(form), &order.items) }),
        Verb::EditTerms => Some(Action::EditTerms { terms: terms(form).over(&order.terms) }),
        Verb::SetCommission => {
            Some(Action::SetCommission { commission: commission(form).over(&order.terms.commission) })
        }
        Verb::SetProvider => provider(form),
        Verb::AddMilestone => {
            let title = form.text("title", ItemTitle::parse);
            let amount_minor = form.amount("amount");
            Some(Action::AddMilestone { title: title?, amount_minor: amount_minor?, due_at: None, commission: None })
        }
        _ => None,
    }
}

/// The provider's name is looked up by whoever carries it out; the form names it by its id.
fn provider(form: &mut Reader<'_>) -> Option<Action> {
    let raw = form.raw("provider");
    if raw.is_empty() {
        form.read.extend(["share", "share_kind", "borne_by"].map(str::to_owned));
        return Some(Action::SetProvider { provider: None });
    }
    let id = raw.parse::<ProviderId>().map_err(|_| form.fault("provider", "Choose one of these.")).ok();
    let share = match form.raw("share_kind") {
        "amount" => form.amount("share").map(Share::Amount),
        _ => Some(Share::Rate(form.maybe_percent("share").unwrap_or(Bps::ZERO))),
    };
    let bearers = [("seller", ShareBearer::Seller), ("marketplace", ShareBearer::Marketplace)];
    let borne_by = form.choice("borne_by", &bearers);
    let name = DisplayName::parse(raw).ok();
    Some(Action::SetProvider { provider: Some((id?, name?, share?, borne_by?)) })
}

/// Items typed as `title.1`, `quantity.1`, `price.1`, `kind.1` and so on; rows without a title are left out. Kinds are
/// `goods`, `shipping`, `rebate`, `extra`, and `adjustment` with a sign of its own.
///
/// # Errors
/// Each wrong field by name.
pub fn parse_items(fields: &Fields, currency: Currency) -> Result<Vec<Item>, Error> {
    let mut form = Reader::new(fields, currency);
    let found = items(&mut form);
    if form.wrong.is_empty() { Ok(found) } else { Err(Error::fields(form.wrong)) }
}

fn items(form: &mut Reader<'_>) -> Vec<Item> {
    let mut rows: Vec<u16> =
        form.fields.keys().filter_map(|name| name.strip_prefix("title.").and_then(|row| row.parse().ok())).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut items = Vec::new();
    for row in rows {
        let names = ["title", "quantity", "price", "kind"].map(|name| format!("{name}.{row}"));
        let [title, quantity, price, kind] = &names;
        form.read.extend(names.iter().cloned());
        if form.raw(title).is_empty() && form.raw(price).is_empty() {
            continue;
        }
        let parsed_title = form.text(title, ItemTitle::parse);
        let count = running::quantity(form.raw(quantity));
        if count.is_none() {
            form.fault(quantity, "A whole number.");
        }
        let item_kind = form.choice(kind, &running::KINDS);
        let chosen = form.raw(kind);
        let unit = signed_amount(form, price, chosen);
        if let (Some(title), Some(quantity), Some(kind), Some(unit_minor)) = (parsed_title, count, item_kind, unit) {
            let no = u16::try_from(items.len() + 1).unwrap_or(u16::MAX);
            items.push(Item {
                no,
                title: title.to_string(),
                kind,
                quantity,
                unit_minor,
                commission: None,
                due_at: None,
            });
        }
    }
    if items.is_empty() && form.wrong.is_empty() {
        form.fault("title.1", "What is sold?");
    }
    items
}

/// What a form does not show of an item (its own rate, its day) stays as it was agreed for the item of that name.
#[must_use]
pub fn known(mut items: Vec<Item>, before: &[Item]) -> Vec<Item> {
    for item in &mut items {
        if let Some(same) = before.iter().find(|same| same.title == item.title) {
            (item.commission, item.due_at) = (same.commission, same.due_at);
        }
    }
    items
}

/// The price of one, in minor units.
fn signed_amount(form: &mut Reader<'_>, name: &str, kind: &str) -> Option<Minor> {
    let typed = form.raw(name);
    if typed.is_empty() {
        return form.amount(name);
    }
    let said = match running::price(kind, typed, form.currency.decimals()) {
        Ok(minor) => return Some(minor),
        Err(BadPrice::TakenOff) => "An extra is added. What is taken off is a rebate.".to_owned(),
        Err(BadPrice::Money(bad)) => sentence(bad),
    };
    form.fault(name, said);
    None
}

/// Terms typed over `base`; a field that stays empty keeps what was there.
///
/// # Errors
/// Each wrong field by name.
pub fn parse_terms(fields: &Fields, base: &Terms, currency: Currency) -> Result<Terms, Error> {
    let mut form = Reader::new(fields, currency);
    let found = terms(&mut form).over(base);
    if form.wrong.is_empty() { Ok(found) } else { Err(Error::fields(form.wrong)) }
}

/// What was typed into a form that has terms and nothing else; of what stays empty nothing is said.
///
/// # Errors
/// Each wrong field by name, and each that is no term.
pub fn parse_terms_change(fields: &Fields, currency: Currency) -> Result<TermsChange, Error> {
    let mut form = Reader::new(fields, currency);
    let found = terms(&mut form);
    form.finish(Some(found))
}

fn terms(form: &mut Reader<'_>) -> TermsChange {
    let silences = [("accept", OnSilence::Accept), ("refund", OnSilence::Refund)];
    let policies = [("refund", RefundPolicy::Refund), ("replacement", RefundPolicy::Replacement)];
    let bearers = [("buyer", Bearer::Buyer), ("seller", Bearer::Seller), ("both", Bearer::Both)];
    TermsChange {
        payment_window: form.maybe_span("payment_window"),
        delivery_window: form.maybe_span("delivery_window"),
        overdue_window: form.maybe_span("overdue_window"),
        inspection_window: form.maybe_span("inspection_window"),
        on_silence: form.maybe_choice("on_silence", &silences),
        answer_window: form.maybe_span("answer_window"),
        negotiation_window: form.maybe_span("negotiation_window"),
        return_window: form.maybe_span("return_window"),
        release_delay: form.maybe_span("release_delay"),
        max_attempts: if form.raw("max_attempts").is_empty() {
            None
        } else {
            form.number("max_attempts", "From 1 to 9.")
        },
        cancellation_grace: form.maybe_span("cancellation_grace"),
        cancellation_fee: form.maybe_percent("cancellation_fee"),
        refund_policy: form.maybe_choice("refund_policy", &policies),
        escrow_fee: EscrowFeeChange {
            rate: form.maybe_percent("escrow_fee_rate"),
            least_minor: form.maybe_amount("escrow_fee_least"),
            most_minor: form.maybe_amount("escrow_fee_most"),
            borne_by: form.maybe_choice("escrow_fee_borne_by", &bearers),
        },
        commission: commission(form),
    }
}

fn commission(form: &mut Reader<'_>) -> CommissionChange {
    CommissionChange {
        rate: form.maybe_percent("commission_rate"),
        fixed_minor: form.maybe_amount("commission_fixed"),
        non_split_minor: form.maybe_amount("commission_non_split"),
    }
}
