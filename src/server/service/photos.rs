//! Photos and signatures: what came with a form is read and cleaned, and kept with the event that names it or not at all.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{
    domain::{
        access::Viewer,
        error::Error as Shown,
        id::{FileId, OrderId, UserId},
        order::action::Action,
        party::Party,
        receiving::Photo,
        time::Moment,
        timeline::Entry,
    },
    server::{
        error::Error,
        media::{self, Picture},
        service::{
            Services, answers, handover,
            orders::{self, Caller, Command, Performed},
        },
        storage::{
            self, Conn, Tx,
            files::{self, ContentRow, NewFile},
        },
    },
};

/// How many files come with one form.
pub const MOST_FILES: usize = 6;
/// How long one of them is.
pub const FILE_LIMIT_BYTES: usize = 5 * 1024 * 1024;
/// The field of signatures; every other one holds photos.
const SIGNATURE: &str = "signature";

/// A file as it came with a form.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The field.
    pub field: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// All files of a form, and what was wrong with them on the way in; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Uploads {
    /// The files.
    pub files: Arc<Vec<Upload>>,
    /// The field and the sentence of what was wrong.
    pub wrong: Option<(String, &'static str)>,
}

/// A file that is fit to be kept.
#[derive(Clone, Debug)]
pub struct Kept {
    id: FileId,
    is_signature: bool,
    picture: Picture,
    party: Party,
    user: Option<UserId>,
}

impl Uploads {
    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.wrong.is_none()
    }
}

/// Who brings files: the part they play, and who they are.
#[derive(Clone, Copy, Debug)]
pub struct Bringer {
    /// The part.
    pub party: Party,
    /// The person, when one is known.
    pub user: Option<UserId>,
}

/// Reads what came with a form for this order.
///
/// # Errors
/// Beside its field, what is wrong with a file.
pub fn read(uploads: &Uploads, order: OrderId, by: Bringer) -> Result<Vec<Kept>, Shown> {
    if let Some((field, sentence)) = &uploads.wrong {
        return Err(Shown::field(field, *sentence));
    }
    uploads.files.iter().map(|upload| read_one(upload, order, by)).collect()
}

fn read_one(upload: &Upload, order: OrderId, by: Bringer) -> Result<Kept, Shown> {
    let picture = media::clean(&upload.content).map_err(|unfit| Shown::field(&upload.field, unfit.to_string()))?;
    let is_signature = upload.field == SIGNATURE;
    // The id follows from the content, so that a form that is sent twice names the same files twice.
    let mut digest = Sha256::new();
    digest.update(order.0.as_bytes());
    digest.update(by.party.code());
    digest.update([u8::from(is_signature)]);
    digest.update(&picture.bytes);
    let digest: [u8; 32] = digest.finalize().into();
    let half = digest[..16].try_into().expect("sixteen bytes of thirty-two");
    let id = FileId(uuid::Builder::from_custom_bytes(half).into_uuid());
    Ok(Kept { id, is_signature, picture, party: by.party, user: by.user })
}

/// The action with these photos as its proof.
///
/// # Errors
/// When the verb takes none.
pub fn attach(action: Action, photos: &[Kept]) -> Result<Action, Shown> {
    let mut ids: Vec<FileId> = photos.iter().map(|photo| photo.id).collect();
    ids.dedup();
    action.with_photos(ids).ok_or_else(|| Shown::field("photos", "No photos can be added to this."))
}

/// Carries out a command, and keeps the photos that it names.
///
/// # Errors
/// As [`orders::perform`].
pub async fn perform(
    services: &Services,
    caller: Caller,
    command: Command,
    photos: Vec<Kept>,
) -> Result<Performed, Error> {
    let (now, secret) = (services.now(), services.secret.clone());
    services
        .db
        .write((caller, command, photos, secret), move |tx, (caller, command, photos, secret)| {
            Box::pin(async move {
                let meant = handover::meant(secret, command);
                let performed = orders::perform_as(tx, caller, command, meant, now).await?;
                keep(tx, command.order, photos, now).await?;
                Ok(performed)
            })
        })
        .await
}

/// Keeps photos, in the transaction of the event that names them.
pub(super) async fn keep(tx: &mut Tx, order: OrderId, photos: &[Kept], now: Moment) -> Result<(), Error> {
    for photo in photos {
        let file = NewFile {
            id: photo.id,
            order,
            kind: if photo.is_signature { SIGNATURE } else { "photo" },
            media_type: photo.picture.media_type.name(),
            pixels: (photo.picture.width, photo.picture.height),
            content: &photo.picture.bytes,
            party: photo.party,
            user: photo.user,
        };
        files::insert(tx, &file, now).await?;
    }
    Ok(())
}

/// The photos that a timeline names, without their bytes; most name none, and cost no query.
pub(super) async fn list_named(conn: &mut dyn Conn, order: OrderId, timeline: &[Entry]) -> Result<Vec<Photo>, Error> {
    if timeline.iter().all(|entry| entry.event.photos().is_empty()) {
        return Ok(Vec::new());
    }
    let rows = files::list_of_order(conn, order).await?;
    let photo = |row: files::FileRow| Photo {
        id: FileId(row.id),
        is_signature: row.kind == SIGNATURE,
        width: u32::try_from(row.width_pixels).unwrap_or(1),
        height: u32::try_from(row.height_pixels).unwrap_or(1),
    };
    Ok(rows.into_iter().map(photo).collect())
}

/// A photo for somebody who is signed in and plays a part in its order.
///
/// # Errors
/// Not found when it is not theirs to see.
pub async fn find(services: &Services, viewer: &Viewer, id: FileId) -> Result<ContentRow, Error> {
    let (mut conn, file) = read_file(services, id).await?;
    let order = storage::orders::find(&mut conn, OrderId(file.order_id)).await?;
    let theirs = order.as_ref().and_then(|order| orders::actor_for(viewer, order));
    theirs.map(|_| file).ok_or_else(|| unknown().into())
}

/// A photo of an order that is known to be the reader's.
///
/// # Errors
/// Not found when it is another order's, or none.
pub(super) async fn find_of_order(conn: &mut dyn Conn, order: OrderId, id: FileId) -> Result<ContentRow, Error> {
    let file = files::find(conn, id).await?.filter(|file| file.order_id == order.0);
    file.ok_or_else(|| unknown().into())
}

/// A photo for whoever holds the signed link of its order's buyer.
///
/// # Errors
/// Not found when the link opens another order, or none.
pub async fn find_by_link(services: &Services, token: &str, id: FileId) -> Result<ContentRow, Error> {
    let (mut conn, file) = read_file(services, id).await?;
    let order = answers::open(services, &mut conn, token).await?;
    if order.id.0 == file.order_id { Ok(file) } else { Err(unknown().into()) }
}

async fn read_file(services: &Services, id: FileId) -> Result<(storage::Reader, ContentRow), Error> {
    let mut conn = services.db.reader().await?;
    let file = files::find(&mut conn, id).await?.ok_or_else(unknown)?;
    Ok((conn, file))
}

fn unknown() -> Shown {
    Shown::not_found("photo")
}
