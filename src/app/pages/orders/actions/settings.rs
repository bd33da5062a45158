//! The forms of what was agreed: items, terms, commission, courier, milestones.

use leptos::prelude::*;

use super::{Input, fields};
use crate::app::components::{Field, Select};
use crate::domain::money::{Currency, Money};
use crate::domain::order::action::Verb;
use crate::domain::order::terms::{Bearer, Commission, OnSilence, RefundPolicy, Terms};
use crate::domain::order::{Item, ItemKind, Share, ShareBearer};
use crate::domain::time::Span;

/// Rows for more items than there are.
const SPARE_ROWS: usize = 3;

/// The fields of a verb.
pub(super) fn fields(input: &Input) -> AnyView {
    let order = input.order();
    match input.offer.verb {
        Verb::EditItems => item_rows(&order.items, SPARE_ROWS, order.currency),
        Verb::EditTerms => terms(&order.terms, order.currency),
        Verb::SetCommission => view! { <div class="fields">{commission(&order.terms.commission, order.currency)}</div> }.into_any(),
        Verb::SetProvider => provider(input),
        Verb::AddMilestone => view! {
            <Field name="title" label="What it is" maxlength=200 />
            {fields::amount(input, "amount", "Its amount".to_owned(), None, false)}
        }
        .into_any(),
        _ => ().into_any(),
    }
}

/// One line an item, and some that are empty.
pub fn item_rows(items: &[Item], spare: usize, currency: Currency) -> AnyView {
    let rows: Vec<AnyView> = (0..items.len() + spare).map(|at| item_row(at + 1, items.get(at), currency)).collect();
    view! { <div class="item-rows">{rows}</div> }.into_any()
}

fn item_row(no: usize, item: Option<&Item>, currency: Currency) -> AnyView {
    let kinds = [("goods", "Goods"), ("shipping", "Shipping"), ("adjustment", "Rebate or extra")];
    let kind = match item.map(|item| item.kind) {
        Some(ItemKind::Shipping) => "shipping",
        Some(ItemKind::Adjustment) => "adjustment",
        _ => "goods",
    };
    let named = |name: &str| format!("{name}.{no}");
    let first = no == 1;
    let price = item.map(|item| Money::new(item.unit_minor, currency).digits());
    view! {
        <div class="item-row" role="group" aria-label=format!("Item {no}")>
            <Field name=named("title") label="What it is" value=item.map(|item| item.title.clone()) optional=!first maxlength=200 />
            <Select
                name=named("kind")
                label="Kind"
                value=kind.to_owned()
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
                value=price
                affix=currency.sign()
                optional=!first
                inputmode="decimal"
                maxlength=24
            />
        </div>
    }
    .into_any()
}

/// Every term, with what holds now.
pub fn terms(terms: &Terms, currency: Currency) -> AnyView {
    let windows = [
        ("payment_window", "Pay within", terms.payment_window),
        ("delivery_window", "Deliver within", terms.delivery_window),
        ("overdue_window", "Call off when overdue by", terms.overdue_window),
        ("inspection_window", "Look it over in", terms.inspection_window),
        ("answer_window", "Answer a rejection in", terms.answer_window),
        ("negotiation_window", "Settle a dispute in", terms.negotiation_window),
        ("return_window", "Return in", terms.return_window),
        ("release_delay", "Release after", terms.release_delay),
        ("cancellation_grace", "Cancel free of charge for", terms.cancellation_grace),
    ];
    let windows: Vec<_> = windows
        .into_iter()
        .map(|(name, label, span)| view! { <Field name=name label=label value=days(span) maxlength=8 /> })
        .collect();
    view! {
        <p class="hint">"Times are days, like 3 or 0.5, or hours, like 36h."</p>
        <div class="fields">{windows} {choices(terms)} {fees(terms, currency)} {commission(&terms.commission, currency)}</div>
    }
    .into_any()
}

fn choices(terms: &Terms) -> AnyView {
    let silence = match terms.on_silence {
        OnSilence::Accept => "accept",
        OnSilence::Refund => "refund",
    };
    let policy = match terms.refund_policy {
        RefundPolicy::Refund => "refund",
        RefundPolicy::Replacement => "replacement",
    };
    view! {
        <Select
            name="on_silence"
            label="Silence after delivery"
            value=silence.to_owned()
            options=pairs(&[("accept", "Accepts"), ("refund", "Refunds")])
        />
        <Select
            name="refund_policy"
            label="What is not right is"
            value=policy.to_owned()
            options=pairs(&[("refund", "Refunded"), ("replacement", "Replaced")])
        />
        <Field
            name="max_attempts"
            label="Attempts to deliver"
            value=terms.max_attempts.to_string()
            inputmode="numeric"
            maxlength=1
        />
        {percent("cancellation_fee", "Late cancellation fee, %", terms.cancellation_fee)}
    }
    .into_any()
}

fn fees(terms: &Terms, currency: Currency) -> AnyView {
    let fee = terms.escrow_fee;
    let bearer = match fee.borne_by {
        Bearer::Buyer => "buyer",
        Bearer::Seller => "seller",
        Bearer::Both => "both",
    };
    view! {
        {percent("escrow_fee_rate", "Escrow fee, %", fee.rate)}
        {money("escrow_fee_least", "Escrow fee at least", fee.least_minor, currency)}
        {money("escrow_fee_most", "Escrow fee at most (0: no bound)", fee.most_minor, currency)}
        <Select
            name="escrow_fee_borne_by"
            label="Escrow fee paid by"
            value=bearer.to_owned()
            options=pairs(&[("buyer", "The buyer"), ("seller", "The seller"), ("both", "Both, half each")])
        />
    }
    .into_any()
}

fn commission(commission: &Commission, currency: Currency) -> AnyView {
    view! {
        {percent("commission_rate", "Marketplace fee, %", commission.rate)}
        {money("commission_fixed", "Marketplace fee, fixed part", commission.fixed_minor, currency)}
        {money("commission_non_split", "Amount without fee", commission.non_split_minor, currency)}
    }
    .into_any()
}

fn provider(input: &Input) -> AnyView {
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
    .into_any()
}

fn percent(name: &'static str, label: &'static str, rate: crate::domain::money::Bps) -> AnyView {
    view! { <Field name=name label=label value=bare(&rate.percent()) inputmode="decimal" maxlength=6 /> }.into_any()
}

fn money(name: &'static str, label: &'static str, minor: i64, currency: Currency) -> AnyView {
    let value = Money::new(minor, currency).digits();
    view! { <Field name=name label=label value=value affix=currency.sign() inputmode="decimal" maxlength=24 /> }.into_any()
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
    let written = |tenths: i64| if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) };
    if span.0 % tenth_day == 0 { written(span.0 / tenth_day) } else { format!("{}h", written(span.0 / tenth_hour)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_as_they_are_typed() {
        let cases = [(Span::days(3), "3"), (Span::hours(12), "0.5"), (Span::hours(1), "1h"), (Span(5_400), "1.5h"), (Span::ZERO, "0")];
        for (span, text) in cases {
            assert_eq!(days(span), text);
        }
    }
}
