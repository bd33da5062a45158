//! What the one screen shows: a page of the list, the counts of its tabs, and the order that is open.

use std::collections::BTreeMap;

use crate::{
    domain::{
        access::{Permission, Viewer},
        desk::{Filter, Owner, Row, SavedView, Sort, Tab, TabCounts},
        error::Error as Shown,
        id::{ProviderId, Reference},
        money::parse_minor,
        order::{
            Order,
            action::Verb,
            event::Event,
            status::{Stage, Status, Turn},
        },
        page::{Cursor, Page},
        party::{Actor, Party},
        time::Moment,
        timeline::{Entry, GENESIS},
        view::{Desk, LedgerLine, MessageLine, Open, OrderView, Part},
    },
    server::{
        clock,
        error::Error,
        secret::Purpose,
        service::{Services, bulk, couriers, handover, orders, photos, placing::MOST_PROVIDERS, receiving, views},
        storage::{
            self, Conn, counts, counts::CountRow, events, events::EventRow, ledger, list, outbox, people, recipients,
            recipients::Said,
        },
    },
};

/// Rows on a page of the list.
pub const ROWS: usize = 20;
/// The longest search that is looked for, in characters.
const LONGEST_SEARCH: usize = 200;
/// The most rows on a page that somebody may ask for.
pub const MOST_ROWS: usize = 50;

/// What a reader asks to see.
#[derive(Debug, Clone)]
struct Asked {
    /// By what the list is narrowed, but for the tab.
    filter: Filter,
    /// Which tab; without one it is the first that has something to show.
    tab: Option<Tab>,
    /// After which row the list goes on.
    after: Option<Cursor>,
    /// How many rows are wanted.
    rows: usize,
    /// The key of a command to many orders, when what came of it is asked for.
    carried: String,
}

/// The list, as it is narrowed, and what stands above it.
struct Listed {
    filter: Filter,
    list: Page<Row>,
    counts: TabCounts,
    views: Vec<SavedView>,
}

/// Reads the screen, or a part of it: three queries for the list, with the session's, and five more at most with an order open
/// beside it. Whoever may not see the order that is open gets no part either.
async fn read(
    services: &Services,
    viewer: Viewer,
    asked: Asked,
    open: Option<Reference>,
    part: Part,
) -> Result<Desk, Error> {
    let now = services.now();
    let party = orders::owner(&viewer).party();
    let mut conn = services.db.reader().await?;
    let (mut opened, mut order) = (None, None);
    if let Some(reference) = &open {
        let (found, said, reader) = open_order(&mut conn, &viewer, reference).await?;
        opened = Some(Open { reference: found.reference.clone(), title: found.title() });
        if part.has_order() {
            order = Some(Box::new(view_for(services, &mut conn, found, said, &reader).await?));
        }
    }
    let carried = match open {
        None if !asked.carried.is_empty() => bulk::find(&mut conn, &viewer, &asked.carried).await?,
        _ => None,
    };
    // After the order, so that the list is never older than what stands beside it.
    let Listed { filter, list, counts, views } = if part.has_list() {
        listed(&mut conn, &viewer, asked, now).await?
    } else {
        Listed {
            filter: asked.filter,
            list: Page { rows: Vec::new(), next: None },
            counts: TabCounts::default(),
            views: Vec::new(),
        }
    };
    let bulk_key = clock::new_id(now).simple().to_string();
    Ok(Desk { party, viewer, now, part, filter, list, counts, views, bulk_key, carried, open: opened, order })
}

async fn listed(conn: &mut dyn Conn, viewer: &Viewer, asked: Asked, now: Moment) -> Result<Listed, Error> {
    let owner = orders::owner(viewer);
    let (counted, views) = views::head(conn, viewer, id_of(owner)).await?;
    let counts = tab_counts(&counted, owner.party())?;
    let filter = Filter { tab: asked.tab.unwrap_or(first_tab(&counts)), ..asked.filter };
    let list = list::list(conn, owner, &filter, asked.after, asked.rows.clamp(1, MOST_ROWS), now).await?;
    Ok(Listed { filter, list, counts, views })
}

/// What an address narrows the list to: the filter without its tab, and the tab, when the address chooses one.
pub(super) fn narrowed(query: &BTreeMap<String, String>, time_zone: &str) -> (Filter, Option<Tab>) {
    let text = |name: &str| query.get(name).map_or("", |text| text.trim());
    let filter = filter_of(&text, time_zone);
    // Whoever looks for something looks everywhere, unless they say where.
    let anywhere = filter.status.is_some() || !filter.search.is_empty();
    let tab = Tab::from_code(text("tab")).or(anywhere.then_some(Tab::All));
    (filter, tab)
}

/// What the list of an address shows, with the tab that it would stand on: for what is done to all of it.
pub(super) async fn shown(
    conn: &mut dyn Conn,
    viewer: &Viewer,
    query: &BTreeMap<String, String>,
) -> Result<Filter, Error> {
    let (filter, tab) = narrowed(query, &viewer.time_zone);
    let tab = if let Some(tab) = tab { tab } else { first_tab(&counts(conn, viewer).await?) };
    Ok(Filter { tab, ..filter })
}

/// Reads the screen, or a part of it, for an address. Parameters that make no sense narrow nothing: an address may be old or mistyped.
///
/// # Errors
/// Not found when the order is not this reader's to see.
pub async fn read_address(
    services: &Services,
    viewer: Viewer,
    query: &BTreeMap<String, String>,
    open: Option<&str>,
    part: Part,
) -> Result<Desk, Error> {
    let text = |name: &str| query.get(name).map_or("", |text| text.trim());
    let (filter, tab) = narrowed(query, &viewer.time_zone);
    let asked = Asked {
        tab,
        after: Cursor::read(text("after")),
        rows: text("rows").parse().unwrap_or(ROWS),
        carried: text("carried").to_owned(),
        filter,
    };
    let open = open.map(|open| open.parse::<Reference>().map_err(|_| Shown::not_found("order"))).transpose()?;
    read(services, viewer, asked, open, part).await
}

fn filter_of<'a>(text: &impl Fn(&str) -> &'a str, time_zone: &str) -> Filter {
    // The list may hold several currencies: an amount is meant in units of each.
    let amount = |name: &str| {
        parse_minor(text(name), 4).or_else(|_| parse_minor(text(name), 2).map(|hundredths| hundredths * 100)).ok()
    };
    // No text that is kept has control characters in it, and a database may take offence at them.
    let words = |name: &str| text(name).chars().filter(|c| !c.is_control()).take(LONGEST_SEARCH).collect();
    Filter {
        tab: Tab::default(),
        status: Status::from_code(text("status")),
        search: words("q"),
        seller: text("seller").parse().ok(),
        party: words("party"),
        provider: words("provider"),
        channel: words("channel"),
        least_minor: None,
        most_minor: None,
        least_typed: amount("min"),
        most_typed: amount("max"),
        placed_from: clock::day_start(text("from"), time_zone),
        placed_until: clock::day_end(text("to"), time_zone),
        overdue: text("overdue") == "on",
        sort: Sort::from_code(text("sort")).unwrap_or_default(),
    }
}

/// Under which id the counts of these orders are kept.
pub const fn id_of(owner: Owner) -> uuid::Uuid {
    match owner {
        Owner::Buyer(id) => id.0,
        Owner::Seller(id) => id.0,
        Owner::Provider(id) => id.0,
        Owner::Marketplace(id) => id.0,
    }
}

/// How many orders each tab has for this reader.
pub(super) async fn counts(conn: &mut dyn Conn, viewer: &Viewer) -> Result<TabCounts, Error> {
    let owner = orders::owner(viewer);
    tab_counts(&counts::list(conn, id_of(owner)).await?, owner.party())
}

fn tab_counts(rows: &[CountRow], party: Party) -> Result<TabCounts, Error> {
    let mut counts = TabCounts::default();
    for row in rows {
        let broken = || storage::Error::broken("order_counts", &row.status, "unknown status or turn");
        let status = Status::from_code(&row.status).ok_or_else(broken)?;
        let turn = Turn::from_bits(u8::try_from(row.turn).map_err(|_| broken())?);
        if turn.includes(party) {
            counts.your_turn += row.orders;
        }
        match status.stage() {
            Stage::Open => counts.open += row.orders,
            Stage::Disputed => counts.disputes += row.orders,
            Stage::Done => counts.done += row.orders,
        }
    }
    Ok(counts)
}

/// The tab that a reader sees first: what waits for them, or everything when nothing does.
const fn first_tab(counts: &TabCounts) -> Tab {
    if counts.your_turn > 0 { Tab::YourTurn } else { Tab::All }
}

/// The order with this number, where it goes, and who this reader is in it.
async fn open_order(
    conn: &mut dyn Conn,
    viewer: &Viewer,
    reference: &Reference,
) -> Result<(Order, Said, Actor), Error> {
    let not_found = || Shown::not_found("order");
    let (order, said) = recipients::find_with_order(conn, reference).await?.ok_or_else(not_found)?;
    let reader = orders::actor_for(viewer, &order).ok_or_else(not_found)?;
    Ok((order, said, reader))
}

/// An order as this reader sees it, who was found to play a part in it.
pub(super) async fn view_for(
    services: &Services,
    conn: &mut dyn Conn,
    mut order: Order,
    said: Said,
    reader: &Actor,
) -> Result<OrderView, Error> {
    let rows = events::list(conn, order.id).await?;
    let chain_holds = chain_holds(&order, &rows);
    let mut timeline = rows.iter().map(EventRow::entry).collect::<Result<Vec<Entry>, _>>()?;
    timeline.retain(|entry| entry.seq <= order.version && entry.event.is_for(reader.party));
    let lines = ledger::list_of_order(conn, order.id).await?;
    let offers = order.offers(reader, services.now());
    let may_set_provider = offers.iter().any(|offer| offer.verb == Verb::SetProvider);
    let providers = if may_set_provider {
        let parties = &order.parties;
        let rows = people::list_providers(conn, parties.marketplace, Some(parties.seller), MOST_PROVIDERS).await?;
        rows.into_iter().map(|row| (ProviderId(row.id), row.name)).collect()
    } else {
        Vec::new()
    };
    let messages = messages(conn, reader, &order).await?;
    let to_pay = buys(reader) && order.due_minor() > 0;
    let door_codes = handover::codes(&services.secret, reader, &order);
    let photos = photos::list_named(conn, order.id, &timeline).await?;
    let receiving = receiving::as_seen(said, &order, reader.party);
    order.handover_digest.clear();
    for entry in &mut timeline {
        if let Event::Placed(placed) = &mut entry.event {
            placed.handover_digest.clear();
        }
    }
    Ok(OrderView {
        party: reader.party,
        turn: order.turn_sentence(reader.party),
        steps: order.forecast(reader.party),
        pay_token: to_pay.then(|| services.secret.sign_link(Purpose::Pay, order.id.0)),
        door_codes,
        photos,
        receiving,
        may_link_courier: couriers::may_link(reader, &order),
        command_key: clock::new_id(services.now()).simple().to_string(),
        ledger: lines.into_iter().map(ledger_line).collect(),
        offers,
        timeline,
        chain_holds,
        providers,
        messages,
        order,
    })
}

fn buys(reader: &Actor) -> bool {
    reader.party == Party::Buyer && reader.permissions.has(Permission::Buy)
}

/// Messages that were owed about an order, for operators.
pub(super) async fn messages(conn: &mut dyn Conn, reader: &Actor, order: &Order) -> Result<Vec<MessageLine>, Error> {
    if reader.party != Party::Operator {
        return Ok(Vec::new());
    }
    Ok(outbox::list_of_order(conn, order.id).await?.into_iter().map(message_line).collect())
}

/// Whether every event is there and each hash follows from the one before it.
fn chain_holds(order: &Order, rows: &[EventRow]) -> bool {
    let mut before = GENESIS;
    let mut seq = 0;
    for row in rows {
        seq += 1;
        let hash = row.stored().chain(&before, order.id, seq, Moment(row.at));
        if row.seq != i64::from(seq) || row.hash != hash {
            return false;
        }
        before = hash;
    }
    seq >= order.version
}

pub(super) fn ledger_line(row: ledger::LineRow) -> LedgerLine {
    LedgerLine {
        event_seq: u32::try_from(row.event_seq).unwrap_or_default(),
        kind: row.kind,
        at: Moment(row.at),
        account: row.account,
        amount_minor: row.amount_minor,
    }
}

fn message_line(row: outbox::OwedRow) -> MessageLine {
    let at = if row.sent_at > 0 { row.sent_at } else { row.due_at };
    MessageLine {
        event_seq: u32::try_from(row.event_seq).unwrap_or_default(),
        to: Party::from_code(&row.party).unwrap_or(Party::Buyer),
        name: row.name.filter(|_| !row.to_address.is_empty() || row.state != "pending").unwrap_or_default(),
        address: row.to_address,
        channel: row.channel,
        kind: row.kind,
        state: row.state,
        reason: row.last_error,
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        at: Moment(at),
    }
}
