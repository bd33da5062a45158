//! From a row of Olist's orders and all that is joined to it to orders of one seller each, with what happened to them.

use std::collections::BTreeMap;

use super::{
    rules,
    steps::{self, Step},
    tables::{Customer, Key, Payment, SourceOrder, Tables, Unit},
};
use crate::{
    domain::{
        money::{Minor, allocate},
        order::{Item, ItemKind, terms::Terms},
        text::ItemTitle,
        time::{Moment, Span},
    },
    server::service::import::report::{Oddity, Refused},
};

/// What is to be made of an order of the source.
#[derive(Debug)]
pub struct Plan {
    /// Who bought.
    pub customer: Customer,
    /// One for each seller.
    pub parts: Vec<Part>,
}

/// The part of an order that one seller delivers: an order of its own.
#[derive(Debug)]
pub struct Part {
    /// The shop's number for it.
    pub external_ref: String,
    /// Who sells.
    pub seller: Key,
    /// When it was bought.
    pub placed_at: Moment,
    /// What was bought.
    pub items: Vec<Item>,
    /// The terms.
    pub terms: Terms,
    /// What happened then.
    pub steps: Vec<Step>,
}

/// What all parts of an order have in common.
pub(super) struct Whole<'a> {
    pub order: &'a SourceOrder,
    pub purchased: Moment,
    /// When the payment was taken; nothing when none was.
    pub paid_at: Option<Moment>,
    pub payments: &'a [Payment],
    pub reviews: &'a [super::tables::Review],
    pub sellers: usize,
}

/// Plans an order, or says why it cannot be imported. The oddities are noted either way.
pub fn plan(order: &SourceOrder, tables: &Tables, odd: &mut dyn FnMut(Oddity)) -> Result<Plan, Refused> {
    let empty: &[Unit] = &[];
    let units = tables.units.get(&order.id).map_or(empty, Vec::as_slice);
    let payments = tables.payments.get(&order.id).map_or(&[][..], Vec::as_slice);
    let reviews = tables.reviews.get(&order.id).map_or(&[][..], Vec::as_slice);
    let sum: Minor = payments.iter().map(|payment| payment.amount_minor).sum();
    if units.is_empty() {
        let status = &order.status;
        return Err(Refused::new(
            "no_items",
            format!("{status}; no items, so nobody knows what was sold and who sold it; {} paid", digits(sum)),
        ));
    }
    let customer = tables.customers.get(&order.customer).cloned();
    let customer = customer.ok_or_else(|| Refused::new("unknown_customer", format!("customer {}", order.customer)))?;
    let purchased =
        order.purchased.ok_or_else(|| Refused::new("no_purchase_time", "nobody knows when it was bought"))?;
    let paid_at = paid_at(order, purchased, sum, odd)?;
    if payments.len() > 1 {
        odd(rules::SEVERAL_PAYMENTS);
    }
    if payments.iter().any(|payment| payment.amount_minor == 0) {
        odd(rules::PAYMENT_OF_NOTHING);
    }
    let mut lots: Vec<(Key, Vec<Unit>)> = Vec::new();
    for unit in units {
        match lots.iter_mut().find(|(seller, _)| *seller == unit.seller) {
            Some((_, lot)) => lot.push(*unit),
            None => lots.push((unit.seller, vec![*unit])),
        }
    }
    if lots.len() > 1 {
        odd(rules::SEVERAL_SELLERS);
    }
    let whole = Whole { order, purchased, paid_at, payments, reviews, sellers: lots.len() };
    let prices: Vec<Minor> =
        lots.iter().map(|(_, lot)| lot.iter().map(|unit| unit.price_minor + unit.freight_minor).sum()).collect();
    let paid = if paid_at.is_some() { allocate(sum, &prices) } else { prices.clone() };
    let terms = terms(&whole, odd);
    let mut parts = Vec::with_capacity(lots.len());
    for (at, (seller, lot)) in lots.into_iter().enumerate() {
        if !tables.sellers.contains_key(&seller) {
            odd(rules::UNKNOWN_SELLER);
        }
        let external_ref = if whole.sellers == 1 { order.id.to_string() } else { format!("{}-{}", order.id, at + 1) };
        let steps = steps::steps(&whole, (at + 1, paid[at]), &external_ref, odd);
        let items = items(&lot, paid[at] - prices[at], tables, odd);
        parts.push(Part { external_ref, seller, placed_at: purchased, items, terms, steps });
    }
    Ok(Plan { customer, parts })
}

/// When the payment was taken into escrow, if one was.
fn paid_at(
    order: &SourceOrder,
    purchased: Moment,
    sum: Minor,
    odd: &mut dyn FnMut(Oddity),
) -> Result<Option<Moment>, Refused> {
    // With these a payment may never have come about: `created` waits for it, the others may have been called off before.
    let may_be_unpaid = matches!(order.status.as_str(), "created" | "canceled" | "unavailable");
    let went_on = order.carried.is_some() || order.delivered.is_some();
    if sum == 0 || (may_be_unpaid && order.approved.is_none() && !went_on) {
        if !may_be_unpaid || went_on {
            return Err(Refused::new(
                "no_payment",
                format!("{}, but nothing was paid that could be held", order.status),
            ));
        }
        if order.status != "created" {
            odd(rules::NEVER_PAID);
        }
        return Ok(None);
    }
    match order.approved {
        None => odd(rules::NO_APPROVAL_TIME),
        Some(approved) if approved < purchased => odd(rules::BEFORE_PURCHASE),
        Some(_) => {}
    }
    Ok(Some(order.approved.map_or(purchased, |approved| approved.max(purchased))))
}

fn terms(whole: &Whole<'_>, odd: &mut dyn FnMut(Oddity)) -> Terms {
    let Some(promised) = whole.order.promised else {
        odd(rules::NO_PROMISED_DAY);
        return rules::terms(rules::DELIVERY_WINDOW);
    };
    let from = whole.paid_at.unwrap_or(whole.purchased);
    let window = Span(promised.micros_since(from) / 1_000_000);
    if window < Span::ZERO {
        odd(rules::PROMISED_BEFORE_APPROVAL);
    }
    rules::terms(window.max(rules::SHORTEST_DELIVERY_WINDOW))
}

/// Units of one product at one price are one item; then their freight; then what was paid beyond or below that.
fn items(lot: &[Unit], difference: Minor, tables: &Tables, odd: &mut dyn FnMut(Oddity)) -> Vec<Item> {
    let mut products: BTreeMap<u32, (Key, Minor, u32)> = BTreeMap::new();
    for unit in lot {
        let same =
            |(product, price, _): &&mut (Key, Minor, u32)| *product == unit.product && *price == unit.price_minor;
        match products.values_mut().find(same) {
            Some((_, _, count)) => *count += 1,
            None => {
                products.insert(unit.no, (unit.product, unit.price_minor, 1));
            }
        }
    }
    let mut items: Vec<Item> = Vec::with_capacity(products.len() + 2);
    let mut add = |title: String, kind: ItemKind, quantity: u32, unit_minor: Minor| {
        let no = u16::try_from(items.len() + 1).unwrap_or(u16::MAX);
        items.push(Item { no, title, kind, quantity, unit_minor, commission: None, due_at: None });
    };
    for (product, price, count) in products.into_values() {
        add(title(product, tables, odd), ItemKind::Goods, count, price);
    }
    let freight: Minor = lot.iter().map(|unit| unit.freight_minor).sum();
    if freight != 0 {
        add("Freight".to_owned(), ItemKind::Shipping, 1, freight);
    }
    if difference > 0 {
        odd(rules::SURCHARGE);
        add("Surcharge: paid above items and freight".to_owned(), ItemKind::Adjustment, 1, difference);
    }
    if difference < 0 {
        odd(rules::REBATE);
        add("Rebate: paid below items and freight".to_owned(), ItemKind::Adjustment, 1, difference);
    }
    items
}

/// The product's category and the beginning of its number: the data has no names.
fn title(product: Key, tables: &Tables, odd: &mut dyn FnMut(Oddity)) -> String {
    let category = tables.products.get(&product).map_or("", |category| category.trim()).replace('_', " ");
    if category.is_empty() {
        odd(rules::NO_CATEGORY);
        return format!("Product {}", product.short());
    }
    let mut letters = category.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let title = format!("{}{} {}", first.collect::<String>(), letters.as_str(), product.short());
    ItemTitle::parse(&title).map_or_else(|_| format!("Product {}", product.short()), String::from)
}

/// An amount in reais as the source writes it.
pub(super) fn digits(minor: Minor) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
