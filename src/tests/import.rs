//! Olist's orders: each oddity by its rule, nothing twice, nothing half, and all of it sound.

use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use holdfast::server::{
    clock::Clock,
    service::{
        import::{ImportError, olist, report::Report},
        journal, verify,
    },
};

use crate::helpers::{Store, TestApp, each_store};

/// The real data set, where it lies beside the project.
const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/olist");

/// The files of a small data set of our own.
struct Files {
    folder: PathBuf,
    rows: BTreeMap<&'static str, String>,
}

const HEADERS: [(&str, &str); 7] = [
    (
        "orders.csv",
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,\
         order_delivered_customer_date,order_estimated_delivery_date",
    ),
    ("order_items.csv", "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value"),
    ("order_payments.csv", "order_id,payment_sequential,payment_type,payment_installments,payment_value"),
    (
        "order_reviews.csv",
        "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,\
         review_answer_timestamp",
    ),
    ("customers.csv", "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state"),
    ("sellers.csv", "seller_id,seller_zip_code_prefix,seller_city,seller_state"),
    ("products.csv", "product_id,product_category_name,product_name_lenght"),
];

/// The id with this number.
fn id(number: u32) -> String {
    format!("{number:032x}")
}

impl Files {
    fn new(name: &str, app: &TestApp) -> Self {
        let folder = std::env::temp_dir().join(format!("holdfast_{name}_{:?}_{}", app.store, std::process::id()));
        fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        let rows = HEADERS.iter().map(|(file, header)| (*file, format!("{header}\n"))).collect();
        let mut files = Self { folder, rows };
        for seller in [1, 2] {
            files.add("sellers.csv", &format!("{},01000,sao paulo,SP", id(seller)));
        }
        files.add("products.csv", &format!("{},cama_mesa_banho,40", id(1)));
        files.add("products.csv", &format!("{},,", id(2)));
        files
    }

    fn add(&mut self, file: &'static str, row: &str) {
        let text = self.rows.get_mut(file).expect("a file of the data set");
        text.push_str(row);
        text.push('\n');
    }

    /// An order with its customer: status and the times of purchase, approval, carrier, delivery and promise.
    fn order(&mut self, number: u32, status: &str, times: [&str; 5]) {
        let (order, customer) = (id(number), id(1_000 + number));
        self.add("orders.csv", &format!("{order},{customer},{status},{}", times.join(",")));
        self.add("customers.csv", &format!("{customer},{},01000,belo horizonte,MG", id(5_000 + number)));
    }

    fn unit(&mut self, order: u32, no: u32, (product, seller): (u32, u32), price: &str, freight: &str) {
        let (order, product, seller) = (id(order), id(product), id(seller));
        self.add("order_items.csv", &format!("{order},{no},{product},{seller},2018-01-20 00:00:00,{price},{freight}"));
    }

    fn payment(&mut self, order: u32, no: u32, kind: &str, value: &str) {
        self.add("order_payments.csv", &format!("{},{no},{kind},1,{value}", id(order)));
    }

    fn review(&mut self, order: u32, score: u32, text: &str, at: &str) {
        let (review, order) = (id(9_000 + order), id(order));
        self.add("order_reviews.csv", &format!("{review},{order},{score},,{text},2018-01-01 00:00:00,{at}"));
    }

    /// An order of one unit at 100.00 with 10.00 of freight, paid in one go.
    fn plain(&mut self, number: u32, status: &str, times: [&str; 5]) {
        self.order(number, status, times);
        self.unit(number, 1, (1, 1), "100.00", "10.00");
        self.payment(number, 1, "credit_card", "110.00");
    }

    fn write(&self) -> &Path {
        for (file, text) in &self.rows {
            fs::write(self.folder.join(file), text).expect("the folder for temporary files can be written");
        }
        &self.folder
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

async fn import(app: &TestApp, folder: &Path) -> Result<Report, ImportError> {
    let services = &app.state.services;
    olist::import(&services.db, folder, "Olist", app.clock.now(), &mut |_| ControlFlow::Continue(())).await
}

async fn assert_sound(app: &TestApp) {
    let findings = verify::verify(&app.state.services.db, &mut |_, _| {}).await.expect("the database answers");
    assert!(findings.are_clean(), "{findings}");
}

const GOOD: [&str; 5] =
    ["2018-01-02 10:00:00", "2018-01-02 11:00:00", "2018-01-04 09:00:00", "2018-01-08 15:00:00", "2018-01-20 00:00:00"];

/// The orders of the small data set with what is to become of each: status, the events after the placing, oddities.
type Expected = (u32, &'static str, &'static str, &'static [&'static str]);

fn small(app: &TestApp) -> (Files, Vec<Expected>) {
    let mut files = Files::new("small", app);
    let mut expected: Vec<Expected> = Vec::new();
    let [bought, approved, carried, delivered, promised] = GOOD;
    files.plain(1, "delivered", GOOD);
    expected.push((1, "completed", "paid dispatched delivered inspection_lapsed released", &[]));
    files.plain(2, "delivered", GOOD);
    files.review(2, 5, "Muito bom", "2018-01-10 12:00:00");
    expected.push((2, "completed", "paid dispatched delivered noted accepted released", &[]));
    files.plain(3, "delivered", GOOD);
    files.review(3, 1, "\"Veio quebrado,\ncaixa aberta\"", "2018-01-10 12:00:00");
    expected.push((3, "completed", "paid dispatched delivered noted rejected refunded_in_full", &[]));
    files.plain(4, "delivered", GOOD);
    files.review(4, 2, "", "2018-01-10 12:00:00");
    expected.push((4, "completed", "paid dispatched delivered noted rejected refunded_in_full", &[]));
    files.plain(5, "canceled", [bought, approved, "", "", promised]);
    expected.push((5, "cancelled", "paid cancelled", &[]));
    files.plain(6, "unavailable", [bought, approved, "", "", promised]);
    files.review(6, 1, "Nao recebi", "2018-01-30 12:00:00");
    expected.push((6, "cancelled", "paid cancelled noted", &["review_without_delivery"]));
    files.plain(7, "shipped", [bought, approved, carried, "", promised]);
    expected.push((7, "cancelled", "paid dispatched delivery_lapsed", &[]));
    files.plain(8, "delivered", [bought, approved, "2018-01-02 10:30:00", delivered, promised]);
    expected.push((
        8,
        "completed",
        "paid dispatched noted delivered inspection_lapsed released",
        &["carried_before_approval"],
    ));
    files.plain(9, "delivered", [bought, approved, "2018-01-09 09:00:00", delivered, promised]);
    expected.push((9, "completed", "paid delivered noted inspection_lapsed released", &["delivered_before_carried"]));
    files.plain(10, "delivered", [bought, "2018-01-09 11:00:00", carried, delivered, promised]);
    let odd = &["carried_before_approval", "delivered_before_approval"];
    expected.push((10, "completed", "paid dispatched noted delivered noted inspection_lapsed released", odd));
    files.plain(11, "delivered", [bought, approved, carried, "", promised]);
    expected.push((
        11,
        "completed",
        "paid dispatched delivered noted inspection_lapsed released",
        &["no_delivery_time"],
    ));
    files.plain(12, "delivered", [bought, "", carried, delivered, promised]);
    expected.push((
        12,
        "completed",
        "paid noted dispatched delivered inspection_lapsed released",
        &["no_approval_time"],
    ));
    more(&mut files, &mut expected);
    (files, expected)
}

fn more(files: &mut Files, expected: &mut Vec<Expected>) {
    let [bought, approved, carried, delivered, promised] = GOOD;
    let ends = "paid dispatched delivered inspection_lapsed released";
    files.order(13, "delivered", GOOD);
    files.unit(13, 1, (1, 1), "50.00", "10.00");
    files.unit(13, 2, (1, 1), "50.00", "10.00");
    files.payment(13, 1, "voucher", "20.00");
    files.payment(13, 2, "credit_card", "110.00");
    files.payment(13, 3, "voucher", "0.00");
    let odd = &["paid_more", "payment_of_nothing", "several_payments"];
    expected.push((13, "completed", "paid noted dispatched delivered inspection_lapsed released", odd));
    files.order(14, "delivered", GOOD);
    files.unit(14, 1, (2, 1), "90.00", "10.00");
    files.payment(14, 1, "boleto", "60.00");
    expected.push((14, "completed", ends, &["no_category", "paid_less"]));
    files.plain(15, "delivered", GOOD);
    files.review(15, 1, "Ainda nao chegou", "2018-01-06 12:00:00");
    expected.push((
        15,
        "completed",
        "paid dispatched noted delivered inspection_lapsed released",
        &["review_before_delivery"],
    ));
    files.plain(16, "delivered", GOOD);
    files.review(16, 1, "Quebrou", "2018-03-06 12:00:00");
    expected.push((16, "completed", "paid dispatched delivered inspection_lapsed released noted", &["late_review"]));
    files.plain(17, "delivered", GOOD);
    files.review(17, 4, "", "2018-01-10 12:00:00");
    files.review(17, 1, "Mudei de ideia", "2018-01-11 12:00:00");
    expected.push((17, "completed", "paid dispatched delivered noted accepted released noted", &["several_reviews"]));
    files.plain(18, "canceled", [bought, "", "", "", promised]);
    expected.push((18, "cancelled", "cancelled", &["never_paid"]));
    files.plain(19, "created", [bought, "", "", "", promised]);
    expected.push((19, "expired", "expired", &[]));
    files.plain(20, "canceled", [bought, approved, carried, delivered, promised]);
    let refunded = "paid dispatched delivered noted refunded_in_full";
    expected.push((20, "completed", refunded, &["canceled_after_delivery"]));
    files.plain(21, "delivered", [bought, approved, carried, delivered, "2018-01-01 00:00:00"]);
    expected.push((21, "completed", ends, &["promised_before_approval"]));
    files.plain(22, "delivered", [bought, "2018-01-01 11:00:00", carried, delivered, ""]);
    let odd = &["approved_before_purchase", "no_promised_day"];
    expected.push((22, "completed", "paid noted dispatched delivered inspection_lapsed released", odd));
    files.plain(23, "shipped", [bought, approved, "", "", promised]);
    expected.push((23, "cancelled", "paid dispatched noted delivery_lapsed", &["no_carrier_time"]));
    // Refused: no items; delivered and never paid; delivered when the agreed clock had long called it off.
    files.order(31, "unavailable", [bought, approved, "", "", promised]);
    files.payment(31, 1, "boleto", "35.00");
    files.order(32, "delivered", GOOD);
    files.unit(32, 1, (1, 1), "10.00", "1.00");
    files.plain(33, "delivered", [bought, approved, carried, "2019-06-01 00:00:00", promised]);
}

async fn texts(app: &TestApp, sql: String) -> Vec<String> {
    use holdfast::server::storage::{Conn, On};
    let mut reader = app.state.services.db.reader().await.expect("the database answers");
    let sql = sqlx::AssertSqlSafe(sql);
    match reader.on() {
        On::Sqlite(c) => sqlx::query_scalar(sql).fetch_all(c).await,
        On::Postgres(c) => sqlx::query_scalar(sql).fetch_all(c).await,
    }
    .expect("rows can be read")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_oddity_is_imported_by_its_rule_or_refused_with_its_reason() {
    each_store(async |app| {
        let (files, expected) = small(&app);
        let report = import(&app, files.write()).await.expect("the files are whole");
        assert_eq!((report.found, report.imported, report.refused()), (26, 23, 3), "{report}");
        for (number, status, events, odd) in expected {
            let order = id(number);
            let of = format!("from orders o where external_ref = '{order}'");
            assert_eq!(texts(&app, format!("select status {of}")).await, [status], "{number}");
            let kinds = format!("select kind from events e, orders o where e.order_id = o.id and external_ref = '{order}' and seq > 1 order by seq");
            assert_eq!(texts(&app, kinds).await.join(" "), events, "{number}");
            let noted: Vec<&str> =
                report.oddities.iter().filter(|(_, orders)| orders.contains(&order)).map(|(oddity, _)| oddity.code).collect();
            assert_eq!(noted, odd, "{number}");
        }
        let reasons: Vec<(&str, &str)> =
            report.refusals.iter().map(|(reason, orders)| (reason.as_str(), orders[0].0.as_str())).collect();
        let (none, unpaid, late) = (id(31), id(32), id(33));
        assert_eq!(reasons, [("no_items", none.as_str()), ("no_payment", &unpaid), ("not_in_the_process", &late)]);
        assert!(report.in_full().contains(&late), "the report names each order");
        let quotes = texts(&app, format!("select body from events e, orders o where e.order_id = o.id and external_ref = '{}' and kind = 'rejected'", id(3))).await;
        assert!(quotes[0].contains("Veio quebrado,\\ncaixa aberta"), "{quotes:?}");
        let payable = "select cast(-sum(balance_minor) as text) from balances where account like 'liabilities:payable:seller:%'";
        // Twelve at 110.00, one with a surcharge at 130.00, one with a rebate at 60.00.
        assert_eq!(texts(&app, payable.to_owned()).await, ["151000"]);
        assert_eq!(app.count("messages").await, 0, "nobody is told about what happened long ago");
        assert_sound(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_several_sellers_becomes_one_for_each_and_its_payment_is_shared_to_the_cent() {
    each_store(async |app| {
        let mut files = Files::new("sellers", &app);
        files.order(1, "delivered", GOOD);
        files.unit(1, 1, (1, 1), "33.33", "1.11");
        files.unit(1, 2, (1, 2), "66.66", "2.22");
        files.unit(1, 3, (2, 1), "0.01", "0.00");
        files.payment(1, 1, "credit_card", "100.00");
        let report = import(&app, files.write()).await.expect("the files are whole");
        assert_eq!((report.imported, report.orders_made), (1, 2), "{report}");
        let totals = texts(&app, "select cast(total_minor as text) from orders order by external_ref".to_owned()).await;
        let totals: Vec<i64> = totals.iter().map(|text| text.parse().expect("digits")).collect();
        assert_eq!(totals.iter().sum::<i64>(), 10_000, "{totals:?}");
        let refs = texts(&app, "select external_ref from orders order by external_ref".to_owned()).await;
        assert_eq!(refs, [format!("{}-1", id(1)), format!("{}-2", id(1))]);
        assert_sound(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_broken_off_goes_on_and_one_that_is_run_again_doubles_nothing() {
    each_store(async |app| {
        let mut files = Files::new("again", &app);
        for number in 1..=450 {
            files.plain(number, "delivered", GOOD);
        }
        files.order(451, "unavailable", GOOD);
        let folder = files.write();
        let services = &app.state.services;
        let broken =
            olist::import(&services.db, folder, "Olist", app.clock.now(), &mut |_| ControlFlow::Break(())).await;
        let begun = broken.expect("the files are whole").imported;
        assert!((1..450).contains(&begun), "it was broken off after {begun}");
        assert_eq!(usize::try_from(app.count("orders").await), Ok(begun));
        let report = import(&app, folder).await.expect("the files are whole");
        assert_eq!((report.there_before, report.imported, report.refused()), (begun, 450 - begun, 1));
        let tables = ["orders", "events", "postings", "users", "sellers", "order_terms", "import_refusals"];
        let mut before = Vec::new();
        for table in tables {
            before.push(app.count(table).await);
        }
        let report = import(&app, folder).await.expect("the files are whole");
        assert_eq!((report.there_before, report.imported, report.refused()), (450, 0, 1));
        for (table, before) in tables.iter().zip(before) {
            assert_eq!(app.count(table).await, before, "{table}");
        }
        assert_sound(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_said_with_its_place() {
    let app = TestApp::on(Store::Sqlite).await;
    let mut files = Files::new("wrong", &app);
    files.plain(1, "delivered", ["yesterday", "", "", "", ""]);
    let error = import(&app, files.write()).await.expect_err("a time is no time");
    assert!(error.to_string().contains("orders.csv, row 1: order_purchase_timestamp is \"yesterday\""), "{error}");
    fs::remove_file(files.folder.join("order_payments.csv")).expect("it was written");
    let error = import(&app, &files.folder).await.expect_err("a file is missing");
    assert!(error.to_string().contains("order_payments.csv"), "{error}");
    assert_eq!(app.count("orders").await, 0);
}

/// Runs hledger's own checks over the journal, where there is one; the test command installs it.
fn check_with_hledger(journal: &Path) {
    let Ok(checked) = std::process::Command::new("hledger").arg("-f").arg(journal).args(["check", "--strict"]).output()
    else {
        return eprintln!("hledger is not installed: the journal is not checked by it");
    };
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn real_orders_are_imported_twice_without_doubling_and_hledger_finds_no_fault() {
    if !Path::new(REAL).exists() {
        return eprintln!("there are no real orders at {REAL}");
    }
    each_store(async |app| {
        let mut files = Files::new("real", &app);
        for (file, text) in &mut files.rows {
            let whole = fs::read_to_string(Path::new(REAL).join(file)).expect("the data set is whole");
            *text = if *file == "orders.csv" { whole.split_inclusive('\n').take(301).collect() } else { whole };
        }
        let folder = files.write();
        let first = import(&app, folder).await.expect("the files are whole");
        assert_eq!(first.found, 300);
        assert_eq!(first.imported + first.refused(), 300, "{first}");
        assert_sound(&app).await;
        let orders = app.count("orders").await;
        let again = import(&app, folder).await.expect("the files are whole");
        assert_eq!((again.imported, again.there_before), (0, first.imported));
        assert_eq!((&again.oddities, &again.refusals), (&first.oddities, &first.refusals));
        assert_eq!(app.count("orders").await, orders);
        assert_sound(&app).await;
        let path = folder.join("journal");
        let mut out = fs::File::create(&path).expect("the folder for temporary files can be written");
        journal::write(&app.state.services.db, &mut out).await.expect("the ledger can be written");
        check_with_hledger(&path);
    })
    .await;
}
