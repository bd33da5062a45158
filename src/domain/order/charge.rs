//! Where each unit of an order's money belongs: charges are laid on the lines, and slices taken off them.

use serde::{Deserialize, Serialize};

use crate::domain::money::{Bps, Minor, allocate, share};
use crate::domain::order::terms::{Bearer, Terms};
use crate::domain::order::{AssignedProvider, Item, ItemKind, Line, Share, ShareBearer};

/// Money of a line with all that is charged on it; a part of one is cut off in proportion, to the
/// unit, and what is left keeps the remainder, so that parts always add up to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slice {
    /// The price, with its share of shipping and adjustments.
    pub amount: Minor,
    /// The marketplace's part of the amount, before it pays a provider.
    pub commission: Minor,
    /// The provider's part.
    pub provider: Minor,
    /// How much of the provider's part the commission bears; the seller bears the rest.
    pub provider_by_marketplace: Minor,
    /// The escrow fee out of the amount.
    pub seller_fee: Minor,
    /// The escrow fee on top of the amount.
    pub buyer_fee: Minor,
}

impl Slice {
    /// Nothing.
    pub const ZERO: Self =
        Self { amount: 0, commission: 0, provider: 0, provider_by_marketplace: 0, seller_fee: 0, buyer_fee: 0 };

    fn zip(self, other: Self, f: impl Fn(Minor, Minor) -> Minor) -> Self {
        Self {
            amount: f(self.amount, other.amount),
            commission: f(self.commission, other.commission),
            provider: f(self.provider, other.provider),
            provider_by_marketplace: f(self.provider_by_marketplace, other.provider_by_marketplace),
            seller_fee: f(self.seller_fee, other.seller_fee),
            buyer_fee: f(self.buyer_fee, other.buyer_fee),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    /// This without the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    /// The part of it that belongs to `amount` of its amount: what everybody gets of the whole, in
    /// proportion, so that neither the part nor what is left owes anybody more than it has.
    #[must_use]
    pub fn part(self, amount: Minor) -> Self {
        if amount == self.amount {
            return self;
        }
        let whole = self.release();
        let by_marketplace = self.provider_by_marketplace;
        let by_seller = self.provider - by_marketplace;
        let shares = [whole.marketplace, by_marketplace, by_seller, self.seller_fee, whole.seller];
        let parts = allocate(amount, &shares);
        Self {
            amount,
            commission: parts[0] + parts[1],
            provider: parts[1] + parts[2],
            provider_by_marketplace: parts[1],
            seller_fee: parts[3],
            buyer_fee: share(self.buyer_fee, amount, self.amount),
        }
    }

    /// What a buyer pays for it.
    #[must_use]
    pub const fn paid_for(self) -> Minor {
        self.amount + self.buyer_fee
    }

    /// Where it goes when it is released to the seller's side.
    #[must_use]
    pub const fn release(self) -> Flow {
        Flow {
            buyer: 0,
            seller: self.amount - self.commission - self.seller_fee - (self.provider - self.provider_by_marketplace),
            provider: self.provider,
            marketplace: self.commission - self.provider_by_marketplace,
            fee: self.seller_fee + self.buyer_fee,
        }
    }

    /// Where it goes when it is returned: all of it to the buyer, the fee for holding too.
    #[must_use]
    pub const fn refund(self) -> Flow {
        Flow { buyer: self.paid_for(), seller: 0, provider: 0, marketplace: 0, fee: 0 }
    }

    /// Who gives what when it goes back to the buyer after its release: the seller, and the marketplace what it kept of it.
    #[must_use]
    pub const fn credit(self) -> Flow {
        let kept = self.commission - self.provider_by_marketplace;
        Flow { buyer: self.amount, seller: kept - self.amount, provider: 0, marketplace: -kept, fee: 0 }
    }
}

/// How slices are shared when `to_seller` of all their amounts goes to the seller's side: for each, what is released and
/// what goes back. With nothing for the seller all goes back, the fee for holding too.
#[must_use]
pub fn settlement(slices: &[Slice], to_seller: Minor) -> Vec<(Slice, Slice)> {
    let amounts: Vec<Minor> = slices.iter().map(|slice| slice.amount).collect();
    let parts = slices.iter().zip(allocate(to_seller, &amounts));
    parts
        .map(|(slice, part)| {
            let released = if to_seller == 0 { Slice::ZERO } else { slice.part(part) };
            (released, slice.minus(released))
        })
        .collect()
}

/// Money that leaves escrow, by where it goes, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flow {
    /// Back to the buyer.
    pub buyer: Minor,
    /// To the seller.
    pub seller: Minor,
    /// To the provider.
    pub provider: Minor,
    /// The marketplace's commission.
    pub marketplace: Minor,
    /// The fee for holding.
    pub fee: Minor,
}

impl Flow {
    /// Nothing moves.
    pub const ZERO: Self = Self { buyer: 0, seller: 0, provider: 0, marketplace: 0, fee: 0 };

    /// All of it.
    #[must_use]
    pub const fn total(self) -> Minor {
        self.buyer + self.seller + self.provider + self.marketplace + self.fee
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            buyer: self.buyer + other.buyer,
            seller: self.seller + other.seller,
            provider: self.provider + other.provider,
            marketplace: self.marketplace + other.marketplace,
            fee: self.fee + other.fee,
        }
    }
}

impl Line {
    /// Takes what belongs to `amount` of what is open, leaving the rest; all of it when it is all.
    pub fn take_open(&mut self, amount: Minor) -> Slice {
        let slice = self.open.part(amount);
        self.open = self.open.minus(slice);
        slice
    }

    /// Takes what belongs to `amount` of what was released.
    pub fn take_released(&mut self, amount: Minor) -> Slice {
        let slice = self.released.part(amount);
        self.released = self.released.minus(slice);
        slice
    }
}

/// Lays the price of goods on lines, with shipping and adjustments in proportion to it.
/// `None` when a rebate eats the whole price.
#[must_use]
pub fn price_lines(items: &[Item]) -> Option<Vec<Line>> {
    let price = |item: &Item| item.unit_minor * i64::from(item.quantity);
    let goods: Vec<&Item> = items.iter().filter(|item| item.kind == ItemKind::Goods).collect();
    let extras: Minor = items.iter().filter(|item| item.kind != ItemKind::Goods).map(price).sum();
    let weights: Vec<i64> = goods.iter().map(|item| price(item)).collect();
    if goods.is_empty() || weights.iter().sum::<i64>() + extras <= 0 {
        return None;
    }
    let carried = allocate(extras, &weights);
    let lines = goods.iter().zip(weights).zip(carried).map(|((item, weight), carried)| Line {
        item: item.no,
        quantity: item.quantity,
        open: Slice { amount: weight + carried, ..Slice::ZERO },
        released: Slice::ZERO,
    });
    Some(lines.collect())
}

/// Lays the fee for holding on what is open of these lines, as one lot. It is never more than the amount
/// that bears it.
pub fn charge_fee(lines: &mut [&mut Line], terms: &Terms) {
    let amounts: Vec<Minor> = lines.iter().map(|line| line.open.amount).collect();
    let total: Minor = amounts.iter().sum();
    let fee = terms.escrow_fee;
    let mut due = fee.rate.of(total).max(fee.least_minor);
    if fee.most_minor > 0 {
        due = due.min(fee.most_minor);
    }
    let by_buyer = match fee.borne_by {
        Bearer::Buyer => due,
        Bearer::Seller => 0,
        Bearer::Both => due / 2,
    };
    let by_seller = (due - by_buyer).min(total);
    let parts = allocate(by_buyer, &amounts).into_iter().zip(allocate(by_seller, &amounts));
    for (line, (buyer_fee, seller_fee)) in lines.iter_mut().zip(parts) {
        line.open.buyer_fee = buyer_fee;
        line.open.seller_fee = seller_fee.min(line.open.amount);
    }
}

/// Lays the commission anew on what is open of these lines, at most what the fee leaves of each amount. What
/// was released before counts too, so that the fixed part is charged once an order however often it is laid.
pub fn charge_commission(lines: &mut [&mut Line], items: &[Item], terms: &Terms) {
    let own_rate = |line: &Line| items.iter().find(|item| item.no == line.item).and_then(|item| item.commission);
    let common: Vec<i64> = lines
        .iter()
        .map(|line| match own_rate(line) {
            Some(_) => 0,
            None => line.open.amount + line.released.amount,
        })
        .collect();
    let base: Minor = common.iter().sum();
    let commission = terms.commission;
    let due = if base == 0 {
        0
    } else {
        (commission.rate.of((base - commission.non_split_minor).max(0)) + commission.fixed_minor).min(base)
    };
    let parts = if base == 0 { vec![0; lines.len()] } else { allocate(due, &common) };
    for (line, part) in lines.iter_mut().zip(parts) {
        let part = own_rate(line).map_or(part, |rate: Bps| rate.of(line.open.amount));
        line.open.commission = part.min(line.open.amount - line.open.seller_fee);
    }
}

/// Lays the provider's share anew on what is open of these lines, at most what is left of its bearer's part. An amount is for
/// the whole order: what of it was `paid` already is not laid again.
pub fn charge_provider(lines: &mut [&mut Line], provider: Option<&AssignedProvider>, paid: Minor) {
    let amounts: Vec<Minor> = lines.iter().map(|line| line.open.amount).collect();
    let parts = match provider.map(|provider| provider.share) {
        None => vec![0; lines.len()],
        Some(Share::Rate(rate)) => amounts.iter().map(|amount| rate.of(*amount)).collect(),
        Some(Share::Amount(amount)) => allocate((amount - paid).max(0), &amounts),
    };
    lay_provider(lines, parts, provider);
}

/// Leaves the provider the share that lies on what is open of these lines, as far as a changed commission lets it: of an
/// amount for the whole order, part may have been released already. A rate is laid anew.
pub fn cap_provider(lines: &mut [&mut Line], provider: Option<&AssignedProvider>) {
    match provider.map(|provider| provider.share) {
        Some(Share::Amount(_)) => {
            let parts = lines.iter().map(|line| line.open.provider).collect();
            lay_provider(lines, parts, provider);
        }
        None | Some(Share::Rate(_)) => charge_provider(lines, provider, 0),
    }
}

fn lay_provider(lines: &mut [&mut Line], parts: Vec<Minor>, provider: Option<&AssignedProvider>) {
    let by_marketplace = provider.is_some_and(|provider| provider.borne_by == ShareBearer::Marketplace);
    for (line, part) in lines.iter_mut().zip(parts) {
        let open = &mut line.open;
        let most = if by_marketplace { open.commission } else { open.amount - open.seller_fee - open.commission };
        open.provider = part.min(most);
        open.provider_by_marketplace = if by_marketplace { open.provider } else { 0 };
    }
}
