//! Sellers: how a marketplace that has nobody but its administrator gets to its first order, by screen, by key and at the
//! command line.

use holdfast::{
    domain::{
        access::Role,
        people::Sellers,
        text::{DisplayName, Email},
    },
    server::service::console::{self, Joins, NewPerson},
};
use serde_json::json;

use crate::{
    api::Program,
    helpers::{Browser, TestApp, each_store},
};

const GOOD: &str = "four words in a row";
const OP: &str = "op@fair.test";

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a name")
}

/// What `holdfast user add` does.
async fn add_person(app: &TestApp, email: &str, seller: Option<&str>, role: Role) -> Result<(), String> {
    let joins = Joins {
        marketplace: name("Fair"),
        currency: "NGN".parse().expect("a currency"),
        seller: seller.map(name),
        role,
    };
    let person = NewPerson { email: Email::parse(email).expect("an address"), name: name("Ngozi"), joins: Some(joins) };
    console::add(&app.state.services, person, GOOD.to_owned()).await.map_err(|error| error.to_string())
}

/// The browser of the administrator of a marketplace that has nothing else.
async fn founder(app: &TestApp) -> Browser {
    add_person(app, OP, None, Role::Admin).await.expect("the first person is added");
    let browser = app.browser();
    browser.sign_in(OP, GOOD).await;
    browser
}

/// Somebody who opens the link in their mail and chooses a password.
async fn accept(app: &TestApp, email: &str) -> Browser {
    let browser = app.browser();
    let token = app.mailed_token(email).await;
    let accept = [("token", token.as_str()), ("name", "Ada"), ("password", GOOD)];
    browser.call("account/accept", &accept).await.fine();
    browser
}

async fn place(seller: &Browser) {
    let order = [
        ("buyer_email", "bisi@home.test"),
        ("buyer_name", "Bisi"),
        ("title.1", "Handwoven rug"),
        ("price.1", "380.00"),
    ];
    seller.call("orders/place", &order).await.fine();
}

#[tokio::test]
async fn a_marketplace_that_has_nobody_but_its_administrator_gets_to_its_first_order() {
    each_store(async |app| {
        let op = founder(&app).await;
        let page = op.get("/settings/sellers").await.fine();
        assert!(page.body.contains("No seller yet") && page.body.contains("Add a seller…"));
        assert!(op.get("/settings").await.fine().body.contains("href=\"/settings/sellers\""));
        let ada = [("name", " Ada Stores "), ("email", "ada@shop.test"), ("external_id", "S-1")];
        let added = op.post("/settings/sellers", "sellers/add", &ada).await;
        assert_eq!((added.status, added.location()), (303, "/settings/sellers"));
        let page = op.get("/settings/sellers").await.fine();
        assert!(page.body.contains("Ada Stores") && page.body.contains("ada@shop.test is invited"), "{}", page.body);
        place(&accept(&app, "ada@shop.test").await).await;
        let sellers: Sellers = op.call("sellers/list", &[]).await.json();
        let told: Vec<_> = sellers.sellers.iter().map(|one| (one.name.as_str(), one.people, &one.invited)).collect();
        assert_eq!(told, [("Ada Stores", 1, &None)]);
        assert_eq!(app.count("orders").await, 1);
        assert_eq!(app.texts("select kind from audit where kind in ('seller_added', 'invited')").await.len(), 2);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_seller_is_added_once_and_what_is_wrong_is_named() {
    each_store(async |app| {
        let op = founder(&app).await;
        let ada = [("name", "Ada Stores"), ("email", "ada@shop.test"), ("external_id", "S-1")];
        op.call("sellers/add", &ada).await.fine();
        let again = op.call("sellers/add", &ada).await.error();
        assert!(again.for_field("name").is_some_and(|text| text.contains("already")), "{again:?}");
        let number = [("name", "Kabir Fabrics"), ("email", "kabir@shop.test"), ("external_id", "S-1")];
        assert!(op.call("sellers/add", &number).await.error().for_field("external_id").is_some());
        let wrong = op.call("sellers/add", &[("name", ""), ("email", "nonsense")]).await.error();
        assert!(wrong.for_field("name").is_some() && wrong.for_field("email").is_some(), "{wrong:?}");
        assert_eq!((app.count("sellers").await, app.count("invitations").await), (1, 1), "what is refused is not done");
        app.wait(holdfast::domain::time::Span(16 * 60));
        let other = [("name", "Kabir Fabrics"), ("email", "kabir@shop.test")];
        assert!(op.call("sellers/add", &other).await.error().for_field("password").is_some());
        op.call("sellers/add", &[other[0], other[1], ("password", GOOD)]).await.fine();
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_is_invited_again_until_somebody_is_there() {
    each_store(async |app| {
        let op = founder(&app).await;
        op.call("sellers/add", &[("name", "Ada Stores"), ("email", "tpyo@shop.test")]).await.fine();
        let sellers: Sellers = op.call("sellers/list", &[]).await.json();
        let id = sellers.sellers[0].id.0.to_string();
        assert!(op.get("/settings/sellers").await.body.contains(&format!("name=\"seller\" value=\"{id}\"")));
        op.call("sellers/invite", &[("seller", &id), ("email", "ada@shop.test")]).await.fine();
        accept(&app, "ada@shop.test").await;
        let late = op.call("sellers/invite", &[("seller", &id), ("email", "eve@shop.test")]).await.error();
        assert!(late.for_field("email").is_some(), "{late:?}");
        let page = op.get("/settings/sellers").await.fine();
        assert!(!page.body.contains("Invite an owner…"), "whoever is there invites others");
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn a_program_adds_sellers_and_invites_owners_who_may_no_more_than_its_key() {
    each_store(async |app| {
        let op = founder(&app).await;
        let all = ["read", "note", "ship", "sell", "rule", "finance", "administer"];
        let program = Program::of(&app, &op, "live", &all).await;
        let little = Program::of(&app, &op, "live", &["read", "administer"]).await;
        let body = |name: &str| json!({ "name": name, "email": "ada@shop.test" });
        let problem = little.post("/sellers", &body("Ada Stores"), None).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], "/email");
        let made = program.post("/sellers", &body("Ada Stores"), Some("ada")).await.json(201);
        assert_eq!(program.post("/sellers", &body("Ada Stores"), Some("ada")).await.json(201), made);
        let problem = program.post("/sellers", &body("Ada Stores"), None).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], "/name");
        for name in ["Bola", "Chidi"] {
            program.post("/sellers", &body(name), None).await.json(201);
        }
        let first = program.get("/sellers?limit=2").await.json(200);
        let next = first["next"].as_str().expect("there is more");
        let second = program.get(&format!("/sellers?limit=2&after={next}")).await.json(200);
        let names: Vec<_> = [&first, &second].iter().filter_map(|page| page["data"].as_array()).flatten().collect();
        let names: Vec<_> = names.iter().filter_map(|seller| seller["name"].as_str()).collect();
        assert_eq!((names.as_slice(), second["next"].is_null()), (&["Ada Stores", "Bola", "Chidi"][..], true));
        program.get("/sellers?after=nonsense").await.problem(422, "invalid_parameters");
        let invite = format!("/sellers/{}/invitations", made["id"].as_str().expect("an id"));
        let owner = json!({ "email": "owner@shop.test" });
        little.post(&invite, &owner, None).await.problem(422, "invalid_fields");
        assert_eq!(program.post(&invite, &owner, None).await.status, 202);
        place(&accept(&app, "owner@shop.test").await).await;
        // A seller looks after no sellers, and another marketplace's are not there.
        let owner = app.browser();
        owner.sign_in("owner@shop.test", GOOD).await;
        let own = Program::of(&app, &owner, "live", &["read", "sell", "administer"]).await;
        own.get("/sellers").await.problem(404, "not_found");
        own.post("/sellers", &body("Another"), None).await.problem(404, "not_found");
        let nobody = format!("/sellers/sel_{}/invitations", "0".repeat(32));
        program.post(&nobody, &json!({ "email": "a@shop.test" }), None).await.problem(404, "not_found");
        app.settle().await;
    })
    .await;
}

#[tokio::test]
async fn the_first_owner_at_the_command_line_adds_the_seller() {
    each_store(async |app| {
        let missing = add_person(&app, "ada@shop.test", Some("Ada Stores"), Role::Owner).await;
        assert!(missing.is_err_and(|said| said.contains("no such marketplace")));
        founder(&app).await;
        let early = add_person(&app, "tunde@shop.test", Some("Ada Stores"), Role::Shipping).await;
        assert!(early.is_err_and(|said| said.contains("no such seller")));
        add_person(&app, "ada@shop.test", Some("Ada Stores"), Role::Owner).await.expect("it is added");
        add_person(&app, "tunde@shop.test", Some("Ada Stores"), Role::Shipping).await.expect("it is there");
        assert_eq!((app.count("sellers").await, app.count("users").await), (1, 3), "what is refused is not done");
        let ada = app.browser();
        ada.sign_in("ada@shop.test", GOOD).await;
        place(&ada).await;
        app.settle().await;
        app.verified().await;
    })
    .await;
}
