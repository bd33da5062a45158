//! The persons behind a party of an order, how each wants to be told, and what they choose about it.

use uuid::Uuid;

use crate::{
    domain::{
        id::{MarketplaceId, ProviderId, SellerId, UserId},
        preference::{Preferences, Quiet, Topic, Ways},
        time::Moment,
        words::Language,
    },
    server::storage::{Conn, Error, Tx, change, read},
};

/// A person with what they chose about one topic.
#[derive(Debug, Clone, PartialEq, Eq, holdfast_macros::Row)]
pub struct PersonRow {
    /// Who.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their phone number in E.164, or nothing.
    pub phone: String,
    has_account: i64,
    /// IANA name of their time zone.
    pub time_zone: String,
    /// The first minute of their day in which it is quiet.
    pub quiet_from: i64,
    /// The first in which it is not any more.
    pub quiet_to: i64,
    by_email: Option<i64>,
    by_sms: Option<i64>,
    by_app: Option<i64>,
}

impl PersonRow {
    /// Whether they say themselves how they are reached. Of others only the address is theirs, as the order names them by it.
    pub const fn has_account(&self) -> bool {
        self.has_account == 1
    }

    /// The ways that hold for this person and topic.
    pub fn ways(&self, topic: Topic) -> Ways {
        let usual = topic.usual_ways();
        let chosen = |choice: Option<i64>, usual| choice.map_or(usual, |choice| choice != 0);
        Ways {
            email: chosen(self.by_email, usual.email),
            sms: chosen(self.by_sms, usual.sms),
            app: chosen(self.by_app, usual.app),
        }
        .held(topic)
    }

    /// When nothing comes to them that can wait.
    pub fn quiet(&self) -> Quiet {
        quiet(self.quiet_from, self.quiet_to)
    }
}

/// Hours of quiet as they are stored.
pub fn quiet(from: i64, to: i64) -> Quiet {
    let minute = |value: i64| u16::try_from(value).unwrap_or_default();
    Quiet { from: minute(from), to: minute(to) }
}

/// The most persons of a staff who are told of one thing.
const MOST_PERSONS: i64 = 200;

const SELECT_PERSON: &str = "select u.id, u.name, u.email, u.phone,
    cast(case when u.password_hash = '' then 0 else 1 end as bigint) as has_account, u.time_zone, u.quiet_from, u.quiet_to,
    s.email as by_email, s.sms as by_sms, s.app as by_app
from users u left join notification_settings s on s.user_id = u.id and s.topic = $2
where u.id = $1 and u.erased_at = 0";

/// One person, with what they chose about this topic; nobody when they were erased.
pub async fn find_person(conn: &mut dyn Conn, user: UserId, topic: Topic) -> Result<Option<PersonRow>, Error> {
    read!(conn, PersonRow, |c| sqlx::query(SELECT_PERSON).bind(user.0).bind(topic.code()).fetch_optional(c).await)
}

const LIST_STAFF: &str = "select u.id, u.name, u.email, u.phone,
    cast(case when u.password_hash = '' then 0 else 1 end as bigint) as has_account, u.time_zone, u.quiet_from, u.quiet_to,
    s.email as by_email, s.sms as by_sms, s.app as by_app
from memberships m
join users u on u.id = m.user_id
left join notification_settings s on s.user_id = u.id and s.topic = $4
where m.marketplace_id = $1 and m.seller_id is not distinct from $2 and m.provider_id is not distinct from $3
order by m.id limit $5";

/// The staff of a marketplace, a seller or a provider, with what each chose about this topic.
pub async fn list_staff(
    conn: &mut dyn Conn,
    marketplace: MarketplaceId,
    seller: Option<SellerId>,
    provider: Option<ProviderId>,
    topic: Topic,
) -> Result<Vec<PersonRow>, Error> {
    read!(conn, PersonRow, |c| sqlx::query(LIST_STAFF)
        .bind(marketplace.0)
        .bind(seller.map(|seller| seller.0))
        .bind(provider.map(|provider| provider.0))
        .bind(topic.code())
        .bind(MOST_PERSONS)
        .fetch_all(c)
        .await)
}

#[derive(holdfast_macros::Row)]
struct ReadingRow {
    locale: String,
    quiet_from: i64,
    quiet_to: i64,
}

#[derive(holdfast_macros::Row)]
struct ChoiceRow {
    topic: String,
    email: i64,
    sms: i64,
    app: i64,
}

const SELECT_READING: &str = "select locale, quiet_from, quiet_to from users where id = $1";
const LIST_CHOICES: &str =
    "select topic, email, sms, app from notification_settings where user_id = $1 order by topic limit 100";

/// All that somebody chose, with the usual ways where they did not.
pub async fn find_preferences(conn: &mut dyn Conn, user: UserId) -> Result<Option<Preferences>, Error> {
    let reading = read!(conn, ReadingRow, |c| sqlx::query(SELECT_READING).bind(user.0).fetch_optional(c).await)?;
    let Some(reading) = reading else { return Ok(None) };
    let rows = read!(conn, ChoiceRow, |c| sqlx::query(LIST_CHOICES).bind(user.0).fetch_all(c).await)?;
    let ways = |topic: Topic| {
        let chosen = rows.iter().find(|row| row.topic == topic.code());
        chosen.map_or(topic.usual_ways(), |row| Ways { email: row.email != 0, sms: row.sms != 0, app: row.app != 0 })
    };
    Ok(Some(Preferences {
        language: Language::from_code(&reading.locale).unwrap_or_default(),
        quiet: quiet(reading.quiet_from, reading.quiet_to),
        ways: Topic::ALL.into_iter().map(|topic| (topic, ways(topic).held(topic))).collect(),
    }))
}

const SET_LANGUAGE: &str = "update users set locale = $2, updated_at = $3 where id = $1";

/// Keeps in which language somebody reads.
pub async fn set_language(tx: &mut Tx, user: UserId, language: Language, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(SET_LANGUAGE).bind(user.0).bind(language.code()).bind(now.0).execute(c).await)?;
    Ok(())
}

const UPDATE_READING: &str =
    "update users set locale = $2, quiet_from = $3, quiet_to = $4, updated_at = $5 where id = $1";
const SET_CHOICE: &str =
    "insert into notification_settings (user_id, topic, email, sms, app) values ($1, $2, $3, $4, $5)
on conflict (user_id, topic) do update set email = excluded.email, sms = excluded.sms, app = excluded.app";

/// Keeps all that somebody chose.
pub async fn set_preferences(tx: &mut Tx, user: UserId, chosen: &Preferences, now: Moment) -> Result<(), Error> {
    change!(tx, |c| sqlx::query(UPDATE_READING)
        .bind(user.0)
        .bind(chosen.language.code())
        .bind(i64::from(chosen.quiet.from))
        .bind(i64::from(chosen.quiet.to))
        .bind(now.0)
        .execute(c)
        .await)?;
    for (topic, ways) in &chosen.ways {
        change!(tx, |c| sqlx::query(SET_CHOICE)
            .bind(user.0)
            .bind(topic.code())
            .bind(i64::from(ways.email))
            .bind(i64::from(ways.sms))
            .bind(i64::from(ways.app))
            .execute(c)
            .await)?;
    }
    Ok(())
}
