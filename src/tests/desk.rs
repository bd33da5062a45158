//! The list as a tool: one thing done to many orders, the list as a file, views under names, and filters by people.

use axum::{body::Body, http::Request};
use holdfast::domain::{
    bulk::{self, Carried},
    id::Reference,
    order::{action::Verb, status::Status},
    time::Span,
};

use crate::helpers::{Answer, Browser, Shop, Store, TestApp, each_store};

/// Presses a button of the bulk form on a list, and gives where that leads.
async fn press(reader: &Browser, page: &str, verb: &str, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("verb", verb), ("tab", "all")];
    all.extend_from_slice(fields);
    reader.post(page, "orders/bulk", &all).await
}

/// What came of a command, as its reader is shown it.
async fn carried(shop: &Shop<'_>, reader: &Browser, key: &str) -> Carried {
    shop.desk(reader, &[("carried", key)], None).await.carried.expect("what came of it is known")
}

fn tick(reference: &Reference) -> String {
    format!("{}{reference}", bulk::TICK)
}

#[tokio::test]
async fn many_orders_are_dispatched_at_once_and_what_cannot_be_says_why() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (paid, unpaid, over) = (shop.place(&[]).await, shop.place(&[]).await, shop.delivered(&[]).await);
        shop.pay(&paid).await;
        let fields =
            [(tick(&paid), "2"), (tick(&unpaid), "1"), (tick(&over), "1")].map(|(name, seen)| (name, seen.to_owned()));
        let mut all: Vec<(&str, &str)> = fields.iter().map(|(name, seen)| (name.as_str(), seen.as_str())).collect();
        all.push(("key", "first"));
        let answer = press(&shop.shipping, "/orders?tab=all", "dispatch", &all).await;
        assert_eq!((answer.status, answer.location()), (303, "/orders?tab=all&carried=first"));
        let told = carried(&shop, &shop.shipping, "first").await;
        let line = |reference: &Reference| {
            told.lines.iter().find(|line| line.reference == *reference).expect("every ticked order is answered for")
        };
        assert_eq!((told.verb, told.lines.len(), told.done()), (Verb::Dispatch, 3, 1));
        assert_eq!(line(&paid).status, Some(Status::InTransit));
        assert!(line(&unpaid).refused.contains("awaiting payment"), "{}", line(&unpaid).refused);
        assert!(line(&over).refused.starts_with("Somebody was first."), "{}", line(&over).refused);
        let page = shop.shipping.get(answer.location()).await;
        assert!(page.body.contains("1 of 3 orders dispatched"), "the page says so in words");
        assert!(page.body.contains(&format!("/orders/{unpaid}?tab=all")), "and leads to what is left to do");
    })
    .await;
}

#[tokio::test]
async fn a_bulk_form_sent_twice_acts_once_also_after_it_broke_off() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (one, two) = (shop.place(&[]).await, shop.place(&[]).await);
        shop.pay(&one).await;
        shop.pay(&two).await;
        let (first, second) = (tick(&one), tick(&two));
        let fields = [(first.as_str(), "2"), (second.as_str(), "2"), ("key", "again")];
        press(&shop.seller, "/orders", "deliver", &fields).await.fine();
        let events = app.count("events").await;
        let told = carried(&shop, &shop.seller, "again").await;
        // As if the server had stopped after the last order and before it wrote the answer down.
        app.execute("delete from idempotency where operation = 'bulk'").await.expect("rows can be deleted");
        press(&shop.seller, "/orders", "deliver", &fields).await.fine();
        press(&shop.seller, "/orders", "deliver", &fields).await.fine();
        assert_eq!(app.count("events").await, events, "nothing was done a second time");
        assert_eq!(carried(&shop, &shop.seller, "again").await, told, "and it is answered like the first time");
        assert_eq!(told.done(), 2);
    })
    .await;
}

#[tokio::test]
async fn all_that_fit_are_called_off_and_nothing_of_anybody_else() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let mut rugs = Vec::new();
        for _ in 0..23 {
            rugs.push(shop.place(&[]).await);
        }
        let kettle = shop.place(&[("title.1", "Kettle")]).await;
        let fields = [("q", "rug"), ("fitting", "on"), ("key", "k"), ("reason", "")];
        let refused = press(&shop.admin, "/orders?q=rug", "cancel", &fields).await;
        assert_eq!(refused.status, 422, "a reason is required");
        assert!(refused.body.contains("aria-invalid"), "and said beside its field");
        let stranger = [("fitting", "on"), ("key", "k"), ("reason", "Not mine")];
        let none = press(&shop.other_seller, "/orders", "cancel", &stranger).await;
        assert_eq!(none.status, 422, "another seller has none that fit");
        let ticked = tick(&kettle);
        let foreign = [(ticked.as_str(), "1"), ("key", "k"), ("reason", "Not mine")];
        press(&shop.other_seller, "/orders", "cancel", &foreign).await.fine();
        let told = carried(&shop, &shop.other_seller, "k").await;
        assert_eq!((told.done(), told.lines[0].about.as_str()), (0, ""), "a foreign order tells nothing of itself");
        assert!(told.lines[0].refused.starts_with("There is no such order"));
        let fields = [("q", "rug"), ("fitting", "on"), ("key", "k"), ("reason", "Out of stock")];
        press(&shop.admin, "/orders?q=rug", "cancel", &fields).await.fine();
        assert_eq!(carried(&shop, &shop.admin, "k").await.done(), 23, "more than a page of them");
        for rug in &rugs {
            assert_eq!(shop.order(rug).await.status(), Status::Cancelled);
        }
        assert_eq!(shop.order(&kettle).await.status(), Status::AwaitingPayment);
    })
    .await;
}

#[tokio::test]
async fn ticks_of_a_page_can_stand_for_all_of_it_and_each_role_is_offered_what_it_may() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        shop.pay(&order).await;
        let page = shop.seller.get("/orders?tab=all").await.body;
        let shown = page.split("name=\"shown\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(shown, Some(format!("{order}:2").as_str()));
        let buttons =
            |page: &str| ["dispatch", "deliver", "cancel"].map(|verb| page.contains(&format!("value=\"{verb}\"")));
        assert_eq!(buttons(&page), [true, true, true]);
        for (reader, may) in
            [(&shop.shipping, [true, true, false]), (&shop.buyer, [false, false, true]), (&shop.judge, [false; 3])]
        {
            assert_eq!(buttons(&reader.get("/orders?tab=all").await.body), may);
        }
        let text = format!("{order}:2");
        let fields = [("all", "on"), ("shown", text.as_str()), ("key", "k")];
        press(&shop.judge, "/orders", "deliver", &fields).await.fine();
        assert_eq!(carried(&shop, &shop.judge, "k").await.done(), 0, "whatever is sent, the rules decide");
        press(&shop.shipping, "/orders", "deliver", &fields).await.fine();
        assert_eq!(shop.order(&order).await.status(), Status::AwaitingResponse);
        let nothing = press(&shop.shipping, "/orders", "deliver", &[("key", "k2")]).await;
        assert_eq!(nothing.status, 422);
        assert!(nothing.body.contains("Tick the orders first."));
        let other = press(&shop.shipping, "/orders", "accept", &[("key", "k3"), ("fitting", "on")]).await;
        assert_eq!(other.status, 422, "only some verbs go for many");
    })
    .await;
}

/// The lines of a CSV file below its headings, by the values of one column.
fn column(file: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let at = reader.headers().expect("there are headings").iter().position(|head| head == name).expect("it is there");
    reader.records().map(|line| line.expect("lines are whole")[at].to_owned()).collect()
}

#[tokio::test]
async fn the_file_holds_exactly_what_is_filtered_and_owned() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let rug = shop.place(&[]).await;
        app.wait(Span::hours(1));
        let kettle = shop.place(&[("title.1", "Kettle"), ("price.1", "1000")]).await;
        let file = shop.seller.get("/orders/export.csv?tab=all").await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"orders-2026-11-23.csv\"");
        assert_eq!(column(&file.body, "Reference"), [kettle.to_string(), rug.to_string()], "placed last first");
        assert_eq!(column(&file.body, "Amount"), ["1120.00", "500.00"]);
        assert_eq!(column(&file.body, "Buyer"), ["Bisi Alade", "Bisi Alade"]);
        let placed = column(&file.body, "Placed (Africa/Lagos)");
        assert_eq!(placed, ["2026-11-23 11:00", "2026-11-23 10:00"], "instants say in which zone they are");
        let only = shop.seller.get("/orders/export.csv?q=kettle").await;
        assert_eq!(column(&only.body, "Reference"), [kettle.to_string()]);
        let ticked = shop.seller.get(&format!("/orders/export.csv?row.{rug}=1&tab=all")).await;
        assert_eq!(column(&ticked.body, "Reference"), [rug.to_string()]);
        for stranger in [&shop.other_seller, &shop.other_buyer, &shop.courier] {
            let none = stranger.get(&format!("/orders/export.csv?tab=all&row.{rug}=1")).await;
            assert_eq!((none.status, column(&none.body, "Reference").len()), (200, 0));
        }
        let signed_out = app.browser().get("/orders/export.csv?tab=all").await;
        assert_eq!(
            (signed_out.status, signed_out.location()),
            (303, "/sign-in?next=%2Forders%2Fexport.csv%3Ftab%3Dall")
        );
    })
    .await;
}

#[tokio::test]
async fn hostile_cells_are_no_formulas() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let hostile = "=HYPERLINK(\"http://evil.test\",\"x\")";
        shop.place(&[("title.1", hostile), ("buyer_name", "@SUM(1)"), ("external_ref", "+1-2")]).await;
        let file = shop.seller.get("/orders/export.csv?tab=all").await.body;
        assert!(column(&file, "For")[0].starts_with("'=HYPERLINK"), "{file}");
        assert_eq!(column(&file, "Buyer"), ["'@SUM(1)"]);
        assert_eq!(column(&file, "Shop’s number"), ["'+1-2"]);
    })
    .await;
}

/// The bytes of an answer, which is no text.
async fn bytes(app: &TestApp, reader: &Browser, path: &str) -> Vec<u8> {
    use tower::ServiceExt;
    let request = Request::get(path).header("cookie", reader.cookies()).body(Body::empty()).expect("a whole request");
    let answer = app.router().oneshot(request).await.expect("the router always answers");
    assert_eq!(answer.status(), 200);
    axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("the body comes to its end").to_vec()
}

#[tokio::test]
async fn a_spreadsheet_and_a_long_file_hold_every_order_once() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let order = shop.place(&[]).await;
        let sheet = bytes(&app, &shop.seller, "/orders/export.xlsx?tab=all").await;
        assert!(sheet.starts_with(b"PK"), "a spreadsheet is a zip archive");
        assert!(sheet.len() > 4_000);
        // More rows than one page of the export has, all placed at the same instant.
        let literal = |no: u64| match app.store {
            Store::Sqlite => format!("x'{no:032x}'"),
            Store::Postgres => format!("'{no:032x}'::uuid"),
        };
        let values: Vec<String> =
            (1..=2_100).map(|no| format!("({}, '{}')", literal(no), Reference::from_bits(no))).collect();
        let many = format!(
            "insert into orders select v.column1, v.column2, marketplace_id, seller_id, buyer_id, provider_id, channel,
             null, currency, title, seller_name, buyer_name, task, total_minor, held_minor, status, stage, turn, urgent_at,
             deadline_at, version, placed_at, updated_at, state, remind_at
             from orders, (values {}) v where reference = '{order}'",
            values.join(", ")
        );
        assert_eq!(app.execute(&many).await.expect("rows can be added"), 2_100);
        let file = shop.seller.get("/orders/export.csv?tab=all&rows=20").await.body;
        let mut references = column(&file, "Reference");
        references.sort();
        references.dedup();
        assert_eq!((references.len(), file.lines().count()), (2_101, 2_102));
    })
    .await;
}

#[tokio::test]
async fn views_are_kept_by_name_for_one_person_and_hat() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let placed = shop.place(&[]).await;
        let page = "/orders?tab=open&q=rug";
        let fields = [("tab", "open"), ("q", "rug"), ("after", "x"), ("name", "Rugs <b>")];
        let kept = shop.seller.post(page, "orders/save_view", &fields).await;
        assert_eq!((kept.status, kept.location()), (303, page));
        let shown = shop.seller.get(page).await.body;
        assert!(shown.contains("/orders?q=rug&amp;tab=open") && shown.contains("Rugs &lt;b&gt;"), "it is a link now");
        let again = [("tab", "open"), ("name", "Rugs <b>")];
        shop.seller.call("orders/save_view", &again).await.fine();
        let views = shop.desk(&shop.seller, &[], None).await.views;
        assert_eq!(views.len(), 1, "the same name is put in place of the old one");
        assert_eq!(views[0].query.keys().map(String::as_str).collect::<Vec<_>>(), ["tab"]);
        let nameless =
            shop.seller.post(page, "orders/save_view", &[("tab", "open"), ("q", "rug"), ("name", " ")]).await;
        assert_eq!(nameless.status, 422);
        assert!(shop.desk(&shop.other_seller, &[], None).await.views.is_empty());
        let id = views[0].id.to_string();
        shop.other_seller.call("orders/remove_view", &[("view", &id)]).await.refused(404, "not_found");
        shop.seller.call("session/wear", &[("hat", "")]).await.fine();
        assert!(shop.desk(&shop.seller, &[], None).await.views.is_empty(), "another hat, other views");
        shop.seller.call("orders/remove_view", &[("view", &id)]).await.refused(404, "not_found");
        let hat = shop.order(&placed).await.parties.seller.to_string();
        shop.seller.call("session/wear", &[("hat", &hat)]).await.fine();
        shop.seller.call("orders/remove_view", &[("view", &id)]).await.fine();
        assert_eq!(app.count("saved_views").await, 0);
        for no in 0..20 {
            let name = format!("View {no}");
            shop.seller.call("orders/save_view", &[("name", &name)]).await.fine();
        }
        shop.seller.call("orders/save_view", &[("name", "One more")]).await.refused(422, "invalid_fields");
    })
    .await;
}

#[tokio::test]
async fn the_list_is_narrowed_by_who_takes_part() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        let rug = shop.place(&[]).await;
        let other = shop.place(&[("buyer_name", "Zoë O’Hara_%"), ("buyer_email", "zoe@demo.test")]).await;
        let offers = shop.view(&shop.seller, &rug).await;
        let (courier, name) = offers.providers.first().expect("there is a courier").clone();
        let fields = [("provider", courier.to_string())];
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.extend([("share", "5"), ("share_kind", "amount"), ("borne_by", "seller")]);
        shop.act(&shop.seller, &rug, "set_provider", &fields).await.fine();
        let none: [&Reference; 0] = [];
        let first = name.split(' ').next().expect("a name has a word").to_lowercase();
        for (query, expected) in [
            (("party", "bisi al"), &[&rug][..]),
            (("party", "o’hara_%"), &[&other][..]),
            (("party", "zo%"), &none[..]),
            (("party", "ada stores"), &[&other, &rug][..]),
            (("party", "rug"), &none[..]),
            (("provider", first.as_str()), &[&rug][..]),
            (("provider", "%"), &none[..]),
        ] {
            for reader in [&shop.seller, &shop.admin] {
                let desk = shop.desk(reader, &[("tab", "all"), ("sort", "newest"), query], None).await;
                let mut found: Vec<&Reference> = desk.list.rows.iter().map(|row| &row.reference).collect();
                let mut expected = expected.to_vec();
                found.sort();
                expected.sort();
                assert_eq!(found, expected, "{query:?}");
            }
        }
        let page = shop.admin.get("/orders?tab=all&party=nobody&provider=none").await.body;
        assert!(page.contains("Without: ") && page.contains("Party nobody") && page.contains("Courier none"));
    })
    .await;
}

#[tokio::test]
async fn nobody_takes_the_list_along_without_end() {
    each_store(async |app| {
        let shop = Shop::open(&app).await;
        for _ in 0..60 {
            assert_eq!(shop.buyer.get("/orders/export.csv").await.status, 200);
        }
        for file in ["/orders/export.csv", "/orders/export.xlsx"] {
            assert_eq!(shop.buyer.get(file).await.status, 429);
        }
        assert_eq!(shop.seller.get("/orders/export.csv").await.status, 200, "others go on");
    })
    .await;
}
