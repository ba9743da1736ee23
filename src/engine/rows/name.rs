//! Names: bytes behind one thin pointer, which clones share.

use std::ops::Deref;

use triomphe::ThinArc;

/// The name of a group, or a key.
#[derive(Clone)]
pub(crate) struct Name(ThinArc<(), u8>);

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Name {
        Name(ThinArc::from_header_and_slice((), bytes))
    }
}

impl Deref for Name {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.slice
    }
}
