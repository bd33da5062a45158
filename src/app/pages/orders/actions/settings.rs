//! The forms of what was agreed: items, terms, commission, courier, milestones.

use leptos::prelude::*;

use super::{Input, fields};
use crate::app::components::{Field, FormContext, Select, TermsFields};
use crate::app::drawn::{Draw, Drawn};
use crate::domain::money::{Currency, Money};
use crate::domain::order::action::Verb;
use crate::domain::order::form::running::{RunningTotal, TypedRow};
use crate::domain::order::{Item, ItemKind, Share, ShareBearer};

/// Rows for more items than there are.
const SPARE_ROWS: usize = 3;

/// The fields of a verb.
pub(super) fn fields(input: &Input) -> Drawn {
    let order = input.order();
    match input.offer.verb {
        Verb::EditItems => item_rows(&order.items, SPARE_ROWS, order.currency),
        Verb::EditTerms => TermsFields::with(&order.terms, order.currency).draw(input.sets_fees()),
        Verb::SetCommission => {
            let fields = TermsFields::with(&order.terms, order.currency).commission();
            view! { <div class="fields">{fields}</div> }.drawn()
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

fn provider(input: &Input) -> Drawn {
    let now = input.order().provider.clone();
    let mut options = vec![(String::new(), "No courier".to_owned())];
    options.extend(input.view.providers.iter().map(|(id, name)| (id.to_string(), name.clone())));
    let (kind, share) = match now.as_ref().map(|provider| provider.share) {
        Some(Share::Amount(minor)) => ("amount", input.order().money(minor).digits()),
        Some(Share::Rate(rate)) => ("rate", rate.percent().trim_end_matches('%').trim().to_owned()),
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

fn pairs(choices: &[(&str, &str)]) -> Vec<(String, String)> {
    choices.iter().map(|(code, words)| ((*code).to_owned(), (*words).to_owned())).collect()
}
