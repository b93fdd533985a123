//! The type that the store gives to content.
//!
//! Upload policies of ONES set `detectMime` 1: what the client says is ignored,
//! content is looked at, then the name's extension (documented: Kodo, put policy).

/// How many first bytes are enough to look at.
pub(super) const LOOK_BYTES: usize = 16;

/// The MIME type of content with these first bytes and this name.
pub(super) fn of(first_bytes: &[u8], name: &str) -> &'static str {
    let magic: [(&[u8], &str); 6] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x1f\x8b", "application/gzip"),
    ];
    let by_content = magic
        .iter()
        .find(|(start, _)| first_bytes.starts_with(start));
    by_content.map_or_else(|| by_extension(name), |(_, mime)| mime)
}

/// The extension of a name, in lower case, with its dot; empty without one.
pub(super) fn extension(name: &str) -> String {
    name.rfind('.')
        .and_then(|at| name.get(at..))
        .unwrap_or_default()
        .to_lowercase()
}

fn by_extension(name: &str) -> &'static str {
    match extension(name).as_str() {
        ".txt" | ".log" => "text/plain",
        ".csv" => "text/csv",
        ".html" => "text/html",
        ".json" => "application/json",
        ".md" => "text/markdown",
        ".mp4" => "video/mp4",
        ".pdf" => "application/pdf",
        ".png" => "image/png",
        ".jpg" | ".jpeg" => "image/jpeg",
        ".gif" => "image/gif",
        ".zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
