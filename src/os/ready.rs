//! The events that are waited for, and those that have come.

/// The event that a descriptor is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// The descriptor is readable.
    Read,
    /// The descriptor is writable.
    Write,
}

/// Returns a bit for each descriptor that is ready, the first one the lowest; the highest stands
/// for all from the 32nd on.
pub(crate) fn bits_of(is_ready: impl Iterator<Item = bool>) -> u32 {
    let ready = (0..).zip(is_ready).filter(|(_, it)| *it);
    ready.fold(0, |bits, (at, _)| bits | 1 << at.min(31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bit_stands_for_all_that_have_none_of_their_own() {
        let bits = |len: usize, ready: &[usize]| bits_of((0..len).map(|at| ready.contains(&at)));
        assert_eq!(bits(3, &[]), 0);
        assert_eq!(bits(3, &[0, 2]), 0b101);
        assert_eq!(bits(100, &[31]), 1 << 31);
        assert_eq!(bits(100, &[0, 32, 99]), 1 << 31 | 1);
    }
}
