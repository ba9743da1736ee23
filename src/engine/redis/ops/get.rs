//! Reads of one entry.

use std::ops::Bound;
use std::sync::Arc;

use redis::{Cmd, cmd};

use crate::engine::apply::name_step;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, checked, count_of, pair, time_of};
use crate::engine::redis::client::request::Request;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::ops::get_many::string_expiry;
use crate::engine::redis::ops::scan::Entries;
use crate::engine::redis::row::{
    entry_of, expiry_of, field_of, parse_described, parse_expiry, pieces_in, version_of,
};
use crate::engine::redis::scripts;
use crate::engine::streams::whole_value;
use crate::engine::{Cursor, ValueReader};
use crate::error::Result;
use crate::model::{EntryInfo, EntryRef, Expiry, Group, Key, Op, Scan, Values};

/// The longest value of the default group of which a reader takes all at once, so that it has the
/// bytes whatever is written later.
const STRING_WHOLE_MAX: u64 = 4 << 20;

impl Context {
    /// Reads one entry.
    pub(crate) fn get(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        if group.is_default() {
            return self.get_string(self.slot(group, key.as_bytes())?, key, found);
        }
        let Some(field) = self.live_field(group, key)? else { return Ok(false) };
        let field = as_bytes(&field)?;
        match pieces_in(field) {
            None => found(entry_of(field)),
            Some(info) => {
                let EntryInfo { version, expires_at, .. } = info;
                found(EntryRef { value: &self.whole(group, key, info)?, version, expires_at });
            }
        }
        Ok(true)
    }

    /// Returns a reader of the value of one entry, or `None`.
    pub(crate) fn open_value(
        &self,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        if group.is_default() {
            let slot = self.slot(group, key.as_bytes())?;
            let mut len = cmd("STRLEN");
            len.arg(self.layout.string_key(key.as_bytes())?);
            if count_of(&checked(self.server.call_one(slot, &len)?)?)? > STRING_WHOLE_MAX {
                let reader = self.read_string(key)?;
                return Ok(reader.map(|it| Box::new(it) as Box<dyn ValueReader>));
            }
            return whole_value(|found| self.get_string(slot, key, found));
        }
        let Some(field) = self.live_field(group, key)? else { return Ok(None) };
        let field = as_bytes(&field)?;
        if let Some(info) = pieces_in(field) {
            return Ok(Some(Box::new(self.read_pieces(group, key, info)?)));
        }
        whole_value(|found| {
            found(entry_of(field));
            Ok(true)
        })
    }

    /// Returns the field of a key in the hash of its group, unless it has expired.
    fn live_field(&self, group: Group<'_>, key: Key<'_>) -> Result<Option<Value>> {
        let slot = self.slot(group, key.as_bytes())?;
        let (hash, field) = (self.layout.hash(group), field_of(key.as_bytes()));
        // A cluster can redirect one command only, so there a script does both.
        let (time, field) = if self.server.is_cluster() {
            let fill = |command: &mut Cmd| {
                command.arg(1).arg(&hash).arg(&*field);
            };
            let Value::Array(parts) = self.server.run(slot, &scripts::GET_FIELD, true, &fill)?
            else {
                return Err(unexpected("an entry"));
            };
            pair(parts)?
        } else {
            let mut packed = cmd("TIME").get_packed_command();
            packed.extend(cmd("HGET").arg(&hash).arg(&*field).get_packed_command());
            let request = Request { packed, count: 2, is_read: true };
            pair(self.server.call(slot, &request)?)?
        };
        let field = checked(field)?;
        if field == Value::Nil {
            return Ok(None);
        }
        let expires_at = expiry_of(as_bytes(&field)?);
        let now = time_of(&checked(time)?)?;
        Ok(Some(field).filter(|_| !expires_at.is_some_and(|at| at.is_past(now))))
    }

    /// Reads the value of one entry.
    pub(crate) fn value(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        if !group.is_default() {
            return self.get(group, key, &mut |entry| found(entry.value));
        }
        let slot = self.slot(group, key.as_bytes())?;
        let mut get = cmd("GET");
        get.arg(self.layout.string_key(key.as_bytes())?);
        let value = checked(self.server.call_one(slot, &get)?)?;
        if value == Value::Nil {
            return Ok(false);
        }
        found(as_bytes(&value)?);
        Ok(true)
    }

    /// Reads one entry without its value.
    pub(crate) fn info(
        self: &Arc<Self>,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        if group.is_default() {
            return self.string_info(key);
        }
        let at = Bound::Included(key);
        let scan = Scan { lower: at, upper: at, values: Values::Sizes, ..Scan::all(group) };
        let mut entries = Entries::begin(self, &scan, true, None)?;
        let found = entries.next()?;
        Ok(found.map(|it| EntryInfo {
            size: it.value_size,
            version: it.version,
            expires_at: it.expires_at,
        }))
    }

    /// Reads the expiry of one entry.
    pub(crate) fn expiry(
        self: &Arc<Self>,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Option<Expiry>>> {
        let of_info = || Ok(self.info(group, key)?.map(|info| info.expires_at));
        if !group.is_default() {
            let Some(field) = self.live_field(group, key)? else { return Ok(None) };
            return Ok(Some(expiry_of(as_bytes(&field)?)));
        }
        // A cluster can redirect one command only.
        if self.server.is_cluster() {
            return of_info();
        }
        let name = self.layout.string_key(key.as_bytes())?;
        // Of a key that is no string the length is an error.
        let (mut len, mut expiry) = (cmd("STRLEN"), cmd("PEXPIRETIME"));
        let request = Request::transaction(&[len.arg(&name), expiry.arg(&name)], true);
        let slot = self.slot(group, key.as_bytes())?;
        let Some(Value::Array(parts)) = self.server.call(slot, &request)?.pop() else {
            return of_info();
        };
        let (len, expiry) = pair(parts)?;
        checked(len)?;
        match expiry {
            Value::Int(-2) => Ok(None),
            expiry => string_expiry(&expiry).map(Some),
        }
    }

    fn string_info(&self, key: Key<'_>) -> Result<Option<EntryInfo>> {
        let keys = [key.as_bytes().to_vec()];
        let found = self.read_strings(&keys, Values::Sizes, 1)?;
        if let [Value::Array(_), _] = &found[..] {
            return self.long_string_info(key);
        }
        let [value @ Value::BulkString(_), expiry] = &found[..] else { return Ok(None) };
        let described = parse_described(as_bytes(value)?).ok_or_else(|| unexpected("a version"))?;
        let (version, size) = described;
        Ok(Some(EntryInfo { size, version, expires_at: parse_expiry(as_bytes(expiry)?) }))
    }

    /// Counts a read as a hit or a miss, or adds the step to its error.
    pub(crate) fn counted<T>(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        read: Result<T>,
        is_hit: impl FnOnce(&T) -> bool,
    ) -> Result<T> {
        let found = read.map_err(|error| name_step(error, &[Op::Get { group, key }]))?;
        self.counters.count_read(is_hit(&found));
        Ok(found)
    }

    fn get_string(
        &self,
        slot: u16,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        // A cluster can redirect one command only.
        if self.server.is_cluster() {
            return self.get_by_script(slot, key, found);
        }
        let name = self.layout.string_key(key.as_bytes())?;
        // The transaction reads value and expiry at one moment.
        let mut get = cmd("GET");
        let mut expiry = cmd("PEXPIRETIME");
        let request = Request::transaction(&[get.arg(&name), expiry.arg(&name)], true);
        let mut replies = self.server.call(slot, &request)?;
        let Some(Value::Array(parts)) = replies.pop() else {
            // A server with full memory queues no commands, but runs scripts that only read.
            return self.get_by_script(slot, key, found);
        };
        let (value, expiry) = pair(parts)?;
        let value = checked(value)?;
        if value == Value::Nil {
            return Ok(false);
        }
        let value = as_bytes(&value)?;
        let expires_at = string_expiry(&expiry)?;
        found(EntryRef { value, version: version_of(value), expires_at });
        Ok(true)
    }

    fn get_by_script(
        &self,
        slot: u16,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let entry = self.read_by_script(slot, &[key])?.into_iter().next().flatten();
        if let Some(entry) = &entry {
            let (version, expires_at) = (entry.version, entry.expires_at);
            found(EntryRef { value: &entry.value, version, expires_at });
        }
        Ok(entry.is_some())
    }
}
