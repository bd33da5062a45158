//! The demo marketplace at work: orders are placed, paid and moved by its people through their browsers.

use std::collections::BTreeMap;

use holdfast::{
    domain::{
        id::Reference,
        money::Minor,
        order::{Order, action::Action, status::Status},
        view::{Desk, DoorCode, OrderView},
    },
    server::{
        service::orders::{self, Caller, Command, Performed},
        storage,
    },
};

use super::{Answer, Browser, TestApp};

/// The demo people, each signed in.
#[derive(Debug)]
pub struct Shop<'app> {
    app: &'app TestApp,
    seller_id: String,
    pub admin: Browser,
    pub judge: Browser,
    pub seller: Browser,
    pub shipping: Browser,
    pub other_seller: Browser,
    pub courier: Browser,
    pub buyer: Browser,
    pub other_buyer: Browser,
}

impl<'app> Shop<'app> {
    pub async fn open(app: &'app TestApp) -> Self {
        let seller_id = app.people().await.sellers[0].to_string();
        Self {
            seller_id,
            admin: app.signed_in("admin@demo.test").await,
            judge: app.signed_in("disputes@demo.test").await,
            seller: app.signed_in("ada@demo.test").await,
            shipping: app.signed_in("tunde@demo.test").await,
            other_seller: app.signed_in("kabir@demo.test").await,
            courier: app.signed_in("rita@demo.test").await,
            buyer: app.signed_in("bisi@demo.test").await,
            other_buyer: app.signed_in("femi@demo.test").await,
            app,
        }
    }

    /// Places an order of Ada Stores for Bisi: a rug of 380.00, two cushions of 50.00, and 20.00 for carrying them.
    pub async fn place(&self, more: &[(&str, &str)]) -> Reference {
        let mut fields = vec![
            ("buyer_email", "bisi@demo.test"),
            ("buyer_name", "Bisi Alade"),
            ("title.1", "Handwoven rug"),
            ("price.1", "380.00"),
            ("title.2", "Cushion cover"),
            ("quantity.2", "2"),
            ("price.2", "50.00"),
            ("title.3", "Delivery"),
            ("price.3", "20.00"),
            ("kind.3", "shipping"),
        ];
        fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        fields.extend_from_slice(more);
        // The marketplace's fees are its own to set.
        let by_operator = more.iter().any(|(name, _)| name.starts_with("commission"));
        let placer = if by_operator { &self.admin } else { &self.seller };
        fields.push(("seller", &self.seller_id));
        let answer = placer.call("orders/place", &fields).await.fine();
        let path = ["serverfnredirect", "location"].map(|name| answer.header(name)).join("");
        path.rsplit('/').next().expect("a path has an end").parse().expect("it leads to the order")
    }

    /// The order as it is stored.
    pub async fn order(&self, reference: &Reference) -> Order {
        let mut reader = self.app.state.services.db.reader().await.expect("the database answers");
        let found = storage::orders::find_by_reference(&mut reader, reference).await.expect("orders can be read");
        found.expect("the order is there")
    }

    /// A payment of all that is due arrives.
    pub async fn pay(&self, reference: &Reference) -> Performed {
        let order = self.order(reference).await;
        let payment_ref = format!("pay-{}-{}", order.reference, order.version);
        let action = Action::Pay { amount_minor: order.due_minor(), gateway: "sandbox".to_owned(), payment_ref };
        let command = Command { order: order.id, action, expected_version: None, key: None };
        let caller = Caller::Gateway("sandbox".to_owned());
        orders::perform(&self.app.state.services, caller, command).await.expect("the payment is held")
    }

    /// Somebody presses a button on the page as it is now.
    pub async fn act(&self, browser: &Browser, reference: &Reference, verb: &str, fields: &[(&str, &str)]) -> Answer {
        let version = self.order(reference).await.version.to_string();
        let text = reference.to_string();
        let key = format!("{verb}-{version}");
        let mut all = vec![("order", text.as_str()), ("verb", verb), ("version", &version), ("key", &key)];
        all.extend_from_slice(fields);
        browser.call("orders/act", &all).await
    }

    /// Like [`Shop::act`], and insists that it is carried out and leads to this status.
    pub async fn acts(
        &self,
        browser: &Browser,
        reference: &Reference,
        verb: &str,
        fields: &[(&str, &str)],
        status: Status,
    ) -> Order {
        self.act(browser, reference, verb, fields).await.fine();
        let order = self.order(reference).await;
        assert_eq!(order.status(), status, "after {verb}");
        order
    }

    /// An order that is placed, paid and delivered.
    pub async fn delivered(&self, more: &[(&str, &str)]) -> Reference {
        let reference = self.place(more).await;
        self.pay(&reference).await;
        self.acts(&self.seller, &reference, "deliver", &[], Status::AwaitingResponse).await;
        reference
    }

    /// What the screen shows this reader.
    pub async fn desk(&self, browser: &Browser, query: &[(&str, &str)], open: Option<&Reference>) -> Desk {
        let names: Vec<String> = query.iter().map(|(name, _)| format!("query[{name}]")).collect();
        let open = open.map(ToString::to_string);
        let mut fields: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(query.iter().map(|(_, value)| *value)).collect();
        fields.extend(open.as_deref().map(|open| ("open", open)));
        browser.call("orders/desk", &fields).await.json()
    }

    /// One order as this reader sees it.
    pub async fn view(&self, browser: &Browser, reference: &Reference) -> OrderView {
        *self.desk(browser, &[], Some(reference)).await.order.expect("the order is open")
    }

    /// The code for the door that the buyer sees, of the only delivery that is to come.
    pub async fn door_code(&self, reference: &Reference) -> String {
        let [code] = <[DoorCode; 1]>::try_from(self.view(&self.buyer, reference).await.door_codes).expect("one code");
        code.code
    }

    /// The sums of the ledger's accounts that one order moved, without the ids in their names.
    pub async fn ledger(&self, reference: &Reference) -> BTreeMap<String, Minor> {
        let order = self.order(reference).await;
        let mut reader = self.app.state.services.db.reader().await.expect("the database answers");
        let lines = storage::ledger::list_of_order(&mut reader, order.id).await.expect("the ledger can be read");
        let mut sums = BTreeMap::new();
        for line in lines {
            let account = line.account.rsplit_once(':').map_or("", |(kind, _)| kind).to_owned();
            *sums.entry(account).or_default() += line.amount_minor;
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }
}
