//! Whether what came is all of it. Pure.

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What bytes that should be a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Png {
    /// A picture up to its last chunk.
    Whole,
    /// The start of one.
    CutOff,
    /// Something else.
    Other,
}

/// Looks for the last chunk, IEND (PNG specification 5.3 and 11.2.5). What is
/// in the chunks is not looked at.
pub(super) fn png(bytes: &[u8]) -> Png {
    let Some(mut rest) = bytes.strip_prefix(PNG_SIGNATURE) else {
        return Png::Other;
    };
    while let Some((length, after)) = rest.split_first_chunk::<4>()
        && let Some((name, after)) = after.split_first_chunk::<4>()
    {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        // The content, and a checksum of four bytes.
        let Some(after) = after.get(length.saturating_add(4)..) else {
            return Png::CutOff;
        };
        if name == b"IEND" {
            return Png::Whole;
        }
        rest = after;
    }
    Png::CutOff
}

/// Whether a list's last line has no end although others have.
pub(super) fn ends_within_a_line(list: &[u8]) -> bool {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
    list.iter().any(is_break) && !list.last().is_some_and(is_break)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_whole_only_with_its_last_chunk() {
        let chunk = |name: &[u8], content: &[u8]| {
            let length = u32::try_from(content.len()).unwrap().to_be_bytes();
            [&length, name, content, b"sum!"].concat()
        };
        let whole = [
            PNG_SIGNATURE,
            &chunk(b"IHDR", b"width, height"),
            // The name alone is no end.
            &chunk(b"IDAT", b"IEND"),
            &chunk(b"IEND", b""),
        ]
        .concat();
        assert_eq!(png(&whole), Png::Whole);
        assert_eq!(png(&[&whole[..], b"and more"].concat()), Png::Whole);
        for end in PNG_SIGNATURE.len()..whole.len() {
            assert_eq!(png(&whole[..end]), Png::CutOff, "{end}");
        }
        let endless = [PNG_SIGNATURE, b"\xff\xff\xff\xffIDAT"].concat();
        assert_eq!(png(&endless), Png::CutOff);
        for other in [&b""[..], b"GIF89a", b"\x89PN"] {
            assert_eq!(png(other), Png::Other);
        }
    }

    #[test]
    fn only_a_last_line_that_differs_from_the_others_is_doubtful() {
        for list in [&b"file:///a\r\nfile:///b"[..], b"#\nfile:///b", b"a\0b"] {
            assert!(ends_within_a_line(list), "{list:?}");
        }
        for list in [
            &b""[..],
            b"file:///a",
            b"file:///a\r\n",
            b"file:///a\nfile:///b\n",
            b"file:///a\0",
        ] {
            assert!(!ends_within_a_line(list), "{list:?}");
        }
    }
}
