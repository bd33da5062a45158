//! Projects that partners open by name. Their milestones are an order of the same seller that bears the project's number.

use crate::{
    domain::{
        error::{Error as Shown, Kind},
        id::{MarketplaceId, SellerId},
        order::Order,
        text::{DisplayName, Email, Note, Phone},
    },
    server::{
        clock,
        error::Error,
        service::{
            Services, books,
            keys::{self, Holder},
        },
        storage::{self, Conn, Tx, people, projects as rows},
    },
};

pub use rows::ProjectRow as Project;

/// The most projects that are told at once.
const MOST_PROJECTS: i64 = 200;
/// The channels of orders whose number may be a project's.
const CHANNELS: [&str; 3] = ["api", "screen", "test"];

/// What is said about a project; what is not said stays.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Its name.
    pub name: Option<DisplayName>,
    /// What it is about.
    pub description: Option<Note>,
    /// The customer's e-mail address.
    pub customer_email: Option<Email>,
    /// The customer's phone number.
    pub customer_phone: Option<Phone>,
}

impl Said {
    fn over(&self, mut project: Project) -> Project {
        let text = |said: Option<String>, kept: &mut String| {
            if let Some(said) = said {
                *kept = said;
            }
        };
        text(self.name.clone().map(String::from), &mut project.name);
        text(self.description.clone().map(String::from), &mut project.description);
        text(self.customer_email.clone().map(String::from), &mut project.customer_email);
        text(self.customer_phone.clone().map(String::from), &mut project.customer_phone);
        project
    }
}

/// The number that the order of a project bears.
#[must_use]
pub fn number(project: &Project) -> String {
    format!("P-{}", project.no)
}

/// Opens a project of a seller.
///
/// # Errors
/// Not found for whoever sells nothing; a conflict when there is one of this name for this customer.
pub async fn open(services: &Services, holder: &Holder, said: Said) -> Result<Project, Error> {
    let (marketplace, seller) = books::place(holder)?;
    let seller = seller
        .ok_or_else(|| Shown::new(Kind::Forbidden, "not_your_turn", "A project is a seller's: use the key of one."))?;
    let now = services.now();
    let new = Project {
        id: clock::new_id(now),
        seller_id: seller.0,
        no: 0,
        name: String::new(),
        description: String::new(),
        customer_email: String::new(),
        customer_phone: String::new(),
        created_at: now.0,
        updated_at: now.0,
    };
    let new = said.over(new);
    services.db.write(new, move |tx, new| Box::pin(open_in(tx, marketplace, seller, new))).await
}

async fn open_in(tx: &mut Tx, marketplace: MarketplaceId, seller: SellerId, new: &Project) -> Result<Project, Error> {
    people::lock(tx, marketplace).await?;
    let known = rows::list(tx, marketplace, Some(seller), MOST_PROJECTS).await?;
    if known.iter().any(|known| known.name == new.name && known.customer_email == new.customer_email) {
        let sentence = "There is a project of this name for this customer already.";
        return Err(Shown::new(Kind::Conflict, "project_known", sentence).into());
    }
    let project = Project { no: rows::next_no(tx, marketplace).await?, ..new.clone() };
    rows::upsert(tx, marketplace, &project).await?;
    Ok(project)
}

/// Changes what is said of a project; told with the order of its milestones when there is one.
///
/// # Errors
/// Not found when it is another's.
pub async fn change(
    services: &Services,
    holder: &Holder,
    no: i64,
    said: Said,
) -> Result<(Project, Option<Order>), Error> {
    let (marketplace, seller) = books::place(holder)?;
    let now = services.now();
    let project = services
        .db
        .write(said, move |tx, said| {
            Box::pin(async move {
                let found = rows::find(tx, marketplace, seller, no).await?;
                let found = found.ok_or_else(|| Shown::not_found("project"))?;
                let project = Project { updated_at: now.0, ..said.over(found) };
                rows::upsert(tx, marketplace, &project).await?;
                Ok::<_, Error>(project)
            })
        })
        .await?;
    let order = visible_milestones(&mut services.db.reader().await?, holder, &project).await?;
    Ok((project, order))
}

/// The projects of the place of a key, the newest first, each with the order of its milestones when there is one.
///
/// # Errors
/// Not found for the key of a buyer.
pub async fn list(services: &Services, holder: &Holder) -> Result<Vec<(Project, Option<Order>)>, Error> {
    let (marketplace, seller) = books::place(holder)?;
    let mut conn = services.db.reader().await?;
    let mut list = Vec::new();
    for project in rows::list(&mut conn, marketplace, seller, MOST_PROJECTS).await? {
        let order = visible_milestones(&mut conn, holder, &project).await?;
        list.push((project, order));
    }
    Ok(list)
}

async fn visible_milestones(conn: &mut dyn Conn, holder: &Holder, project: &Project) -> Result<Option<Order>, Error> {
    Ok(milestones(conn, project).await?.filter(|order| keys::reader(holder, order).is_some()))
}

async fn milestones(conn: &mut dyn Conn, project: &Project) -> Result<Option<Order>, Error> {
    for channel in CHANNELS {
        let seller = SellerId(project.seller_id);
        if let Some(id) = storage::orders::find_id_by_external(conn, seller, channel, &number(project)).await? {
            return Ok(storage::orders::find(conn, id).await?.filter(|order| order.milestones));
        }
    }
    Ok(None)
}
