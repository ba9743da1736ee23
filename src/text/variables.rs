//! The keys of a group as the variables of a template.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, Value};
use parking_lot::Mutex;

use crate::model::KEY_LEN_MAX;
use crate::text::dialect::GROUP;

/// Values of a group from one snapshot, and the keys that a template used beside them.
#[derive(Default)]
pub(super) struct Variables {
    /// The keys that were read; `None` is absent.
    known: BTreeMap<String, Option<Value>>,
    len: u64,
    unknown: Mutex<BTreeSet<String>>,
    absent: Mutex<Option<String>>,
}

/// The context of a template: each name is a key, except `group`, which has all of them.
#[derive(Debug)]
pub(super) struct Context(pub Arc<Variables>);

impl Variables {
    /// Returns the variables of the keys in `known`, whose values have `len` bytes together; an
    /// absent key has no value.
    pub(super) fn new(known: BTreeMap<String, Option<Value>>, len: u64) -> Self {
        Variables { known, len, ..Variables::default() }
    }

    /// Returns the sum of the lengths of the values, in bytes.
    pub(super) fn byte_len(&self) -> u64 {
        self.len
    }

    /// Returns the keys that the template used beside the known ones.
    pub(super) fn unknown(&self) -> BTreeSet<String> {
        self.unknown.lock().clone()
    }

    /// Returns the absent key that the template used last.
    pub(super) fn absent(&self) -> Option<String> {
        self.absent.lock().clone()
    }

    fn find(&self, name: &str) -> Option<Value> {
        match self.known.get(name) {
            Some(Some(value)) => Some(value.clone()),
            // A longer name cannot be a key.
            None if name.len() <= KEY_LEN_MAX => {
                self.unknown.lock().insert(name.to_owned());
                // The output of this pass is discarded.
                Some(Value::from(""))
            }
            _ => {
                *self.absent.lock() = Some(name.to_owned());
                None
            }
        }
    }
}

// Values may be secrets, so a message must not show them.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(GROUP)
    }
}

impl Object for Variables {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key.as_str()?)
    }
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            GROUP => Some(Value::from_dyn_object(Arc::clone(&self.0))),
            name => self.0.find(name),
        }
    }
}
