//! The names of a store's keys in a Redis, beside its plain keys: the one place in which the tests
//! of migrations and rights compose or read them. docs/storage.md has the table.

use super::{Client, Cluster};

/// Returns the slot in which a cluster has the named groups of a unit: a namespace, or a group
/// without one.
pub fn slot_of_unit(cluster: &Cluster, unit: &[u8]) -> u16 {
    key_slot(&mut cluster.nodes()[0].client(), unit)
}

/// Returns the slot of a key.
pub fn key_slot(client: &mut Client, key: &[u8]) -> u16 {
    let slot = client.bytes(&[b"CLUSTER", b"KEYSLOT", key]).integer();
    u16::try_from(slot).expect("a slot")
}

/// Returns the slot in which a cluster has a named group of a store that holds an entry.
pub fn slot_of_group(cluster: &Cluster, prefix: &str, group: &[u8]) -> u16 {
    let list = cluster.masters().find_map(|it| list_with(&mut it.client(), prefix, group));
    key_slot(&mut cluster.nodes()[0].client(), &list.expect("a list with the group"))
}

/// Returns the name of the key on this server that lists the names of groups, this group among
/// them.
pub fn list_with(client: &mut Client, prefix: &str, group: &[u8]) -> Option<Vec<u8>> {
    let mut lists = client.call(&["KEYS", &format!("{prefix}{{*}}g")]).sorted().into_iter();
    lists.find(|it| {
        client.bytes(&[b"TYPE", it]).text() == "zset"
            && client.bytes(&[b"ZSCORE", it, group]).value().is_some()
    })
}

/// Returns the names of the other keys that the groups of a list share: the groups by earliest
/// expiry, and the quota of a namespace.
pub fn siblings_of(list: &[u8], namespace: &[u8]) -> [Vec<u8>; 2] {
    let bucket = list.strip_suffix(b"g").expect("the name of a list");
    [[bucket, b"d"].concat(), [bucket, b"q:", namespace].concat()]
}

/// Returns whether a key belongs to several groups, and holds the entries of none.
pub fn is_shared(key: &[u8]) -> bool {
    let Some(brace) = key.iter().position(|it| *it == b'}') else { return false };
    matches!(&key[brace + 1..], b"g" | b"d") || key[brace + 1..].starts_with(b"q:")
}
