//! Bytes that come in pieces, cut between characters.

/// Cuts pieces between characters of UTF-8: the beginning of a character at the end of a piece is
/// kept for the next piece. Bytes that are no UTF-8 pass too.
#[derive(Default)]
pub struct CharPieces {
    bytes: Vec<u8>,
    /// Bytes that were returned.
    returned: usize,
}

impl CharPieces {
    /// Adds a piece, and returns the bytes up to the end of the last whole character.
    pub fn push(&mut self, piece: &[u8]) -> &[u8] {
        self.bytes.drain(..self.returned);
        self.bytes.extend_from_slice(piece);
        self.returned = self.bytes.len() - begun_len(&self.bytes);
        self.bytes.get(..self.returned).unwrap_or_default()
    }

    /// Returns the bytes of a character that has begun and does not end.
    pub fn rest(&self) -> &[u8] {
        self.bytes.get(self.returned..).unwrap_or_default()
    }
}

/// Returns the length of the character that begins at the end of `bytes` and does not end there.
fn begun_len(bytes: &[u8]) -> usize {
    let mut tail = bytes.iter().rev().take(3).enumerate();
    let Some((at, first)) = tail.find(|(_, byte)| **byte & 0xc0 != 0x80) else { return 0 };
    let len = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    if len > at + 1 { at + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(bytes: &[u8], len: usize) -> Vec<Vec<u8>> {
        let mut cut = CharPieces::default();
        let mut pieces: Vec<_> = bytes.chunks(len).map(|it| cut.push(it).to_vec()).collect();
        pieces.push(cut.rest().to_vec());
        pieces
    }

    #[test]
    fn text_is_cut_between_characters_whatever_the_length_of_a_piece() {
        let text = "a\u{e4}\u{4e2d}\u{1f600}z\u{10ffff}";
        for len in 1..=text.len() {
            let pieces = pieces(text.as_bytes(), len);
            assert_eq!(pieces.concat(), text.as_bytes(), "{len}");
            assert!(pieces.iter().all(|it| std::str::from_utf8(it).is_ok()), "{len}: {pieces:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_pass_in_their_order() {
        let bytes = [&(0..=255).collect::<Vec<u8>>()[..], b"\x80\x80\x80\x80\xf0\x9f\x98"].concat();
        for len in 1..=bytes.len() {
            assert_eq!(pieces(&bytes, len).concat(), bytes, "{len}");
        }
        assert_eq!(pieces(b"a\xe4\xb8", 8), [&b"a"[..], b"\xe4\xb8"]);
    }
}
