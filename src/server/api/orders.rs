//! Orders: the list with all filters of the screen, placing, reading, and what stands beside an order.

use axum::http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    actions,
    call::{Call, Reply, after, bad_parameter, etag, rows},
    dto::{
        At, ListOf, PageOf,
        faults::Faults,
        order::{DeliveryOut, ItemBody, OrderOut, delivery_out, items as read_items},
        present,
        read::{CountsOut, Done, EventOut, LedgerOut, OfferOut, OrderRow},
        statuses,
        terms::TermsBody,
    },
    problem::Problem,
    route::Route,
};
use crate::{
    domain::{
        access::Permission,
        desk::{Filter, Sort, Tab},
        order::status::Status,
        page::Cursor,
        party::Party,
        search,
    },
    server::service::{payments, programs},
};

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/orders", "listOrders", "List orders", |call| Box::pin(list(call)))
            .about("The orders that the key may see, in key-set pages: send `next` as `after` for the next one.")
            .query::<ListQuery>()
            .sparse::<PageOf<OrderRow>>()
            .answers::<PageOf<OrderRow>>(200, "A page of orders."),
        Route::get("/orders/{id}", "getOrder", "Read an order", |call| Box::pin(get(call)))
            .about("By its id or its public number. `ETag` is its version; with `If-None-Match` an order that has not changed answers 304.")
            .query::<FieldsQuery>()
            .sparse::<OrderOut>()
            .answers::<OrderOut>(200, "The order."),
        Route::patch("/orders/{id}", "editOrder", "Change an order before payment", |call| Box::pin(edit(call)))
            .about("Its items, its terms, or both at once, as the actions `edit_items` and `edit_terms` do.")
            .needs(Permission::Sell)
            .body::<EditBody>(json!({ "terms": { "inspection_window_secs": 432_000 } }))
            .within()
            .versioned()
            .answers::<Done>(200, "It was changed."),
        Route::get("/orders/{id}/deliveries", "listDeliveries", "Read the parts of an order", |call| {
            Box::pin(deliveries(call))
        })
        .tag("deliveries")
        .answers::<ListOf<DeliveryOut>>(200, "The deliveries."),
        Route::get("/orders/{id}/timeline", "getTimeline", "Read the timeline of an order", |call| {
            Box::pin(timeline(call))
        })
        .tag("timeline")
        .query::<TimelineQuery>()
        .answers::<PageOf<EventOut>>(200, "Events, oldest first."),
        Route::get("/orders/{id}/offers", "listOffers", "What may be done now", |call| Box::pin(offers(call)))
            .about("What the caller may do to the order now, the main thing first, with what it would do to the money.")
            .answers::<ListOf<OfferOut>>(200, "The offers."),
        Route::get("/orders/{id}/ledger", "getOrderLedger", "Read the ledger of an order", |call| {
            Box::pin(ledger(call))
        })
        .tag("ledger")
        .answers::<ListOf<LedgerOut>>(200, "The ledger lines, oldest first."),
        Route::get("/counts", "getCounts", "How many orders each tab has", |call| Box::pin(counts(call)))
            .about("As the screen counts them. An order may be on several tabs.")
            .live_only()
            .answers::<CountsOut>(200, "The numbers."),
    ]
}

/// What a list is narrowed by: all that the screen can.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListQuery {
    /// `your_turn`, `open`, `disputes`, `done` or `all` (the default).
    #[serde(deserialize_with = "present")]
    #[schemars(schema_with = "tabs")]
    tab: Option<String>,
    /// One status.
    #[serde(deserialize_with = "present")]
    #[schemars(schema_with = "statuses")]
    status: Option<String>,
    /// Words that it is found by, all of them.
    #[schemars(length(max = 200))]
    q: Option<String>,
    /// A buyer or seller in whose name this stands.
    #[schemars(length(max = 200))]
    party: Option<String>,
    /// One seller's id.
    seller: Option<String>,
    /// A provider in whose name this stands.
    #[schemars(length(max = 200))]
    provider: Option<String>,
    /// Where it came from.
    #[schemars(length(max = 100))]
    channel: Option<String>,
    /// At least this much, in minor units.
    min_minor: Option<i64>,
    /// At most this much.
    max_minor: Option<i64>,
    /// Placed at this instant or after it.
    placed_from: Option<At>,
    /// Placed before this instant.
    placed_until: Option<At>,
    /// Only those whose next day has passed.
    overdue: Option<bool>,
    /// `urgent`, `newest` (the default), `oldest` or `largest`.
    #[serde(deserialize_with = "present")]
    #[schemars(schema_with = "sorts")]
    sort: Option<String>,
    /// The `next` of the page before, under the same `sort`.
    #[schemars(length(min = 48, max = 56))]
    after: Option<String>,
    /// How many rows, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// Only these members of each row, between commas.
    fields: Option<String>,
}

/// The sort of a list for which none is asked.
const USUAL_SORT: Sort = Sort::Newest;
/// What stands between the place of a row and the sort under which it is one.
const MARK: char = '-';

/// A place, with its sort; without a mark it is one of the usual sort. Before there were marks no place had one.
fn marked(place: Cursor, sort: Sort) -> String {
    let place = place.write();
    if sort == USUAL_SORT { place } else { format!("{place}{MARK}{}", sort.code()) }
}

fn codes(codes: &[&str]) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": codes })
}

fn tabs(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    codes(&Tab::ALL.map(Tab::code))
}

fn sorts(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    codes(&Sort::ALL.map(Sort::code))
}

impl ListQuery {
    /// The filter, whose codes and ids are checked: a program is told what it mistypes.
    pub(super) fn filter(&self) -> Result<Filter, Problem> {
        let unknown = |name: &str| bad_parameter(name, "There is no such value.");
        rows(self.limit)?;
        let tab = self.tab.as_deref().map(|text| Tab::from_code(text).ok_or_else(|| unknown("tab")));
        let status = self.status.as_deref().map(|text| Status::from_code(text).ok_or_else(|| unknown("status")));
        let seller = self.seller.as_deref().map(|text| text.parse().map_err(|_| unknown("seller")));
        let sort = self.sort.as_deref().map(|text| Sort::from_code(text).ok_or_else(|| unknown("sort")));
        let words = short("q", self.q.as_deref(), 200)?;
        if !words.is_empty() && search::query(&words).is_empty() {
            return Err(bad_parameter("q", "There is no letter and no digit in it to look for."));
        }
        let sort = sort.transpose()?.unwrap_or(USUAL_SORT);
        self.place(sort)?;
        Ok(Filter {
            tab: tab.transpose()?.unwrap_or(Tab::All),
            status: status.transpose()?,
            search: words,
            seller: seller.transpose()?,
            party: short("party", self.party.as_deref(), 200)?,
            provider: short("provider", self.provider.as_deref(), 200)?,
            channel: short("channel", self.channel.as_deref(), 100)?,
            least_minor: self.min_minor,
            most_minor: self.max_minor,
            least_typed: None,
            most_typed: None,
            placed_from: self.placed_from.map(|at| at.0),
            placed_until: self.placed_until.map(|at| at.0),
            overdue: self.overdue.unwrap_or_default(),
            sort,
        })
    }

    /// After which row the page begins. A row's place under one sort is none under another: the page would be senseless.
    fn place(&self, sort: Sort) -> Result<Option<Cursor>, Problem> {
        let Some(text) = self.after.as_deref() else { return Ok(None) };
        let (place, made_under) = match text.split_once(MARK) {
            Some((place, mark)) => (place, Sort::from_code(mark)),
            None => (text, Some(USUAL_SORT)),
        };
        match made_under {
            Some(other) if other != sort => {
                let other = other.code();
                let detail =
                    format!("It is the `next` of a page with sort={other}: ask with that, or without `after`.");
                Err(bad_parameter("after", &detail))
            }
            Some(_) => after(Some(place)),
            None => after(Some(text)),
        }
    }
}

/// A text to look for, which is not endless.
fn short(name: &str, text: Option<&str>, most: usize) -> Result<String, Problem> {
    let text = text.unwrap_or_default().trim();
    if text.chars().count() > most {
        return Err(bad_parameter(name, &format!("At most {most} characters.")));
    }
    if text.contains(char::is_control) {
        return Err(bad_parameter(name, "There is a control character in it."));
    }
    Ok(text.to_owned())
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let query: ListQuery = call.query()?;
    let (filter, limit) = (query.filter()?, rows(query.limit)?);
    let sort = filter.sort;
    let page = programs::list(call.services(), &call.holder, filter, query.place(sort)?, limit).await?;
    let data = page.rows.into_iter().map(OrderRow::from).collect();
    Ok(Reply::ok(&PageOf { data, next: page.next.map(|place| marked(place, sort)) }))
}

/// Which members are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FieldsQuery {
    /// Only these members, between commas.
    fields: Option<String>,
}

async fn get(call: Call) -> Result<Reply, Problem> {
    call.query::<FieldsQuery>()?;
    let (order, actor) = programs::find(call.services(), &call.holder, &call.order()?).await?;
    if call.has(order.version) {
        return Ok(Reply::nothing(StatusCode::NOT_MODIFIED).with(header::ETAG, &etag(order.version)));
    }
    // Whoever sends the buyer to pay, or is the buyer, needs to know where.
    let sells = actor.permissions.has(Permission::Sell) && actor.party != Party::Provider;
    let pays = order.due_minor() > 0 && (sells || actor.permissions.has(Permission::Buy));
    let pay_url = pays
        .then(|| format!("{}/pay/{}", call.state.config.public_url, payments::pay_token(call.services(), order.id)));
    Ok(Reply::ok(&OrderOut::of(&order, &actor, pay_url)).version(order.version))
}

/// What changes of an order: its items, its terms, or both.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditBody {
    /// The version that you have seen.
    #[serde(default)]
    expected_version: Option<u32>,
    /// All items as they are from now on.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    items: Option<Vec<ItemBody>>,
    /// What changes of the terms.
    #[serde(default)]
    terms: Option<TermsBody>,
}

async fn edit(call: Call) -> Result<Reply, Problem> {
    let body: EditBody = call.json()?;
    if body.items.is_none() && body.terms.is_none() {
        return Err(Problem::field("", "Say what changes: `items`, `terms`, or both."));
    }
    let mut faults = Faults::default();
    let items = body.items.map(|items| read_items(&items, &mut faults));
    let terms = body.terms.map(|terms| terms.change("/terms", &mut faults));
    faults.end(Some(()))?;
    let wanted = programs::Wanted::Edit { items: items.flatten(), terms: terms.flatten() };
    actions::perform(call, wanted, body.expected_version).await
}

async fn deliveries(call: Call) -> Result<Reply, Problem> {
    let (order, _) = programs::find(call.services(), &call.holder, &call.order()?).await?;
    let data = order.deliveries.iter().map(|part| delivery_out(&order, part)).collect();
    Ok(Reply::ok(&ListOf { data }).version(order.version))
}

/// Where in a timeline.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimelineQuery {
    /// Events after this number: the `next` of the page before.
    #[schemars(range(min = 0))]
    after: Option<u32>,
    /// How many, from 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

async fn timeline(call: Call) -> Result<Reply, Problem> {
    let query: TimelineQuery = call.query()?;
    let limit = rows(query.limit)?;
    let (order, entries) = programs::timeline(call.services(), &call.holder, &call.order()?).await?;
    let mut rest = entries.into_iter().filter(|entry| entry.seq > query.after.unwrap_or_default()).peekable();
    let mut data = Vec::with_capacity(limit);
    let mut last = 0;
    while let Some(entry) = rest.next_if(|_| data.len() < limit) {
        last = entry.seq;
        data.push(EventOut::of(&entry, &order));
    }
    let next = rest.peek().map(|_| last.to_string());
    Ok(Reply::ok(&PageOf { data, next }).version(order.version))
}

async fn offers(call: Call) -> Result<Reply, Problem> {
    let (order, offers) = programs::offers(call.services(), &call.holder, &call.order()?).await?;
    Ok(Reply::ok(&ListOf { data: offers.into_iter().map(OfferOut::from).collect() }).version(order.version))
}

async fn ledger(call: Call) -> Result<Reply, Problem> {
    let (order, lines) = programs::ledger(call.services(), &call.holder, &call.order()?).await?;
    let data = lines.into_iter().map(|line| LedgerOut::of(line, &order)).collect();
    Ok(Reply::ok(&ListOf { data }).version(order.version))
}

async fn counts(call: Call) -> Result<Reply, Problem> {
    Ok(Reply::ok(&CountsOut::from(programs::counts(call.services(), &call.holder).await?)))
}
