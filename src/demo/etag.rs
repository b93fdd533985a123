//! Kodo's etag ("qetag"), written apart from the client's own on purpose.
//!
//! The store names and compares content by it. It must not lean on `api`:
//! a mistake shared by both sides would pass every test.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha1::{Digest as _, Sha1};

/// 4 MiB: the block of the etag (documented: qiniu/qetag).
pub(crate) const BLOCK_BYTES: usize = 4 * 1024 * 1024;
/// Characters in an etag: 21 bytes in url-safe base64 without padding.
const ETAG_CHARS: usize = 28;

/// Computes an etag from content that arrives in pieces of any size.
#[derive(Default)]
pub(crate) struct Hasher {
    block: Sha1,
    block_bytes: usize,
    digests: Vec<[u8; 20]>,
}

impl Hasher {
    /// Takes the next piece of the content.
    pub(crate) fn update(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            // A full block is closed only when more follows: exactly 4 MiB is
            // still the one-block form.
            if self.block_bytes == BLOCK_BYTES {
                self.close_block();
            }
            let room = BLOCK_BYTES - self.block_bytes;
            let (now, later) = piece.split_at(room.min(piece.len()));
            self.block.update(now);
            self.block_bytes += now.len();
            piece = later;
        }
    }

    /// The etag of all that was taken.
    pub(crate) fn finish(mut self) -> String {
        self.close_block();
        match self.digests.as_slice() {
            [only] => named(0x16, only),
            all => named(0x96, &Sha1::digest(all.concat()).into()),
        }
    }

    fn close_block(&mut self) {
        let digest = std::mem::take(&mut self.block).finalize();
        self.digests.push(digest.into());
        self.block_bytes = 0;
    }
}

/// The etag of an object put together from parts, each with its own etag and
/// its size in bytes. `None` if one of them is no etag.
///
/// Parts of 4 MiB are the blocks of an ordinary etag. Others give `0x9e` and the
/// SHA-1 over the digests of the parts' etags (seen in two official clients; one
/// compares it with the live service).
pub(crate) fn of_parts(parts: &[(&str, u64)]) -> Option<String> {
    const BLOCK: u64 = BLOCK_BYTES as u64;
    let (last, before) = parts.split_last()?;
    let ordinary = last.1 <= BLOCK && before.iter().all(|(_, size)| *size == BLOCK);
    if ordinary && before.is_empty() {
        return Some(last.0.to_owned());
    }
    let mut over = Sha1::new();
    for (etag, _) in parts {
        let bytes = URL_SAFE_NO_PAD.decode(etag).ok()?;
        over.update(bytes.get(1..)?);
    }
    let kind = if ordinary { 0x96 } else { 0x9e };
    Some(named(kind, &over.finalize().into()))
}

/// Whether a text has the shape of an etag, so that it can name a file.
pub(crate) fn is_etag(text: &str) -> bool {
    text.len() == ETAG_CHARS && URL_SAFE_NO_PAD.decode(text).is_ok()
}

fn named(kind: u8, digest: &[u8; 20]) -> String {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(digest);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(size: usize) -> Vec<u8> {
        (0..=250).cycle().take(size).collect()
    }

    fn of(bytes: &[u8], piece: usize) -> String {
        let mut hasher = Hasher::default();
        for chunk in bytes.chunks(piece.max(1)) {
            hasher.update(chunk);
        }
        hasher.finish()
    }

    fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
        table
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| line.split('\t').collect())
    }

    #[test]
    fn whole_files_hash_as_kodo_says() {
        for row in rows(include_str!("../../tests/data/qetag_vectors.tsv")) {
            let bytes = content(row[0].parse().unwrap());
            assert_eq!(of(&bytes, 1_000_003), row[1], "size {}", row[0]);
        }
        assert_eq!(of(b"etag", 1), "FpLiADEaVoALPkdb8tJEJyRTXoe_");
    }

    #[test]
    fn parts_hash_as_kodo_says() {
        for row in rows(include_str!("../../tests/data/qetag_v2_vectors.tsv")) {
            let bytes = content(row[0].parse().unwrap());
            let chunks = || bytes.chunks(row[1].parse().unwrap());
            let etags: Vec<String> = chunks().map(|part| of(part, 65_536)).collect();
            assert_eq!(etags.len().to_string(), row[2]);
            let sizes = chunks().map(|part| part.len() as u64);
            let parts: Vec<(&str, u64)> = etags.iter().map(String::as_str).zip(sizes).collect();
            let etag = of_parts(&parts).unwrap();
            assert_eq!(etag, row[3], "size {} part {}", row[0], row[1]);
        }
    }

    #[test]
    fn only_etags_may_name_files() {
        assert!(is_etag("Fto5o-5ea0sNMlW_75VgGJCv2AcJ"));
        for text in [
            "",
            "../../../../../../etc/passwd",
            "Fto5o-5ea0sNMlW_75VgGJCv2Ac/",
        ] {
            assert!(!is_etag(text), "{text}");
        }
    }
}
