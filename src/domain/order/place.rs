//! Placing an order: what is checked before it exists, and how its deliveries are laid out.

use crate::domain::money::{MAX_AMOUNT, Minor};
use crate::domain::order::charge::{Flow, charge_commission, charge_fee, charge_provider, price_lines};
use crate::domain::order::event::Placed;
use crate::domain::order::refusal::Refusal;
use crate::domain::order::status::Status;
use crate::domain::order::terms::Terms;
use crate::domain::order::{AssignedProvider, Delivery, Item, ItemKind, Line, Order, Share};
use crate::domain::time::Moment;

/// The most items that one order may have.
pub const MAX_ITEMS: usize = 200;
/// The most pieces of one item.
pub const MAX_QUANTITY: u32 = 100_000;
/// The most deliveries into which one order may be split.
pub const MAX_DELIVERIES: usize = 60;

/// Checks items: their numbers go up from 1, quantities and prices are sensible, and the sum is worth holding.
///
/// # Errors
/// [`Refusal::BadItem`] with the item and what to change, [`Refusal::BadItems`] for what is wrong with all of them.
pub fn check_items(items: &[Item], milestones: bool) -> Result<(), Refusal> {
    let bad = |message| Err(Refusal::BadItems { message });
    if items.is_empty() || !items.iter().any(|item| item.kind == ItemKind::Goods) {
        return bad("An order needs at least one item that is delivered.");
    }
    if items.len() > MAX_ITEMS {
        return bad("An order has at most 200 items.");
    }
    let too_large = || Refusal::BadItems { message: "The sum of the items is too large." };
    // Goods and what is added to them or taken off are summed up apart as well, so either must be a sum.
    let (mut sum, mut apart, mut last): (Minor, Minor, u16) = (0, 0, 0);
    for item in items {
        // An item that was taken out leaves a gap, so that the others keep their numbers.
        if item.no <= last {
            return bad("Items are numbered upwards from 1, each with a number of its own.");
        }
        last = item.no;
        check_item(item, milestones)?;
        let price = item.unit_minor.checked_mul(i64::from(item.quantity)).ok_or_else(too_large)?;
        apart = apart.checked_add(price.abs()).ok_or_else(too_large)?;
        sum += price;
    }
    if sum > MAX_AMOUNT {
        return Err(too_large());
    }
    if sum <= 0 || price_lines(items).is_none() {
        return bad("The sum of the items must be more than nothing.");
    }
    Ok(())
}

fn check_item(item: &Item, milestones: bool) -> Result<(), Refusal> {
    let bad = |part, message| Err(Refusal::BadItem { item: item.no, part, message });
    let one = "Each milestone is one piece with an amount of its own.";
    match item {
        Item { quantity, .. } if *quantity == 0 || *quantity > MAX_QUANTITY => {
            bad("quantity", "A quantity is from 1 to 100,000.")
        }
        Item { unit_minor: ..0, kind, .. } if *kind != ItemKind::Adjustment => {
            bad("price", "Only an adjustment may be negative.")
        }
        Item { unit_minor, .. } if unit_minor.checked_abs().is_none_or(|price| price > MAX_AMOUNT) => {
            bad("price", "A price is too large.")
        }
        Item { kind, .. } if milestones && *kind != ItemKind::Goods => bad("kind", one),
        Item { quantity, .. } if milestones && *quantity != 1 => bad("quantity", one),
        Item { unit_minor: ..=0, .. } if milestones => bad("price", one),
        _ => Ok(()),
    }
}

/// Checks terms.
///
/// # Errors
/// [`Refusal::BadTerms`] with the field and what to change.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    terms.first_fault().map_or(Ok(()), |(field, message)| Err(Refusal::BadTerms { field, message }))
}

/// Checks a provider's share.
///
/// # Errors
/// [`Refusal::AmountNotPositive`] when it would take money from the provider, [`Refusal::AmountTooLarge`] when it is absurd.
pub fn check_provider(provider: Option<&AssignedProvider>) -> Result<(), Refusal> {
    match provider.map(|provider| provider.share) {
        Some(Share::Amount(..0)) => Err(Refusal::AmountNotPositive { field: "share" }),
        Some(Share::Amount(amount)) if amount > MAX_AMOUNT => Err(Refusal::AmountTooLarge { field: "share" }),
        _ => Ok(()),
    }
}

impl Placed {
    /// Checks what is about to be placed.
    ///
    /// # Errors
    /// The first thing that is wrong with its items, terms or provider.
    pub fn check(&self) -> Result<(), Refusal> {
        check_terms(&self.terms)?;
        check_provider(self.provider.as_ref())?;
        check_items(&self.items, self.milestones)
    }
}

/// The deliveries of an order before payment: one with everything, or one a milestone.
pub(super) fn lay_out(
    items: &[Item],
    terms: &Terms,
    provider: Option<&AssignedProvider>,
    milestones: bool,
    at: Moment,
) -> Vec<Delivery> {
    let lines = price_lines(items).unwrap_or_default();
    let mut lots: Vec<Vec<Line>> =
        if milestones { lines.into_iter().map(|line| vec![line]).collect() } else { vec![lines] };
    // Each milestone is held, and its holding charged, alone; commission and courier are agreed for the order.
    for lot in &mut lots {
        charge_fee(&mut lot.iter_mut().collect::<Vec<_>>(), terms);
    }
    let mut all: Vec<&mut Line> = lots.iter_mut().flatten().collect();
    charge_commission(&mut all, items, terms);
    charge_provider(&mut all, provider, 0);
    let mut no = 0;
    lots.into_iter()
        .map(|lines| {
            no += 1;
            unpaid(no, lines, at, (no == 1).then(|| at.plus(terms.payment_window)))
        })
        .collect()
}

/// A delivery that waits for payment until `deadline`, or for the milestone before it.
pub(super) fn unpaid(no: u16, lines: Vec<Line>, at: Moment, deadline: Option<Moment>) -> Delivery {
    Delivery {
        no,
        status: Status::AwaitingPayment,
        since: at,
        lines,
        started: deadline.is_some(),
        due_at: Moment::NEVER,
        deadline_at: deadline.unwrap_or(Moment::NEVER),
        attempts: 0,
        paid_at: None,
        paid_by: None,
        tracking: None,
        remedy: None,
        second_attempt_offered: false,
        return_sent: false,
        settlement: None,
        outcome: None,
    }
}

impl Order {
    /// The order as it stands right after it was placed.
    #[must_use]
    pub fn placed(placed: &Placed, at: Moment) -> Self {
        let deliveries = lay_out(&placed.items, &placed.terms, placed.provider.as_ref(), placed.milestones, at);
        Self {
            id: placed.id,
            reference: placed.reference.clone(),
            parties: placed.parties.clone(),
            external_ref: placed.external_ref.clone(),
            channel: placed.channel.clone(),
            currency: placed.currency,
            items: placed.items.clone(),
            terms: placed.terms,
            milestones: placed.milestones,
            deliveries,
            provider: placed.provider.clone(),
            provider_paid_before: 0,
            version: 1,
            placed_at: at,
            updated_at: at,
            payments: Vec::new(),
            paid_minor: 0,
            gone: Flow::ZERO,
            credited_minor: 0,
            paused_since: None,
            handover_digest: placed.handover_digest.clone(),
        }
    }
}
