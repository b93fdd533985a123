//! Forms whose content is only counted.
//!
//! A benchmark's store stands for one on another machine, but works on the cores of
//! the client that is measured. So it does not look for the form's end in all of a
//! large file, nor copies and checks that.

use axum::body::Body;
use axum::extract::Request;

use super::reply::Reply;
use crate::demo::gate::next_piece;

/// What may come before the content.
const START_BYTES_MAX: usize = 64 * 1024;

/// Takes a form in; gives it without its file's content, and the bytes of that. The
/// file has to be the last part, with an end of line after the form's end, and no value
/// before it may say `filename=`.
pub(super) async fn without_content(request: Request) -> Result<(Request, u64), Reply> {
    let (head, mut body) = request.into_parts();
    let mut start = Vec::new();
    let mut content_at = None;
    let mut bytes = 0;
    while let Some(piece) = next_piece(&mut body).await {
        let piece = piece.map_err(|_error| Reply::refuse(400, "body broke off"))?;
        bytes += piece.len() as u64;
        if content_at.is_none() {
            if start.len() > START_BYTES_MAX {
                return Err(Reply::refuse(400, "the file does not begin"));
            }
            start.extend_from_slice(&piece);
            content_at = content_in(&start);
        }
    }
    let mut content_bytes = 0;
    if let Some(at) = content_at {
        let end = end_of(&start);
        content_bytes = bytes.saturating_sub((at + end.len()) as u64);
        start.truncate(at);
        start.extend_from_slice(&end);
    }
    Ok((Request::from_parts(head, Body::from(start)), content_bytes))
}

/// Where the file's content begins: after the head of the part with a file name.
fn content_in(start: &[u8]) -> Option<usize> {
    let named = after(start, b"filename=")?;
    Some(named + after(start.get(named..)?, b"\r\n\r\n")?)
}

fn after(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let at = bytes.windows(what.len()).position(|there| there == what)?;
    Some(at + what.len())
}

/// The form's end, whose boundary is the first line (RFC 2046, 5.1.1).
fn end_of(start: &[u8]) -> Vec<u8> {
    let boundary = start.split(|byte| *byte == b'\r').next();
    [b"\r\n", boundary.unwrap_or_default(), b"--\r\n"].concat()
}
