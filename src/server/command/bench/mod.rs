//! What `make bench` measures: the server as it is, beside bare handlers that ask the same and answer with a fixed page.

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        access::Role,
        desk::{Filter, Tab},
        error::Error as Shown,
        id::{MarketplaceId, OrderId, Reference, SellerId, UserId},
        money::Currency,
        order::{
            Item, ItemKind, Order, Parties,
            action::{Action, Proof, Selection},
            event::Placed,
            terms::Terms,
        },
        party::{Actor, Source},
        text::{DisplayName, Email},
    },
    server::{
        clock,
        command::CommandError,
        config::{Config, ServeArguments},
        error::Error,
        listen, serve,
        service::{
            Services, Visit, accounts,
            console::{self, Joins, NewPerson},
            history::{BuyerContact, History},
            keys::{self, Typed},
        },
        state::AppState,
        storage::{
            self, bench,
            counts::{self, Changes},
            idempotency::{self, CommandKey},
            list,
            people::{self, Place, SellerRow},
            users,
        },
        web,
    },
};

mod bare;

/// What is measured on.
#[derive(Args, Clone, Debug)]
pub struct BenchArguments {
    #[command(flatten)]
    serve: ServeArguments,
    /// How many orders are there to be marked as delivered, and as many again for the bare loop.
    #[arg(long, default_value_t = 8_000)]
    actions: usize,
    /// The file into which the references of those orders are written.
    #[arg(long)]
    references: PathBuf,
}

/// The password of the people whom a measurement looks as.
const PASSWORD: &str = "measured on loopback only";
/// Commands at the same time in the bare loop, as many as the load generator has connections.
const CONNECTIONS: usize = 8;
/// Orders made in one transaction.
const BATCH: usize = 200;

/// Serves the product on the address asked for and the bare handlers on the next port; says where, and who looks.
pub async fn run(arguments: BenchArguments) -> Result<(), CommandError> {
    let config = Config::new(arguments.serve)?;
    let listen = config.listen;
    let state = AppState::open(config).await.map_err(|error| CommandError::Terminal(std::io::Error::other(error)))?;
    let services = &state.services;
    let market = Market::find(services).await?;
    let (readers, keys) = market.readers(services).await?;
    let orders = market.funded(services, arguments.actions * 3).await?;
    let (over_http, rest) = orders.split_at(arguments.actions.min(orders.len()));
    let (by_key, in_loop) = rest.split_at(arguments.actions.min(rest.len()));
    write_references(&arguments.references, over_http)?;
    write_references(&arguments.references.with_extension("api"), by_key)?;
    let rate = bare_loop(services, in_loop.to_vec()).await?;
    let product = web::router(&state);
    let bare = bare::router(services, &product, (&readers, &keys), &market.sample).await?;
    let next = SocketAddr::new(listen.ip(), listen.port() + 1);
    let (product_listener, bare_listener) = (TcpListener::bind(listen).await?, TcpListener::bind(next).await?);
    let mut out = std::io::stdout();
    for (role, cookie) in &readers {
        writeln!(out, "cookie {role} {cookie}")?;
    }
    for (role, key) in &keys {
        writeln!(out, "key {role} {key}")?;
    }
    writeln!(out, "order {}", market.sample)?;
    writeln!(out, "bare_actions {rate}")?;
    writeln!(out, "ready")?;
    out.flush()?;
    let stopping = CancellationToken::new();
    tokio::select! {
        () = listen::serve(product_listener, product, stopping.clone()) => {}
        () = listen::serve(bare_listener, bare, stopping) => {}
        () = serve::told_to_stop() => {}
    }
    Ok(())
}

fn write_references(path: &Path, orders: &[Order]) -> Result<(), CommandError> {
    let lines: Vec<String> = orders.iter().map(|order| format!("{} {}", order.reference, order.version)).collect();
    Ok(std::fs::write(path, lines.join("\n"))?)
}

/// Who looks, by role: each with a cookie, or with a key.
type Readers = Vec<(&'static str, String)>;

/// The marketplace that is measured: the one with the most orders.
struct Market {
    id: MarketplaceId,
    name: String,
    currency: Currency,
    seller: SellerRow,
    buyer: UserId,
    sample: Reference,
}

impl Market {
    async fn find(services: &Services) -> Result<Self, CommandError> {
        let none = || Shown::not_found("order: import or seed some first");
        let mut conn = services.db.reader().await?;
        let id = bench::largest_marketplace(&mut conn).await?.ok_or_else(none)?;
        let row = people::find_marketplace(&mut conn, id).await?.ok_or_else(none)?;
        let seller = bench::busiest_seller(&mut conn, id).await?.ok_or_else(none)?;
        let buyer = bench::busiest_buyer(&mut conn, id).await?.ok_or_else(none)?;
        let filter = Filter { tab: Tab::All, ..Filter::default() };
        let owner = crate::domain::desk::Owner::Buyer(buyer);
        let bought = list::list(&mut conn, owner, &filter, None, 1, services.now()).await?;
        Ok(Self {
            id,
            name: row.name,
            currency: row.currency.parse().map_err(|_| none())?,
            seller: people::find_seller(&mut conn, id, seller).await?.ok_or_else(none)?,
            buyer,
            sample: bought.rows.first().map(|row| row.reference.clone()).ok_or_else(none)?,
        })
    }

    /// An operator, the busiest seller's owner and the busiest buyer, each with the cookie of a session.
    async fn readers(&self, services: &Services) -> Result<(Readers, Readers), CommandError> {
        let text = |error: crate::domain::text::BadText| CommandError::Refused(Shown::field("text", error.0));
        let stamp = clock::new_id(services.now()).simple().to_string();
        let (mut readers, mut keys) = (Vec::new(), Vec::new());
        for role in ["operator", "seller"] {
            let email = Email::parse(&format!("{role}-{stamp}@bench.test")).map_err(text)?;
            let marketplace = DisplayName::parse(&self.name).map_err(text)?;
            let joins = Joins { marketplace, currency: self.currency, seller: None, role: Role::Admin };
            let joins = (role == "operator").then_some(joins);
            let person = NewPerson { email: email.clone(), name: DisplayName::parse(role).map_err(text)?, joins };
            console::add(services, person, PASSWORD.to_owned()).await?;
            if role == "seller" {
                self.employ(services, &email).await?;
            }
            readers.push((role, cookie(services, email.as_str()).await?));
            keys.push((role, key(services, email.as_str(), None).await?));
        }
        let mut conn = services.db.reader().await?;
        let buyer = users::find(&mut conn, self.buyer).await?.ok_or_else(|| Shown::not_found("buyer"))?;
        drop(conn);
        console::set_password(services, &Email::parse(&buyer.email).map_err(text)?, PASSWORD.to_owned()).await?;
        readers.push(("buyer", cookie(services, &buyer.email).await?));
        keys.push(("buyer", key(services, &buyer.email, Some("")).await?));
        Ok((readers, keys))
    }

    /// Puts somebody on the staff of the busiest seller.
    async fn employ(&self, services: &Services, email: &Email) -> Result<(), CommandError> {
        let place =
            Place { marketplace: self.id, seller: Some(SellerId(self.seller.id)), provider: None, role: Role::Owner };
        let mut conn = services.db.reader().await?;
        let user = users::find_by_email(&mut conn, email).await?.ok_or_else(|| Shown::not_found("person"))?.user();
        drop(conn);
        let now = services.now();
        let input = (user, place);
        services
            .db
            .write(input, move |tx, (user, place)| {
                Box::pin(async move { people::insert_membership(tx, clock::new_id(now), *user, place, now).await })
            })
            .await?;
        Ok(())
    }

    /// So many new orders, paid and ready to be delivered.
    async fn funded(&self, services: &Services, wanted: usize) -> Result<Vec<Order>, CommandError> {
        let mut made = Vec::with_capacity(wanted);
        while made.len() < wanted {
            let count = BATCH.min(wanted - made.len());
            let histories = (0..count).map(|_| self.history(services)).collect::<Result<Vec<History>, Shown>>()?;
            made.extend(histories.iter().map(|history| history.order().clone()));
            services.db.write(histories, |tx, histories| Box::pin(write_all(tx, histories))).await?;
        }
        Ok(made)
    }

    fn history(&self, services: &Services) -> Result<History, Shown> {
        let now = services.now();
        let id = OrderId(clock::new_id(now));
        let item = |no, title: &str, quantity, unit_minor| Item {
            no,
            title: title.to_owned(),
            kind: ItemKind::Goods,
            quantity,
            unit_minor,
            commission: None,
            due_at: None,
        };
        let placed = Placed {
            id,
            reference: Reference::from_bits(u64::from_be_bytes(clock::random())),
            parties: Parties {
                marketplace: self.id,
                marketplace_name: self.name.clone(),
                seller: SellerId(self.seller.id),
                seller_name: self.seller.name.clone(),
                buyer: self.buyer,
                buyer_name: "Measured buyer".to_owned(),
            },
            external_ref: None,
            channel: "bench".to_owned(),
            currency: self.currency,
            items: vec![item(1, "Handwoven rug", 1, 38_000), item(2, "Cushion cover", 2, 5_000)],
            terms: Terms::default(),
            milestones: false,
            provider: None,
            handover_digest: services.secret.handover_digest(id, &services.secret.handover_code(id, "")),
        };
        let importer = Actor { source: Source::Import, ..Actor::gateway("bench") };
        let mut history = History::place(placed, &importer, now)?;
        let amount_minor = history.order().due_minor();
        let pay = Action::Pay { amount_minor, gateway: "bench".to_owned(), payment_ref: id.to_string() };
        history.act(&importer, &pay, now)?;
        Ok(history)
    }
}

async fn write_all(tx: &mut storage::Tx, histories: &[History]) -> Result<(), Error> {
    let mut changes = Changes::default();
    for history in histories {
        history.record(tx, &mut changes, &BuyerContact::default()).await?;
    }
    Ok(counts::apply(tx, &changes).await?)
}

/// A key that may all that its maker may.
async fn key(services: &Services, email: &str, place: Option<&str>) -> Result<String, CommandError> {
    let permissions = keys::most(services, email, place).await?;
    let typed = Typed {
        name: "Measured".to_owned(),
        mode: "live".to_owned(),
        permissions: permissions.into_iter().map(|permission| permission.code().to_owned()).collect(),
        days: "1".to_owned(),
    };
    Ok(keys::issue(services, email, place, &typed).await?.text)
}

async fn cookie(services: &Services, email: &str) -> Result<String, CommandError> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let token = accounts::sign_in(services, &Visit::default(), email, PASSWORD.to_owned(), None).await?;
    Ok(format!("holdfast={}", URL_SAFE_NO_PAD.encode(token.bytes())))
}

/// Commits the rows that marking as delivered commits, decided beforehand, and says how many a second.
async fn bare_loop(services: &Services, orders: Vec<Order>) -> Result<u64, CommandError> {
    let now = services.now();
    let actor = Actor { source: Source::Screen, ..Actor::clock() };
    let seller = Actor { party: crate::domain::party::Party::Seller, ..actor };
    let deliver = Action::Deliver { parts: Selection::default(), proof: Proof::default() };
    let mut decided = Vec::with_capacity(orders.len());
    for order in orders {
        let mut history = History::of(order);
        history.act(&seller, &deliver, now).map_err(Shown::from)?;
        decided.push(history);
    }
    let wanted = decided.len();
    let work = Arc::new(std::sync::Mutex::new(decided));
    let began = services.now();
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (work, services) = (work.clone(), services.clone());
        tasks.spawn(async move {
            loop {
                let next = work.lock().expect("no task panics while it takes work").pop();
                let Some(history) = next else { return Ok::<(), Error>(()) };
                services.db.write(history, move |tx, history| Box::pin(write_one(tx, history, now))).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(Error::BrokeOff)??;
    }
    let micros = services.now().micros_since(began).max(1);
    Ok(u64::try_from(i64::try_from(wanted).unwrap_or(i64::MAX) * 1_000_000 / micros).unwrap_or_default())
}

async fn write_one(tx: &mut storage::Tx, history: &History, now: crate::domain::time::Moment) -> Result<(), Error> {
    let mut changes = Changes::default();
    history.record(tx, &mut changes, &BuyerContact::default()).await?;
    counts::apply(tx, &changes).await?;
    let command = CommandKey {
        caller: "bench".to_owned(),
        operation: "deliver".to_owned(),
        key: history.order().reference.to_string(),
    };
    Ok(idempotency::insert(tx, &command, &[0; 32], "{\"reference\":\"HF-00000-00000\"}", now).await?)
}
