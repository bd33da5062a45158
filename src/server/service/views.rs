//! Views of the list that a reader keeps under a name: for themselves and one hat alone.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    domain::{
        access::{Membership, Viewer},
        desk::{SHOWING, SavedView},
        error::Error as Shown,
        id::ViewId,
        text::Label,
        time::Moment,
    },
    server::{
        clock,
        error::Error,
        service::Services,
        storage::{
            Conn, Tx,
            counts::CountRow,
            views::{self, ViewRow},
        },
    },
};

/// The most views of one person and hat.
pub const MOST_VIEWS: usize = 20;
/// The longest name, in characters: it stands on a small button.
const LONGEST_NAME: usize = 40;
/// The longest value of a parameter, in characters.
const LONGEST_VALUE: usize = 200;

fn hat(viewer: &Viewer) -> String {
    viewer.hat.as_ref().map(Membership::key).unwrap_or_default()
}

/// The counts of the orders of `owner`, and what this reader keeps. A view that can no longer be read is left out.
pub async fn head(conn: &mut dyn Conn, viewer: &Viewer, owner: Uuid) -> Result<(Vec<CountRow>, Vec<SavedView>), Error> {
    let (counts, rows) = views::head(conn, owner, (viewer.user, &hat(viewer)), MOST_VIEWS).await?;
    let read = |row: ViewRow| {
        let query = serde_json::from_str(&row.query).ok()?;
        Some(SavedView { id: ViewId(row.id), name: row.name, query })
    };
    Ok((counts, rows.into_iter().filter_map(read).collect()))
}

/// Keeps the view that these fields describe under the name in `name`; a view of that name is replaced.
///
/// # Errors
/// When the name is none, or there are too many already.
pub async fn save(services: &Services, viewer: Viewer, fields: BTreeMap<String, String>) -> Result<(), Error> {
    let typed = fields.get("name").map_or("", String::as_str);
    let name = Label::parse(typed).map_err(|bad| Shown::field("name", bad.0))?.to_string();
    if name.chars().count() > LONGEST_NAME {
        return Err(Shown::field("name", format!("At most {LONGEST_NAME} characters.")).into());
    }
    let value = |name: &str| {
        let value = fields.get(name).map_or("", |value| value.trim());
        (!value.is_empty()).then(|| (name.to_owned(), value.chars().take(LONGEST_VALUE).collect()))
    };
    let query: BTreeMap<String, String> = SHOWING.into_iter().filter_map(value).collect();
    let query = serde_json::to_string(&query).expect("parameters are plain data");
    let now = services.now();
    let row = ViewRow { id: clock::new_id(now), name, query };
    services.db.write((viewer, row), move |tx, (viewer, row)| Box::pin(save_in(tx, viewer, row, now))).await
}

async fn save_in(tx: &mut Tx, viewer: &Viewer, row: &ViewRow, now: Moment) -> Result<(), Error> {
    let hat = hat(viewer);
    let kept = views::list(tx, viewer.user, &hat, MOST_VIEWS).await?;
    if kept.len() == MOST_VIEWS && kept.iter().all(|other| other.name != row.name) {
        return Err(Shown::field("name", format!("You keep {MOST_VIEWS} views already. Take one away first.")).into());
    }
    Ok(views::upsert(tx, row, viewer.user, &hat, now).await?)
}

/// Takes a view away.
///
/// # Errors
/// Not found when it is not this reader's.
pub async fn remove(services: &Services, viewer: Viewer, view: &str) -> Result<(), Error> {
    let id: ViewId = view.parse().map_err(|_| Shown::not_found("view"))?;
    let gone = services
        .db
        .write(viewer, move |tx, viewer| {
            Box::pin(async move { Ok::<_, Error>(views::delete(tx, id, viewer.user, &hat(viewer)).await?) })
        })
        .await?;
    if gone { Ok(()) } else { Err(Shown::not_found("view").into()) }
}
