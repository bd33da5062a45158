//! Files in forms: they are taken out before a form goes further in, within limits of their own, and what remains is a
//! form like every other. Server functions find them beside the request.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request},
    response::{IntoResponse, Response},
};
use leptos::prelude::with_context;
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    app::paths,
    server::service::photos::{FILE_LIMIT_BYTES, MOST_FILES, Upload, Uploads},
};

/// The pages that have forms with files.
const PAGES: [&str; 3] = ["/orders/", "/a/", "/courier/"];
/// The longest texts of a form that bears files; the layer further in allows no more of any form.
const TEXT_LIMIT_BYTES: usize = 64 * 1024;
/// The longest body that is read to its end, so that whoever sent too much gets an answer and no broken connection. No more
/// of it is kept than [`MOST_FILES`] files of [`FILE_LIMIT_BYTES`].
const BODY_LIMIT_BYTES: u64 = 100 * 1024 * 1024;
/// How long a phone with a poor connection may send.
pub const SENDING_TIMEOUT: Duration = Duration::from_mins(5);
/// The memory that the files of all forms together may take, in pieces of [`PIECE_BYTES`]. A form takes pieces as its files
/// grow, so that one which hardly sends anything takes hardly any.
const PIECES: usize = 256;
/// One piece.
const PIECE_BYTES: usize = 1024 * 1024;
/// The pieces that strangers at one address may take, so that one who sends slowly holds up no others: two forms at their
/// largest.
const PIECES_OF_ONE: usize = 64;

/// The memory that files may still take.
#[derive(Clone, Debug)]
pub struct Room {
    pieces: Arc<Semaphore>,
    strangers: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self { pieces: Arc::new(Semaphore::new(PIECES)), strangers: Arc::default() }
    }
}

impl Room {
    /// For what this stranger sends, or somebody who is known.
    fn begin(&self, stranger: Option<IpAddr>) -> Pieces {
        Pieces { room: self.clone(), stranger, count: 0, permit: None }
    }

    /// Counts pieces of a stranger, when they may have more.
    fn count(&self, stranger: IpAddr, more: usize) -> Result<(), Unread> {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = strangers.entry(stranger).or_default();
        if *taken + more > PIECES_OF_ONE {
            return Err(Unread::NoRoom);
        }
        *taken += more;
        Ok(())
    }
}

/// The memory that the files of a form take.
#[derive(Debug)]
struct Pieces {
    room: Room,
    stranger: Option<IpAddr>,
    count: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Pieces {
    /// Takes more, when there is some, until it is enough for so many bytes.
    fn hold(&mut self, bytes: usize) -> Result<(), Unread> {
        let more = bytes.div_ceil(PIECE_BYTES).saturating_sub(self.count);
        if more == 0 {
            return Ok(());
        }
        let count = u32::try_from(more).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.room.pieces).try_acquire_many_owned(count).map_err(|_| Unread::NoRoom)?;
        if let Some(stranger) = self.stranger {
            self.room.count(stranger, more)?;
        }
        self.count += more;
        match &mut self.permit {
            Some(taken) => taken.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }

    /// Gives all of it back.
    fn give_back(&mut self) {
        self.permit = None;
        let count = std::mem::take(&mut self.count);
        if let Some(stranger) = self.stranger.filter(|_| count > 0) {
            let mut strangers = self.room.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            if let Entry::Occupied(mut taken) = strangers.entry(stranger) {
                *taken.get_mut() -= count;
                if *taken.get() == 0 {
                    taken.remove();
                }
            }
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// The memory that the files of one request take, until the last of it is gone.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    _pieces: Option<Arc<Pieces>>,
}

/// What was sent as the parts of a form, for whoever reads it without a page.
#[derive(Debug)]
pub struct Parts {
    /// The one text that was asked for; nothing when it did not come.
    pub text: Option<String>,
    /// The files.
    pub uploads: Uploads,
    /// The memory that those take.
    pub taken: Taken,
}

/// Why a form with files is not read.
#[derive(Debug)]
pub enum Unread {
    /// It is no form, or breaks off.
    Broken,
    /// It is far too long.
    TooLong,
    /// There is no memory for it now.
    NoRoom,
}

impl From<multer::Error> for Unread {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::StreamSizeExceeded { .. } => Self::TooLong,
            _ => Self::Broken,
        }
    }
}

/// The files that came with the form whose server function is running.
pub fn of_this_form() -> Uploads {
    with_context(|parts: &request::Parts| parts.extensions.get::<Uploads>().cloned()).flatten().unwrap_or_default()
}

/// Takes the files out of a form; everything else goes on its way.
///
/// # Errors
/// The answer to a form that cannot be read.
pub async fn take(room: &Room, stranger: IpAddr, request: Request) -> Result<Request, Response> {
    let Some(boundary) = boundary_of_page(&request) else { return Ok(request) };
    let (mut parts, body) = request.into_parts();
    let form = match tokio::time::timeout(SENDING_TIMEOUT, read(body, boundary, room.begin(Some(stranger)), "")).await {
        Ok(Ok(form)) => form,
        Ok(Err(Unread::NoRoom)) => {
            let sentence = "Many photos are being sent at this moment. Nothing was changed: please try again.\n";
            return Err((StatusCode::SERVICE_UNAVAILABLE, sentence).into_response());
        }
        Ok(Err(_)) => {
            let sentence = "What was sent cannot be read. Nothing was changed.\n";
            return Err((StatusCode::BAD_REQUEST, sentence).into_response());
        }
        Err(_) => {
            let sentence = "Sending took too long. Nothing was changed: please try smaller photos.\n";
            return Err((StatusCode::REQUEST_TIMEOUT, sentence).into_response());
        }
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let texts = form.encoded();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(texts.len()));
    parts.headers.remove(header::TRANSFER_ENCODING);
    let Form { files, wrong, pieces, .. } = form;
    parts.extensions.insert(Taken { _pieces: Some(Arc::new(pieces)) });
    parts.extensions.insert(Uploads { files: Arc::new(files), wrong });
    Ok(Request::from_parts(parts, Body::from(texts)))
}

/// What stands between the parts of a body, where it is sent in parts.
pub fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// Reads a body that is sent in parts: one of them is this text, whatever kind it says it is of, and all others are files.
///
/// # Errors
/// When it is none, is far too long, or there is no memory for it now.
pub async fn parts(body: Body, boundary: String, room: &Room, text: &'static str) -> Result<Parts, Unread> {
    let mut form = read(body, boundary, room.begin(None), text).await?;
    if form.is_too_long {
        return Err(Unread::TooLong);
    }
    let stray = form.texts.iter().find(|(name, _)| name != text).map(|(name, _)| name.clone());
    if let Some(stray) = stray {
        form.fault(stray, "This part is not known here.");
    }
    let Form { texts, files, wrong, pieces, .. } = form;
    Ok(Parts {
        text: texts.into_iter().find(|(name, _)| name == text).map(|(_, value)| value),
        uploads: Uploads { files: Arc::new(files), wrong },
        taken: Taken { _pieces: Some(Arc::new(pieces)) },
    })
}

/// What stands between the parts of a form with files, where a page takes one.
fn boundary_of_page(request: &Request) -> Option<String> {
    let path = request.uri().path();
    if request.method() != Method::POST || !PAGES.iter().any(|page| path.starts_with(page)) {
        return None;
    }
    boundary(request.headers())
}

/// A form, taken apart.
#[derive(Debug)]
struct Form {
    /// The other fields.
    texts: Vec<(String, String)>,
    /// Whether those are longer than any form's.
    is_too_long: bool,
    files: Vec<Upload>,
    wrong: Option<(String, &'static str)>,
    /// How long those are together.
    file_bytes: usize,
    pieces: Pieces,
}

/// Reads a form. Where one that is far too long breaks off, what came before it is still answered.
async fn read(body: Body, boundary: String, pieces: Pieces, text: &str) -> Result<Form, Unread> {
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(BODY_LIMIT_BYTES));
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let (texts, files) = (Vec::new(), Vec::new());
    let mut form = Form { texts, is_too_long: false, files, wrong: None, file_bytes: 0, pieces };
    match form.take_all(&mut parts, text).await {
        Ok(()) => Ok(form),
        Err(Unread::TooLong) => {
            form.fault("photos".to_owned(), "Together these photos are far too large: six of 5 MB at most.");
            Ok(form)
        }
        Err(other) => Err(other),
    }
}

impl Form {
    async fn take_all(&mut self, parts: &mut Multipart<'_>, text: &str) -> Result<(), Unread> {
        while let Some(part) = parts.next_field().await? {
            self.take(part, text).await?;
        }
        Ok(())
    }

    /// Takes one part, keeping no more of it than is allowed.
    async fn take(&mut self, mut part: multer::Field<'_>, text: &str) -> Result<(), Unread> {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = name != text && (part.file_name().is_some() || part.content_type().is_some());
        let most = if is_file { FILE_LIMIT_BYTES } else { TEXT_LIMIT_BYTES };
        // Of a form in which a file is wrong, or one too many, none is kept.
        let keeps = !is_file || (self.wrong.is_none() && self.files.len() < MOST_FILES);
        let mut content = Vec::new();
        let (mut too_long, mut is_empty) = (false, true);
        while let Some(chunk) = part.chunk().await? {
            is_empty &= chunk.is_empty();
            too_long |= content.len() + chunk.len() > most;
            if keeps && !too_long {
                if is_file {
                    self.file_bytes += chunk.len();
                    self.pieces.hold(self.file_bytes)?;
                }
                content.extend_from_slice(&chunk);
            }
        }
        match (is_file, too_long) {
            (true, true) => self.fault(name, "A photo may have 5 MB at most: take or choose a smaller one."),
            // Where nothing was chosen, browsers send a file of nothing.
            (true, false) if is_empty => {}
            (true, false) if self.files.len() == MOST_FILES => self.fault(name, "Six photos at most, please."),
            (true, false) => self.files.push(Upload { field: name, content }),
            (false, _) => self.text(&name, &String::from_utf8_lossy(&content), too_long),
        }
        Ok(())
    }

    fn fault(&mut self, field: String, sentence: &'static str) {
        self.files.clear();
        self.file_bytes = 0;
        self.pieces.give_back();
        self.wrong.get_or_insert((field, sentence));
    }

    fn text(&mut self, name: &str, value: &str, too_long: bool) {
        let before: usize = self.texts.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.is_too_long |= too_long || before > TEXT_LIMIT_BYTES;
        if !self.is_too_long {
            self.texts.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The other fields, as a form without files sends them.
    fn encoded(&self) -> String {
        if self.is_too_long {
            // The layer further in says so.
            return "x".repeat(TEXT_LIMIT_BYTES + 1);
        }
        let pair = |(name, value): &(String, String)| format!("{}={}", paths::encode(name), paths::encode(value));
        self.texts.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}
