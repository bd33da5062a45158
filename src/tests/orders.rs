//! The order process through its public doors, on both databases.

use std::collections::BTreeMap;

use crate::helpers::{Browser, Shop, each_store};
use holdfast::domain::{
    order::{action::Verb, status::Status},
    party::{Party, Source},
    time::Span,
};
use holdfast::server::service::{demo, mailbox};

#[tokio::test]
async fn an_order_goes_from_placing_to_release_and_each_cent_is_accounted_for() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[("commission_rate", "3")]).await;
        shop.pay(&order).await;
        shop.acts(
            &shop.shipping,
            &order,
            "dispatch",
            &[("carrier", "GIG"), ("tracking", "GIG-8813")],
            Status::InTransit,
        )
        .await;
        shop.acts(&shop.seller, &order, "deliver", &[], Status::AwaitingResponse).await;
        let stored = shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
        assert_eq!((stored.paid_minor, stored.held_minor()), (50_000, 0));
        let ledger = shop.ledger(&order).await;
        let sum = |account: &str| ledger.get(account).copied().unwrap_or_default();
        assert_eq!(sum("assets:gateway"), 50_000);
        assert_eq!(sum("liabilities:payable:seller"), -48_500);
        assert_eq!(sum("liabilities:payable:marketplace"), -1_500);
        assert_eq!(ledger.len(), 3, "nothing else moved: {ledger:?}");
        let view = shop.view(&shop.buyer, &order).await;
        assert!(view.chain_holds);
        let told: Vec<&str> = view.timeline.iter().map(|entry| entry.event.code()).collect();
        assert_eq!(told, ["placed", "paid", "dispatched", "delivered", "accepted", "released"]);
        assert_eq!(view.timeline[4].actor.name, "Bisi Alade");
        assert_eq!(view.timeline[4].actor.source, Source::Screen);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_yours_does_not_exist() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let before = app.count("events").await;
        for stranger in [&shop.other_buyer, &shop.other_seller, &shop.courier] {
            let text = order.to_string();
            stranger.call("orders/desk", &[("open", &text)]).await.refused(404, "not_found");
            shop.act(stranger, &order, "accept", &[]).await.refused(404, "not_found");
            assert_eq!(stranger.get(&format!("/orders/{order}")).await.status, 404);
        }
        let missing = [("order", "HF-00000-00000"), ("verb", "accept"), ("version", "3")];
        shop.buyer.call("orders/act", &missing).await.refused(404, "not_found");
        app.browser().call("orders/desk", &[]).await.refused(401, "signed_out");
        shop.act(&app.browser(), &order, "accept", &[]).await.refused(401, "signed_out");
        assert_eq!(app.count("events").await, before);
    })
    .await;
}

/// Who does what with which fields; the status and the field that is named.
type Case<'a> = (&'a Browser, &'a str, &'a [(&'a str, &'a str)], u16, &'a str);

#[tokio::test]
async fn a_refused_action_names_its_field_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let before = (app.count("events").await, app.count("entries").await, app.count("messages").await);
        let long = "x".repeat(3_000);
        let cases: &[Case<'_>] = &[
            (&shop.buyer, "reject", &[("code", "damaged"), ("remedy", "refund")], 422, "text"),
            (&shop.buyer, "reject", &[("code", "bored"), ("remedy", "refund"), ("text", "Because")], 422, "code"),
            (&shop.buyer, "reject", &[("code", "damaged"), ("remedy", "refund"), ("text", &long)], 422, "text"),
            (&shop.buyer, "accept", &[("item.1", "2")], 422, "item.1"),
            (&shop.buyer, "accept", &[("item.9", "1")], 422, "item.9"),
            (&shop.buyer, "accept", &[("item.1", "-1")], 422, "item.1"),
            (&shop.buyer, "accept", &[("item.1", "99999999999999999999")], 422, "item.1"),
            (&shop.buyer, "accept", &[("item.1", "0"), ("item.2", "0")], 422, "items"),
            (&shop.buyer, "accept", &[("delivery", "7")], 422, "delivery"),
            (&shop.buyer, "accept", &[("price", "1")], 422, "price"),
            (&shop.seller, "refund", &[("amount", "500.01"), ("reason", "Goodwill")], 422, "amount"),
            (&shop.seller, "refund", &[("amount", "0"), ("reason", "Goodwill")], 422, "amount"),
            (&shop.seller, "refund", &[("amount", "-5"), ("reason", "Goodwill")], 422, "amount"),
            (&shop.seller, "refund", &[("amount", "1.005"), ("reason", "Goodwill")], 422, "amount"),
            (&shop.seller, "refund", &[("amount", "5")], 422, "reason"),
            (&shop.buyer, "fly", &[], 422, "verb"),
        ];
        for (browser, verb, fields, status, field) in cases {
            let answer = shop.act(browser, &order, verb, fields).await;
            assert_eq!(answer.status, *status, "{verb} {fields:?}: {}", answer.body);
            assert!(answer.error().for_field(field).is_some(), "{verb} names {field}: {}", answer.body);
        }
        shop.act(&shop.buyer, &order, "cancel", &[("reason", "Changed my mind")])
            .await
            .refused(409, "not_allowed_in_status");
        shop.act(&shop.buyer, &order, "deliver", &[]).await.refused(403, "not_your_turn");
        shop.act(&shop.shipping, &order, "refund", &[("amount", "5"), ("reason", "Goodwill")])
            .await
            .refused(403, "not_permitted");
        let after = (app.count("events").await, app.count("entries").await, app.count("messages").await);
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test]
async fn a_form_sent_twice_acts_once_and_under_another_body_is_refused() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let text = order.to_string();
        let fields = [("order", text.as_str()), ("verb", "accept"), ("version", "3"), ("key", "one")];
        shop.buyer.call("orders/act", &fields).await.fine();
        let events = app.count("events").await;
        shop.buyer.call("orders/act", &fields).await.fine();
        assert_eq!(app.count("events").await, events, "answered, not repeated");
        let other = [("order", text.as_str()), ("verb", "accept"), ("version", "3"), ("key", "one"), ("item.1", "1")];
        shop.buyer.call("orders/act", &other).await.refused(422, "key_reused");
    })
    .await;
}

#[tokio::test]
async fn eight_people_press_at_once_and_seven_are_told_who_was_first() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        let text = order.to_string();
        let presses = (0..8).map(|press| {
            let (buyer, text) = (&shop.buyer, text.as_str());
            async move {
                let key = format!("press {press}");
                let fields = [("order", text), ("verb", "accept"), ("version", "3"), ("key", key.as_str())];
                buyer.call("orders/act", &fields).await
            }
        });
        let answers = futures::future::join_all(presses).await;
        let (done, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status < 400);
        assert_eq!((done.len(), late.len()), (1, 7));
        for answer in late {
            answer.refused(409, "version_conflict");
            assert!(answer.error().message.contains("by Bisi Alade on Mon 23 Nov 2026"), "{}", answer.body);
        }
        assert_eq!(shop.ledger(&order).await.get("liabilities:payable:seller"), Some(&-50_000));
    })
    .await;
}

#[tokio::test]
async fn a_dispute_is_shared_by_a_ruling_and_its_judge_stands_on_no_side() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[("commission_rate", "10")]).await;
        let reject = [("code", "damaged"), ("remedy", "refund"), ("text", "The rug is torn")];
        shop.acts(&shop.buyer, &order, "reject", &reject, Status::Rejected).await;
        shop.acts(&shop.seller, &order, "contest", &[("statement", "It was whole when it left")], Status::Dispute)
            .await;
        shop.acts(&shop.buyer, &order, "escalate", &[], Status::UnderReview).await;
        let ruling = [("ruling", "split"), ("to_seller", "300.00"), ("reasons", "Both are right in part")];
        shop.act(&shop.seller, &order, "rule", &ruling).await.refused(403, "not_your_turn");
        app.wait(Span(16 * 60));
        let stale = shop.act(&shop.judge, &order, "rule", &ruling).await;
        assert!(stale.error().for_field("password").is_some(), "a ruling needs a fresh password: {stale:?}");
        let wrong = [&ruling[..], &[("password", "not this one at all")]].concat();
        assert!(shop.act(&shop.judge, &order, "rule", &wrong).await.error().for_field("password").is_some());
        let proved = [&ruling[..], &[("password", demo::PASSWORD)]].concat();
        let stored = shop.acts(&shop.judge, &order, "rule", &proved, Status::Completed).await;
        assert_eq!(stored.held_minor(), 0);
        let ledger = shop.ledger(&order).await;
        assert_eq!(ledger["liabilities:payable:buyer"], -20_000);
        // A tenth of each line's part of 300.00, rounded down line by line: the unit left over stays with the seller.
        assert_eq!(ledger["liabilities:payable:seller"], -27_001);
        assert_eq!(ledger["liabilities:payable:marketplace"], -2_999);
    })
    .await;
}

#[tokio::test]
async fn some_items_are_accepted_and_some_rejected() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        shop.acts(&shop.buyer, &order, "accept", &[("item.1", "1")], Status::AwaitingResponse).await;
        let reject = [("item.2", "1"), ("code", "wrong_item"), ("remedy", "refund"), ("text", "One is blue")];
        let stored = shop.acts(&shop.buyer, &order, "reject", &reject, Status::Rejected).await;
        assert_eq!(stored.deliveries.len(), 3);
        shop.acts(&shop.seller, &order, "concede", &[], Status::AwaitingResponse).await;
        let stored = shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
        assert_eq!(stored.held_minor(), 0);
        let ledger = shop.ledger(&order).await;
        assert_eq!(ledger["liabilities:payable:buyer"] + ledger["liabilities:payable:seller"], -50_000);
    })
    .await;
}

#[tokio::test]
async fn the_courier_hands_over_against_the_code_that_only_the_buyer_sees() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        let provider = shop.view(&shop.seller, &order).await.providers[0].0.to_string();
        let assign =
            [("provider", provider.as_str()), ("share_kind", "amount"), ("share", "20.00"), ("borne_by", "seller")];
        shop.acts(&shop.seller, &order, "set_provider", &assign, Status::Funded).await;
        let code = shop.door_code(&order).await;
        assert_eq!(shop.view(&shop.courier, &order).await.door_codes, []);
        assert_eq!(shop.view(&shop.courier, &order).await.order.handover_digest, "");
        shop.act(&shop.courier, &order, "hand_over", &[("code", "000000x")]).await.refused(422, "wrong_handover_code");
        shop.acts(&shop.courier, &order, "hand_over", &[("code", &code)], Status::AwaitingResponse).await;
        shop.acts(&shop.buyer, &order, "accept", &[], Status::Completed).await;
        assert_eq!(shop.ledger(&order).await["liabilities:payable:provider"], -2_000);
    })
    .await;
}

#[tokio::test]
async fn a_new_buyer_is_written_to_in_the_language_that_the_shop_named_until_they_choose() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let locale = async || app.texts("select locale from users where email = 'chantal@demo.test'").await;
        let buyer = [("buyer_email", "chantal@demo.test"), ("buyer_name", "Chantal Mbida")];
        let order = shop.place(&[&buyer[..], &[("buyer_language", "fr")]].concat()).await;
        assert_eq!(locale().await, ["fr"]);
        let letters = mailbox::list(&app.state.services, "http://x").await.expect("the mailbox opens");
        let theirs = letters.iter().find(|letter| letter.to == "chantal@demo.test").expect("a mail is owed");
        assert!(theirs.paragraphs.join("\n").contains(&format!("Commande {order}")), "{theirs:?}");
        shop.place(&[&buyer[..], &[("buyer_language", "pt")]].concat()).await;
        assert_eq!(locale().await, ["fr"], "whom the house knows keeps their own");
        shop.place(&[("buyer_email", "dede@demo.test")]).await;
        assert_eq!(app.texts("select locale from users where email = 'dede@demo.test'").await, ["en"]);
    })
    .await;
}

#[tokio::test]
async fn each_delivery_has_its_own_code_and_another_once_it_was_handed_over_or_taken_apart() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        let codes = async || -> BTreeMap<u16, String> {
            let codes = shop.view(&shop.buyer, &order).await.door_codes;
            codes.into_iter().map(|code| (code.delivery, code.code)).collect()
        };
        let whole = shop.door_code(&order).await;
        // A cushion cover leaves first: both parts have new codes, each its own.
        shop.act(&shop.seller, &order, "dispatch", &[("item.2", "1")]).await.fine();
        let parts = codes().await;
        let (rest, cover) = (&parts[&1], &parts[&2]);
        let statuses =
            async || -> Vec<Status> { shop.order(&order).await.deliveries.iter().map(|part| part.status).collect() };
        assert!(whole != *rest && whole != *cover && rest != cover);
        for (delivery, code) in [("1", &whole), ("2", &whole), ("1", cover), ("2", rest)] {
            let said = [("delivery", delivery), ("code", code.as_str())];
            shop.act(&shop.seller, &order, "hand_over", &said).await.refused(422, "wrong_handover_code");
        }
        // Whoever hands over some of a delivery has heard the code of all of it, and what stays behind gets another.
        let some = [("delivery", "1"), ("item.2", "1"), ("code", rest.as_str())];
        shop.act(&shop.seller, &order, "hand_over", &some).await.fine();
        let now = codes().await;
        assert!(now[&1] != *rest && now[&2] == *cover);
        let again = [("delivery", "1"), ("code", rest.as_str())];
        shop.act(&shop.seller, &order, "hand_over", &again).await.refused(422, "wrong_handover_code");
        // Where nobody says of which delivery, the code says it, and no other goes along.
        shop.act(&shop.seller, &order, "hand_over", &[("code", cover.as_str())]).await.fine();
        assert_eq!(statuses().await[..2], [Status::Funded, Status::AwaitingResponse]);
        assert_eq!(codes().await.into_keys().collect::<Vec<_>>(), [1]);
        // It is rejected, and comes a second time: under a new code.
        let said = [("delivery", "2"), ("code", "damaged"), ("text", "It is torn."), ("remedy", "second_attempt")];
        shop.act(&shop.buyer, &order, "reject", &said).await.fine();
        shop.act(&shop.seller, &order, "offer_second_attempt", &[("delivery", "2")]).await.fine();
        assert_ne!(codes().await[&2], *cover);
    })
    .await;
}

#[tokio::test]
async fn codes_cannot_be_tried_without_end() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        for _ in 0..10 {
            shop.act(&shop.seller, &order, "hand_over", &[("code", "1x")]).await.refused(422, "wrong_handover_code");
        }
        let code = shop.door_code(&order).await;
        shop.act(&shop.seller, &order, "hand_over", &[("code", &code)]).await.refused(429, "too_many_attempts");
        app.wait(Span::hours(2));
        shop.acts(&shop.seller, &order, "hand_over", &[("code", &code)], Status::AwaitingResponse).await;
    })
    .await;
}

#[tokio::test]
async fn the_list_shows_whose_turn_it_is_and_finds_by_every_word() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let first = shop.delivered(&[("external_ref", "4000-124352")]).await;
        let second = shop.place(&[("buyer_phone", "+234 803 123 4567")]).await;
        let desk = shop.desk(&shop.buyer, &[], None).await;
        assert_eq!((desk.counts.your_turn, desk.counts.open, desk.counts.done), (2, 2, 0));
        assert_eq!(desk.party, Party::Buyer);
        let found = async |query: &str| -> Vec<String> {
            let desk = shop.desk(&shop.admin, &[("q", query)], None).await;
            desk.list.rows.into_iter().map(|row| row.reference.to_string()).collect()
        };
        for words in ["4000-124352", "4000124", &first.to_string(), &first.to_string()[3..]] {
            assert_eq!(found(words).await, [first.to_string()], "{words}");
        }
        for words in ["rug", "HANDWOVEN cushion", "bisi@demo.test", "Alade"] {
            assert_eq!(found(words).await.len(), 2, "{words}");
        }
        assert!(found("carpet").await.is_empty());
        assert!(found("' or 1=1 --").await.is_empty());
        let seen = shop.desk(&shop.other_seller, &[("tab", "all"), ("q", "rug")], None).await;
        assert!(seen.list.rows.is_empty());
        shop.acts(&shop.buyer, &first, "accept", &[], Status::Completed).await;
        let desk = shop.desk(&shop.buyer, &[("tab", "done")], None).await;
        assert_eq!((desk.counts.your_turn, desk.counts.done, desk.list.rows.len()), (1, 1, 1));
        assert_eq!(desk.list.rows[0].reference, first);
        let turn = shop.desk(&shop.buyer, &[("tab", "your_turn")], None).await;
        assert_eq!(turn.list.rows[0].reference, second);
    })
    .await;
}

#[tokio::test]
async fn a_page_continues_where_the_one_before_ended_in_every_order() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for _ in 0..7 {
            shop.place(&[]).await;
            app.wait(Span(60));
        }
        for sort in ["urgent", "newest", "oldest", "largest"] {
            let mut seen = Vec::new();
            let mut after = String::new();
            loop {
                let query = [("tab", "all"), ("sort", sort), ("rows", "3"), ("after", after.as_str())];
                let desk = shop.desk(&shop.seller, &query, None).await;
                seen.extend(desk.list.rows.iter().map(|row| row.reference.clone()));
                match desk.list.next {
                    Some(next) => after = next.write(),
                    None => break,
                }
            }
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 7, "sorted by {sort}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_costs_at_most_four_queries_and_an_order_at_most_eight() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[]).await;
        for _ in 0..25 {
            shop.place(&[]).await;
        }
        for (name, reader) in [("admin", &shop.admin), ("seller", &shop.seller), ("buyer", &shop.buyer)] {
            let queries = app.state.services.db.queries();
            let before = queries.get();
            assert_eq!(reader.get("/orders?tab=all&q=rug").await.status, 200);
            let list = queries.get() - before;
            assert!(list <= 4, "the list cost {list} queries for {name}");
            let before = queries.get();
            assert_eq!(reader.get(&format!("/orders/{order}?tab=all")).await.status, 200);
            let page = queries.get() - before;
            assert!(page <= 8, "the order cost {page} queries for {name}");
        }
    })
    .await;
}

#[tokio::test]
async fn timeline_and_ledger_only_grow() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.delivered(&[]).await;
        for table in ["events", "postings", "entries", "audit"] {
            for change in
                [format!("delete from {table}"), format!("update {table} set {} = {}", column(table), column(table))]
            {
                let refused = app.execute(&change).await;
                assert!(refused.is_err(), "{change}");
            }
        }
        let overdrawn = "update balances set balance_minor = 1 where account like 'liabilities:escrow:%'";
        assert!(app.execute(overdrawn).await.is_err(), "escrow is never below nothing");
        assert!(app.execute("update orders set held_minor = -1").await.is_err());
    })
    .await;
}

fn column(table: &str) -> &'static str {
    match table {
        "events" => "body",
        "audit" => "detail",
        "postings" => "kind",
        _ => "account",
    }
}

#[tokio::test]
async fn every_offer_is_carried_out_as_it_says() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.delivered(&[("commission_rate", "3")]).await;
        let view = shop.view(&shop.buyer, &order).await;
        let accept = view.offers.iter().find(|offer| offer.verb == Verb::Accept).expect("accepting is offered");
        assert_eq!(accept.label, "Accept all 3 items");
        let said = accept.consequence.replace('\u{a0}', " ");
        assert_eq!(said, "₦ 485.00 to Ada Stores, ₦ 15.00 marketplace fee. Nothing comes back to you.");
        assert_eq!(view.turn, "It is your turn: accept or reject the delivery");
        assert_eq!(view.steps[0].then, "the money is released to Ada Stores");
    })
    .await;
}

#[tokio::test]
async fn what_the_items_come_to_is_said_when_the_form_is_drawn_again() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let said =
            |sentence: &str| format!(r#"data-sign="₦" class="running">{sentence}</output>"#).replace("₦ ", "₦\u{a0}");
        let page = shop.seller.get("/orders/new").await.fine();
        assert!(page.body.contains(&said("")), "{}", page.body);
        let items = [
            ("title.1", "Rug"),
            ("quantity.1", "2"),
            ("price.1", "380.00"),
            ("title.2", "Van"),
            ("kind.2", "shipping"),
            ("price.2", "20"),
        ];
        let refused = shop.seller.post("/orders/new", "orders/place", &items).await;
        assert_eq!(refused.status, 422, "nobody buys");
        let sentence = said("Goods ₦ 760.00, shipping ₦ 20.00. Total ₦ 780.00.");
        assert!(refused.body.contains(&sentence), "{}", refused.body);
        let half = [items.to_vec(), vec![("title.3", "Lamp"), ("price.3", "much")]].concat();
        let refused = shop.seller.post("/orders/new", "orders/place", &half).await;
        assert!(refused.body.contains(&said("")), "rather nothing than nonsense: {}", refused.body);
        let order = shop.place(&[]).await;
        let page = shop.seller.get(&format!("/orders/{order}")).await.fine();
        assert!(page.body.contains(&said("Goods ₦ 480.00, shipping ₦ 20.00. Total ₦ 500.00.")), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn a_seller_cannot_set_what_the_marketplace_keeps() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[("commission_rate", "8")]).await;
        shop.act(&shop.seller, &order, "edit_terms", &[("commission_rate", "0")])
            .await
            .refused(422, "fees_are_the_marketplaces");
        shop.acts(&shop.seller, &order, "edit_terms", &[("inspection_window", "5")], Status::AwaitingPayment).await;
        assert_eq!(shop.order(&order).await.terms.commission.rate.get(), 800);
        let fields = [
            ("buyer_email", "bisi@demo.test"),
            ("buyer_name", "Bisi Alade"),
            ("title.1", "Rug"),
            ("price.1", "380.00"),
            ("commission_rate", "0.5"),
        ];
        shop.seller.call("orders/place", &fields).await.refused(422, "fees_are_the_marketplaces");
    })
    .await;
}
