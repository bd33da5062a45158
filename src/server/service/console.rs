//! What whoever runs the server does with people at the command line: they need no mailed link.

use uuid::Uuid;

use crate::{
    domain::{
        access::Role,
        error::{Error as Shown, Kind},
        id::{MarketplaceId, UserId},
        money::Currency,
        text::{DisplayName, Email},
        time::Moment,
        words::Language,
    },
    server::{
        clock,
        error::Error,
        password::Password,
        service::{
            Services, Visit,
            accounts::{note, wrong_field},
            links::{found_marketplace, open_account},
            sellers,
        },
        storage::{
            Db, Tx,
            people::{self, Place},
            sessions,
            users::{self, ListedUser},
        },
    },
};

/// A person to be added, and the marketplace whose staff they join.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The address.
    pub email: Email,
    /// The name.
    pub name: DisplayName,
    /// Whose staff they join.
    pub joins: Option<Joins>,
}

/// Whose staff somebody joins, and as what.
#[derive(Clone, Debug)]
pub struct Joins {
    /// The marketplace by name; its first administrator founds it.
    pub marketplace: DisplayName,
    /// The currency in which it is founded.
    pub currency: Currency,
    /// The seller in it by name, for the staff of one; its first owner adds it.
    pub seller: Option<DisplayName>,
    /// The role there.
    pub role: Role,
}

/// Adds somebody who can sign in at once.
pub async fn add(services: &Services, person: NewPerson, password: String) -> Result<(), Error> {
    let chosen = Password::choose(password, &[person.name.as_str(), person.email.as_str()]);
    let hash = services.passwords.hash(chosen.map_err(wrong_field("password"))?).await?;
    let now = services.now();
    services.db.write((person, hash), move |tx, (person, hash)| Box::pin(add_in(tx, person, hash, now))).await
}

async fn add_in(tx: &mut Tx, person: &NewPerson, hash: &str, now: Moment) -> Result<(), Error> {
    let known = users::find_by_email(tx, &person.email).await?;
    if known.is_some_and(|user| user.has_account()) {
        return Err(Shown::field("email", "Somebody has an account with this address already.").into());
    }
    let user = open_account(tx, &person.email, &person.name, hash, "UTC", Language::default(), now).await?;
    if let Some(joins) = &person.joins {
        join_in(tx, user.user(), joins, now).await?;
    }
    note(tx, &Visit::default(), "added_at_console", Some(user.user()), now).await
}

async fn join_in(tx: &mut Tx, user: UserId, joins: &Joins, now: Moment) -> Result<(), Error> {
    let Joins { marketplace: name, currency, seller, role } = joins;
    let Some(row) = people::find_marketplace_by_name(tx, name.as_str()).await? else {
        if *role == Role::Admin {
            found_marketplace(tx, user, name, *currency, "UTC", now).await?;
            return Ok(());
        }
        let sentence = "There is no such marketplace: its first person is its administrator.";
        return Err(Shown::new(Kind::NotFound, "not_found", sentence).into());
    };
    let marketplace = MarketplaceId(row.id);
    let seller = match seller {
        Some(name) => Some(sellers::find_or_add(tx, marketplace, name, *role, now).await?),
        None => None,
    };
    let place = Place { marketplace, seller, provider: None, role: *role };
    Ok(people::insert_membership(tx, clock::new_id(now), user, &place, now).await?)
}

/// Sets somebody's password and ends all their sessions.
pub async fn set_password(services: &Services, email: &Email, password: String) -> Result<(), Error> {
    let chosen = Password::choose(password, &[email.as_str()]).map_err(wrong_field("password"))?;
    let hash = services.passwords.hash(chosen).await?;
    let now = services.now();
    services
        .db
        .write((email.clone(), hash), move |tx, (email, hash)| {
            Box::pin(async move {
                let user = users::find_by_email(tx, email).await?.ok_or_else(|| Shown::not_found("person"))?;
                users::update_password(tx, user.user(), hash, now).await?;
                sessions::delete_others(tx, user.user(), Uuid::nil()).await?;
                note(tx, &Visit::default(), "password_set_at_console", Some(user.user()), now).await
            })
        })
        .await
}

/// The persons whose addresses come after this one, by address.
pub async fn list(db: &Db, after: &str, limit: i64) -> Result<Vec<ListedUser>, Error> {
    let mut reader = db.reader().await?;
    Ok(users::list(&mut reader, after, limit).await?)
}
