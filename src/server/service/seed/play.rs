//! Makes an order of its number: what is bought, from whom, on which terms, and what happens to it until now.

use super::{
    Wish,
    chance::Chance,
    people::{CURRENCY, Market, Shop},
    stories::{self, Deed, Story},
    words,
};
use crate::{
    domain::{
        access::Permissions,
        id::{OrderId, Reference},
        money::Bps,
        order::{
            AssignedProvider, Item, ItemKind, Order, Parties, Share, ShareBearer,
            event::Placed,
            terms::{Bearer, Commission, EscrowFee, Terms},
        },
        party::{Actor, Party},
        time::{Moment, Span},
    },
    server::{
        clock,
        secret::Secret,
        service::{
            demo,
            history::{BuyerContact, History},
        },
    },
};

/// Every other order of a small seed, and few of a large one, is between the demo people, whose screens are looked at.
const OF_THE_DEMO_PEOPLE: i64 = 500;

/// Makes orders, each from its number alone.
#[derive(Debug)]
pub(super) struct Maker {
    wish: Wish,
    market: Market,
    secret: Secret,
    now: Moment,
    /// Two runs on one database must not give a shop two orders of one number.
    run: String,
    showcase: Vec<Story>,
}

impl Maker {
    pub(super) fn new(wish: Wish, market: Market, secret: Secret, now: Moment, run: [u8; 4]) -> Self {
        let showcase = stories::showcase();
        let showcase = if wish.orders < showcase.len() { Vec::new() } else { showcase };
        let run = format!("{:08x}", u32::from_be_bytes(run));
        Self { wish, market, secret, now, run, showcase }
    }

    /// The order of this number; nothing when chance made one that cannot be placed.
    pub(super) fn make(&self, number: usize) -> Option<(History, BuyerContact)> {
        let mut chance = Chance::new(self.wish.seed.wrapping_mul(0x0100_0000_01b3).wrapping_add(number as u64 + 1));
        let shown = self.showcase.get(number);
        let story = shown.cloned().unwrap_or_else(|| stories::by_chance(&mut chance));
        let placed_at = match story.ended_ago {
            Some(ago) => story.steps.iter().fold(self.now.minus(ago), |at, (after, _)| at.minus(*after)),
            None => self.placed_at(number, &mut chance),
        };
        let few = i64::try_from(self.wish.orders.max(1)).unwrap_or(i64::MAX);
        let known = shown.is_some() || chance.happens((1_000 * OF_THE_DEMO_PEOPLE / few).min(400));
        let shop = if known { &self.market.shops[0] } else { chance.pick(&self.market.shops) };
        let buyer = if known { chance.pick(&self.market.buyers[..2]) } else { chance.pick(&self.market.buyers) };
        let id = OrderId(clock::new_id(placed_at));
        let items = if story.milestones { project(&mut chance) } else { goods(&mut chance) };
        let (channel, external_ref) = self.channel(number, &mut chance);
        let placed = Placed {
            id,
            reference: Reference::from_bits(u64::from_be_bytes(clock::random())),
            parties: Parties {
                marketplace: self.market.id,
                marketplace_name: self.market.name.clone(),
                seller: shop.id,
                seller_name: shop.name.to_owned(),
                buyer: buyer.id,
                buyer_name: buyer.name.to_string(),
            },
            external_ref,
            channel: channel.to_owned(),
            currency: CURRENCY.parse().expect("the naira is a currency"),
            items,
            terms: terms(shop, &story),
            milestones: story.milestones,
            provider: story.courier.then(|| AssignedProvider {
                id: self.market.courier,
                name: self.market.courier_name.clone(),
                share: Share::Amount(chance.between(8, 25) * 10_000),
                borne_by: ShareBearer::Seller,
            }),
            handover_digest: self.secret.handover_digest(id, &self.secret.handover_code(id, "")),
        };
        let contact = BuyerContact { email: buyer.email.to_string(), phone: String::new() };
        Some((self.play(placed, shop, &story, placed_at)?, contact))
    }

    /// Spread evenly over the days, later numbers later, so that rows are added where their indexes grow.
    fn placed_at(&self, number: usize, chance: &mut Chance) -> Moment {
        let span = Span::days(self.wish.days.max(1)).0 - 60;
        let of = i64::try_from(self.wish.orders.max(1)).unwrap_or(i64::MAX);
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let from = crate::domain::money::share(span, number, of);
        let until = crate::domain::money::share(span, number + 1, of);
        self.now.minus(Span(span + 60 - chance.between(from, until)))
    }

    fn channel(&self, number: usize, chance: &mut Chance) -> (&'static str, Option<String>) {
        match chance.weigh(&[60, 25, 15]) {
            0 => ("screen", None),
            1 => ("woocommerce", Some(format!("WC-{}-{number}", self.run))),
            _ => ("shopify", Some(format!("SH-{}-{number}", self.run))),
        }
    }

    fn play(&self, placed: Placed, shop: &Shop, story: &Story, placed_at: Moment) -> Option<History> {
        let by = if placed.channel == "screen" { Party::Seller } else { Party::Buyer };
        let order = Order::placed(&placed, placed_at);
        let mut history = History::place(placed, &self.actor(by, &order, shop), placed_at).ok()?;
        let mut at = placed_at;
        for (after, deed) in &story.steps {
            at = at.plus(*after);
            if at > self.now {
                break;
            }
            history.lapse_through(self.wish.source(Party::Clock), at);
            if !self.carry_out(&mut history, deed, shop, at) {
                // The clock was faster than the story: it goes on alone.
                break;
            }
        }
        history.lapse_through(self.wish.source(Party::Clock), self.now);
        Some(history.reminding_from(self.now))
    }

    fn carry_out(&self, history: &mut History, deed: &Deed, shop: &Shop, at: Moment) -> bool {
        // What makes no sense for this order, like sending one of one piece ahead, is left out.
        let Some((party, action)) = deed.on(history.order()) else { return true };
        let by = self.actor(party, history.order(), shop);
        history.act(&by, &action, at).is_ok()
    }

    fn actor(&self, party: Party, order: &Order, shop: &Shop) -> Actor {
        let (user, name) = match party {
            Party::Buyer => (Some(order.parties.buyer), order.parties.buyer_name.clone()),
            Party::Seller => (None, shop.staff.to_owned()),
            Party::Operator => (None, demo::ACCOUNTS[1].1.to_owned()),
            Party::Gateway => (None, "sandbox".to_owned()),
            Party::Provider | Party::Clock => (None, order.name_of(party).to_owned()),
        };
        let source = self.wish.source(party);
        Actor { party, user, name, source, permissions: Permissions::ALL, interested: false }
    }
}

fn goods(chance: &mut Chance) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for _ in 0..=chance.weigh(&[70, 20, 7, 3]) {
        let (title, least, most) = *chance.pick(&words::GOODS);
        if items.iter().any(|item| item.title == title) {
            continue;
        }
        // Prices end on 500 naira.
        let unit_minor = (chance.between(least, most) / 500).max(1) * 500 * 100;
        let quantity = u32::try_from([1, 2, 3, 6][chance.weigh(&[78, 14, 5, 3])]).unwrap_or(1);
        items.push(item(items.len(), title, ItemKind::Goods, quantity, unit_minor));
    }
    let shipping = chance.between(3, 12) * 50_000;
    items.push(item(items.len(), "Delivery", ItemKind::Shipping, 1, shipping));
    if chance.happens(80) {
        items.push(item(items.len(), "Voucher", ItemKind::Adjustment, 1, -50_000));
    }
    items
}

fn project(chance: &mut Chance) -> Vec<Item> {
    let (first, second, third) = *chance.pick(&words::PROJECTS);
    let mut items = Vec::with_capacity(3);
    for title in [first, second, third] {
        let amount = chance.between(40, 400) * 100_000;
        items.push(item(items.len(), title, ItemKind::Goods, 1, amount));
    }
    items
}

fn item(before: usize, title: &str, kind: ItemKind, quantity: u32, unit_minor: i64) -> Item {
    let no = u16::try_from(before + 1).unwrap_or(u16::MAX);
    Item { no, title: title.to_owned(), kind, quantity, unit_minor, commission: None, due_at: None }
}

/// Shops have agreed on different terms, so that every kind of fee and delay is there to be seen.
fn terms(shop: &Shop, story: &Story) -> Terms {
    let bps = |rate| Bps::new(rate).expect("a rate below the whole");
    let mut terms = Terms {
        commission: Commission { rate: bps(800), fixed_minor: 0, non_split_minor: 0 },
        cancellation_grace: Span::hours(2),
        cancellation_fee: bps(500),
        ..Terms::default()
    };
    match shop.name {
        "Yaba Phones" => {
            terms.escrow_fee =
                EscrowFee { rate: bps(100), least_minor: 10_000, most_minor: 200_000, borne_by: Bearer::Buyer };
        }
        "Ibadan Looms" => {
            terms.escrow_fee = EscrowFee { rate: bps(150), least_minor: 0, most_minor: 0, borne_by: Bearer::Both };
        }
        "Aba Shoe Works" => terms.commission.fixed_minor = 20_000,
        _ => {}
    }
    // Some orders wait between acceptance and release.
    if matches!(shop.name, "Kano Leather" | "Lekki Home") || story.release_later {
        terms.release_delay = Span::days(1);
    }
    terms
}
