//! The workloads: what is done, how often, and in which store.

use crate::peer::Durability;

pub const SCAN_LEN: usize = 100;
pub const BATCH_LEN: usize = 1000;
pub const HOT_KEYS: u64 = 10_000;
pub const LARGE_KEYS: u64 = 500;
pub const SMALL_VALUE: usize = 100;
pub const LARGE_VALUE: usize = 100_000;
const THREADS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    GetUniform,
    GetHot,
    Scan,
    Set,
    SetThreads,
    Batch,
    SetFsync,
    SetFsyncThreads,
    LargeSet,
    LargeGet,
    GetSustained,
    SetSustained,
    SetThreadsSustained,
    SetFsyncSustained,
}

/// The two stores of each peer, so that 100 KB values do not disturb the million small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Small,
    Large,
}

/// The kind of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Get,
    Scan,
    Set { threads: usize },
    Batch { len: usize },
}

impl Workload {
    /// In the order of a run: sustained loads on copies first; then, in one store, reads and what
    /// disturbs the store more and more.
    pub const ALL: [Self; 14] = [
        Self::GetSustained,
        Self::SetSustained,
        Self::SetThreadsSustained,
        Self::SetFsyncSustained,
        Self::GetUniform,
        Self::GetHot,
        Self::Scan,
        Self::Set,
        Self::SetThreads,
        Self::Batch,
        Self::SetFsync,
        Self::SetFsyncThreads,
        Self::LargeSet,
        Self::LargeGet,
    ];

    /// Returns the name for `--only` and the JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::GetUniform => "get-uniform",
            Self::GetHot => "get-hot",
            Self::Scan => "scan",
            Self::Set => "set",
            Self::SetThreads => "set-16",
            Self::Batch => "batch",
            Self::SetFsync => "set-fsync",
            Self::SetFsyncThreads => "set-fsync-16",
            Self::LargeSet => "large-set",
            Self::LargeGet => "large-get",
            Self::GetSustained => "get-sustained",
            Self::SetSustained => "set-sustained",
            Self::SetThreadsSustained => "set-16-sustained",
            Self::SetFsyncSustained => "set-fsync-sustained",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::GetUniform => "get, uniform over all keys",
            Self::GetHot => "get, 10,000 hot keys",
            Self::Scan => "scan of 100, per entry",
            Self::Set => "set random, no fsync",
            Self::SetThreads => "set random, no fsync, 16 threads",
            Self::Batch => "batch of 1000 new keys, per key",
            Self::SetFsync => "set random, fsync each",
            Self::SetFsyncThreads => "set random, fsync each, 16 threads",
            Self::LargeSet => "set of 100 KB",
            Self::LargeGet => "get of 100 KB",
            Self::GetSustained => "get, uniform over all keys",
            Self::SetSustained => "set random, no fsync",
            Self::SetThreadsSustained => "set random, no fsync, 16 threads",
            Self::SetFsyncSustained => "set random, fsync each",
        }
    }

    pub fn action(self) -> Action {
        match self {
            Self::GetUniform | Self::GetHot | Self::LargeGet | Self::GetSustained => Action::Get,
            Self::Scan => Action::Scan,
            Self::Set
            | Self::SetFsync
            | Self::LargeSet
            | Self::SetSustained
            | Self::SetFsyncSustained => Action::Set { threads: 1 },
            Self::SetThreads | Self::SetFsyncThreads | Self::SetThreadsSustained => {
                Action::Set { threads: THREADS }
            }
            Self::Batch => Action::Batch { len: BATCH_LEN },
        }
    }

    pub fn shelf(self) -> Shelf {
        match self {
            Self::LargeSet | Self::LargeGet => Shelf::Large,
            _ => Shelf::Small,
        }
    }

    pub fn durability(self) -> Durability {
        match self {
            Self::SetFsync | Self::SetFsyncThreads | Self::SetFsyncSustained => Durability::Disk,
            _ => Durability::Process,
        }
    }

    /// Returns how many operations (scans, batches) one slice has at `scale`.
    pub fn operations(self, scale: f64) -> usize {
        let full = match self {
            Self::GetUniform | Self::GetHot => 200_000,
            Self::Scan => 5_000,
            Self::Set | Self::SetThreads => 48_000,
            Self::Batch => 100,
            Self::SetFsync => 3_000,
            Self::SetFsyncThreads => 6_400,
            Self::LargeSet => 300,
            Self::LargeGet => 3_000,
            Self::GetSustained | Self::SetSustained | Self::SetThreadsSustained => 300_000,
            Self::SetFsyncSustained => 10_000,
        };
        // Every thread has at least one operation, and all have the same number.
        let share = match self.action() {
            Action::Set { threads } => threads,
            _ => 1,
        };
        let scaled = (f64::from(full) * scale) as usize;
        scaled.next_multiple_of(share).max(share)
    }

    /// Returns how many keys or entries one operation stands for; the time is reported for each.
    pub fn entries(self) -> usize {
        match self.action() {
            Action::Scan => SCAN_LEN,
            Action::Batch { len } => len,
            Action::Get | Action::Set { .. } => 1,
        }
    }

    /// Returns whether the workload runs without a pause, each operation timed, on a copy of the
    /// preloaded store.
    pub fn is_sustained(self) -> bool {
        matches!(
            self,
            Self::GetSustained
                | Self::SetSustained
                | Self::SetThreadsSustained
                | Self::SetFsyncSustained
        )
    }

    pub fn writes(self) -> bool {
        matches!(self.action(), Action::Set { .. } | Action::Batch { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_every_scale_evenly() {
        for scale in [0.0, 0.001, 0.37, 1.0, 3.0] {
            for workload in Workload::ALL {
                let operations = workload.operations(scale);
                assert!(operations > 0);
                if let Action::Set { threads } = workload.action() {
                    assert_eq!(operations % threads, 0, "{}", workload.id());
                }
            }
        }
    }
}
