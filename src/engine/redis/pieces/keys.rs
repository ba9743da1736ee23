//! The keys of the pieces of a value.

use redis::Cmd;

use crate::error::{Error, ErrorKind};

/// The most keys that are sent in one write.
const PAGE: u64 = 1_000;

/// The keys of the pieces of a value.
#[derive(Debug, Clone)]
pub(crate) struct PieceKeys {
    /// Their slot.
    pub slot: u16,
    /// The beginning of their names.
    pub base: Vec<u8>,
    /// Their number; `None` of the one key in the default group.
    pub count: Option<u64>,
}

impl PieceKeys {
    /// Returns the key with this number, from 0 on.
    pub(crate) fn name(&self, number: u64) -> Vec<u8> {
        match self.count {
            Some(_) => [&self.base[..], format!(":{number}").as_bytes()].concat(),
            None => self.base.clone(),
        }
    }

    /// Returns a command for each key, in pages that are sent in one write.
    pub(crate) fn pages(
        &self,
        command: impl Fn(&[u8]) -> Cmd,
    ) -> impl Iterator<Item = Vec<(u16, Cmd)>> {
        let count = self.count.unwrap_or(1);
        (0..count).step_by(PAGE as usize).map(move |first| {
            let page = first..count.min(first + PAGE);
            page.map(|number| (self.slot, command(&self.name(number)))).collect()
        })
    }
}

/// Returns the error of a value that is written of which a piece is gone.
pub(crate) fn unwritten() -> Error {
    let message = "the pieces of the value are gone: the process stood still for a minute, or the \
                   server has lost them; write the value again";
    Error::new(ErrorKind::Closed, message)
}
