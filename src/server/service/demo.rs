//! The people of demo mode: a marketplace with its staff, two sellers, a courier and two buyers, all with one known password.

use std::fmt;

use uuid::Uuid;

use crate::{
    domain::{
        access::Role,
        id::{MarketplaceId, ProviderId, SellerId, UserId},
        text::{BadText, DisplayName, Email, Label},
        time::Moment,
        words::Language,
    },
    server::{
        clock,
        error::Error,
        password::{Check, Password},
        service::{Services, links::open_account},
        storage::{
            self, Tx,
            people::{self, Place, ProviderRow},
            users,
        },
    },
};

/// The password of every demo account; demo mode serves loopback addresses only.
pub const PASSWORD: &str = "demo kettle seven";

/// A demo account: address, name, and what the person is, for the line that is printed at the start.
pub const ACCOUNTS: [(&str, &str, &str); 9] = [
    ("admin@demo.test", "Adaeze Nwosu", "operator: administrator of Lagos Fair"),
    ("disputes@demo.test", "Bola Adeyemi", "operator: rules in disputes"),
    ("finance@demo.test", "Chidi Okafor", "operator: finance"),
    ("ada@demo.test", "Ada Obi", "seller: owner of Ada Stores"),
    ("tunde@demo.test", "Tunde Bello", "seller: shipping at Ada Stores"),
    ("kabir@demo.test", "Kabir Musa", "seller: owner of Kano Leather"),
    ("rita@demo.test", "Rita Eze", "courier of Swift Riders"),
    ("bisi@demo.test", "Bisi Alade", "buyer"),
    ("femi@demo.test", "Femi Cole", "buyer"),
];

/// The demo accounts with their password, as they are told to whoever made them.
#[derive(Clone, Copy, Debug)]
pub struct Accounts;

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Demo accounts, each with the password \"{PASSWORD}\":")?;
        ACCOUNTS.iter().try_for_each(|(email, name, what)| write!(f, "\n  {email:<20} {name}, {what}"))
    }
}

const CURRENCY: &str = "NGN";
const TIME_ZONE: &str = "Africa/Lagos";

/// Who was made, so that orders can be made for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPeople {
    /// Lagos Fair.
    pub marketplace: MarketplaceId,
    /// Ada Stores and Kano Leather.
    pub sellers: [SellerId; 2],
    /// Swift Riders.
    pub provider: ProviderId,
    /// Everybody, in the order of [`ACCOUNTS`].
    pub users: Vec<UserId>,
}

impl DemoPeople {
    /// The two buyers, the last of [`ACCOUNTS`].
    pub fn buyers(&self) -> &[UserId] {
        &self.users[self.users.len() - 2..]
    }
}

/// Makes the demo people, unless the database holds a marketplace already.
pub async fn seed_people(services: &Services) -> Result<Option<DemoPeople>, Error> {
    let hash = services.passwords.hash(Password::typed(PASSWORD.to_owned())).await?;
    let now = services.now();
    services.db.write(hash, move |tx, hash| Box::pin(seed_in(tx, hash, now))).await
}

/// The first demo account that still has the password that everybody knows.
///
/// # Errors
/// When the database does not answer.
pub async fn find_known_password(services: &Services) -> Result<Option<&'static str>, Error> {
    let mut reader = services.db.reader().await?;
    for (address, ..) in ACCOUNTS {
        let email = Email::parse(address).map_err(|bad| storage::Error::broken("users", address, bad))?;
        let Some(user) = users::find_by_email(&mut reader, &email).await? else { continue };
        let typed = Password::typed(PASSWORD.to_owned());
        if services.passwords.check(typed, Some(&user.password_hash)).await? != Check::Wrong {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

async fn seed_in(tx: &mut Tx, hash: &str, now: Moment) -> Result<Option<DemoPeople>, Error> {
    if !people::is_empty(tx).await? {
        return Ok(None);
    }
    let broken = |bad: BadText| storage::Error::broken("users", "demo", bad);
    let name = |text: &str| DisplayName::parse(text).map_err(broken);
    let marketplace = MarketplaceId(clock::new_id(now));
    let currency = CURRENCY.parse().map_err(|_| broken(BadText(CURRENCY.to_owned())))?;
    people::insert_marketplace(tx, marketplace, &name("Lagos Fair")?, currency, TIME_ZONE, "{}", now).await?;
    let sellers = [SellerId(clock::new_id(now)), SellerId(clock::new_id(now))];
    for (seller, (shop, number)) in sellers.iter().zip([("Ada Stores", "S-001"), ("Kano Leather", "S-002")]) {
        let number = Label::parse(number).map_err(broken)?;
        people::insert_seller(tx, *seller, marketplace, &name(shop)?, Some(&number), now).await?;
    }
    let provider = ProviderId(clock::new_id(now));
    let row = ProviderRow {
        id: provider.0,
        marketplace_id: marketplace.0,
        seller_id: None,
        name: "Swift Riders".to_owned(),
        phone: "+2348031234567".to_owned(),
    };
    people::insert_provider(tx, &row, now).await?;
    let mut users = Vec::with_capacity(ACCOUNTS.len());
    for (email, person, _) in ACCOUNTS {
        let email = Email::parse(email).map_err(broken)?;
        let user = open_account(tx, &email, &name(person)?, hash, TIME_ZONE, Language::default(), now).await?;
        users.push(user.user());
    }
    let of_market = |role| (role, None, None);
    let of_seller = |role, at: usize| (role, Some(sellers[at]), None);
    let roles = [
        of_market(Role::Admin),
        of_market(Role::DisputeManager),
        of_market(Role::Finance),
        of_seller(Role::Owner, 0),
        of_seller(Role::Shipping, 0),
        of_seller(Role::Owner, 1),
        (Role::Courier, None, Some(provider)),
    ];
    for (user, (role, seller, provider)) in users.iter().zip(roles) {
        let place = Place { marketplace, seller, provider, role };
        let id: Uuid = clock::new_id(now);
        people::insert_membership(tx, id, *user, &place, now).await?;
    }
    Ok(Some(DemoPeople { marketplace, sellers, provider, users }))
}
