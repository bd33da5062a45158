//! Photos and signatures: they come along with the action that they prove, as parts of one body, and are read by whoever
//! may read their order.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply},
    dto::ListOf,
    problem::Problem,
    route::{Answer, Route},
};
use crate::{
    domain::{id::FileId, receiving::Photo},
    server::{
        media::MediaType,
        service::programs,
        upload::{self, Unread},
    },
};

/// The part that holds what else would be the whole body.
const BODY: &str = "body";
/// What pictures are served as.
const PICTURES: &[&str] = &[MediaType::Jpeg.name(), MediaType::Png.name(), MediaType::Webp.name()];

/// The entries of this noun.
pub fn routes() -> Vec<Route> {
    let picture = Answer { status: 200, about: "The picture.", schema: None, media: PICTURES };
    let read = Route::get("/orders/{id}/photos/{photo}", "getPhoto", "Fetch a photo", |call| Box::pin(get(call)));
    vec![
        Route::get("/orders/{id}/photos", "listPhotos", "List the photos of an order", |call| Box::pin(list(call)))
            .about("Photos and signatures that its events name. They come along with `deliver`, `hand_over`, `miss`, `reject` and `contest`.")
            .tag("deliveries")
            .answers::<ListOf<PhotoOut>>(200, "The photos, the first first."),
        Route { answer: picture, ..read.tag("deliveries") },
    ]
}

/// A photo or signature.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PhotoOut {
    /// Which.
    id: String,
    /// Whether somebody signed; else it is a photo.
    is_signature: bool,
    /// How wide it is, in pixels.
    width: u32,
    /// How high it is.
    height: u32,
    /// Where it is fetched.
    download: String,
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let (order, photos) = programs::photos(call.services(), &call.holder, &call.order()?).await?;
    let out = |photo: Photo| PhotoOut {
        download: format!("/api/v1/orders/{}/photos/{}", order.reference, photo.id),
        id: photo.id.to_string(),
        is_signature: photo.is_signature,
        width: photo.width,
        height: photo.height,
    };
    Ok(Reply::ok(&ListOf { data: photos.into_iter().map(out).collect() }).version(order.version))
}

async fn get(call: Call) -> Result<Reply, Problem> {
    let id: FileId = call.id("photo", "photo")?;
    let file = programs::photo(call.services(), &call.holder, &call.order()?, id).await?;
    let media = PICTURES.iter().find(|media| **media == file.media_type).copied().unwrap_or(MediaType::Jpeg.name());
    let name = format!("attachment; filename=\"{}-{id}.{}\"", file.kind, MediaType::extension(media));
    let reply = Reply { body: file.content, media, ..Reply::nothing(StatusCode::OK) };
    Ok(reply.with(header::CONTENT_DISPOSITION, &name))
}

/// How a body looks that brings photos along with what this schema describes.
pub fn body_with_photos(schema: &Value) -> Value {
    let file = json!({ "type": "string", "format": "binary" });
    json!({ "schema": {
        "type": "object",
        "properties": {
            BODY: schema,
            "photos": { "type": "array", "items": file, "maxItems": 6, "description": "JPEG, PNG or WebP, of 5 MB at most each." },
            "signature": file,
        },
        "additionalProperties": false,
    } })
}

/// Takes the photos out of a body that is sent in parts; what remains is read as any other.
pub async fn take(call: &mut Call, boundary: String, body: Body) -> Result<(), Problem> {
    let parts = upload::parts(body, boundary, &call.state.room, BODY).await.map_err(|unread| match unread {
        Unread::Broken => Problem::new(StatusCode::BAD_REQUEST, "malformed", "The parts of the body cannot be read."),
        Unread::TooLong => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is far too long."),
        Unread::NoRoom => {
            let detail = "Many photos are being sent at this moment. Nothing was changed: please try again.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).with(header::RETRY_AFTER, "1")
        }
    })?;
    call.body = parts.text.unwrap_or_default().into();
    (call.uploads, call.taken) = (parts.uploads, parts.taken);
    Ok(())
}
