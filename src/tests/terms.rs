//! The terms that new orders begin with, on the screen: a marketplace's, and what differs for a seller.

use holdfast::domain::{
    id::SellerId,
    money::Bps,
    order::{
        terms::{OnSilence, Terms},
        terms_change::TermsChange,
    },
    people::Sellers,
    time::Span,
    view::DefaultTerms,
};

use crate::helpers::{Answer, Browser, Shop, each_store};

async fn read(browser: &Browser, seller: Option<SellerId>) -> DefaultTerms {
    let seller = seller.map(|seller| seller.0.to_string());
    let fields: Vec<_> = seller.iter().map(|seller| ("seller", seller.as_str())).collect();
    browser.call("terms/read", &fields).await.json()
}

async fn save(browser: &Browser, seller: Option<SellerId>, fields: &[(&str, &str)]) -> Answer {
    let seller = seller.map(|seller| seller.0.to_string());
    let mut all: Vec<_> = seller.iter().map(|seller| ("seller", seller.as_str())).collect();
    all.extend_from_slice(fields);
    browser.call("terms/save", &all).await
}

/// The shops of the demo: Ada's, and another one.
async fn shops(shop: &Shop<'_>) -> [SellerId; 2] {
    let sellers: Sellers = shop.admin.call("sellers/list", &[]).await.json();
    [sellers.sellers[0].id, sellers.sellers[1].id]
}

fn rate(bps: u16) -> Bps {
    Bps::new(bps).expect("a rate")
}

#[tokio::test]
async fn the_next_order_begins_with_what_a_marketplace_has_set_and_orders_that_exist_keep_theirs() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let old = shop.place(&[]).await;
        let page = shop.admin.get("/settings/terms").await.fine();
        assert!(page.body.contains("Orders that exist keep theirs.") && page.body.contains("name=\"commission_rate\""));
        assert!(shop.admin.get("/settings").await.fine().body.contains("href=\"/settings/terms\""));
        // A form that is sent as it was drawn says nothing.
        let drawn =
            [("payment_window", "3"), ("max_attempts", "2"), ("on_silence", "accept"), ("commission_rate", "0")];
        save(&shop.admin, None, &drawn).await.fine();
        assert_eq!(read(&shop.admin, None).await.own, TermsChange::default());
        let seen = read(&shop.admin, None).await.seen;
        let fields = [
            ("seen", seen.as_str()),
            ("inspection_window", "5"),
            ("on_silence", "refund"),
            ("commission_rate", "8"),
            ("escrow_fee_least", "1.50"),
            ("release_delay", ""),
        ];
        let answer = shop.admin.post("/settings/terms", "terms/save", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/settings/terms?saved=1"));
        let page = shop.admin.get("/settings/terms?saved=1").await.fine();
        assert!(page.body.contains("Saved.") && page.body.contains("5 days"), "{}", page.body);
        let new = shop.place(&[]).await;
        let mut expected =
            Terms { inspection_window: Span::days(5), on_silence: OnSilence::Refund, ..Terms::default() };
        (expected.commission.rate, expected.escrow_fee.least_minor) = (rate(800), 150);
        assert_eq!(shop.order(&new).await.terms, expected);
        assert_eq!(shop.order(&old).await.terms, Terms::default());
        let told = app.texts("select detail from audit where kind = 'terms_set'").await;
        assert!(told.len() == 1 && told[0].contains("\"before\":{}") && told[0].contains("432000"), "{told:?}");
        // What is saved as it is was not set.
        save(&shop.admin, None, &[("inspection_window", "5")]).await.fine();
        assert_eq!(app.texts("select detail from audit where kind = 'terms_set'").await.len(), 1);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_set_for_a_seller_counts_there_and_what_is_empty_is_as_the_marketplace_has_it() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let [seller, other] = shops(&shop).await;
        let list = shop.admin.get("/settings/sellers").await.fine();
        let address = format!("/settings/sellers/{}/terms", seller.0);
        assert!(list.body.contains(&format!("href=\"{address}\"")) && !list.body.contains("Its own"), "{}", list.body);
        let id = seller.0.to_string();
        let own = [("seller", id.as_str()), ("commission_rate", "5"), ("inspection_window", "2")];
        let answer = shop.admin.post(&address, "terms/save", &own).await;
        assert_eq!(answer.location(), format!("{address}?saved=1"));
        assert!(shop.admin.get("/settings/sellers").await.fine().body.contains("Its own"));
        save(&shop.admin, None, &[("commission_rate", "8"), ("answer_window", "9")]).await.fine();
        let terms = shop.order(&shop.place(&[]).await).await.terms;
        assert_eq!((terms.commission.rate, terms.inspection_window), (rate(500), Span::days(2)));
        assert_eq!(terms.answer_window, Span::days(9), "what is not said for the seller is the marketplace's");
        let other = read(&shop.admin, Some(other)).await;
        assert_eq!((other.terms().commission.rate, other.terms().inspection_window), (rate(800), Span::days(3)));
        let page = shop.admin.get(&address).await.fine();
        assert!(page.body.contains("As the marketplace: 8") && page.body.contains("What differs"), "{}", page.body);
        // A field that is cleared is as the marketplace has it again.
        save(&shop.admin, Some(seller), &[("commission_rate", ""), ("inspection_window", "2")]).await.fine();
        let terms = shop.order(&shop.place(&[]).await).await.terms;
        assert_eq!((terms.commission.rate, terms.inspection_window), (rate(800), Span::days(2)));
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_sets_what_sellers_may_decide_and_none_of_the_fees() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let [own, other] = shops(&shop).await;
        save(&shop.admin, Some(own), &[("commission_rate", "5")]).await.fine();
        let page = shop.seller.get("/settings/terms").await.fine();
        assert!(page.body.contains("Terms of Ada Stores") && page.body.contains("Marketplace fee"), "{}", page.body);
        assert!(!page.body.contains("name=\"commission_rate\"") && !page.body.contains("name=\"escrow_fee_rate\""));
        assert!(shop.seller.get("/settings").await.fine().body.contains("href=\"/settings/terms\""));
        let before = app.contents(&["sessions", "throttle"]).await;
        for (field, text) in [
            ("commission_rate", "0"),
            ("commission_fixed", "0"),
            ("commission_non_split", "1.00"),
            ("escrow_fee_rate", "0"),
            ("escrow_fee_least", "0"),
            ("escrow_fee_most", "0"),
        ] {
            let answer = save(&shop.seller, None, &[(field, text)]).await;
            answer.refused(422, "fees_are_the_marketplaces");
            assert!(answer.error().for_field(field).is_some(), "{field}");
        }
        // Nobody sets the terms of another shop, of the marketplace, or of a marketplace elsewhere.
        save(&shop.seller, Some(other), &[("inspection_window", "5")]).await.refused(404, "not_found");
        save(&shop.other_seller, Some(own), &[("inspection_window", "5")]).await.refused(404, "not_found");
        for browser in [&shop.judge, &shop.shipping, &shop.courier, &shop.buyer] {
            save(browser, None, &[("inspection_window", "5")]).await.refused(404, "not_found");
            assert_eq!(browser.get("/settings/terms").await.status, 404);
            assert!(!browser.get("/settings").await.fine().body.contains("href=\"/settings/terms\""));
        }
        assert_eq!(app.contents(&["sessions", "throttle"]).await, before, "what is refused is not done");
        save(&shop.seller, None, &[("inspection_window", "36h"), ("escrow_fee_borne_by", "both")]).await.fine();
        let terms = shop.order(&shop.place(&[]).await).await.terms;
        assert_eq!((terms.inspection_window, terms.commission.rate), (Span::hours(36), rate(500)));
        let others = read(&shop.other_seller, None).await;
        assert_eq!((others.place.as_str(), others.terms()), ("Kano Leather", Terms::default()));
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_beside_its_field_and_changes_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let [seller, _] = shops(&shop).await;
        for (field, text) in [
            ("inspection_window", "soon"),
            ("payment_window", "59s"),
            ("return_window", "4000"),
            ("max_attempts", "0"),
            ("on_silence", "maybe"),
            ("commission_rate", "101"),
            ("escrow_fee_least", "-1"),
            ("no_such_term", "1"),
        ] {
            for of in [None, Some(seller)] {
                let answer = save(&shop.admin, of, &[(field, text)]).await;
                assert!(answer.status == 422 && answer.error().for_field(field).is_some(), "{field}: {}", answer.body);
            }
        }
        assert_eq!(app.texts("select terms from marketplaces union select terms from sellers").await, ["{}"]);
        let seen = read(&shop.admin, None).await.seen;
        let typed = [("seen", seen.as_str()), ("inspection_window", "soon"), ("answer_window", "9")];
        let page = shop.admin.post("/settings/terms", "terms/save", &typed).await;
        assert_eq!(page.status, 422);
        for kept in ["value=\"soon\"", "value=\"9\"", "id=\"terms-inspection-window-wrong\""] {
            assert!(page.body.contains(kept), "{kept}: {}", page.body);
        }
        // The bounds of a fee that is a seller's own must make sense over the marketplace's.
        save(&shop.admin, Some(seller), &[("escrow_fee_least", "10.00")]).await.fine();
        let answer = save(&shop.admin, None, &[("escrow_fee_most", "5.00")]).await;
        let said = answer.error().for_field("escrow_fee_least").map(str::to_owned);
        assert!(said.is_some_and(|said| said.contains("Ada Stores")), "{}", answer.body);
        shop.place(&[]).await;
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_has_not_seen_what_somebody_else_set_overwrites_nothing() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let seen = read(&shop.admin, None).await.seen;
        let first = [("seen", seen.as_str()), ("inspection_window", "5")];
        save(&shop.admin, None, &first).await.fine();
        let late = [("seen", seen.as_str()), ("inspection_window", "1"), ("answer_window", "9")];
        save(&shop.admin, None, &late).await.refused(409, "version_conflict");
        let page = shop.admin.post("/settings/terms", "terms/save", &late).await;
        assert_eq!(page.status, 409);
        assert!(page.body.contains("Somebody else has changed these terms since."), "{}", page.body);
        let shown = page.body.split("name=\"inspection_window\"").nth(1).and_then(|rest| rest.split('>').next());
        assert!(shown.is_some_and(|rest| rest.contains("value=\"5\"")), "what there is now is shown: {shown:?}");
        let now = read(&shop.admin, None).await;
        assert_eq!((now.terms().inspection_window, now.terms().answer_window), (Span::days(5), Span::days(3)));
        assert!(page.body.contains(&now.seen), "and can be changed from there");
        // A password that was typed long ago is asked for again.
        app.wait(Span(16 * 60));
        assert!(save(&shop.admin, None, &[("answer_window", "9")]).await.error().for_field("password").is_some());
        assert!(shop.admin.get("/settings/terms").await.fine().body.contains("name=\"password\""));
        let proved = [("answer_window", "9"), ("password", holdfast::server::service::demo::PASSWORD)];
        save(&shop.admin, None, &proved).await.fine();
        assert_eq!(read(&shop.admin, None).await.terms().answer_window, Span::days(9));
    })
    .await;
}
