//! What was typed into the form of a verb, parsed into the action: each verb knows its fields, no other is taken.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::domain::error::{Error, FieldError};
use crate::domain::id::ProviderId;
use crate::domain::money::{Bps, Currency, Minor, Money};
use crate::domain::order::action::{Action, Audience, HowMuch, Proof, Ruling, Selection, Verb};
use crate::domain::order::terms::{Bearer, Commission, OnSilence, RefundPolicy, Terms};
use crate::domain::order::{Item, ItemKind, Order, RejectCode, Remedy, Share, ShareBearer};
use crate::domain::text::{BadText, DisplayName, ItemTitle, Label, Note, Reason};
use crate::domain::time::Span;

/// Fields by name, as a form sends them.
pub type Fields = BTreeMap<String, String>;

/// Reads fields, remembers which were read and what is wrong with each.
struct Reader<'a> {
    fields: &'a Fields,
    read: Vec<String>,
    wrong: Vec<FieldError>,
    currency: Currency,
}

impl<'a> Reader<'a> {
    const fn new(fields: &'a Fields, currency: Currency) -> Self {
        Self { fields, read: Vec::new(), wrong: Vec::new(), currency }
    }

    fn raw(&mut self, name: &str) -> &'a str {
        self.read.push(name.to_owned());
        self.fields.get(name).map_or("", |text| text.trim())
    }

    fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.wrong.push(FieldError { field: name.to_owned(), message: message.into() });
    }

    /// A text that is needed.
    fn text<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, BadText>) -> Option<T> {
        let raw = self.raw(name);
        parse(raw).map_err(|bad| self.fault(name, bad.0)).ok()
    }

    /// A text that may stay empty.
    fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, BadText>) -> Option<T> {
        if self.raw(name).is_empty() { None } else { self.text(name, parse) }
    }

    /// One of some codes.
    fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let raw = self.raw(name);
        let found = choices.iter().find(|(code, _)| *code == raw).map(|(_, value)| *value);
        if found.is_none() {
            self.fault(name, "Choose one of these.");
        }
        found
    }

    fn amount(&mut self, name: &str) -> Option<Minor> {
        let raw = self.raw(name);
        if raw.is_empty() {
            self.fault(name, "How much?");
            return None;
        }
        Money::parse(raw, self.currency).map_err(|bad| self.fault(name, sentence(bad))).map(|money| money.minor).ok()
    }

    fn amount_or(&mut self, name: &str, otherwise: Minor) -> Minor {
        if self.raw(name).is_empty() { otherwise } else { self.amount(name).unwrap_or(otherwise) }
    }

    fn number<T: FromStr>(&mut self, name: &str, message: &str) -> Option<T> {
        let raw = self.raw(name);
        raw.parse().map_err(|_| self.fault(name, message)).ok()
    }

    fn percent_or(&mut self, name: &str, otherwise: Bps) -> Bps {
        let raw = self.raw(name);
        if raw.is_empty() {
            return otherwise;
        }
        Bps::parse_percent(raw).unwrap_or_else(|| {
            self.fault(name, "A percentage from 0 to 100, with at most two decimals.");
            otherwise
        })
    }

    /// A window typed as days (`3`, `0.5`) or hours (`36h`).
    fn span_or(&mut self, name: &str, otherwise: Span) -> Span {
        let raw = self.raw(name);
        if raw.is_empty() {
            return otherwise;
        }
        let hours = raw.strip_suffix('h').map(str::trim);
        let seconds = hours.map_or_else(|| tenths(raw).map(|days| days * 8_640), |hours| tenths(hours).map(|tenths| tenths * 360));
        seconds.map_or_else(
            || {
                self.fault(name, "A number of days like 3 or 0.5, or of hours like 36h.");
                otherwise
            },
            Span,
        )
    }

    fn delivery(&mut self) -> Option<u16> {
        if self.raw("delivery").is_empty() { None } else { self.number("delivery", "Which delivery?") }
    }

    /// The pieces that were chosen: `item.3` is how many of item 3. Without any such field, all.
    fn pieces(&mut self) -> Vec<(u16, u32)> {
        let named: Vec<String> = self.fields.keys().filter(|name| name.starts_with("item.")).cloned().collect();
        let mut pieces = Vec::new();
        for name in &named {
            let no = name.strip_prefix("item.").and_then(|no| no.parse().ok());
            let raw = self.raw(name);
            let count = if raw.is_empty() { Some(0) } else { raw.parse().ok() };
            match (no, count) {
                (Some(_), Some(0)) => {}
                (Some(no), Some(count)) => pieces.push((no, count)),
                _ => self.fault(name, "A whole number of pieces."),
            }
        }
        if !named.is_empty() && pieces.is_empty() && self.wrong.is_empty() {
            self.fault("items", "Choose at least one piece.");
        }
        pieces
    }

    fn selection(&mut self) -> Selection {
        Selection { delivery: self.delivery(), items: self.pieces() }
    }

    fn how_much(&mut self) -> Option<HowMuch> {
        if self.raw("amount").is_empty() && self.fields.keys().any(|name| name.starts_with("item.")) {
            return Some(HowMuch::Items(self.pieces()));
        }
        self.read.extend(self.fields.keys().filter(|name| name.starts_with("item.")).cloned());
        self.amount("amount").map(HowMuch::Amount)
    }

    /// The action, unless something is wrong or a field came that nobody asked for.
    fn finish(mut self, action: Option<Action>) -> Result<Action, Error> {
        let stray: Vec<&String> = self.fields.keys().filter(|name| !self.read.contains(name)).collect();
        for name in stray {
            self.wrong.push(FieldError { field: name.clone(), message: "This field is not known here.".to_owned() });
        }
        match action {
            Some(action) if self.wrong.is_empty() => Ok(action),
            _ => Err(Error::fields(self.wrong)),
        }
    }
}

/// A number with at most one decimal, in tenths.
fn tenths(text: &str) -> Option<i64> {
    let (whole, decimal) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 5 || decimal.len() != 1 || !digits(whole) || !digits(decimal) {
        return None;
    }
    Some(whole.parse::<i64>().ok()? * 10 + decimal.parse::<i64>().ok()?)
}

fn sentence(error: crate::domain::money::MoneyError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// Parses the form of a verb for this order.
///
/// # Errors
/// Each wrong field by name; a verb that people do not carry out has no form.
pub fn parse(verb: Verb, fields: &Fields, order: &Order) -> Result<Action, Error> {
    let mut form = Reader::new(fields, order.currency);
    let action = goods(verb, &mut form).or_else(|| answers(verb, &mut form)).or_else(|| money(verb, &mut form)).or_else(|| settings(verb, &mut form, order));
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
            },
        }),
        Verb::HandOver => {
            let parts = form.selection();
            // The typed code; whoever carries it out puts its digest in its place.
            form.text("code", Label::parse).map(|code| Action::HandOver { parts, code_digest: code.to_string() })
        }
        Verb::Accept => Some(Action::Accept { parts: form.selection() }),
        Verb::Reject => {
            let parts = form.selection();
            let codes: Vec<(&str, RejectCode)> = RejectCode::ALL.iter().map(|(code, name, _)| (*name, *code)).collect();
            let code = form.choice("code", &codes);
            let remedy = form.choice("remedy", &REMEDIES);
            let text = form.text("text", Reason::parse);
            Some(Action::Reject { parts, code: code?, text: text?, remedy: remedy? })
        }
        Verb::SendReturn => Some(Action::SendReturn {
            delivery: form.delivery(),
            carrier: form.optional("carrier", Label::parse),
            tracking: form.optional("tracking", Label::parse),
        }),
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
            Some(Action::Contest { delivery, statement: statement? })
        }
        Verb::Withdraw => Some(Action::Withdraw { delivery: form.delivery(), text: form.optional("text", Note::parse) }),
        Verb::Concede => Some(Action::Concede { delivery: form.delivery(), text: form.optional("text", Note::parse) }),
        Verb::Escalate => Some(Action::Escalate { delivery: form.delivery(), text: form.optional("text", Note::parse) }),
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
        Verb::EditItems => Some(Action::EditItems { items: items(form) }),
        Verb::EditTerms => Some(Action::EditTerms { terms: terms(form, &order.terms) }),
        Verb::SetCommission => Some(Action::SetCommission { commission: commission(form, &order.terms.commission) }),
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
        _ => Some(Share::Rate(form.percent_or("share", Bps::ZERO))),
    };
    let bearers = [("seller", ShareBearer::Seller), ("marketplace", ShareBearer::Marketplace)];
    let borne_by = form.choice("borne_by", &bearers);
    let name = DisplayName::parse(raw).ok();
    Some(Action::SetProvider { provider: Some((id?, name?, share?, borne_by?)) })
}

/// Items typed as `title.1`, `quantity.1`, `price.1`, `kind.1` and so on; rows without a title are left out.
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
        let count = if form.raw(quantity).is_empty() { Some(1) } else { form.number(quantity, "A whole number.") };
        let kinds = [("", ItemKind::Goods), ("goods", ItemKind::Goods), ("shipping", ItemKind::Shipping), ("adjustment", ItemKind::Adjustment)];
        let item_kind = form.choice(kind, &kinds);
        let rebate = form.raw(price).starts_with('-');
        let unit = signed_amount(form, price, rebate);
        if let (Some(title), Some(quantity), Some(kind), Some(unit_minor)) = (parsed_title, count, item_kind, unit) {
            let no = u16::try_from(items.len() + 1).unwrap_or(u16::MAX);
            items.push(Item { no, title: title.to_string(), kind, quantity, unit_minor, commission: None, due_at: None });
        }
    }
    if items.is_empty() && form.wrong.is_empty() {
        form.fault("title.1", "What is sold?");
    }
    items
}

fn signed_amount(form: &mut Reader<'_>, name: &str, negative: bool) -> Option<Minor> {
    if !negative {
        return form.amount(name);
    }
    let currency = form.currency;
    let parsed = Money::parse(form.raw(name).trim_start_matches('-'), currency);
    parsed.map_err(|bad| form.fault(name, sentence(bad))).map(|money| -money.minor).ok()
}

/// Terms typed over `base`; a field that stays empty keeps what was there.
///
/// # Errors
/// Each wrong field by name.
pub fn parse_terms(fields: &Fields, base: &Terms, currency: Currency) -> Result<Terms, Error> {
    let mut form = Reader::new(fields, currency);
    let found = terms(&mut form, base);
    if form.wrong.is_empty() { Ok(found) } else { Err(Error::fields(form.wrong)) }
}

fn terms(form: &mut Reader<'_>, base: &Terms) -> Terms {
    let mut terms = *base;
    terms.payment_window = form.span_or("payment_window", base.payment_window);
    terms.delivery_window = form.span_or("delivery_window", base.delivery_window);
    terms.overdue_window = form.span_or("overdue_window", base.overdue_window);
    terms.inspection_window = form.span_or("inspection_window", base.inspection_window);
    terms.answer_window = form.span_or("answer_window", base.answer_window);
    terms.negotiation_window = form.span_or("negotiation_window", base.negotiation_window);
    terms.return_window = form.span_or("return_window", base.return_window);
    terms.release_delay = form.span_or("release_delay", base.release_delay);
    terms.cancellation_grace = form.span_or("cancellation_grace", base.cancellation_grace);
    terms.cancellation_fee = form.percent_or("cancellation_fee", base.cancellation_fee);
    if !form.raw("max_attempts").is_empty() {
        terms.max_attempts = form.number("max_attempts", "From 1 to 9.").unwrap_or(base.max_attempts);
    }
    if !form.raw("on_silence").is_empty() {
        let choices = [("accept", OnSilence::Accept), ("refund", OnSilence::Refund)];
        terms.on_silence = form.choice("on_silence", &choices).unwrap_or(base.on_silence);
    }
    if !form.raw("refund_policy").is_empty() {
        let choices = [("refund", RefundPolicy::Refund), ("replacement", RefundPolicy::Replacement)];
        terms.refund_policy = form.choice("refund_policy", &choices).unwrap_or(base.refund_policy);
    }
    terms.escrow_fee.rate = form.percent_or("escrow_fee_rate", base.escrow_fee.rate);
    terms.escrow_fee.least_minor = form.amount_or("escrow_fee_least", base.escrow_fee.least_minor);
    terms.escrow_fee.most_minor = form.amount_or("escrow_fee_most", base.escrow_fee.most_minor);
    if !form.raw("escrow_fee_borne_by").is_empty() {
        let choices = [("buyer", Bearer::Buyer), ("seller", Bearer::Seller), ("both", Bearer::Both)];
        terms.escrow_fee.borne_by = form.choice("escrow_fee_borne_by", &choices).unwrap_or(base.escrow_fee.borne_by);
    }
    terms.commission = commission(form, &base.commission);
    terms
}

fn commission(form: &mut Reader<'_>, base: &Commission) -> Commission {
    Commission {
        rate: form.percent_or("commission_rate", base.rate),
        fixed_minor: form.amount_or("commission_fixed", base.fixed_minor),
        non_split_minor: form.amount_or("commission_non_split", base.non_split_minor),
    }
}
