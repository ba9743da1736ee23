//! The options of a write: its condition and its expiry.

use crate::ffi::arguments::invalid;
use crate::ffi::sized::sized_struct;
use crate::{Condition, Durability, Expiry, Result, SetExpiry, flat};

/// For kv_put_options.condition: no condition.
pub const KV_IF_ANY: u32 = 0;
/// For kv_put_options.condition: the key must be absent.
pub const KV_IF_ABSENT: u32 = 1;
/// For kv_put_options.condition: the key must be present.
pub const KV_IF_PRESENT: u32 = 2;
/// For kv_put_options.condition: the key must be at kv_put_options.version; 0 means absent.
pub const KV_IF_VERSION: u32 = 3;

const _: () = assert!(KV_IF_ANY == flat::condition_to_flat(Condition::Any).0);
const _: () = assert!(KV_IF_ABSENT == flat::condition_to_flat(Condition::Absent).0);
const _: () = assert!(KV_IF_PRESENT == flat::condition_to_flat(Condition::Present).0);
const _: () = assert!(KV_IF_VERSION == flat::condition_to_flat(Condition::Version(1)).0);

/// For kv_put_options.expiry: none is given. The entry gets the default_ttl that the store was
/// opened with; without one it never expires. For an entry that never expires in any store, use
/// KV_EXPIRY_AFTER with KV_TTL_NEVER.
pub const KV_EXPIRY_DEFAULT: u32 = 0;
/// For kv_put_options.expiry: the entry expires time_ms milliseconds after the write. KV_TTL_NEVER,
/// 0 and KV_TTL_DEFAULT have their usual meanings.
pub const KV_EXPIRY_AFTER: u32 = 1;
/// For kv_put_options.expiry: the entry expires at time_ms, in milliseconds since 1970. -1, the
/// expiry that is read from an entry that never expires, is never.
pub const KV_EXPIRY_AT: u32 = 2;
/// For kv_put_options.expiry: a live entry keeps its expiry; a new one gets the default_ttl of the
/// store.
pub const KV_EXPIRY_KEEP: u32 = 3;

const _: () = assert!(KV_EXPIRY_DEFAULT == flat::expiry_to_flat(SetExpiry::Default).0);
const _: () = assert!(KV_EXPIRY_AFTER == flat::expiry_to_flat(SetExpiry::After(1)).0);
const _: () = assert!(KV_EXPIRY_AT == flat::expiry_to_flat(SetExpiry::At(Expiry::at_millis(1))).0);
const _: () = assert!(KV_EXPIRY_KEEP == flat::expiry_to_flat(SetExpiry::Keep).0);

/// For kv_put_options.durability: the durability of the store.
pub const KV_DURABILITY_DEFAULT: u32 = 0;
/// For kv_put_options.durability: the durability of a store with durability=normal.
pub const KV_DURABILITY_NORMAL: u32 = 1;
/// For kv_put_options.durability: the durability of a store with durability=full: the write and all
/// before it survive a loss of power when it returns. On Redis, whose server decides that, the
/// write returns KV_ERR_UNSUPPORTED.
pub const KV_DURABILITY_FULL: u32 = 2;

/// The options of a write. Initialise it with KV_PUT_OPTIONS_INIT. A field that the condition or
/// the expiry does not use must be 0.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_put_options {
    /// sizeof(kv_put_options).
    pub size: u32,
    /// One of KV_IF_*.
    pub condition: u32,
    /// The version that KV_IF_VERSION requires.
    pub version: u64,
    /// One of KV_EXPIRY_*.
    pub expiry: u32,
    /// One of KV_DURABILITY_*.
    pub durability: u32,
    /// Milliseconds, for KV_EXPIRY_AFTER and KV_EXPIRY_AT.
    pub time_ms: i64,
}

const _: () = assert!(size_of::<kv_put_options>() == 32);
sized_struct!(kv_put_options { size } { condition, version, expiry, durability, time_ms });

impl Default for kv_put_options {
    fn default() -> Self {
        let size = size_of::<kv_put_options>() as u32;
        kv_put_options { size, condition: 0, version: 0, expiry: 0, durability: 0, time_ms: 0 }
    }
}

impl kv_put_options {
    /// Returns the durability that the options state, if they state one.
    pub fn durability(&self) -> Result<Option<Durability>> {
        match self.durability {
            KV_DURABILITY_DEFAULT => Ok(None),
            KV_DURABILITY_NORMAL => Ok(Some(Durability::Normal)),
            KV_DURABILITY_FULL => Ok(Some(Durability::Full)),
            other => Err(invalid(format!("options.durability is unknown: {other}"))),
        }
    }

    /// Returns the condition and the expiry that the options state.
    pub fn rules(&self) -> Result<(Condition, SetExpiry)> {
        let condition = flat::condition_from_flat(self.condition, self.version)?;
        Ok((condition, flat::expiry_from_flat(self.expiry, self.time_ms)?))
    }
}
