//! A long value in a file or on standard input, read piece by piece.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use kv::PIECE_LEN;

use crate::escape::escaped;
use crate::failure::Result;
use crate::input::{self, InterruptibleInput};
use crate::interrupt::Interrupt;
use crate::progress;
use crate::session::Session;

/// A value that was read, or the place of a longer one.
pub enum ValueInput {
    /// A value of at most one piece, or one of the command line.
    Whole(Vec<u8>),
    /// A value of more than one piece.
    Long(LongInput),
}

/// The place of a value of more than one piece.
pub struct LongInput {
    name: String,
    size: Option<u64>,
    from: Source,
}

enum Source {
    /// A regular file. It is closed while the store is opened: to close it later would release the
    /// store's locks if it is a file of the store.
    File(PathBuf),
    /// The bytes that were read already, and the rest.
    Begun(Vec<u8>, InterruptibleInput),
}

impl ValueInput {
    /// Reads the first piece of a file; `None` is standard input.
    pub fn open(session: &Session, file: Option<&OsStr>) -> Result<ValueInput> {
        let Some(path) = file.map(Path::new) else {
            session.claim_input()?;
            let size = fs::metadata("/dev/stdin").ok().and_then(|it| regular_size(&it));
            return ValueInput::begin("standard input", size, InterruptibleInput::stdin()?);
        };
        let name = escaped(path.as_os_str().as_encoded_bytes());
        let file = input::open_file(path, &name)?;
        let metadata = file.metadata().map_err(|error| input::failed(&name, error))?;
        let size = regular_size(&metadata);
        Ok(match ValueInput::begin(&name, size, InterruptibleInput::of_file(file))? {
            ValueInput::Long(long) if size.is_some() => {
                ValueInput::Long(LongInput { from: Source::File(path.to_owned()), ..long })
            }
            begun => begun,
        })
    }

    fn begin(name: &str, size: Option<u64>, mut from: InterruptibleInput) -> Result<ValueInput> {
        // One byte over a piece shows that the value is longer.
        let head = read_piece(&mut from, PIECE_LEN + 1, name)?;
        if head.len() <= PIECE_LEN {
            return Ok(ValueInput::Whole(head));
        }
        let from = Source::Begun(head, from);
        Ok(ValueInput::Long(LongInput { name: name.to_owned(), size, from }))
    }
}

impl LongInput {
    /// Calls `found` with one piece after the other, until a signal is received.
    pub fn each(
        self,
        interrupt: &Interrupt,
        mut found: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let LongInput { name, size, from } = self;
        let (mut piece, mut from) = match from {
            Source::File(path) => {
                (Vec::new(), InterruptibleInput::of_file(input::open_file(&path, &name)?))
            }
            Source::Begun(head, rest) => (head, rest),
        };
        let bar = progress::bar_of_value("writing", size);
        loop {
            if piece.is_empty() {
                let read = read_piece(&mut from, PIECE_LEN, &name);
                interrupt.check(|| "stopped".to_owned())?;
                piece = read?;
            }
            if piece.is_empty() {
                bar.finish_and_clear();
                return Ok(());
            }
            found(&piece)?;
            bar.inc(piece.len() as u64);
            piece.clear();
        }
    }
}

/// Reads `len` bytes; fewer only at the end.
fn read_piece(from: &mut impl Read, len: usize, name: &str) -> Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(len);
    let read = from.take(len as u64).read_to_end(&mut piece);
    read.map_err(|error| input::failed(name, error))?;
    Ok(piece)
}

fn regular_size(metadata: &Metadata) -> Option<u64> {
    metadata.is_file().then_some(metadata.len())
}
