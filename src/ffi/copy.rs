//! Moving what a store holds into another.

use std::ffi::c_void;

use crate::ffi::bytes::{group, invalid, key};
use crate::ffi::sized::{SizedOut, options, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_stores};
use crate::ffi::value::{pin_bytes, unpin};
use crate::{Copied, CopyOptions, Existing, Group, Key, Result, copy};

/// As kv_copy_options.existing: entries of the target under a key of the source are replaced, its
/// others stay.
pub const KV_COPY_OVERWRITE: u32 = 0;
/// As kv_copy_options.existing: all entries of the target stay; those of the source under their keys
/// are skipped.
pub const KV_COPY_KEEP: u32 = 1;
/// As kv_copy_options.existing: the target must be empty when the copy begins. A copy that goes on
/// after a position does not look, and overwrites.
pub const KV_COPY_REFUSE: u32 = 2;

/// How a copy is made. Initialise it with KV_COPY_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_copy_options {
    /// sizeof(kv_copy_options).
    pub size: u32,
    /// One of KV_COPY_*.
    pub existing: u32,
    /// Go on after the entry of this group and after_key, as kv_copy_state had them; NULL for the
    /// empty group.
    pub after_group: *const c_void,
    /// Its length, or KV_NUL.
    pub after_group_len: usize,
    /// The key of that entry; NULL to begin at the beginning.
    pub after_key: *const c_void,
    /// Its length, or KV_NUL.
    pub after_key_len: usize,
}

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

/// How far a copy has come. One that a kv_copy_progress_fn is given, and the bytes in it, are lent for
/// that call; one that kv_copy fills is initialised with KV_COPY_STATE_INIT and ended by
/// kv_copy_state_free.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_copy_state {
    /// sizeof(kv_copy_state), set by the caller.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Entries written by this call.
    pub entries: u64,
    /// Bytes of their groups, keys and values.
    pub bytes: u64,
    /// Entries left alone because their keys were there; only with KV_COPY_KEEP.
    pub skipped: u64,
    /// Entries that expired on the way.
    pub expired: u64,
    /// Entries that were seen in the target when they were written, and were gone when their group had
    /// been copied: others have deleted them, or a target that evicts. 0 if nobody did.
    pub missing: u64,
    /// Entries of the whole source when the call began, those before the position it began at among
    /// them. An estimate: others may write. 0 until something was dealt with.
    pub total: u64,
    /// The group of the last entry that was dealt with. Everything up to that entry is in the target,
    /// and a later call goes on after it. NULL if there is none yet: begin at the beginning.
    pub group: *const u8,
    /// Its length.
    pub group_len: usize,
    /// The key of that entry; NULL like the group.
    pub key: *const u8,
    /// Its length.
    pub key_len: usize,
    /// Whose the bytes are; 0 for nobody's.
    pub owner: u64,
}

const _: () = assert!(size_of::<kv_copy_state>() == 96);
// Without the owner the position could not be given back.
sized_struct!(kv_copy_state {
    size, reserved, entries, bytes, skipped, expired, missing, total, group, group_len, key, key_len
} { owner });

/// Called after each batch of a copy with how far it has come. Returns 0 to go on; anything else ends
/// the copy with KV_ERR_CANCELLED. It runs in the thread that has called kv_copy, may call both stores,
/// but not close them, and must not throw.
pub type kv_copy_progress_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, state: *const kv_copy_state) -> i32>;

impl kv_copy_state {
    /// Nothing was dealt with.
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

/// What a call has come to; kept while it goes on, because it may end at any moment.
#[derive(Default)]
struct Reached {
    copied: Copied,
    total: u64,
    /// Group and key of the position, one after the other, and a byte more, so that also where they
    /// are empty their addresses are some; nothing at the beginning.
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

    /// Returns what C sees of it, with the bytes of the position at an address.
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

    /// Returns what C sees of it, borrowed.
    fn lend(&self) -> kv_copy_state {
        self.seen_at(self.position.as_ptr())
    }

    /// Gives it to the caller, with the bytes of the position pinned.
    fn give(&self, state: &SizedOut<kv_copy_state>) -> Result<()> {
        let (position, owner) = match self.position.is_empty() {
            true => (std::ptr::null(), 0),
            false => pin_bytes(self.position.as_slice().into())?,
        };
        state.fill(kv_copy_state { owner, ..self.seen_at(position) });
        Ok(())
    }
}

/// Copies the live entries of `from` into `to`, whatever engines the two are on: values, and the
/// moments they expire at, to the millisecond. Versions are the target's own. Either may be narrowed
/// to a namespace. `options` may be NULL for the defaults, `progress` and `state` may be NULL.
///
/// The source is read as one snapshot if its engine has snapshots: what is written there meanwhile is
/// not seen. Where it has none, each entry is read at some moment of the copy. Both stores may be used
/// meanwhile by any thread; kv_close of one waits for the copy, which `progress` can end.
///
/// The target is written in batches of one group, of at most 256 entries and 1 MiB, or one longer
/// entry; each is all or nothing. Where an engine cannot write several keys at once, the entries of a
/// batch are written one by one. After each, `progress` is called with `user_data`. Whatever the copy
/// ends with, the batches before it stay, and a call with after_group and after_key goes on from
/// there. Each batch sees for itself that the target has what it says it has written. When a group has
/// been copied, the target's entries are counted; those that others have removed are in
/// state->missing.
///
/// Quotas and limits of the target hold, its default_ttl does not. Quotas, options and the log of
/// changes are not copied.
///
/// `state` says how far the copy has come, also when it fails, and is freed in either case. A call that
/// is refused leaves it zeroed, or at the position it was to go on after. What it held before is not
/// freed.
///
/// Returns KV_OK; KV_ERR_CANCELLED if `progress` ended it; KV_ERR_ARGUMENT if `from` and `to` are one
/// store, or one is within the other, if KV_COPY_REFUSE finds an entry, for options or a state of a
/// wrong shape, and for an after_group without after_key; KV_ERR_CORRUPT if the target does not
/// have what it says it has written; KV_ERR_TOO_LARGE if the name of a group becomes too long in a
/// namespace.
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
    // SAFETY: NULL or the caller's, as the header states it.
    let state = unsafe { out_of(state) };
    if let Ok(Some(state)) = &state {
        state.fill(kv_copy_state::NONE);
    }
    with_stores(from, to, error, |from, to| {
        let state = state?;
        // SAFETY: the caller's promises, as the header states them.
        let options = unsafe { self::options("options", options)?.rules()? };
        let mut reached = Reached::default();
        options.after.into_iter().for_each(|position| reached.come_to(position));
        let ended = copy(from, to, &options, &mut |at| {
            (reached.copied, reached.total) = (at.copied, at.total);
            reached.come_to(at.position);
            let Some(progress) = progress else { return true };
            // SAFETY: the caller passed a function that takes these.
            unsafe { progress(user_data, &reached.lend()) == 0 }
        });
        let ended = ended.map(|copied| reached.copied = copied);
        let given = state.map_or(Ok(()), |state| reached.give(&state));
        // Why the copy has ended says more than that there was no room to say how far it came.
        ended.and(given).map(|()| KV_OK)
    })
}

/// Gives back what kv_copy has filled, and zeroes all but the size. NULL, a state without a position,
/// and one that was freed already, through this or a copied structure, are ignored.
///
/// Threads: any, once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_copy_state_free(state: *mut kv_copy_state) {
    // SAFETY: NULL or the caller's, as the header states it.
    if let Ok(Some(out)) = unsafe { out_of(state) } {
        // SAFETY: it has the size of one, at least.
        unpin(unsafe { state.read_unaligned() }.owner);
        out.fill(kv_copy_state::NONE);
    }
}

impl kv_copy_options {
    /// Returns what the options mean.
    ///
    /// # Safety
    /// The position is NULL or bytes that nobody changes for the length of the call.
    unsafe fn rules<'a>(&self) -> Result<CopyOptions<'a>> {
        let existing = match self.existing {
            KV_COPY_OVERWRITE => Existing::Overwrite,
            KV_COPY_KEEP => Existing::Keep,
            KV_COPY_REFUSE => Existing::Refuse,
            unknown => return Err(invalid(format!("options.existing is {unknown}"))),
        };
        // SAFETY: the caller says so.
        let (after_group, after_key) = unsafe {
            (
                group(self.after_group, self.after_group_len)?,
                key(self.after_key, self.after_key_len)?,
            )
        };
        if self.after_key.is_null() && !self.after_group.is_null() {
            return Err(invalid("options.after_group is given, options.after_key is NULL"));
        }
        let after = (!self.after_key.is_null()).then_some((after_group, after_key));
        Ok(CopyOptions { existing, after })
    }
}

/// Returns where to write how far a copy has come, if the caller wants to know.
///
/// # Safety
/// `state` is NULL or the caller's own, and has as many bytes as its first field says.
unsafe fn out_of(state: *mut kv_copy_state) -> Result<Option<SizedOut<kv_copy_state>>> {
    if state.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller says so.
    unsafe { SizedOut::new("state", state) }.map(Some)
}
