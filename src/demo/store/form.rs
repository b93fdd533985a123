//! `POST /`: a file in a form (documented: Kodo, form upload).
//!
//! Fields may come in any order; official clients disagree about it. The file
//! goes to disk as it comes, hashed on its way.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::header::CONTENT_DISPOSITION;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use super::disposition::{self, Disposition};
use super::reply::Reply;
use super::verdict::{self, Parcel};
use crate::demo::faults::Misbehaviour;
use crate::demo::seen::Entry;
use crate::demo::token::Policy;
use crate::demo::world::World;
use crate::demo::{etag, mime};

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
    file: NamedTempFile,
    etag: String,
    crc32: u32,
    size_bytes: u64,
    first_bytes: Vec<u8>,
}

/// The handler.
pub(super) async fn upload(
    State(world): State<Arc<World>>,
    Extension(entry): Extension<Arc<Entry>>,
    what: Option<Extension<Misbehaviour>>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Reply {
    let Ok(multipart) = multipart else {
        return Reply::refuse(400, "invalid multipart format: no multipart boundary param");
    };
    match read(&world, &entry, multipart).await {
        Ok(form) => judge(&world, form, what.as_deref()).unwrap_or_else(|refusal| refusal),
        Err(refusal) => refusal,
    }
}

async fn read(world: &World, entry: &Entry, mut multipart: Multipart) -> Result<Form, Reply> {
    let mut form = Form::default();
    while let Some(field) = multipart.next_field().await.map_err(malformed)? {
        let header = field.headers().get(CONTENT_DISPOSITION);
        let Disposition { name, file_name } = header
            .map(|header| disposition::parse(header.as_bytes()))
            .unwrap_or_default();
        entry.form(|seen| seen.fields.push(name.clone()));
        // Without a file name it is a value, whatever it is called.
        match (name.as_str(), file_name.is_empty()) {
            ("file", false) => form.file = Some(receive(world, entry, file_name, field).await?),
            ("token", true) => form.token = Some(field.text().await.map_err(malformed)?),
            ("crc32", true) => form.crc32 = Some(field.text().await.map_err(malformed)?),
            _ => {}
        }
    }
    Ok(form)
}

/// Writes the file to disk. What exceeds the limit is counted, not kept.
async fn receive(
    world: &World,
    entry: &Entry,
    name: String,
    mut field: Field<'_>,
) -> Result<Upload, Reply> {
    entry.form(|seen| seen.file_name.clone_from(&name));
    let file = incoming(world).map_err(|error| unwritable(&error))?;
    let handle = file
        .as_file()
        .try_clone()
        .map_err(|error| unwritable(&error))?;
    let mut writer = tokio::fs::File::from_std(handle);
    let (mut hasher, mut crc32) = (etag::Hasher::default(), crc32fast::Hasher::new());
    let (mut size_bytes, mut first_bytes) = (0, Vec::new());
    while let Some(piece) = field.chunk().await.map_err(malformed)? {
        size_bytes += piece.len() as u64;
        entry.form(|seen| seen.file_bytes = size_bytes);
        if size_bytes > world.options.size_limit_bytes {
            continue;
        }
        hasher.update(&piece);
        crc32.update(&piece);
        let missing = mime::LOOK_BYTES.saturating_sub(first_bytes.len());
        first_bytes.extend(piece.iter().take(missing));
        writer
            .write_all(&piece)
            .await
            .map_err(|error| unwritable(&error))?;
    }
    writer.flush().await.map_err(|error| unwritable(&error))?;
    let (etag, crc32) = (hasher.finish(), crc32.finalize());
    Ok(Upload {
        name,
        file,
        etag,
        crc32,
        size_bytes,
        first_bytes,
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
    let too_large = upload.size_bytes > world.options.size_limit_bytes;
    if let Some(expected) = form.crc32
        && !too_large
        && expected.trim().parse() != Ok(upload.crc32)
    {
        return Err(Reply::refuse(406, "crc32 mismatch"));
    }
    let parcel = Parcel {
        mime: mime::of(&upload.first_bytes, &upload.name),
        name: upload.name,
        etag: upload.etag,
        size_bytes: upload.size_bytes,
        file: upload.file,
    };
    Ok(verdict::settle(world, &policy, parcel, what))
}

/// A file in the store's folder that goes away unless it is kept.
pub(super) fn incoming(world: &World) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".incoming-")
        .tempfile_in(&world.dir)
}

fn malformed(error: impl std::fmt::Display) -> Reply {
    Reply::refuse(400, &format!("invalid multipart format: {error}"))
}

pub(super) fn unwritable(error: &io::Error) -> Reply {
    Reply::refuse(599, &format!("cannot write to disk: {error}"))
}
