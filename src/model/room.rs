//! Memory for bytes whose number a caller decides: a lack of it is an error, no end of the process.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::os::error_code;

/// Bytes from which a buffer counts as large. Smaller ones are allocated without a check, like all
/// that the library allocates for itself.
const LARGE: usize = 16 * 1024;

/// Makes room for `more` bytes at the end of `buffer`, or fails with [`ErrorKind::Memory`].
pub(crate) fn reserve(buffer: &mut Vec<u8>, more: usize) -> Result<()> {
    // A buffer that grows takes twice its size; if that is not there, what is needed may be.
    let reserved = buffer.try_reserve(more).or_else(|_| buffer.try_reserve_exact(more));
    reserved.map_err(|_| no_memory(more))
}

/// Replaces the bytes of `buffer`, or fails with [`ErrorKind::Memory`] and leaves none.
pub(crate) fn refill(buffer: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    buffer.clear();
    reserve(buffer, bytes.len())?;
    buffer.extend_from_slice(bytes);
    Ok(())
}

/// Makes room for one more item at the end of `list`.
pub(crate) fn reserve_one<T>(list: &mut Vec<T>) -> Result<()> {
    list.try_reserve(1).map_err(|_| no_memory(size_of::<T>()))
}

/// Fails with [`ErrorKind::Memory`] if `len` bytes cannot be allocated now. For allocations that
/// the standard library makes without a way to fail.
pub(crate) fn check_room(len: usize) -> Result<()> {
    match len {
        0..LARGE => Ok(()),
        _ => reserve(&mut Vec::new(), len.saturating_add(64)),
    }
}

/// Returns a value of these bytes, or fails with [`ErrorKind::Memory`].
pub(crate) fn copy_value(bytes: &[u8]) -> Result<Arc<[u8]>> {
    check_room(bytes.len())?;
    Ok(bytes.into())
}

/// Returns the error of an allocation of `len` bytes that failed.
pub(crate) fn no_memory(len: usize) -> Error {
    Error::new(ErrorKind::Memory, format!("there is no memory for {len} bytes"))
        .with_os_error(error_code::NO_MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_allocated_is_an_error() {
        let len = isize::MAX as usize - 1_000;
        assert_eq!(check_room(len).map_err(|error| error.kind()), Err(ErrorKind::Memory));
        let mut buffer = vec![1];
        assert_eq!(
            reserve(&mut buffer, len).expect_err("too much").os_error(),
            error_code::NO_MEMORY
        );
        assert_eq!(buffer, [1]);
        assert!(reserve(&mut buffer, 100_000).is_ok());
        assert!(refill(&mut buffer, &[2, 3]).is_ok());
        assert_eq!(buffer, [2, 3]);
        assert_eq!(copy_value(&[7; 20_000]).expect("a value").len(), 20_000);
    }
}
