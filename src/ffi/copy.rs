//! The copy of a store into another one.

use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::bytes::InBytes;
use crate::ffi::observed::Call;
use crate::ffi::sized::{OptionsIn, SizedOut, SizedPlace, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_stores};
use crate::ffi::value::{pin_bytes, unpin};
use crate::{CallKind, Copied, CopyOptions, Existing, Group, Key, Result, Store, copy};

/// For kv_copy_options.existing: entries of the target under keys of the source are replaced; its
/// other entries stay.
pub const KV_COPY_OVERWRITE: u32 = 0;
/// For kv_copy_options.existing: all entries of the target stay; entries of the source under their
/// keys are skipped.
pub const KV_COPY_KEEP: u32 = 1;
/// For kv_copy_options.existing: the target must be empty when the copy begins. A copy that resumes
/// after a position does not check this, and overwrites.
pub const KV_COPY_REFUSE: u32 = 2;

/// The options of a copy. Initialise it with KV_COPY_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_copy_options {
    /// sizeof(kv_copy_options).
    pub size: u32,
    /// One of KV_COPY_*.
    pub existing: u32,
    /// The group of the entry after which the copy resumes, as kv_copy_state has it; NULL for the
    /// default group.
    pub after_group: *const c_void,
    /// The length of `after_group` in bytes, or KV_NUL.
    pub after_group_len: usize,
    /// The key of that entry; NULL if the copy begins with the first entry.
    pub after_key: *const c_void,
    /// The length of `after_key` in bytes, or KV_NUL.
    pub after_key_len: usize,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_copy_options>() == 40);
sized_struct!(kv_copy_options { size } {
    existing, after_group, after_group_len, after_key, after_key_len
});

impl Default for kv_copy_options {
    fn default() -> Self {
        kv_copy_options {
            size: size_of::<kv_copy_options>() as u32,
            existing: KV_COPY_OVERWRITE,
            after_group: std::ptr::null(),
            after_group_len: 0,
            after_key: std::ptr::null(),
            after_key_len: 0,
        }
    }
}

/// The progress and the position of a copy. A state that is passed to a kv_copy_progress_fn is
/// borrowed, with its bytes, until that function returns. A state for kv_copy is initialised with
/// KV_COPY_STATE_INIT and freed by kv_copy_state_free.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_copy_state {
    /// sizeof(kv_copy_state), set by the caller.
    pub size: u32,
    /// Reserved; 0.
    pub reserved: u32,
    /// The number of entries that this call has written.
    pub entries: u64,
    /// The bytes of the groups, keys and values of these entries.
    pub bytes: u64,
    /// The number of entries that were not written because the target has their keys; only with
    /// KV_COPY_KEEP.
    pub skipped: u64,
    /// The number of entries that expired during the copy.
    pub expired: u64,
    /// The number of entries that the target had when they were written, and no longer had when
    /// their group was copied: they were deleted by another caller, or evicted by the target.
    pub missing: u64,
    /// The number of entries in the whole source when the call began, also those before the
    /// position after which it resumes. It is an estimate, because the source may be written
    /// meanwhile. It is 0 until the first entries were dealt with.
    pub total: u64,
    /// The group of the last entry that was dealt with. All entries up to it are dealt with, and a
    /// later call resumes after it. NULL if there is no such entry: the later call begins with the
    /// first entry.
    pub group: *const u8,
    /// The length of `group` in bytes.
    pub group_len: usize,
    /// The key of that entry; NULL if there is none.
    pub key: *const u8,
    /// The length of `key` in bytes.
    pub key_len: usize,
    /// The number by which kv_copy_state_free finds the bytes; 0 if there is nothing to free.
    pub owner: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_copy_state>() == 96);
// Without the owner the position could not be freed.
sized_struct!(kv_copy_state {
    size, reserved, entries, bytes, skipped, expired, missing, total, group, group_len, key, key_len
} { owner });

/// A function that is called after each batch of a copy with its state. A return value of 0
/// continues the copy; any other value ends it with KV_ERR_CANCELLED. It runs in the thread that
/// has called kv_copy. It may call both stores, but not close them, and must not throw.
pub type kv_copy_progress_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, state: *const kv_copy_state) -> i32>;

impl kv_copy_state {
    /// A state in which no entry was dealt with.
    const NONE: kv_copy_state = kv_copy_state {
        size: size_of::<kv_copy_state>() as u32,
        reserved: 0,
        entries: 0,
        bytes: 0,
        skipped: 0,
        expired: 0,
        missing: 0,
        total: 0,
        group: std::ptr::null(),
        group_len: 0,
        key: std::ptr::null(),
        key_len: 0,
        owner: 0,
    };
}

/// The progress of a copy, kept up to date because the copy may end after each batch.
#[derive(Default)]
struct Reached {
    copied: Copied,
    total: u64,
    /// Group and key of the position, one behind the other, and one more byte, so that the address
    /// of an empty part is not NULL. Empty before the first position.
    position: Vec<u8>,
    group_len: usize,
}

impl Reached {
    fn come_to(&mut self, (group, key): (Group<'_>, Key<'_>)) {
        self.position.clear();
        for part in [group.as_bytes(), key.as_bytes(), &[0]] {
            self.position.extend_from_slice(part);
        }
        self.group_len = group.as_bytes().len();
    }

    /// Returns the state in the form of the C ABI, with the bytes of the position at an address.
    fn seen_at(&self, position: *const u8) -> kv_copy_state {
        let Copied { entries, bytes, skipped, expired, missing } = self.copied;
        let total = self.total;
        let seen = kv_copy_state {
            entries,
            bytes,
            skipped,
            expired,
            missing,
            total,
            ..kv_copy_state::NONE
        };
        let Some(len) = self.position.len().checked_sub(1) else { return seen };
        kv_copy_state {
            group: position,
            group_len: self.group_len,
            key: position.wrapping_add(self.group_len),
            key_len: len - self.group_len,
            ..seen
        }
    }

    /// Returns the state in the form of the C ABI, with borrowed bytes.
    fn borrow(&self) -> kv_copy_state {
        self.seen_at(self.position.as_ptr())
    }

    /// Writes the state to the structure of the caller, with the bytes of the position pinned.
    fn give(&self, state: &SizedPlace<kv_copy_state>) -> Result<()> {
        let (position, owner) = match self.position.is_empty() {
            true => (std::ptr::null(), 0),
            false => pin_bytes(self.position.as_slice().into())?,
        };
        state.fill(kv_copy_state { owner, ..self.seen_at(position) });
        Ok(())
    }
}

/// Copies the live entries of `from` into `to`, between any two engines, with their values and
/// their expiries to the millisecond. Versions are the target's own. Either store may be a scope.
/// `options` may be NULL for the defaults; `progress` and `state` may be NULL.
///
/// The source is read as one snapshot if its engine has snapshots: later writes to it are not
/// copied. Otherwise each entry is read at some instant of the copy. Any thread may use both stores
/// meanwhile; kv_close of one of them waits for the copy, which `progress` can end.
///
/// The target is written in batches of one group, each of at most 256 entries and 1 MiB, or one
/// longer entry. Each batch is atomic. Where an engine cannot write several keys at once, the
/// entries of a batch are written one by one. After each batch `progress` is called with
/// `user_data`. Whatever the status, the batches before the end stay, and a call with after_group
/// and after_key resumes there. Each batch checks that the target has the entries that it reports
/// as written. When a group has been copied, its entries in the target are counted; those that are
/// gone are counted in state->missing.
///
/// Quotas and limits of the target hold, its default_ttl does not. Quotas, options and the change
/// log are not copied.
///
/// `state` is filled on success and on failure, and the caller frees it by kv_copy_state_free in
/// both cases. A call that is refused leaves it zeroed, or at the position after which it was to
/// resume. The call does not free an earlier content of `state`.
///
/// Returns KV_OK; KV_ERR_CANCELLED also if `progress` ended the copy; KV_ERR_ARGUMENT also if
/// `from` and `to` are one store or one is within the other, if KV_COPY_REFUSE finds an entry, for
/// options or a state of an invalid size, and for an after_group without after_key; KV_ERR_CORRUPT
/// also if the target does not have the entries that it reports as written; KV_ERR_TOO_LARGE also
/// if the name of a group becomes too long in a namespace.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_copy(
    from: kv_store,
    to: kv_store,
    options: *const kv_copy_options,
    progress: kv_copy_progress_fn,
    user_data: *mut c_void,
    state: *mut kv_copy_state,
    error: *mut kv_error,
) -> kv_status {
    arguments!(OptionsIn(options), SizedOut(state), Out(error));
    let state = place_of(state);
    if let Ok(Some(state)) = &state {
        state.fill(kv_copy_state::NONE);
    }
    let copied = |from: &Store, to: &Store| {
        let state = state?;
        let options = options.read("options")?;
        // SAFETY: the caller promises the same for the position as for an argument.
        let options = unsafe { options.rules() }?;
        let mut reached = Reached::default();
        options.after.into_iter().for_each(|position| reached.come_to(position));
        let ended = copy(from, to, &options, &mut |at| {
            (reached.copied, reached.total) = (at.copied, at.total);
            reached.come_to(at.position);
            let Some(progress) = progress else { return true };
            // SAFETY: the caller passed a function that takes these.
            unsafe { progress(user_data, &reached.borrow()) == 0 }
        });
        let ended = ended.map(|copied| reached.copied = copied);
        let given = state.map_or(Ok(()), |state| reached.give(&state));
        // The error of the copy comes before an error of the pinning.
        ended.and(given).map(|()| KV_OK)
    };
    with_stores(from, to, error, |from, to| {
        Call::of(CallKind::Copy).observe(from, || copied(from, to))
    })
}

/// Frees the bytes of a state that kv_copy has filled, and zeroes all fields except the size. NULL,
/// a state without a position, and one that was already freed, through this or a copied structure,
/// are ignored.
///
/// Threads: any thread, once for each state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_copy_state_free(state: *mut kv_copy_state) {
    let filled = state;
    arguments!(SizedOut(state));
    if let Ok(Some(out)) = place_of(state) {
        // SAFETY: `place_of` has checked that it has at least the size of a kv_copy_state.
        unpin(unsafe { filled.read_unaligned() }.owner);
        out.fill(kv_copy_state::NONE);
    }
}

impl kv_copy_options {
    /// Returns the options of the copy.
    ///
    /// # Safety
    /// The position is NULL or bytes that no other thread changes during the call.
    unsafe fn rules<'a>(&self) -> Result<CopyOptions<'a>> {
        let existing = match self.existing {
            KV_COPY_OVERWRITE => Existing::Overwrite,
            KV_COPY_KEEP => Existing::Keep,
            KV_COPY_REFUSE => Existing::Refuse,
            unknown => return Err(invalid(format!("options.existing is {unknown}"))),
        };
        let kv_copy_options { after_group, after_group_len, after_key, after_key_len, .. } = *self;
        arguments!(InBytes(after_group, after_group_len), InBytes(after_key, after_key_len));
        let position = (after_group.group()?, after_key.key()?);
        if after_key.is_null() && !after_group.is_null() {
            return Err(invalid("options.after_group is given, options.after_key is NULL"));
        }
        let after = (!after_key.is_null()).then_some(position);
        Ok(CopyOptions { existing, after })
    }
}

/// Returns the structure of the caller for the state, or `None` for NULL.
fn place_of(state: SizedOut<kv_copy_state>) -> Result<Option<SizedPlace<kv_copy_state>>> {
    if state.is_null() { Ok(None) } else { state.required("state").map(Some) }
}
