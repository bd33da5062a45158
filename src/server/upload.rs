//! Files in forms: they are taken out before a form goes further in, within limits of their own, and what remains is a
//! form like every other. Server functions find them beside the request.

use std::{sync::Arc, time::Duration};

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

/// The memory that files may still take.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PIECES)))
    }
}

/// The memory that the files of one request take, until the last of it is gone.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    _pieces: Arc<Option<OwnedSemaphorePermit>>,
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
pub async fn take(room: &Room, request: Request) -> Result<Request, Response> {
    let Some(boundary) = boundary_of_page(&request) else { return Ok(request) };
    let (mut parts, body) = request.into_parts();
    let form = match tokio::time::timeout(SENDING_TIMEOUT, read(body, boundary, room, "")).await {
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
    parts.extensions.insert(Taken { _pieces: Arc::new(form.pieces) });
    parts.extensions.insert(Uploads { files: Arc::new(form.files), wrong: form.wrong });
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
    let mut form = read(body, boundary, room, text).await?;
    if form.is_too_long {
        return Err(Unread::TooLong);
    }
    let stray = form.texts.iter().find(|(name, _)| name != text).map(|(name, _)| name.clone());
    if let Some(stray) = stray {
        form.fault(stray, "This part is not known here.");
    }
    Ok(Parts {
        text: form.texts.into_iter().find(|(name, _)| name == text).map(|(_, value)| value),
        uploads: Uploads { files: Arc::new(form.files), wrong: form.wrong },
        taken: Taken { _pieces: Arc::new(form.pieces) },
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
#[derive(Debug, Default)]
struct Form {
    /// The other fields.
    texts: Vec<(String, String)>,
    /// Whether those are longer than any form's.
    is_too_long: bool,
    files: Vec<Upload>,
    wrong: Option<(String, &'static str)>,
    pieces: Option<OwnedSemaphorePermit>,
}

/// Reads a form. Where one that is far too long breaks off, what came before it is still answered.
async fn read(body: Body, boundary: String, room: &Room, text: &str) -> Result<Form, Unread> {
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(BODY_LIMIT_BYTES));
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut form = Form::default();
    match form.take_all(&mut parts, room, text).await {
        Ok(()) => Ok(form),
        Err(Unread::TooLong) => {
            form.fault("photos".to_owned(), "Together these photos are far too large: six of 5 MB at most.");
            Ok(form)
        }
        Err(other) => Err(other),
    }
}

impl Form {
    async fn take_all(&mut self, parts: &mut Multipart<'_>, room: &Room, text: &str) -> Result<(), Unread> {
        while let Some(part) = parts.next_field().await? {
            self.take(part, room, text).await?;
        }
        Ok(())
    }

    /// Takes one part, keeping no more of it than is allowed.
    async fn take(&mut self, mut part: multer::Field<'_>, room: &Room, text: &str) -> Result<(), Unread> {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = name != text && (part.file_name().is_some() || part.content_type().is_some());
        let most = if is_file { FILE_LIMIT_BYTES } else { TEXT_LIMIT_BYTES };
        let mut content = Vec::new();
        let mut too_long = false;
        while let Some(chunk) = part.chunk().await? {
            too_long |= content.len() + chunk.len() > most;
            if !too_long {
                let before = content.len().div_ceil(PIECE_BYTES);
                content.extend_from_slice(&chunk);
                let more = content.len().div_ceil(PIECE_BYTES) - before;
                if is_file && more > 0 {
                    self.grow(more, room)?;
                }
            }
        }
        match (is_file, too_long) {
            (true, true) => self.fault(name, "A photo may have 5 MB at most: take or choose a smaller one."),
            // Where nothing was chosen, browsers send a file of nothing.
            (true, false) if content.is_empty() => {}
            (true, false) if self.files.len() == MOST_FILES => self.fault(name, "Six photos at most, please."),
            (true, false) => self.files.push(Upload { field: name, content }),
            (false, _) => self.text(&name, &String::from_utf8_lossy(&content), too_long),
        }
        Ok(())
    }

    fn fault(&mut self, field: String, sentence: &'static str) {
        self.files.clear();
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

    /// Takes more memory, when there is some.
    fn grow(&mut self, pieces: usize, room: &Room) -> Result<(), Unread> {
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
        let more = Arc::clone(&room.0).try_acquire_many_owned(pieces).map_err(|_| Unread::NoRoom)?;
        match &mut self.pieces {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}
