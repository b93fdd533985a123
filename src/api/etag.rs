//! Kodo's etag of a content: 28 characters that name the bytes.
//!
//! Source: seen in ONES' own importer and in Qiniu's `qetag`; checked against
//! the vectors in `tests/data/qetag_vectors.tsv`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use sha1::{Digest as _, Sha1};

/// The block that Kodo hashes by: 4 MiB.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;
/// First byte of the etag of a content of at most one block.
const ONE_BLOCK: u8 = 0x16;
/// First byte where the SHA-1 is taken over the SHA-1s of the blocks.
const MANY_BLOCKS: u8 = 0x96;

/// Computes an etag while the content passes by.
#[derive(Default)]
pub struct Etag {
    block: Sha1,
    in_block: usize,
    digests: Vec<[u8; 20]>,
}

impl Etag {
    /// Takes the next bytes, in any cut.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // A full block is closed only when more follows, so that exactly
            // 4 MiB stay in the one-block form.
            if self.in_block == BLOCK_BYTES {
                self.close_block();
            }
            let room = (BLOCK_BYTES - self.in_block).min(bytes.len());
            let (now, rest) = bytes.split_at(room);
            self.block.update(now);
            self.in_block += now.len();
            bytes = rest;
        }
    }

    /// The etag of all bytes so far.
    #[must_use]
    pub fn finish(mut self) -> String {
        let mut raw = [0_u8; 21];
        let (kind, digest) = raw.split_at_mut(1);
        if self.digests.is_empty() {
            kind.copy_from_slice(&[ONE_BLOCK]);
            digest.copy_from_slice(&self.block.finalize());
        } else {
            self.close_block();
            kind.copy_from_slice(&[MANY_BLOCKS]);
            digest.copy_from_slice(&Sha1::digest(self.digests.concat()));
        }
        URL_SAFE.encode(raw)
    }

    fn close_block(&mut self) {
        let digest = std::mem::take(&mut self.block).finalize();
        self.digests.push(digest.into());
        self.in_block = 0;
    }
}

/// The etag of bytes in memory.
#[must_use]
pub fn etag_of(bytes: &[u8]) -> String {
    let mut etag = Etag::default();
    etag.update(bytes);
    etag.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_contents() {
        for (bytes, want) in [
            (&b""[..], "Fto5o-5ea0sNMlW_75VgGJCv2AcJ"),
            (b"hello", "Fqr0xh3cxeii2r7eDztILNmuqUNN"),
            (b"etag", "FpLiADEaVoALPkdb8tJEJyRTXoe_"),
        ] {
            assert_eq!(etag_of(bytes), want);
        }
    }

    #[test]
    fn block_borders() {
        for (size, want) in [
            (BLOCK_BYTES, "FuwQ-vpd56Izwiom1JHzCIdrQa4_"),
            (BLOCK_BYTES + 1, "lieGn00gWdbfwEIHaUpzu4drHeun"),
        ] {
            assert_eq!(etag_of(&vec![b'a'; size]), want, "{size}");
        }
    }

    #[test]
    fn the_cut_of_the_chunks_does_not_matter() {
        let content: Vec<u8> = (0..=250).cycle().take(2 * BLOCK_BYTES + 77).collect();
        let whole = etag_of(&content);
        for cut in [1021, 4096, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1] {
            let mut etag = Etag::default();
            content.chunks(cut).for_each(|chunk| etag.update(chunk));
            assert_eq!(etag.finish(), whole, "{cut}");
        }
    }
}
