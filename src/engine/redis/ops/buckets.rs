//! The version of the layout, and the list of the buckets in use.
//!
//! The list is a bit for each bucket. The script that creates the first group of a bucket asks for
//! its bit first, so a bit without groups may be left, but no group is without its bit.

use redis::{Cmd, cmd};

use crate::engine::redis::client::reply::{as_bytes, bytes, checked, count_of};
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::{Bucket, Spread};
use crate::engine::redis::scripts;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, GroupRange, Namespace, Op};

/// The version of the layout, for each way to spread its groups.
const VERSION: &str = "2";
const VERSION_SPREAD: &str = "2 spread=groups";

impl Context {
    /// Fails if the store has named groups in another layout, or spread in another way.
    pub(crate) fn check_layout(&self) -> Result<()> {
        match self.layout_field("version")? {
            Value::Nil if self.has_first_layout()? => {
                let message = "its named groups are in the layout of version 0.1, which this \
                               version does not read: copy the store to a file with kv 0.1, and \
                               the file to another prefix with this version";
                Err(Error::new(ErrorKind::Format, message))
            }
            Value::Nil => Ok(()),
            version => self.check_version(as_bytes(&version)?),
        }
    }

    /// Returns the buckets in which groups of `range` may be, in order.
    pub(crate) fn buckets(&self, range: GroupRange<'_>) -> Result<Vec<Bucket>> {
        match range {
            GroupRange::One(group) => Ok(vec![self.layout.bucket_of(group)]),
            GroupRange::Prefix(prefix) => {
                let group = Group::new(prefix).ok();
                // All groups of a namespace are in one bucket, unless they are spread.
                match group.filter(|group| Namespace::name_in(*group).is_some()) {
                    Some(group) if self.layout.spread() == Spread::Namespaces => {
                        Ok(vec![self.layout.bucket_of(group)])
                    }
                    _ => self.buckets_in_use(),
                }
            }
        }
    }

    fn buckets_in_use(&self) -> Result<Vec<Bucket>> {
        let bits = match self.layout_field("buckets")? {
            Value::Nil => return Ok(Vec::new()),
            bits => bytes(bits)?,
        };
        let in_byte = |(index, byte): (usize, &u8)| {
            let byte = *byte;
            let is_set = move |bit: &usize| byte >> bit & 1 == 1;
            (0..8).filter(is_set).map(move |bit| (index * 8 + bit) as Bucket)
        };
        Ok(bits.iter().enumerate().flat_map(in_byte).collect())
    }

    /// Adds buckets to the list that have groups and are not in it: a fail-over of a server may
    /// lose the last changes of the list.
    pub(crate) fn list_buckets(&self) -> Result<()> {
        let known = self.buckets_in_use()?;
        let mut lost = Vec::new();
        let pattern = self.layout.groups_pattern();
        for (node, _) in self.server.members()?.iter().filter(|(_, is_master)| *is_master) {
            self.scan_pages(node, &pattern, "zset", &mut |names| {
                let found = names.iter().filter_map(|name| self.layout.bucket_of_list(name));
                lost.extend(found.filter(|bucket| known.binary_search(bucket).is_err()));
                true
            })?;
        }
        lost.into_iter().try_for_each(|bucket| self.register_bucket(bucket))
    }

    /// Adds the buckets of the groups that a batch writes to the list.
    pub(crate) fn register(&self, ops: &[Op<'_>]) -> Result<()> {
        let groups = ops.iter().map(Op::group).filter(|group| !group.is_default());
        let mut buckets: Vec<_> = groups.map(|group| self.layout.bucket_of(group)).collect();
        buckets.sort_unstable();
        buckets.dedup();
        buckets.into_iter().try_for_each(|bucket| self.register_bucket(bucket))
    }

    /// Adds a bucket to the list; fails if the layout has another version meanwhile.
    pub(crate) fn register_bucket(&self, bucket: Bucket) -> Result<()> {
        let key = self.layout.layout_key();
        let fill = |command: &mut Cmd| {
            command.arg(1).arg(&key).arg(self.version()).arg(bucket);
        };
        let version = self.server.run(self.slot_of_key(&key), &scripts::REGISTER, true, &fill)?;
        self.check_version(as_bytes(&version)?)
    }

    /// Returns a field of the layout's own hash.
    fn layout_field(&self, field: &str) -> Result<Value> {
        let key = self.layout.layout_key();
        let mut get = cmd("HGET");
        get.arg(&key).arg(field);
        checked(self.server.call_one(self.slot_of_key(&key), &get)?)
    }

    fn version(&self) -> &'static str {
        match self.layout.spread() {
            Spread::Namespaces => VERSION,
            Spread::Groups => VERSION_SPREAD,
        }
    }

    fn check_version(&self, version: &[u8]) -> Result<()> {
        let message = match version {
            _ if version == self.version().as_bytes() => return Ok(()),
            _ if version == VERSION_SPREAD.as_bytes() => {
                "the namespaces of the store are spread by group: open it with spread=groups"
            }
            _ if version == VERSION.as_bytes() => {
                "the namespaces of the store are in one slot each: open it without spread=groups"
            }
            _ => "the store has a layout that this version does not know; use a later version",
        };
        Err(Error::new(ErrorKind::Format, message))
    }

    fn has_first_layout(&self) -> Result<bool> {
        let exists = |key: Vec<u8>| {
            let mut exists = cmd("EXISTS");
            exists.arg(&key);
            (self.slot_of_key(&key), exists)
        };
        let lists: Vec<_> = self.layout.first_lists().into_iter().map(exists).collect();
        for reply in self.server.call_many(&lists)? {
            if count_of(&checked(reply)?)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the slot of a key of the layout itself.
    pub(crate) fn slot_of_key(&self, key: &[u8]) -> u16 {
        if self.server.is_cluster() { slot_of(key) } else { 0 }
    }
}
