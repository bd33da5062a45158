//! The forms of what was agreed: items, terms, commission, courier, milestones.

use leptos::prelude::*;

use super::{Input, fields};
use crate::app::components::{Field, FormContext, Select};
use crate::app::drawn::{Draw, Drawn};
use crate::domain::money::{Bps, Currency, Minor, Money};
use crate::domain::order::action::Verb;
use crate::domain::order::form::running::{RunningTotal, TypedRow};
use crate::domain::order::terms::{Bearer, Commission, OnSilence, RefundPolicy, Terms};
use crate::domain::order::{Item, ItemKind, Share, ShareBearer};
use crate::domain::time::Span;

/// Rows for more items than there are.
const SPARE_ROWS: usize = 3;

/// The fields of a verb.
pub(super) fn fields(input: &Input) -> Drawn {
    let order = input.order();
    match input.offer.verb {
        Verb::EditItems => item_rows(&order.items, SPARE_ROWS, order.currency),
        Verb::EditTerms => terms(Some(&order.terms), order.currency, input.sets_fees()),
        Verb::SetCommission => {
            view! { <div class="fields">{commission(Some(order.terms.commission), order.currency)}</div> }.drawn()
        }
        Verb::SetProvider => provider(input),
        Verb::AddMilestone => view! {
            <Field name="title" label="What it is" maxlength=200 />
            {fields::amount(input, "amount", "Its amount".to_owned(), None, false)}
        }
        .drawn(),
        _ => ().drawn(),
    }
}

/// One line an item, and some that are empty; below them, what they come to.
pub fn item_rows(items: &[Item], spare: usize, currency: Currency) -> Drawn {
    let count = items.len() + spare;
    let rows: Vec<Drawn> = (0..count).map(|at| item_row(at + 1, items.get(at), currency)).collect();
    let total = RunningTotal::of(currency);
    // Scripts say it anew while somebody types; without them it is said when the form is drawn again.
    let said = total.sentence(&(0..count).map(|at| written(at + 1, items.get(at), currency)).collect::<Vec<_>>());
    view! {
        <div class="item-rows">{rows}</div>
        <output class="running" data-decimals=total.decimals.to_string() data-sign=total.sign>
            {said}
        </output>
    }
    .drawn()
}

/// What stands in a row: what was typed, or the item.
fn written(no: usize, item: Option<&Item>, currency: Currency) -> TypedRow {
    let form = use_context::<FormContext>().unwrap_or_default();
    let typed = |name: &str| form.typed(&format!("{name}.{no}"));
    let quantity = || item.map(|item| item.quantity.to_string());
    TypedRow {
        kind: typed("kind").unwrap_or_else(|| kind(item).to_owned()),
        quantity: typed("quantity").or_else(quantity).unwrap_or_default(),
        price: typed("price").or_else(|| price(item, currency)).unwrap_or_default(),
    }
}

/// The code of an item's kind.
const fn kind(item: Option<&Item>) -> &'static str {
    match item {
        Some(Item { kind: ItemKind::Shipping, .. }) => "shipping",
        Some(Item { kind: ItemKind::Adjustment, unit_minor: ..0, .. }) => "rebate",
        Some(Item { kind: ItemKind::Adjustment, .. }) => "extra",
        _ => "goods",
    }
}

/// The price of one; the kind says whether it is taken off or added.
fn price(item: Option<&Item>, currency: Currency) -> Option<String> {
    item.map(|item| Money::new(item.unit_minor.saturating_abs(), currency).digits())
}

fn item_row(no: usize, item: Option<&Item>, currency: Currency) -> Drawn {
    let kinds = [("goods", "Goods"), ("shipping", "Shipping"), ("rebate", "Rebate"), ("extra", "Extra")];
    let named = |name: &str| format!("{name}.{no}");
    let first = no == 1;
    view! {
        <div class="item-row" role="group" aria-label=format!("Item {no}")>
            <Field name=named("title") label="What it is" value=item.map(|item| item.title.clone()) optional=!first maxlength=200 />
            <Select
                name=named("kind")
                label="Kind"
                value=kind(item).to_owned()
                options=kinds.map(|(code, words)| (code.to_owned(), words.to_owned())).to_vec()
                optional=!first
            />
            <Field
                name=named("quantity")
                label="How many"
                value=item.map_or_else(|| "1".to_owned(), |item| item.quantity.to_string())
                optional=!first
                inputmode="numeric"
                maxlength=6
            />
            <Field
                name=named("price")
                label="Price of one"
                value=price(item, currency)
                affix=currency.sign()
                optional=!first
                inputmode="decimal"
                maxlength=24
            />
        </div>
    }
    .drawn()
}

/// Every term, with what holds now; without any, fields that stay empty keep what is agreed already.
pub fn terms(now: Option<&Terms>, currency: Currency, sets_fees: bool) -> Drawn {
    let windows = [
        ("payment_window", "Pay within", now.map(|terms| terms.payment_window)),
        ("delivery_window", "Deliver within", now.map(|terms| terms.delivery_window)),
        ("overdue_window", "Call off when overdue by", now.map(|terms| terms.overdue_window)),
        ("inspection_window", "Look it over in", now.map(|terms| terms.inspection_window)),
        ("answer_window", "Answer a rejection in", now.map(|terms| terms.answer_window)),
        ("negotiation_window", "Settle a dispute in", now.map(|terms| terms.negotiation_window)),
        ("return_window", "Return in", now.map(|terms| terms.return_window)),
        ("release_delay", "Release after", now.map(|terms| terms.release_delay)),
        ("cancellation_grace", "Cancel free of charge for", now.map(|terms| terms.cancellation_grace)),
    ];
    let optional = now.is_none();
    let windows: Vec<_> = windows
        .into_iter()
        .map(|(name, label, span)| view! { <Field name=name label=label value=span.map(days) optional=optional maxlength=8 /> })
        .collect();
    view! {
        <p class="hint">
            "Times are days, like 3 or 0.5, or hours, like 36h." {optional.then_some(" What stays empty is as agreed with the seller.")}
        </p>
        <div class="fields">{windows} {choices(now)} {bearer(now)} {sets_fees.then(|| fees(now, currency))}</div>
    }
    .drawn()
}

fn choices(now: Option<&Terms>) -> Drawn {
    let silence = now.map(|terms| match terms.on_silence {
        OnSilence::Accept => "accept",
        OnSilence::Refund => "refund",
    });
    let policy = now.map(|terms| match terms.refund_policy {
        RefundPolicy::Refund => "refund",
        RefundPolicy::Replacement => "replacement",
    });
    view! {
        {choice("on_silence", "Silence after delivery", silence, &[("accept", "Accepts"), ("refund", "Refunds")])}
        {choice("refund_policy", "What is not right is", policy, &[("refund", "Refunded"), ("replacement", "Replaced")])}
        <Field
            name="max_attempts"
            label="Attempts to deliver"
            value=now.map(|terms| terms.max_attempts.to_string())
            optional=now.is_none()
            inputmode="numeric"
            maxlength=1
        />
        {percent("cancellation_fee", "Late cancellation fee, %", now.map(|terms| terms.cancellation_fee))}
    }
    .drawn()
}

fn bearer(now: Option<&Terms>) -> Drawn {
    let bearer = now.map(|terms| match terms.escrow_fee.borne_by {
        Bearer::Buyer => "buyer",
        Bearer::Seller => "seller",
        Bearer::Both => "both",
    });
    let bearers = [("buyer", "The buyer"), ("seller", "The seller"), ("both", "Both, half each")];
    choice("escrow_fee_borne_by", "Escrow fee paid by", bearer, &bearers)
}

fn fees(now: Option<&Terms>, currency: Currency) -> Drawn {
    let fee = now.map(|terms| terms.escrow_fee);
    view! {
        {percent("escrow_fee_rate", "Escrow fee, %", fee.map(|fee| fee.rate))}
        {money("escrow_fee_least", "Escrow fee at least", fee.map(|fee| fee.least_minor), currency)}
        {money("escrow_fee_most", "Escrow fee at most (0: no bound)", fee.map(|fee| fee.most_minor), currency)}
        {commission(now.map(|terms| terms.commission), currency)}
    }
    .drawn()
}

fn commission(now: Option<Commission>, currency: Currency) -> Drawn {
    view! {
        {percent("commission_rate", "Marketplace fee, %", now.map(|now| now.rate))}
        {money("commission_fixed", "Marketplace fee, fixed part", now.map(|now| now.fixed_minor), currency)}
        {money("commission_non_split", "Amount without fee", now.map(|now| now.non_split_minor), currency)}
    }
    .drawn()
}

fn provider(input: &Input) -> Drawn {
    let now = input.order().provider.clone();
    let mut options = vec![(String::new(), "No courier".to_owned())];
    options.extend(input.view.providers.iter().map(|(id, name)| (id.to_string(), name.clone())));
    let (kind, share) = match now.as_ref().map(|provider| provider.share) {
        Some(Share::Amount(minor)) => ("amount", input.order().money(minor).digits()),
        Some(Share::Rate(rate)) => ("rate", bare(&rate.percent())),
        None => ("amount", String::new()),
    };
    let bearer = match now.as_ref().map(|provider| provider.borne_by) {
        Some(ShareBearer::Marketplace) => "marketplace",
        _ => "seller",
    };
    view! {
        <div class="fields">
            <Select
                name="provider"
                label="Courier"
                value=now.as_ref().map(|provider| provider.id.to_string()).unwrap_or_default()
                options=options
            />
            <Field name="share" label="Its share" value=share optional=true inputmode="decimal" maxlength=24 />
            <Select
                name="share_kind"
                label="Which is"
                value=kind.to_owned()
                options=pairs(&[("amount", "An amount"), ("rate", "Percent of the goods")])
            />
            <Select
                name="borne_by"
                label="Out of"
                value=bearer.to_owned()
                options=pairs(&[("seller", "The seller’s part"), ("marketplace", "The marketplace’s fee")])
            />
        </div>
    }
    .drawn()
}

fn percent(name: &'static str, label: &'static str, rate: Option<Bps>) -> Drawn {
    let value = rate.map(|rate| bare(&rate.percent()));
    view! { <Field name=name label=label value=value optional=rate.is_none() inputmode="decimal" maxlength=6 /> }
        .drawn()
}

fn money(name: &'static str, label: &'static str, minor: Option<Minor>, currency: Currency) -> Drawn {
    let value = minor.map(|minor| Money::new(minor, currency).digits());
    let (optional, sign) = (minor.is_none(), currency.sign());
    view! { <Field name=name label=label value=value affix=sign optional=optional inputmode="decimal" maxlength=24 /> }
        .drawn()
}

/// One of a few; the empty choice is there only when nothing is chosen yet.
fn choice(name: &'static str, label: &'static str, now: Option<&str>, choices: &[(&str, &str)]) -> Drawn {
    let empty = now.is_none().then(|| (String::new(), "As agreed".to_owned()));
    let options: Vec<(String, String)> = empty.into_iter().chain(pairs(choices)).collect();
    let optional = now.is_none();
    view! { <Select name=name label=label value=now.map(str::to_owned) options=options optional=optional /> }.drawn()
}

fn pairs(choices: &[(&str, &str)]) -> Vec<(String, String)> {
    choices.iter().map(|(code, words)| ((*code).to_owned(), (*words).to_owned())).collect()
}

/// A rate without its sign.
fn bare(percent: &str) -> String {
    percent.trim_end_matches('%').trim().to_owned()
}

/// A window as it is typed: days with one decimal at most, else hours.
fn days(span: Span) -> String {
    let (tenth_day, tenth_hour) = (8_640, 360);
    let written = |tenths: i64| {
        if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    };
    if span.0 % tenth_day == 0 { written(span.0 / tenth_day) } else { format!("{}h", written(span.0 / tenth_hour)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_as_they_are_typed() {
        let cases = [
            (Span::days(3), "3"),
            (Span::hours(12), "0.5"),
            (Span::hours(1), "1h"),
            (Span(5_400), "1.5h"),
            (Span::ZERO, "0"),
        ];
        for (span, text) in cases {
            assert_eq!(days(span), text);
        }
    }
}
