//! The accounts' names, and the postings that no order's story shows by itself.

use uuid::Uuid;

use super::{Account, Posting, postings};
use crate::domain::id::{MarketplaceId, OrderId, ProviderId, Reference, SellerId, UserId};
use crate::domain::money::Minor;
use crate::domain::order::action::Audience;
use crate::domain::order::charge::Flow;
use crate::domain::order::event::{Event, Placed};
use crate::domain::order::terms::Terms;
use crate::domain::order::{AssignedProvider, Item, ItemKind, Order, Parties, Share, ShareBearer};
use crate::domain::time::Moment;

fn order() -> Order {
    let id = Uuid::from_u128;
    let placed = Placed {
        id: OrderId(id(1)),
        reference: Reference::from_bits(1),
        parties: Parties {
            marketplace: MarketplaceId(id(2)),
            marketplace_name: "Market".to_owned(),
            seller: SellerId(id(3)),
            seller_name: "Seller".to_owned(),
            buyer: UserId(id(4)),
            buyer_name: "Buyer".to_owned(),
        },
        external_ref: None,
        channel: "screen".to_owned(),
        currency: "KWD".parse().expect("a currency"),
        items: vec![Item {
            no: 1,
            title: "Thing".to_owned(),
            kind: ItemKind::Goods,
            quantity: 1,
            unit_minor: 100,
            commission: None,
            due_at: None,
        }],
        terms: Terms::default(),
        milestones: false,
        provider: Some(AssignedProvider {
            id: ProviderId(id(5)),
            name: "Courier".to_owned(),
            share: Share::Amount(1),
            borne_by: ShareBearer::Seller,
        }),
        handover_digest: String::new(),
    };
    Order::placed(&placed, Moment(0))
}

fn lines(event: &Event) -> Vec<(String, Minor)> {
    let all: Vec<Posting> = postings(&order(), event);
    assert!(all.iter().all(|posting| posting.sum() == 0 && posting.kind == event.code()));
    let entries = all.iter().flat_map(|posting| &posting.entries);
    entries.map(|entry| (entry.account.to_string(), entry.amount_minor)).collect()
}

#[test]
fn accounts_have_the_names_that_plain_text_accounting_reads() {
    let id = Uuid::from_u128(9);
    let hex = "00000000000000000000000000000009";
    for (account, name, keeps) in [
        (Account::Gateway("sandbox".to_owned()), "assets:gateway:sandbox".to_owned(), false),
        (Account::Escrow(OrderId(id)), format!("liabilities:escrow:ord_{hex}"), true),
        (Account::Seller(SellerId(id)), format!("liabilities:payable:seller:sel_{hex}"), true),
        (Account::Provider(ProviderId(id)), format!("liabilities:payable:provider:prv_{hex}"), true),
        (Account::Marketplace(MarketplaceId(id)), format!("liabilities:payable:marketplace:mkt_{hex}"), true),
        (Account::Buyer(UserId(id)), format!("liabilities:payable:buyer:usr_{hex}"), true),
        (
            Account::Test(Box::new(Account::Buyer(UserId(id)))),
            format!("test:liabilities:payable:buyer:usr_{hex}"),
            true,
        ),
        (Account::Test(Box::new(Account::EscrowFee)), "test:income:escrow_fee".to_owned(), false),
        (Account::EscrowFee, "income:escrow_fee".to_owned(), false),
        (Account::Chargeback, "expenses:chargeback".to_owned(), false),
    ] {
        assert_eq!(account.to_string(), name);
        assert_eq!(account.keeps_balance(), keeps, "{name}");
    }
}

#[test]
fn a_release_is_owed_to_everybody_it_is_for() {
    let flow = Flow { buyer: 1, seller: 20, provider: 3, marketplace: 4, fee: 5 };
    let lines = lines(&Event::Released { delivery: 1, flow });
    let sums: Vec<Minor> = lines.iter().map(|(_, amount)| *amount).collect();
    assert_eq!(sums, [33, -1, -20, -4, -5, -3]);
    assert!(lines[0].0.starts_with("liabilities:escrow:"));
}

#[test]
fn what_moves_nothing_makes_no_posting() {
    for event in [
        Event::Accepted { delivery: 1 },
        Event::Noted { text: "x".to_owned(), audience: Audience::Everyone },
        Event::Released { delivery: 1, flow: Flow::ZERO },
        Event::Cancelled { delivery: 1, reason: "none".to_owned(), flow: Flow::ZERO },
    ] {
        assert_eq!(lines(&event), []);
    }
}

#[test]
fn a_returned_payment_is_owed_to_the_buyer_and_never_held() {
    let (gateway, payment_ref) = ("sandbox".to_owned(), "p".to_owned());
    let lines = lines(&Event::PaymentReturned { amount_minor: 7, gateway, payment_ref });
    assert_eq!(lines[0], ("assets:gateway:sandbox".to_owned(), 7));
    assert_eq!((lines[1].0.starts_with("liabilities:payable:buyer:"), lines[1].1), (true, -7));
}
