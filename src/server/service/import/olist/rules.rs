//! The terms and rules by which Olist's orders are imported, and the oddities that they answer, each in one sentence.

use crate::{
    domain::{
        order::terms::{OnSilence, Terms},
        time::Span,
    },
    server::service::import::report::Oddity,
};

/// What a payment may take to be approved: boletos took up to 17 days.
pub const PAYMENT_WINDOW: Span = Span::days(30);
/// Used where an order bears no promised day.
pub const DELIVERY_WINDOW: Span = Span::days(30);
/// The shortest delivery window, for orders that were promised before their payment was approved.
pub const SHORTEST_DELIVERY_WINDOW: Span = Span::days(1);
/// The latest delivery came 168 days after the promised day.
pub const OVERDUE_WINDOW: Span = Span::days(200);
/// 995 of 1,000 reviews that came after the delivery came within 30 days of it.
pub const INSPECTION_WINDOW: Span = Span::days(30);
/// For a seller to answer a rejection; the data knows no answers, so this is how long a rejection takes to be refunded.
pub const ANSWER_WINDOW: Span = Span::days(7);

/// The terms of every order; the delivery window is each order's own.
///
/// No commission, fee, late-cancellation fee or release delay: the data tells of none.
#[must_use]
pub fn terms(delivery_window: Span) -> Terms {
    Terms {
        payment_window: PAYMENT_WINDOW,
        delivery_window,
        overdue_window: OVERDUE_WINDOW,
        inspection_window: INSPECTION_WINDOW,
        answer_window: ANSWER_WINDOW,
        on_silence: OnSilence::Accept,
        ..Terms::default()
    }
}

/// The rules that hold for all orders, for the report.
#[must_use]
pub fn sentences() -> Vec<(&'static str, String)> {
    let all = terms(DELIVERY_WINDOW);
    vec![
        ("Times", "read in America/Sao_Paulo, for the data names no zone".to_owned()),
        ("Pay within", all.payment_window.words()),
        ("Delivered within", "from the payment to the end of the promised day".to_owned()),
        ("Called off when overdue by", all.overdue_window.words()),
        ("Look it over", format!("{}; silence accepts", all.inspection_window.words())),
        ("Answer a rejection", format!("{}; silence refunds", all.answer_window.words())),
        ("Commission and fees", "none: the data tells of none".to_owned()),
        ("Items", "units of one product at one price are one item; the freight of all is one item".to_owned()),
        ("Accepted", "by the first review after the delivery with 3, 4 or 5 points, at its time".to_owned()),
        (
            "Rejected",
            "by the first review after the delivery with 1 or 2 points, with its text as the reason".to_owned(),
        ),
        ("Silence", "orders without such a review, and those that never arrived, are left to the clock".to_owned()),
        ("canceled", "called off by the marketplace with a refund, at the latest known time before".to_owned()),
        ("unavailable", "called off by the seller with a refund, at the latest known time before".to_owned()),
        ("Reviews", "each is kept as the buyer's note at its time".to_owned()),
        ("Messages", "none is owed for what happened long ago".to_owned()),
    ]
}

macro_rules! oddities {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $rule:literal;)*) => {
        $($(#[$doc])* pub const $name: Oddity = Oddity { code: $code, rule: $rule };)*
    };
}

oddities! {
    /// More than one seller.
    SEVERAL_SELLERS = "several_sellers",
        "items of several sellers: one order for each, and the payment shared by price and freight, to the cent";
    /// Paid more than items and freight.
    SURCHARGE = "paid_more", "paid more than items and freight: the difference is an adjustment, a surcharge";
    /// Paid less than items and freight.
    REBATE = "paid_less", "paid less than items and freight: the difference is an adjustment, a rebate";
    /// More than one payment.
    SEVERAL_PAYMENTS = "several_payments", "several payments: held as one sum when approved, and named in a note";
    /// A payment of nothing.
    PAYMENT_OF_NOTHING = "payment_of_nothing", "a payment of 0.00: named in a note, it adds nothing";
    /// Delivered although the approval bears no time.
    NO_APPROVAL_TIME = "no_approval_time", "went on without a time of approval: paid when it was bought, with a note";
    /// Called off before the payment was approved, or without one.
    NEVER_PAID = "never_paid", "called off without an approved payment: called off before payment, so that no money moves";
    /// The carrier had it before the approval.
    CARRIED_BEFORE_APPROVAL = "carried_before_approval",
        "with the carrier before the payment was approved: dispatched when approved, with a note of the real time";
    /// The customer had it before the approval.
    DELIVERED_BEFORE_APPROVAL = "delivered_before_approval",
        "with the customer before the payment was approved: delivered when approved, with a note of the real time";
    /// The customer had it before the carrier.
    DELIVERED_BEFORE_CARRIED = "delivered_before_carried",
        "with the customer before the carrier: delivered without being dispatched, with a note of the carrier's time";
    /// Before it was bought.
    BEFORE_PURCHASE = "approved_before_purchase", "approved before it was bought: paid when it was bought, with a note of the real time";
    /// On its way without a time.
    NO_CARRIER_TIME = "no_carrier_time", "on its way without a time of dispatch: dispatched at the latest known time before, with a note";
    /// Delivered without a time.
    NO_DELIVERY_TIME = "no_delivery_time", "delivered without a time: delivered at the latest known time before, with a note";
    /// No promised day.
    NO_PROMISED_DAY = "no_promised_day", "without a promised day: 30 days to deliver";
    /// Promised before it was paid.
    PROMISED_BEFORE_APPROVAL = "promised_before_approval", "promised for a day before the payment was approved: one day to deliver";
    /// Called off after the delivery.
    CANCELED_AFTER_DELIVERY = "canceled_after_delivery",
        "called off after it was delivered: refunded in full by the marketplace after the delivery";
    /// More than one review.
    SEVERAL_REVIEWS = "several_reviews", "several reviews: the first after the delivery accepts or rejects, the others are notes";
    /// A review from before the delivery.
    REVIEW_BEFORE_DELIVERY = "review_before_delivery",
        "reviewed before it was delivered: a note, and the delivery is left to silence";
    /// A review from after silence had accepted.
    LATE_REVIEW = "late_review", "reviewed more than 30 days after the delivery, when silence had accepted: a note";
    /// A review of an order that never came.
    REVIEW_WITHOUT_DELIVERY = "review_without_delivery", "reviewed although it was not delivered: a note";
    /// A review without a time.
    REVIEW_WITHOUT_TIME = "review_without_time", "a review without a time: a note at the latest known time";
    /// A product without a category.
    NO_CATEGORY = "no_category", "a product without a category: the item is called by the product's number alone";
    /// An unknown seller.
    UNKNOWN_SELLER = "unknown_seller", "a seller who is not among the sellers: called by the number alone";
}
