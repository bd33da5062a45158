//! What whoever runs the server does with people at the command line: they need no mailed link.

use uuid::Uuid;

use crate::{
    domain::{
        access::Role,
        error::{Error as Shown, Kind},
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
        },
        storage::{
            Tx,
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
    /// The marketplace by name (founded in this currency when there is none of that name) and the role in it.
    pub joins: Option<(DisplayName, Currency, Role)>,
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
    if let Some((name, currency, role)) = &person.joins {
        match people::find_marketplace_by_name(tx, name.as_str()).await? {
            None if *role == Role::Admin => {
                found_marketplace(tx, user.user(), name, *currency, "UTC", now).await?;
            }
            None => {
                let sentence = "There is no such marketplace: its first person is its administrator.";
                return Err(Shown::new(Kind::NotFound, "not_found", sentence).into());
            }
            Some(row) => {
                let marketplace = crate::domain::id::MarketplaceId(row.id);
                let place = Place { marketplace, seller: None, provider: None, role: *role };
                people::insert_membership(tx, clock::new_id(now), user.user(), &place, now).await?;
            }
        }
    }
    note(tx, &Visit::default(), "added_at_console", Some(user.user()), now).await
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
pub async fn list(services: &Services, after: &str, limit: i64) -> Result<Vec<ListedUser>, Error> {
    let mut reader = services.db.reader().await?;
    Ok(users::list(&mut reader, after, limit).await?)
}
