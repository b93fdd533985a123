//! `POST /`: a file in a form (documented: Kodo, form upload).
//!
//! Fields may come in any order; official clients disagree about it. The file
//! goes to disk as it comes, hashed on its way.

use std::sync::Arc;

use super::Store;
use super::counted::without_content;
use super::disposition::{self, Disposition};
use super::incoming::{Incoming, Received};
use super::reply::Reply;
use super::verdict::{self, Parcel};
use crate::demo::misbehaviour::Misbehaviour;
use crate::demo::seen::Entry;
use crate::demo::token::Policy;
use crate::demo::world::World;
use crate::demo::{Effort, mime};
use axum::Extension;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::header::CONTENT_DISPOSITION;

/// What a form held.
#[derive(Default)]
struct Form {
    token: Option<String>,
    crc32: Option<String>,
    file: Option<Upload>,
}

/// The file of a form, on disk.
struct Upload {
    name: String,
    received: Received,
    crc32: u32,
}

/// The handler.
pub(super) async fn upload(
    State(store): State<Arc<Store>>,
    Extension(entry): Extension<Arc<Entry>>,
    what: Option<Extension<Misbehaviour>>,
    request: Request,
) -> Result<Reply, Reply> {
    let form = match store.world.options.effort {
        Effort::Keeps | Effort::Hashes => read(&store.world, &entry, request, 0).await?,
        Effort::Counts { .. } => {
            let (request, content_bytes) = without_content(request).await?;
            let form = read(&store.world, &entry, request, content_bytes).await?;
            // What is not read cannot be held against it.
            Form {
                crc32: None,
                ..form
            }
        }
    };
    judge(&store.world, form, what.as_deref())
}

/// Reads a form from which so many bytes of the file's content were taken.
async fn read(
    world: &World,
    entry: &Entry,
    request: Request,
    taken_bytes: u64,
) -> Result<Form, Reply> {
    let multipart = Multipart::from_request(request, &()).await;
    let mut multipart = multipart.map_err(|_rejection| {
        Reply::refuse(400, "invalid multipart format: no multipart boundary param")
    })?;
    let mut form = Form::default();
    while let Some(field) = multipart.next_field().await.map_err(malformed)? {
        let header = field.headers().get(CONTENT_DISPOSITION);
        let Disposition { name, file_name } = header
            .map(|header| disposition::parse(header.as_bytes()))
            .unwrap_or_default();
        entry.form(|seen| seen.fields.push(name.clone()));
        // Without a file name it is a value, whatever it is called.
        match (name.as_str(), file_name.is_empty()) {
            ("file", false) => {
                let incoming = Incoming::new(world, world.options.size_limit_bytes)?;
                let upload = receive(incoming.without(taken_bytes), entry, file_name, field);
                form.file = Some(upload.await?);
            }
            ("token", true) => form.token = Some(text(field).await?),
            ("crc32", true) => form.crc32 = Some(text(field).await?),
            _ => {}
        }
    }
    Ok(form)
}

/// A value. `Field::text` would know all of the world's character sets, which
/// makes the program 0.15 MB larger; forms are in UTF-8.
async fn text(field: Field<'_>) -> Result<String, Reply> {
    let bytes = field.bytes().await.map_err(malformed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn receive(
    mut incoming: Incoming,
    entry: &Entry,
    name: String,
    mut field: Field<'_>,
) -> Result<Upload, Reply> {
    entry.form(|seen| {
        seen.file_name.clone_from(&name);
        seen.file_bytes = incoming.size_bytes;
    });
    let mut crc32 = crc32fast::Hasher::new();
    while let Some(piece) = field.chunk().await.map_err(malformed)? {
        crc32.update(&piece);
        let size_bytes = incoming.take(&piece)?;
        entry.form(|seen| seen.file_bytes = size_bytes);
    }
    let received = incoming.finish()?;
    let crc32 = crc32.finalize();
    Ok(Upload {
        name,
        received,
        crc32,
    })
}

/// The checks, in the order in which the store would come to them.
fn judge(world: &Arc<World>, form: Form, what: Option<&Misbehaviour>) -> Result<Reply, Reply> {
    let token = form
        .token
        .ok_or_else(|| Reply::refuse(401, "token not specified"))?;
    let policy = Policy::check(&token).ok_or_else(|| Reply::refuse(401, "bad token"))?;
    let no_file = || Reply::refuse(400, "file is not specified in multipart");
    let upload = form.file.ok_or_else(no_file)?;
    let Upload {
        name,
        received,
        crc32,
    } = upload;
    if form
        .crc32
        .is_some_and(|expected| expected.trim().parse() != Ok(crc32))
    {
        return Err(Reply::refuse(406, "crc32 mismatch"));
    }
    let parcel = Parcel {
        mime: mime::of(&received.first_bytes, &name),
        name,
        etag: received.etag,
        size_bytes: received.size_bytes,
        file: received.file,
    };
    Ok(verdict::settle(world, &policy, parcel, what))
}

fn malformed(error: impl std::fmt::Display) -> Reply {
    Reply::refuse(400, &format!("invalid multipart format: {error}"))
}
