//! What happens by mailed link: signing up, and a new password for one that was forgotten.

use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        access::Role,
        error::{Error as Shown, FieldError, Kind},
        id::{MarketplaceId, MessageId, UserId},
        money::Currency,
        people::SignUpOffer,
        text::{BadText, DisplayName, Email},
        time::{Moment, Span},
        words::Language,
    },
    server::{
        clock,
        error::Error,
        password::Password,
        secret::Purpose,
        service::{
            Services, Visit,
            accounts::{known_time_zone, note, wrong_field},
            sessions::{Token, start_session},
            throttle,
        },
        storage::{
            Tx, links,
            links::SignupRow,
            outbox::{self, Channel, NewMessage},
            people::{self, Place},
            sessions, told,
            users::{self, NewUser, UserRow},
        },
    },
};

/// How long the link of a sign-up can be opened.
const SIGN_UP_LIFETIME: Span = Span::days(2);
/// How long the link for a new password can be opened.
const RESET_LIFETIME: Span = Span::hours(1);

/// Whom a mail about a person is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addressee<'a> {
    /// The address.
    pub to: &'a str,
    /// The person, when one is known.
    pub person: Option<UserId>,
    /// The marketplace whose operators look after the mail, when it is about its people.
    pub marketplace: Option<MarketplaceId>,
}

/// Owes somebody a mail about themselves.
pub(super) async fn owe_mail(
    tx: &mut Tx,
    addressee: Addressee<'_>,
    kind: &str,
    payload: serde_json::Value,
    now: Moment,
) -> Result<(), Error> {
    let message = NewMessage {
        id: MessageId(clock::new_id(now)),
        event: None,
        marketplace: addressee.marketplace,
        recipient: addressee.person,
        to_address: addressee.to,
        channel: Channel::Email,
        kind,
        payload,
    };
    Ok(outbox::insert(tx, &message, now).await?)
}

/// Somebody to whom a mail about their account goes, which is no marketplace's business.
const fn about(to: &str, person: Option<UserId>) -> Addressee<'_> {
    Addressee { to, person, marketplace: None }
}

/// The answer to a link that was used, has expired, or was never ours: the three look alike.
pub(super) fn dead_link() -> Shown {
    Shown::new(
        Kind::NotFound,
        "dead_link",
        "This link was used already, or is too old, or is not complete. Ask for a new one.",
    )
}

/// What somebody fills in to sign up.
#[derive(Clone, Debug, Default)]
pub struct SignUp {
    /// The address, where the link goes.
    pub email: String,
    /// The name.
    pub name: String,
    /// IANA name of the time zone; nothing means UTC.
    pub time_zone: String,
    /// The marketplace to found as its administrator; nothing for a buyer.
    pub marketplace: String,
    /// That marketplace's currency in three letters.
    pub currency: String,
}

/// Keeps a sign-up and mails its link. Whether the address has an account already is told to nobody but its mailbox.
pub async fn sign_up(services: &Services, visit: &Visit, form: SignUp) -> Result<(), Error> {
    let now = services.now();
    let (email, signup) = parse_sign_up(&form, clock::new_id(now)).map_err(Shown::fields)?;
    let input = (email, signup, visit.clone());
    services
        .db
        .write(input, move |tx, (email, signup, visit)| Box::pin(sign_up_in(tx, email, signup, visit, now)))
        .await
}

fn parse_sign_up(form: &SignUp, id: Uuid) -> Result<(Email, SignupRow), Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut note_wrong = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let email = Email::parse(&form.email).map_err(|bad| note_wrong("email", bad.0));
    let name = DisplayName::parse(&form.name).map_err(|bad| note_wrong("name", bad.0));
    let zone = known_time_zone(&form.time_zone).map_err(|bad| note_wrong("time_zone", bad.0));
    let founds = !form.marketplace.trim().is_empty();
    let marketplace = if founds {
        DisplayName::parse(&form.marketplace).map(String::from).map_err(|bad| note_wrong("marketplace", bad.0))
    } else {
        Ok(String::new())
    };
    let currency = if founds {
        let sentence = "Three letters that ISO 4217 knows, like NGN or EUR.".to_owned();
        form.currency.parse::<Currency>().map(String::from).map_err(|_| note_wrong("currency", sentence))
    } else {
        Ok(String::new())
    };
    let (Ok(email), Ok(name), Ok(time_zone), Ok(marketplace_name), Ok(currency)) =
        (email, name, zone, marketplace, currency)
    else {
        return Err(wrong);
    };
    let row = SignupRow { id, email: email.to_string(), name: name.into(), time_zone, marketplace_name, currency };
    Ok((email, row))
}

async fn sign_up_in(tx: &mut Tx, email: &Email, signup: &SignupRow, visit: &Visit, now: Moment) -> Result<(), Error> {
    throttle::count(tx, &throttle::MAIL_PEER, &visit.address, now).await?;
    throttle::count(tx, &throttle::MAIL_ADDRESS, email.as_str(), now).await?;
    // Kept in both cases, so that both take as long; the link of the second is mailed to nobody.
    links::insert_signup(tx, signup, now, now.plus(SIGN_UP_LIFETIME)).await?;
    let known = users::find_by_email(tx, email).await?;
    let owner = known.as_ref().filter(|user| user.has_account());
    let (kind, payload) = if let Some(user) = owner {
        ("already_registered", json!({ "name": user.name }))
    } else {
        let payload = json!({
            "signup": signup.id,
            "name": signup.name,
            "marketplace": signup.marketplace_name,
            "language": visit.language.code(),
        });
        ("confirm_sign_up", payload)
    };
    owe_mail(tx, about(email.as_str(), owner.map(UserRow::user)), kind, payload, now).await?;
    note(tx, visit, "sign_up_asked", owner.map(UserRow::user), now).await
}

/// What the link of a sign-up opens; looking changes nothing.
pub async fn look_sign_up(services: &Services, token: &str) -> Result<SignUpOffer, Error> {
    let row = open_sign_up(services, token).await?;
    Ok(SignUpOffer { email: row.email, name: row.name, marketplace: row.marketplace_name })
}

async fn open_sign_up(services: &Services, token: &str) -> Result<SignupRow, Error> {
    let id = services.secret.open_link(Purpose::SignUp, token).ok_or_else(dead_link)?;
    let mut reader = services.db.reader().await?;
    let row = links::find_signup(&mut reader, id, services.now()).await?;
    Ok(row.ok_or_else(dead_link)?)
}

/// Opens the account (and founds the marketplace) with the password that whoever reads the mailbox chooses, and signs in.
pub async fn confirm_sign_up(
    services: &Services,
    visit: &Visit,
    token: &str,
    password: String,
) -> Result<Token, Error> {
    let row = open_sign_up(services, token).await?;
    let password = Password::choose(password, &[&row.name, &row.email, &row.marketplace_name]);
    let hash = services.passwords.hash(password.map_err(wrong_field("password"))?).await?;
    let now = services.now();
    let input = (row, hash, visit.clone());
    let user =
        services.db.write(input, move |tx, (row, hash, visit)| Box::pin(confirm_in(tx, row, hash, visit, now))).await?;
    start_session(services, visit, user, None).await
}

async fn confirm_in(tx: &mut Tx, row: &SignupRow, hash: &str, visit: &Visit, now: Moment) -> Result<UserRow, Error> {
    if !links::use_signup(tx, row.id, now).await? {
        return Err(dead_link().into());
    }
    let broken = |bad: BadText| crate::server::storage::Error::broken("signups", row.id, bad);
    let email = Email::parse(&row.email).map_err(broken)?;
    let name = DisplayName::parse(&row.name).map_err(broken)?;
    let user = open_account(tx, &email, &name, hash, &row.time_zone, visit.language, now).await?;
    if !row.marketplace_name.is_empty() {
        let name = DisplayName::parse(&row.marketplace_name).map_err(broken)?;
        let currency = row.currency.parse().map_err(|_| broken(BadText(row.currency.clone())))?;
        found_marketplace(tx, user.user(), &name, currency, &row.time_zone, now).await?;
    }
    note(tx, visit, "signed_up", Some(user.user()), now).await?;
    Ok(user)
}

/// Makes an account for an address that was proved to be the person's own. Somebody who was named as a buyer before gets
/// the name that they give themselves; somebody who has an account already is refused.
pub(super) async fn open_account(
    tx: &mut Tx,
    email: &Email,
    name: &DisplayName,
    hash: &str,
    time_zone: &str,
    language: Language,
    now: Moment,
) -> Result<UserRow, Error> {
    let id = UserId(clock::new_id(now));
    let new = NewUser { id, email, name, phone: None, password_hash: hash, time_zone, language };
    if !users::insert(tx, &new, now).await? {
        let known = users::find_by_email(tx, email).await?.ok_or_else(dead_link)?;
        if known.has_account() {
            return Err(dead_link().into());
        }
        users::open(tx, known.user(), name, hash, time_zone, now).await?;
    }
    let stored = users::find_by_email(tx, email).await?.ok_or_else(dead_link)?;
    told::set_language(tx, stored.user(), language, now).await?;
    Ok(stored)
}

/// Adds a marketplace with its first administrator.
pub(super) async fn found_marketplace(
    tx: &mut Tx,
    admin: UserId,
    name: &DisplayName,
    currency: Currency,
    time_zone: &str,
    now: Moment,
) -> Result<MarketplaceId, Error> {
    let marketplace = MarketplaceId(clock::new_id(now));
    people::insert_marketplace(tx, marketplace, name, currency, time_zone, "{}", now).await?;
    let place = Place { marketplace, seller: None, provider: None, role: Role::Admin };
    people::insert_membership(tx, clock::new_id(now), admin, &place, now).await?;
    Ok(marketplace)
}

/// Mails a link for a new password, when the address has an account; the answer is the same when it has none.
pub async fn ask_reset(services: &Services, visit: &Visit, email: &str) -> Result<(), Error> {
    let email = Email::parse(email).map_err(wrong_field("email"))?;
    let now = services.now();
    let input = (email, visit.clone());
    services.db.write(input, move |tx, (email, visit)| Box::pin(ask_reset_in(tx, email, visit, now))).await
}

async fn ask_reset_in(tx: &mut Tx, email: &Email, visit: &Visit, now: Moment) -> Result<(), Error> {
    throttle::count(tx, &throttle::MAIL_PEER, &visit.address, now).await?;
    throttle::count(tx, &throttle::MAIL_ADDRESS, email.as_str(), now).await?;
    let known = users::find_by_email(tx, email).await?.filter(UserRow::has_account);
    if let Some(user) = &known {
        let id = clock::new_id(now);
        links::insert_reset(tx, id, user.user(), now, now.plus(RESET_LIFETIME)).await?;
        let payload = json!({ "reset": id, "name": user.name });
        owe_mail(tx, about(email.as_str(), Some(user.user())), "reset_password", payload, now).await?;
    }
    note(tx, visit, "reset_asked", known.as_ref().map(UserRow::user), now).await
}

/// Says whether the link for a new password still opens; looking changes nothing. Gives the address it is for.
pub async fn look_reset(services: &Services, token: &str) -> Result<String, Error> {
    Ok(open_reset(services, token).await?.email)
}

async fn open_reset(services: &Services, token: &str) -> Result<UserRow, Error> {
    let id = services.secret.open_link(Purpose::Reset, token).ok_or_else(dead_link)?;
    let mut reader = services.db.reader().await?;
    let user = links::find_reset(&mut reader, id, services.now()).await?.ok_or_else(dead_link)?;
    Ok(users::find(&mut reader, user).await?.ok_or_else(dead_link)?)
}

/// Sets a new password by link, ends every session of the person and every other such link.
pub async fn reset_password(services: &Services, visit: &Visit, token: &str, password: String) -> Result<(), Error> {
    let user = open_reset(services, token).await?;
    let password = Password::choose(password, &[&user.name, &user.email]).map_err(wrong_field("password"))?;
    let hash = services.passwords.hash(password).await?;
    let now = services.now();
    let input = (user, hash, visit.clone());
    services
        .db
        .write(input, move |tx, (user, hash, visit)| {
            Box::pin(async move {
                // Counted: of two who open the link at once, one sets the password.
                if links::use_resets(tx, user.user(), now).await? == 0 {
                    return Err(Error::from(dead_link()));
                }
                users::update_password(tx, user.user(), hash, now).await?;
                sessions::delete_others(tx, user.user(), Uuid::nil()).await?;
                throttle::forgive_sign_in(tx, &user.email, visit).await?;
                let payload = json!({ "name": user.name });
                owe_mail(tx, about(&user.email, Some(user.user())), "password_changed", payload, now).await?;
                note(tx, visit, "password_reset", Some(user.user()), now).await
            })
        })
        .await
}
