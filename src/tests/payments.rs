//! Paying by link: each test card, forms sent twice, callbacks that are forged, late, doubled or out of order.

use axum::{body::Body, http::Request};
use holdfast::{
    domain::{
        id::{OrderId, Reference},
        order::{action::Action, status::Status},
        payment::{Checkout, Stage},
        time::{Moment, Span},
    },
    server::{
        gateway::{
            sandbox::{CHARGE_BACK_AFTER, LATE_ANSWER, SIGNATURE_HEADER, Said, Sandbox},
            worker,
        },
        outbox::deadlines,
        service::{
            mailbox,
            orders::{self, Caller, Command},
            payments::{self, Wanted},
            verify::verify,
        },
    },
};
use uuid::Uuid;

use crate::helpers::{Answer, Browser, Shop, TestApp, each_store};

const GOOD: &str = "4242 4242 4242 4242";
const DECLINED: &str = "4000 0000 0000 0002";
const NO_MONEY: &str = "4000 0000 0000 9995";
const SILENT: &str = "4000 0000 0000 0119";
const TWICE: &str = "4000 0000 0000 0077";
const TOLD_TWICE: &str = "4000 0000 0000 3220";
const CHARGED_BACK: &str = "4000 0000 0000 0259";

/// A placed order, its payment link, and somebody without an account who holds it.
struct Till<'app> {
    app: &'app TestApp,
    shop: Shop<'app>,
    order: Reference,
    id: OrderId,
    token: String,
    payer: Browser,
}

impl<'app> Till<'app> {
    async fn open(app: &'app TestApp) -> Self {
        let shop = Shop::open(app).await;
        let order = shop.place(&[]).await;
        let id = shop.order(&order).await.id;
        let token = payments::pay_token(&app.state.services, id);
        Self { app, shop, order, id, token, payer: app.browser() }
    }

    async fn look(&self) -> Checkout {
        self.payer.call("payments/look", &[("token", &self.token)]).await.json()
    }

    fn page(&self) -> String {
        format!("/pay/{}", self.token)
    }

    /// Sends the form of the page, as a browser without scripts does.
    async fn send(&self, seen: &Checkout, card: &str) -> Answer {
        let (amount, key) = (seen.amount.minor.to_string(), seen.key.to_string());
        let fields = [
            ("token", self.token.as_str()),
            ("amount_minor", &amount),
            ("key", &key),
            ("card_number", card),
            ("expiry", "12/29"),
            ("card_cvc", "123"),
            ("holder", "Bisi Alade"),
        ];
        self.payer.post(&self.page(), "payments/pay", &fields).await
    }

    async fn pay(&self, card: &str) -> Answer {
        let seen = self.look().await;
        self.send(&seen, card).await
    }

    async fn status(&self) -> Status {
        self.shop.order(&self.order).await.status()
    }

    /// The sums of the order's accounts: gateway, escrow, owed to the buyer.
    async fn sums(&self) -> [i64; 3] {
        let ledger = self.shop.ledger(&self.order).await;
        let names = ["assets:gateway", "liabilities:escrow", "liabilities:payable:buyer"];
        assert!(ledger.keys().all(|account| names.contains(&account.as_str())), "{ledger:?}");
        names.map(|account| ledger.get(account).copied().unwrap_or_default())
    }

    /// What the sandbox would say of this order's payment.
    fn said(&self, id: &str, event: &str, amount_minor: i64) -> Said {
        Said {
            id: id.to_owned(),
            event: event.to_owned(),
            payment: "pay_by_hand".to_owned(),
            attempt: Uuid::nil(),
            order: self.id,
            amount_minor,
            currency: "NGN".parse().expect("a currency"),
            reason: "Not mine".to_owned(),
        }
    }

    /// Calls the hook as the sandbox would from another machine.
    async fn tell(&self, said: &Said) -> Answer {
        let body = serde_json::to_string(said).expect("plain data");
        let signature = self.sandbox().sign(body.as_bytes(), self.app.state.services.now());
        self.hook("sandbox", &signature, body).await
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::new(self.app.state.services.clone())
    }

    async fn hook(&self, gateway: &str, signature: &str, body: String) -> Answer {
        let request = Request::post(format!("/hooks/gateway/{gateway}"))
            .header("content-type", "application/json")
            .header(SIGNATURE_HEADER, signature);
        self.payer.send(request.body(Body::from(body)).expect("a whole request")).await
    }

    async fn told(&self, said: &Said, outcome: &str) {
        let answer: serde_json::Value = self.tell(said).await.json();
        assert_eq!(answer["outcome"], outcome, "{said:?}");
    }

    async fn work(&self) -> usize {
        worker::step(&self.app.state.services).await.expect("the worker can work")
    }
}

#[tokio::test]
async fn an_order_is_paid_by_link_without_an_account_and_without_scripts() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let page = till.payer.get(&till.page()).await.fine().body;
        for words in
            ["Handwoven rug", "2 × Cushion cover", "500.00", "Ada Stores", "What happens to your money", "Look it over"]
        {
            assert!(page.contains(words), "the page says {words}");
        }
        assert!(!page.contains("Bisi"), "a link that was passed on names no buyer");
        let paid = till.pay(GOOD).await;
        assert_eq!((paid.status, paid.location()), (303, till.page().as_str()));
        assert_eq!(till.status().await, Status::Funded);
        assert_eq!(till.sums().await, [50_000, -50_000, 0]);
        assert_eq!(till.look().await.stage, Stage::Held);
        let page = till.payer.get(&till.page()).await.fine().body;
        assert!(page.contains("Paid, held") && !page.contains("card_number"), "there is nothing more to pay");
        let again = till.pay(GOOD).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert_eq!((till.sums().await, app.count("payment_attempts").await), ([50_000, -50_000, 0], 1));
        let view = till.shop.view(&till.shop.buyer, &till.order).await;
        assert_eq!(view.timeline[1].actor.name, "sandbox");
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_card_says_why_changes_nothing_and_another_may_be_tried() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let cards = [
            (DECLINED, "The bank declined this card."),
            (NO_MONEY, "There is not enough money on this card."),
            ("5555 5555 5555 4444", "The sandbox takes only the test cards"),
        ];
        for (card, words) in cards {
            let refused = till.pay(card).await;
            assert_eq!(refused.status, 422);
            assert!(refused.body.contains(words), "{words}");
            assert!(!refused.body.contains(&format!("value=\"{card}\"")), "a card number is never sent back");
            assert!(refused.body.contains("value=\"12/29\""), "what is no secret is kept");
            assert_eq!((till.status().await, till.shop.order(&till.order).await.version), (Status::AwaitingPayment, 1));
        }
        assert_eq!((app.count("gateway_callbacks").await, app.count("postings").await), (0, 0));
        till.pay(GOOD).await.fine();
        assert_eq!(till.sums().await, [50_000, -50_000, 0]);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn wrong_fields_are_named_and_nothing_is_asked() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let key = till.look().await.key.to_string();
        let send = async |fields: &[(&str, &str)]| {
            let mut all = vec![("token", till.token.as_str()), ("amount_minor", "50000"), ("key", &key)];
            all.extend_from_slice(fields);
            till.payer.call("payments/pay", &all).await
        };
        let empty = send(&[]).await;
        empty.refused(422, "invalid_fields");
        for field in ["card_number", "expiry", "card_cvc", "holder"] {
            assert!(empty.error().for_field(field).is_some(), "{field}");
        }
        let wrong = [("card_number", "4242424242424241"), ("expiry", "10/26"), ("card_cvc", "x"), ("holder", "B")];
        let wrong = send(&wrong).await;
        assert_eq!(wrong.error().fields.len(), 3, "{}", wrong.body);
        let card = [("card_number", GOOD), ("expiry", "12/29"), ("card_cvc", "123"), ("holder", "B")];
        let fields = [("token", till.token.as_str()), ("amount_minor", "49999"), ("key", &key)];
        till.payer.call("payments/pay", &[&fields[..], &card[..]].concat()).await.refused(409, "amount_changed");
        let fields = [("token", till.token.as_str()), ("amount_minor", "50000"), ("key", "no key")];
        assert_eq!(till.payer.call("payments/pay", &[&fields[..], &card[..]].concat()).await.status, 400);
        for token in ["", "AAAA", &till.token[1..]] {
            till.payer.call("payments/look", &[("token", token)]).await.refused(404, "dead_link");
            let fields = [("token", token), ("amount_minor", "50000"), ("key", &key)];
            till.payer.call("payments/pay", &[&fields[..], &card[..]].concat()).await.refused(404, "dead_link");
        }
        assert_eq!(till.payer.get("/pay/nothing").await.status, 404);
        assert_eq!(app.count("payment_attempts").await, 0);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_bank_that_does_not_answer_leaves_the_payment_unknown_and_is_not_asked_again() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.pay(SILENT).await.fine();
        let seen = till.look().await;
        let Stage::Unknown { card_last4, amount, .. } = &seen.stage else { panic!("{:?}", seen.stage) };
        assert_eq!((card_last4.as_str(), amount.minor), ("0119", 50_000));
        let page = till.payer.get(&till.page()).await.fine().body;
        assert!(page.contains("No answer from the bank yet") && !page.contains("card_number"));
        for card in [GOOD, SILENT] {
            let refused = till.pay(card).await;
            assert_eq!(refused.status, 409);
            assert!(refused.body.contains("has not been answered yet"), "{card}");
        }
        app.clock.set(app.state.services.now().plus(LATE_ANSWER).shifted(-1));
        assert_eq!((till.work().await, till.status().await), (0, Status::AwaitingPayment));
        app.clock.set(app.state.services.now().shifted(1));
        assert_eq!((till.work().await, till.status().await), (1, Status::Funded));
        assert_eq!((till.work().await, till.sums().await), (0, [50_000, -50_000, 0]));
        assert_eq!((app.count("payment_attempts").await, till.look().await.stage), (1, Stage::Held));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_comes_after_the_order_expired_goes_back() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let until = till.look().await.pay_until;
        app.clock.set(until.minus(Span(10)));
        till.pay(SILENT).await.fine();
        app.clock.set(until);
        assert_eq!(deadlines::step(&app.state.services).await.expect("the clock works"), 1);
        assert_eq!(till.status().await, Status::Expired);
        assert!(matches!(till.look().await.stage, Stage::Unknown { .. }), "the money may still come");
        app.wait(Span(10));
        assert_eq!((till.work().await, till.status().await), (1, Status::Expired));
        assert_eq!(till.sums().await, [50_000, 0, -50_000]);
        let seen = till.look().await;
        assert_eq!((seen.stage, seen.returned.map(|money| money.minor)), (Stage::Over(Status::Expired), Some(50_000)));
        assert!(till.payer.get(&till.page()).await.body.contains("It goes back to you"));
        let seen = till.look().await;
        assert_eq!(till.send(&seen, GOOD).await.status, 409, "it cannot be paid any more");
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn at_the_end_of_the_payment_window_a_payment_is_refused_even_before_the_clock_has_acted() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let seen = till.look().await;
        app.clock.set(seen.pay_until);
        assert_eq!(till.look().await.stage, Stage::Late);
        assert_eq!(till.send(&seen, GOOD).await.status, 409);
        till.told(&till.said("late", "payment.taken", 50_000), "returned").await;
        assert_eq!(till.sums().await, [50_000, 0, -50_000]);
        app.clock.set(seen.pay_until.shifted(1));
        assert_eq!(app.count("payment_attempts").await, 0);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn the_second_of_two_payments_goes_back() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.pay(TWICE).await.fine();
        assert_eq!((till.status().await, till.sums().await), (Status::Funded, [100_000, -50_000, -50_000]));
        assert_eq!(app.count("gateway_callbacks").await, 2);
        let told: Vec<&str> = till
            .shop
            .view(&till.shop.buyer, &till.order)
            .await
            .timeline
            .iter()
            .map(|entry| entry.event.code())
            .collect();
        assert_eq!(told, ["placed", "paid", "payment_returned"]);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_told_twice_is_acted_upon_once() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.pay(TOLD_TWICE).await.fine();
        assert_eq!((app.count("sandbox_calls").await, app.count("gateway_callbacks").await), (2, 1));
        assert_eq!(till.sums().await, [50_000, -50_000, 0]);
        assert_eq!(till.work().await, 0, "nothing is left to be told");
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_payment_is_charged_back_later() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.pay(CHARGED_BACK).await.fine();
        assert_eq!((till.work().await, till.status().await), (0, Status::Funded));
        app.wait(CHARGE_BACK_AFTER);
        assert_eq!((till.work().await, till.status().await), (1, Status::ChargedBack));
        assert_eq!(till.sums().await, [0, 0, 0]);
        assert!(till.payer.get(&till.page()).await.body.contains("This order is over: charged back"));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_form_sent_eight_times_at_once_pays_once() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let seen = till.look().await;
        let answers = futures::future::join_all((0..8).map(|_| till.send(&seen, GOOD))).await;
        assert!(answers.iter().all(|answer| answer.status == 303), "the same form is the same attempt");
        assert_eq!((till.sums().await, app.count("payment_attempts").await), ([50_000, -50_000, 0], 1));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn eight_windows_that_pay_at_once_pay_once() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let mut windows = Vec::new();
        for _ in 0..8 {
            windows.push(till.look().await);
        }
        let answers = futures::future::join_all(windows.iter().map(|seen| till.send(seen, GOOD))).await;
        let done = answers.iter().filter(|answer| answer.status == 303).count();
        assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 409)));
        assert_eq!((done, till.sums().await, app.count("payment_attempts").await), (1, [50_000, -50_000, 0], 1));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn only_a_genuine_callback_is_heard_and_it_needs_no_browser() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let said = till.said("one", "payment.taken", 50_000);
        let body = serde_json::to_string(&said).expect("plain data");
        let now = app.state.services.now();
        let sign = |at: Moment| till.sandbox().sign(body.as_bytes(), at);
        let genuine = sign(now);
        let forged = [
            String::new(),
            "t=,v1=".to_owned(),
            genuine.replace("v1=", "v2="),
            format!("{}0", &genuine[..genuine.len() - 1]).replace("00", "01"),
            genuine[..genuine.len() - 2].to_owned(),
            genuine.replace("t=1", "t=2"),
            sign(now.minus(Span(301))),
            sign(now.plus(Span(301))),
            format!("t=99999999999999999999,v1={}", "0".repeat(64)),
        ];
        for signature in forged {
            till.hook("sandbox", &signature, body.clone()).await.refused(401, "bad_signature");
        }
        till.hook("sandbox", &genuine, body.replace("50000", "5")).await.refused(401, "bad_signature");
        till.hook("sandbox", &genuine, format!("{body} ")).await.refused(401, "bad_signature");
        till.hook("stripe", &genuine, body.clone()).await.refused(404, "not_found");
        for broken in ["", "{}", "null", "{\"id\":\"x\"}"] {
            let signature = till.sandbox().sign(broken.as_bytes(), now);
            till.hook("sandbox", &signature, broken.to_owned()).await.refused(400, "malformed");
        }
        for said in
            [till.said("x", "payment.lost", 5), till.said("x", "payment.taken", 0), till.said("", "payment.taken", 5)]
        {
            till.tell(&said).await.refused(400, "malformed");
        }
        assert_eq!((app.count("gateway_callbacks").await, app.count("postings").await), (0, 0));
        assert_eq!(till.payer.get("/hooks/gateway/sandbox").await.status, 405);
        till.hook("sandbox", &sign(now.minus(Span(300))), body.clone()).await.fine();
        assert_eq!((till.status().await, till.sums().await), (Status::Funded, [50_000, -50_000, 0]));
        let again: serde_json::Value = till.hook("sandbox", &genuine, body).await.json();
        assert_eq!(again["outcome"], "repeated");
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn money_that_does_not_fit_is_never_lost() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.told(&Said { payment: "pay_less".to_owned(), ..till.said("less", "payment.taken", 49_999) }, "returned")
            .await;
        till.told(&Said { payment: "pay_more".to_owned(), ..till.said("more", "payment.taken", 50_001) }, "returned")
            .await;
        assert_eq!((till.status().await, till.sums().await), (Status::AwaitingPayment, [100_000, 0, -100_000]));
        // Told again under another name, it is still one payment.
        till.told(
            &Said { payment: "pay_less".to_owned(), ..till.said("less again", "payment.taken", 49_999) },
            "known",
        )
        .await;
        till.told(
            &Said { currency: "KES".parse().expect("a currency"), ..till.said("coin", "payment.taken", 50_000) },
            "wrong_currency",
        )
        .await;
        till.told(&Said { order: OrderId(Uuid::nil()), ..till.said("who", "payment.taken", 50_000) }, "unknown_order")
            .await;
        assert_eq!(till.sums().await, [100_000, 0, -100_000]);
        assert_eq!(app.count("gateway_callbacks").await, 5, "all of it is written down");
        till.pay(GOOD).await.fine();
        assert_eq!((till.status().await, till.sums().await), (Status::Funded, [150_000, -50_000, -100_000]));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_reversal_that_is_told_before_its_payment_waits_for_it() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.told(&till.said("back", "payment.charged_back", 50_000), "waiting").await;
        assert_eq!(till.status().await, Status::AwaitingPayment);
        till.told(&till.said("in", "payment.taken", 50_000), "charged_back").await;
        assert_eq!((till.status().await, till.sums().await), (Status::ChargedBack, [0, 0, 0]));
        till.told(&till.said("back again", "payment.charged_back", 50_000), "refused").await;
        till.told(&till.said("in again", "payment.taken", 50_000), "known").await;
        assert_eq!((till.status().await, till.sums().await), (Status::ChargedBack, [0, 0, 0]));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_never_reached_its_gateway_comes_to_an_end() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        // The process ends between writing the attempt down and asking the gateway.
        let wanted = Wanted {
            token: till.token.clone(),
            amount_minor: 50_000,
            agreed: None,
            expected_version: None,
            key: till.look().await.key,
            claim: None,
            gateway: "sandbox",
            card_last4: "4242".to_owned(),
        };
        payments::begin(&app.state.services, wanted).await.expect("it can be paid");
        assert_eq!((till.work().await, till.pay(GOOD).await.status), (0, 409), "it may be on its way");
        app.wait(Span(120));
        assert_eq!(till.work().await, 1);
        assert_eq!(till.look().await.stage, Stage::Due);
        till.pay(GOOD).await.fine();
        assert_eq!(till.sums().await, [50_000, -50_000, 0]);
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_races_a_cancellation_is_held_or_goes_back() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let seen = till.look().await;
        let version = till.shop.order(&till.order).await.version.to_string();
        let text = till.order.to_string();
        let fields =
            [("order", text.as_str()), ("verb", "cancel"), ("version", &version), ("key", "c"), ("reason", "Sold out")];
        let (paid, cancelled) = tokio::join!(till.send(&seen, GOOD), till.shop.seller.call("orders/act", &fields));
        assert!(paid.status == 303 || paid.status == 409, "{}", paid.status);
        let sums = till.sums().await;
        match till.status().await {
            Status::Funded => assert_eq!(sums, [50_000, -50_000, 0]),
            Status::Cancelled => {
                assert!(cancelled.status < 400);
                assert!(sums == [0, 0, 0] || sums == [50_000, 0, -50_000], "{sums:?}");
            }
            other => panic!("{other:?}"),
        }
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_but_a_gateway_can_say_that_an_order_is_paid() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        for browser in [&till.shop.buyer, &till.shop.seller, &till.shop.admin] {
            let answer = till.shop.act(browser, &till.order, "pay", &[]).await;
            assert!((400..500).contains(&answer.status), "{}", answer.status);
        }
        let action =
            Action::Pay { amount_minor: 50_000, gateway: "sandbox".to_owned(), payment_ref: "mine".to_owned() };
        let command = Command { order: till.id, action, expected_version: None, key: None };
        assert!(orders::perform(&app.state.services, Caller::Clock, command).await.is_err());
        assert_eq!((till.status().await, till.sums().await), (Status::AwaitingPayment, [0, 0, 0]));
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn of_a_card_only_the_last_four_digits_are_stored() {
    let app = TestApp::on(crate::helpers::Store::Sqlite).await;
    let till = Till::open(&app).await;
    till.pay(DECLINED).await;
    till.pay(GOOD).await.fine();
    app.execute("update idempotency set at = at").await.expect("the database answers");
    let folder = std::path::Path::new(app.state.config.database_url.trim_start_matches("sqlite://"))
        .parent()
        .expect("a folder")
        .to_owned();
    for file in std::fs::read_dir(folder).expect("the folder of the database") {
        let path = file.expect("a file").path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for digits in ["4242424242424242", "4000000000000002", GOOD, DECLINED] {
            let found = bytes.windows(digits.len()).any(|window| window == digits.as_bytes());
            assert!(!found, "{} holds a card number", path.display());
        }
    }
}

#[tokio::test]
async fn the_mailbox_shows_mails_with_links_that_work_and_only_in_a_demo() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.payer.call("account/forgot", &[("email", "femi@demo.test")]).await.fine();
        till.shop.pay(&till.order).await;
        till.shop.acts(&till.shop.seller, &till.order, "deliver", &[], Status::AwaitingResponse).await;
        let later = till.shop.place(&[]).await;
        till.payer.call("mailbox/list", &[]).await.refused(404, "not_found");
        assert_eq!(till.payer.get("/mailbox").await.status, 404);
        let url = &app.state.config.public_url;
        let letters = mailbox::list(&app.state.services, url).await.expect("the mailbox can be read");
        let of = |to: &str, subject: &str| {
            letters.iter().filter(|letter| letter.to == to && letter.subject.starts_with(subject)).count()
        };
        assert_eq!(of("bisi@demo.test", "Delivered"), 2, "by mail and by text message");
        assert_eq!(of("Ada Stores (seller)", "Paid into escrow"), 1);
        assert_eq!(of("bisi@demo.test", "New order"), 2);
        let links: Vec<&str> = letters.iter().flat_map(|letter| &letter.links).map(|(_, link)| link.as_str()).collect();
        assert_eq!(
            links.iter().filter(|link| link.contains("/pay/")).count(),
            1,
            "only what is due can be paid: {later}"
        );
        for link in links.iter().filter_map(|link| link.strip_prefix(url)).filter(|link| !link.starts_with("/orders/"))
        {
            till.payer.get(link).await.fine();
        }
        app.verified().await;
    })
    .await;
}

/// The form of the page as it was seen, with these fields in the place of others.
fn form<'a>(till: &'a Till<'_>, seen: &'a Checkout, amount: &'a str, key: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("token", till.token.as_str()),
        ("amount_minor", amount),
        ("agreed", &seen.agreed),
        ("key", key),
        ("card_number", GOOD),
        ("expiry", "12/29"),
        ("card_cvc", "123"),
        ("holder", "Bisi Alade"),
    ]
}

#[tokio::test]
async fn what_is_paid_is_what_the_payer_saw() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        let swapped = [
            ("edit_items", [("title.1", "A brick"), ("price.1", "500.00")].as_slice()),
            ("edit_terms", [("inspection_window", "1")].as_slice()),
        ];
        for (verb, fields) in swapped {
            let seen = till.look().await;
            till.shop.acts(&till.shop.seller, &till.order, verb, fields, Status::AwaitingPayment).await;
            let now = till.look().await;
            assert_eq!((now.amount, now.agreed == seen.agreed), (seen.amount, false), "{verb}");
            let (amount, key) = (seen.amount.minor.to_string(), seen.key.to_string());
            let refused = till.payer.post(&till.page(), "payments/pay", &form(&till, &seen, &amount, &key)).await;
            assert!(refused.status == 409 && refused.body.contains("was changed after you opened this page"), "{verb}");
            assert!(refused.body.contains("A brick") && refused.body.contains(&now.agreed), "it is drawn anew");
            let called = till.payer.call("payments/pay", &form(&till, &seen, &amount, &key)).await;
            called.refused(409, "order_changed");
        }
        assert_eq!(app.count("payment_attempts").await, 0);
        // A note is no other order.
        let seen = till.look().await;
        till.shop
            .act(&till.shop.seller, &till.order, "note", &[("text", "Hello"), ("audience", "everyone")])
            .await
            .fine();
        let (amount, key) = (seen.amount.minor.to_string(), seen.key.to_string());
        till.payer.call("payments/pay", &form(&till, &seen, &amount, &key)).await.fine();
        assert_eq!(till.status().await, Status::Funded);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn goods_and_terms_stay_as_they_are_while_a_bank_has_yet_to_answer() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.pay(SILENT).await.fine();
        let goods = [("title.1", "A brick"), ("price.1", "500.00")];
        let terms = [("inspection_window", "1")];
        for (verb, fields) in [("edit_items", goods.as_slice()), ("edit_terms", terms.as_slice())] {
            till.shop.act(&till.shop.seller, &till.order, verb, fields).await.refused(409, "payment_unknown");
        }
        app.wait(LATE_ANSWER);
        till.work().await;
        assert_eq!(till.status().await, Status::Funded);
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_gateway_no_test_card_pays_a_real_order() {
    each_store(async |mut app| {
        app.close_sandbox();
        let till = Till::open(&app).await;
        let seen = till.look().await;
        assert_eq!(seen.stage, Stage::NoGateway);
        let page = till.payer.get(&till.page()).await.fine().body;
        assert!(page.contains("has no payment gateway yet") && page.contains(&seen.marketplace));
        assert!(!page.contains("card_number") && !page.contains("4242"), "there is nothing to type a card into");
        let refused = till.send(&seen, GOOD).await;
        assert!(refused.status == 409 && refused.body.contains("ask the marketplace how to pay"), "{}", refused.body);
        assert_eq!((app.count("payment_attempts").await, till.status().await), (0, Status::AwaitingPayment));
        app.settle().await;
        app.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_gateways_told_is_compared_with_the_timeline() {
    each_store(async |app| {
        let till = Till::open(&app).await;
        till.pay(GOOD).await.fine();
        let find = async || verify(&app.state.services.db, &mut |_, _| {}).await.expect("the database answers");
        let findings = find().await;
        assert!(findings.are_clean(), "{findings}");
        assert_eq!((findings.counted["tellings of payments"], findings.counted["attempts to pay"]), (1, 1));
        let more = |by: &str| format!("update gateway_callbacks set amount_minor = amount_minor + {by}");
        let became = |outcome: &str| format!("update gateway_callbacks set outcome = '{outcome}'");
        let away = "delete from gateway_callbacks".to_owned();
        for (spoiled, mended) in [
            (more("1"), Some(more("-1"))),
            (became("returned"), Some(became("held"))),
            (became("charged_back"), Some(became("held"))),
            (became(""), Some(became("held"))),
            (away, None),
        ] {
            app.execute(&spoiled).await.expect("it is SQL");
            let broken: Vec<&str> = find().await.breaches.keys().map(|rule| rule.code).collect();
            assert_eq!(broken, ["payments"], "{spoiled}");
            if let Some(mended) = mended {
                app.execute(&mended).await.expect("it is SQL");
                assert!(find().await.are_clean(), "{mended}");
            }
        }
    })
    .await;
}
