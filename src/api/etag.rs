//! Kodo's etag of a content: 28 characters that name the bytes.
//!
//! Source: seen in ONES' own importer and in Qiniu's `qetag`; checked against
//! the vectors in `tests/data/qetag_vectors.tsv`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use sha1::{Digest as _, Sha1};

/// The block that Kodo hashes by: 4 MiB.
pub(super) const BLOCK_BYTES: u64 = 4 * 1024 * 1024;
/// First byte of the etag of a content of at most one block.
const ONE_BLOCK: u8 = 0x16;
/// First byte where the SHA-1 is taken over the SHA-1s of the blocks.
const MANY_BLOCKS: u8 = 0x96;

/// SHA-1 of one block.
pub(super) type BlockDigest = [u8; 20];

/// The etag of bytes in memory.
#[must_use]
pub fn etag_of(bytes: &[u8]) -> String {
    let block = usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX);
    let digests: Vec<BlockDigest> = bytes
        .chunks(block)
        .map(|block| Sha1::digest(block).into())
        .collect();
    etag_of_blocks(&digests)
}

/// The SHA-1 in the etag of a content of at most one block.
pub(super) fn block_of(etag: &str) -> Option<BlockDigest> {
    match URL_SAFE.decode(etag).ok()?.split_first()? {
        (&ONE_BLOCK, digest) => digest.try_into().ok(),
        _ => None,
    }
}

/// The etag of a content, by its blocks. An empty content has none.
pub(super) fn etag_of_blocks(digests: &[BlockDigest]) -> String {
    let (kind, digest) = match digests {
        [] => (ONE_BLOCK, Sha1::digest([]).into()),
        [only] => (ONE_BLOCK, *only),
        many => (MANY_BLOCKS, Sha1::digest(many.concat()).into()),
    };
    URL_SAFE.encode([&[kind][..], &digest].concat())
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
        let block = usize::try_from(BLOCK_BYTES).unwrap();
        for (size, want) in [
            (block, "FuwQ-vpd56Izwiom1JHzCIdrQa4_"),
            (block + 1, "lieGn00gWdbfwEIHaUpzu4drHeun"),
        ] {
            assert_eq!(etag_of(&vec![b'a'; size]), want, "{size}");
        }
    }

    #[test]
    fn only_the_etag_of_one_block_holds_its_sha1() {
        let two_blocks = vec![b'a'; usize::try_from(BLOCK_BYTES).unwrap() + 1];
        assert_eq!(
            block_of(&etag_of(b"hello")),
            Some(Sha1::digest(b"hello").into())
        );
        for other in [
            etag_of(&two_blocks),
            String::new(),
            "Fg".to_owned(),
            "%".to_owned(),
        ] {
            assert_eq!(block_of(&other), None, "{other}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            cases: 10_000,
            failure_persistence: None,
            ..proptest::prelude::ProptestConfig::default()
        })]

        /// The rule for any number of blocks, written byte by byte; that files
        /// are cut into blocks rightly is shown in `tests/protocol.rs`.
        #[test]
        fn any_number_of_blocks_makes_the_etag_of_the_rule(
            digests in proptest::collection::vec(proptest::prelude::any::<BlockDigest>(), 1..60),
        ) {
            let mut over = Sha1::new();
            for digest in &digests {
                over.update(digest);
            }
            let bytes = match digests.len() {
                1 => [vec![0x16], digests[0].to_vec()].concat(),
                _ => [vec![0x96], over.finalize().to_vec()].concat(),
            };
            let etag = etag_of_blocks(&digests);
            proptest::prop_assert_eq!(etag.len(), 28);
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            // 21 bytes are 7 groups of 3: no padding.
            let mut plain = String::new();
            for group in bytes.chunks(3) {
                let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
                for shift in [18, 12, 6, 0] {
                    plain.push(char::from(alphabet[(bits >> shift & 63) as usize]));
                }
            }
            proptest::prop_assert_eq!(etag, plain);
        }
    }
}
