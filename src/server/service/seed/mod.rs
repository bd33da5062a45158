//! Made-up orders for demos and measurements, in every status, played through the real actions.

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

use self::{chance::Chance, play::Maker};
use crate::{
    domain::party::{Party, Source},
    server::{
        clock,
        error::Error,
        service::{
            Services,
            history::{self, BuyerContact, History},
            import::Progress,
        },
        storage::{
            Tx,
            counts::{self, Changes},
        },
    },
};

mod chance;
mod people;
mod play;
mod stories;
mod words;

/// Orders in one transaction.
const BATCH: usize = 500;
/// The constraint that refuses a reference that was drawn before.
const REFERENCE_TAKEN: &str = "orders_reference_key";

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How many orders.
    pub orders: usize,
    /// Over how many days before now they were placed.
    pub days: i64,
    /// The same number makes the same orders, but for their ids and references.
    pub seed: u64,
    /// Whether nobody is owed a message for what is made up; demo mode shows messages in its mailbox.
    pub quiet: bool,
}

impl Wish {
    /// What demo mode shows.
    pub const DEMO: Self = Self { orders: 60, days: 20, seed: 7, quiet: false };

    /// Through which door a party's deeds came.
    const fn source(self, party: Party) -> Source {
        match party {
            _ if self.quiet => Source::Import,
            Party::Clock => Source::Clock,
            Party::Gateway => Source::Gateway,
            _ => Source::Screen,
        }
    }
}

/// Whether there is no marketplace yet, so that the demo people get accounts.
///
/// # Errors
/// When the database does not answer.
pub async fn is_empty(services: &Services) -> Result<bool, Error> {
    people::is_empty(services).await
}

/// Makes the demo people and their orders, unless the database holds a marketplace already.
///
/// # Errors
/// When the database refuses.
pub async fn fill_when_empty(services: &Services) -> Result<(), Error> {
    if people::is_empty(services).await? {
        seed(services, Wish::DEMO, &mut |_| ControlFlow::Continue(())).await?;
    }
    Ok(())
}

/// Makes orders in the demo marketplace, which is made with its people when the database is empty; in another database
/// it is made without accounts, for their password is known to everybody. The answer is how many were made.
///
/// # Errors
/// When the database refuses. What was committed stays.
pub async fn seed(
    services: &Services,
    wish: Wish,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<usize, Error> {
    let market = people::ensure(services, wish.orders, &mut Chance::new(wish.seed)).await?;
    let maker = Arc::new(Maker::new(wish, market, services.secret.clone(), services.now(), clock::random()));
    let mut numbers = batch_after(0, wish.orders);
    let mut played = play_all(&maker, numbers.clone()).await?;
    let mut made = 0;
    while !played.is_empty() {
        let next = batch_after(numbers.end, wish.orders);
        // While these are written, the next are played.
        let written = services.db.write(played, |tx, batch| Box::pin(write_down(tx, batch)));
        let (written, following) = tokio::join!(written, play_all(&maker, next.clone()));
        made += match written {
            Err(Error::Storage(error)) if error.constraint() == Some(REFERENCE_TAKEN) => {
                // Among a million orders a reference is drawn twice now and then: others are drawn.
                let again = play_all(&maker, numbers).await?;
                services.db.write(again, |tx, batch| Box::pin(write_down(tx, batch))).await?
            }
            written => written?,
        };
        played = following?;
        numbers = next;
        if progress(Progress { done: made, of: wish.orders }).is_break() {
            break;
        }
    }
    Ok(made)
}

fn batch_after(done: usize, of: usize) -> Range<usize> {
    done..(done + BATCH).min(of)
}

async fn play_all(maker: &Arc<Maker>, numbers: Range<usize>) -> Result<Vec<(History, BuyerContact)>, Error> {
    let maker = maker.clone();
    Ok(tokio::task::spawn_blocking(move || numbers.filter_map(|number| maker.make(number)).collect()).await?)
}

async fn write_down(tx: &mut Tx, batch: &[(History, BuyerContact)]) -> Result<usize, Error> {
    let mut changes = Changes::default();
    let borrowed: Vec<_> = batch.iter().map(|(history, contact)| (history, contact)).collect();
    history::record_all(tx, &borrowed, &mut changes).await?;
    counts::apply(tx, &changes).await?;
    Ok(batch.len())
}
