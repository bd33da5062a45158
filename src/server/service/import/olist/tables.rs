//! The files of the Olist data set: orders are read one by one, all that is joined to them is kept small in memory.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use jiff::{civil::DateTime, tz::TimeZone};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    domain::{
        money::{Currency, Minor, Money},
        time::{Moment, Span},
    },
    server::service::import::ImportError,
};

/// An id of the data set: 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u128);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok()).flatten().map(Self)
    }

    /// Its first six digits, to tell one from another in a name.
    #[must_use]
    pub fn short(self) -> String {
        self.to_string()[..6].to_owned()
    }
}

/// An order as the data set tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOrder {
    /// Its number.
    pub id: Key,
    /// The customer of this one order.
    pub customer: Key,
    /// Its last status.
    pub status: String,
    /// When it was bought.
    pub purchased: Option<Moment>,
    /// When its payment was approved.
    pub approved: Option<Moment>,
    /// When the carrier had it.
    pub carried: Option<Moment>,
    /// When the customer had it.
    pub delivered: Option<Moment>,
    /// The end of the day by which it was promised.
    pub promised: Option<Moment>,
}

/// One unit of a product in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Its number in the order.
    pub no: u32,
    /// The product.
    pub product: Key,
    /// Who sells it.
    pub seller: Key,
    /// Its price.
    pub price_minor: Minor,
    /// The price of carrying it.
    pub freight_minor: Minor,
}

/// A payment of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its number in the order.
    pub no: u32,
    /// `credit_card`, `boleto`, `voucher`, …
    pub kind: String,
    /// In how many instalments.
    pub instalments: u32,
    /// How much.
    pub amount_minor: Minor,
}

/// What a customer said afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// From 1 to 5.
    pub score: u8,
    /// Title and message, or nothing.
    pub text: String,
    /// When it was written.
    pub answered: Option<Moment>,
}

/// Who bought: the person, and the city of this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The same over all orders of the person.
    pub person: Key,
    /// The city, in lower case as it stands there.
    pub city: String,
}

/// What orders are joined to.
#[derive(Debug, Default)]
pub struct Tables {
    /// By order.
    pub units: HashMap<Key, Vec<Unit>>,
    /// By order.
    pub payments: HashMap<Key, Vec<Payment>>,
    /// By order.
    pub reviews: HashMap<Key, Vec<Review>>,
    /// By the customer of an order.
    pub customers: HashMap<Key, Customer>,
    /// The category of each product; nothing where it has none.
    pub products: HashMap<Key, String>,
    /// The city and state of each seller.
    pub sellers: HashMap<Key, (String, String)>,
}

/// A file with its rows, and how to read its values.
struct Source {
    path: PathBuf,
    currency: Currency,
    zone: TimeZone,
}

impl Source {
    fn new(folder: &Path, name: &str, currency: Currency, zone: &TimeZone) -> Self {
        Self { path: folder.join(name), currency, zone: zone.clone() }
    }

    fn rows<T: DeserializeOwned>(
        &self,
    ) -> Result<impl Iterator<Item = Result<(u64, T), ImportError>> + use<T>, ImportError> {
        let path = self.path.clone();
        let reader = csv::Reader::from_path(&path).map_err(|error| ImportError::File(path.clone(), error))?;
        let rows = reader.into_deserialize::<T>().zip(1..);
        Ok(rows.map(move |(row, no)| row.map(|row| (no, row)).map_err(|error| ImportError::File(path.clone(), error))))
    }

    fn wrong(&self, row: u64, column: &'static str, value: &str, wanted: &'static str) -> ImportError {
        ImportError::Value { file: self.path.clone(), row, column, value: value.to_owned(), wanted }
    }

    fn key(&self, row: u64, column: &'static str, text: &str) -> Result<Key, ImportError> {
        Key::parse(text).ok_or_else(|| self.wrong(row, column, text, "32 hexadecimal digits"))
    }

    fn amount(&self, row: u64, column: &'static str, text: &str) -> Result<Minor, ImportError> {
        Money::parse(text, self.currency)
            .map(|money| money.minor)
            .map_err(|_| self.wrong(row, column, text, "an amount"))
    }

    /// A time of the data set bears no zone: it is read in the marketplace's own.
    fn time(&self, row: u64, column: &'static str, text: &str) -> Result<Option<Moment>, ImportError> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || self.wrong(row, column, text, "a time like 2017-10-02 10:56:33");
        let civil: DateTime = text.parse().map_err(|_| wrong())?;
        let zoned = civil.to_zoned(self.zone.clone()).map_err(|_| wrong())?;
        Ok(Some(Moment(zoned.timestamp().as_microsecond())))
    }
}

#[derive(Deserialize)]
struct OrderLine {
    order_id: String,
    customer_id: String,
    order_status: String,
    order_purchase_timestamp: String,
    order_approved_at: String,
    order_delivered_carrier_date: String,
    order_delivered_customer_date: String,
    order_estimated_delivery_date: String,
}

/// The orders, one after the other, and how many there are.
pub fn orders(
    folder: &Path,
    currency: Currency,
    zone: &TimeZone,
) -> Result<(usize, impl Iterator<Item = Result<SourceOrder, ImportError>> + use<>), ImportError> {
    let source = Source::new(folder, "orders.csv", currency, zone);
    let count = csv::Reader::from_path(&source.path)
        .map_err(|error| ImportError::File(source.path.clone(), error))?
        .into_byte_records()
        .count();
    let rows = source.rows::<OrderLine>()?;
    let orders = rows.map(move |line| {
        let (row, line) = line?;
        let time = |column, text: &str| source.time(row, column, text);
        Ok(SourceOrder {
            id: source.key(row, "order_id", &line.order_id)?,
            customer: source.key(row, "customer_id", &line.customer_id)?,
            purchased: time("order_purchase_timestamp", &line.order_purchase_timestamp)?,
            approved: time("order_approved_at", &line.order_approved_at)?,
            carried: time("order_delivered_carrier_date", &line.order_delivered_carrier_date)?,
            delivered: time("order_delivered_customer_date", &line.order_delivered_customer_date)?,
            promised: time("order_estimated_delivery_date", &line.order_estimated_delivery_date)?
                .map(|day| day.plus(Span::days(1))),
            status: line.order_status,
        })
    });
    Ok((count, orders))
}

#[derive(Deserialize)]
struct UnitLine {
    order_id: String,
    order_item_id: u32,
    product_id: String,
    seller_id: String,
    price: String,
    freight_value: String,
}

#[derive(Deserialize)]
struct PaymentLine {
    order_id: String,
    payment_sequential: u32,
    payment_type: String,
    payment_installments: u32,
    payment_value: String,
}

#[derive(Deserialize)]
struct ReviewLine {
    order_id: String,
    review_score: u8,
    review_comment_title: String,
    review_comment_message: String,
    review_creation_date: String,
    review_answer_timestamp: String,
}

#[derive(Deserialize)]
struct CustomerLine {
    #[serde(rename = "customer_id")]
    id: String,
    #[serde(rename = "customer_unique_id")]
    person: String,
    #[serde(rename = "customer_city")]
    city: String,
}

#[derive(Deserialize)]
struct ProductLine {
    product_id: String,
    product_category_name: String,
}

#[derive(Deserialize)]
struct SellerLine {
    #[serde(rename = "seller_id")]
    id: String,
    #[serde(rename = "seller_city")]
    city: String,
    #[serde(rename = "seller_state")]
    state: String,
}

impl Tables {
    /// Reads all that orders are joined to.
    pub fn read(folder: &Path, currency: Currency, zone: &TimeZone) -> Result<Self, ImportError> {
        let open = |name: &str| Source::new(folder, name, currency, zone);
        let mut tables = Self::default();
        tables.read_units(&open("order_items.csv"))?;
        tables.read_payments(&open("order_payments.csv"))?;
        tables.read_reviews(&open("order_reviews.csv"))?;
        tables.read_people(&open("customers.csv"), &open("sellers.csv"))?;
        let source = open("products.csv");
        for line in source.rows::<ProductLine>()? {
            let (row, line) = line?;
            tables.products.insert(source.key(row, "product_id", &line.product_id)?, line.product_category_name);
        }
        Ok(tables)
    }

    fn read_units(&mut self, source: &Source) -> Result<(), ImportError> {
        for line in source.rows::<UnitLine>()? {
            let (row, line) = line?;
            let unit = Unit {
                no: line.order_item_id,
                product: source.key(row, "product_id", &line.product_id)?,
                seller: source.key(row, "seller_id", &line.seller_id)?,
                price_minor: source.amount(row, "price", &line.price)?,
                freight_minor: source.amount(row, "freight_value", &line.freight_value)?,
            };
            self.units.entry(source.key(row, "order_id", &line.order_id)?).or_default().push(unit);
        }
        for units in self.units.values_mut() {
            units.sort_by_key(|unit| unit.no);
        }
        Ok(())
    }

    fn read_payments(&mut self, source: &Source) -> Result<(), ImportError> {
        for line in source.rows::<PaymentLine>()? {
            let (row, line) = line?;
            let payment = Payment {
                no: line.payment_sequential,
                kind: line.payment_type,
                instalments: line.payment_installments,
                amount_minor: source.amount(row, "payment_value", &line.payment_value)?,
            };
            self.payments.entry(source.key(row, "order_id", &line.order_id)?).or_default().push(payment);
        }
        for payments in self.payments.values_mut() {
            payments.sort_by_key(|payment| payment.no);
        }
        Ok(())
    }

    fn read_reviews(&mut self, source: &Source) -> Result<(), ImportError> {
        for line in source.rows::<ReviewLine>()? {
            let (row, line) = line?;
            let asked = source.time(row, "review_creation_date", &line.review_creation_date)?;
            let answered = source.time(row, "review_answer_timestamp", &line.review_answer_timestamp)?;
            let (title, message) = (line.review_comment_title.trim(), line.review_comment_message.trim());
            let texts: Vec<&str> = [title, message].into_iter().filter(|text| !text.is_empty()).collect();
            let review = Review { score: line.review_score, text: texts.join("\n"), answered: answered.or(asked) };
            self.reviews.entry(source.key(row, "order_id", &line.order_id)?).or_default().push(review);
        }
        for reviews in self.reviews.values_mut() {
            reviews.sort_by_key(|review| review.answered);
        }
        Ok(())
    }

    fn read_people(&mut self, customers: &Source, sellers: &Source) -> Result<(), ImportError> {
        for line in customers.rows::<CustomerLine>()? {
            let (row, line) = line?;
            let person = customers.key(row, "customer_unique_id", &line.person)?;
            let customer = Customer { person, city: line.city };
            self.customers.insert(customers.key(row, "customer_id", &line.id)?, customer);
        }
        for line in sellers.rows::<SellerLine>()? {
            let (row, line) = line?;
            let place = (line.city, line.state);
            self.sellers.insert(sellers.key(row, "seller_id", &line.id)?, place);
        }
        Ok(())
    }
}
