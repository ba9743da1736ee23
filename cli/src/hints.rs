//! The commands of kv for words of other tools: redis-cli, sqlite3, psql, etcdctl.

/// Words, and the command of kv for them. Each text follows the words "there is no ...; ".
const HINTS: &[(&[&str], &str)] = &[
    (&["keys", "scan", "ls", "dir", "find", "hkeys", "hscan"], "list 'user:*' lists keys"),
    (
        &["put", "add", "insert", "create", "hset", "write", "save", "store", "update"],
        "set KEY VALUE stores a value",
    ),
    (&["setex", "psetex"], "set KEY VALUE --ttl 30s stores a value with an expiry"),
    (&["setnx", "hsetnx", "cas"], "set KEY VALUE --if-absent stores a value if there is none"),
    (
        &["mset", "msetnx", "multi", "exec", "txn", "begin", "commit", "transaction"],
        "batch FILE applies several steps, all or none",
    ),
    (
        &["cat", "show", "read", "fetch", "view", "hget", "getrange", "print"],
        "get KEY prints a value",
    ),
    (&["mget", "hmget", "hgetall"], "get KEY prints a value, export --prefix PREFIX prints many"),
    (&["getdel", "pop", "lpop", "rpop"], "take KEY prints a value and deletes it"),
    (&["rm", "remove", "unlink", "hdel", "drop", "erase", "unset"], "delete KEY... deletes keys"),
    (
        &["flushdb", "flushall", "clear", "truncate"],
        "delete-group GROUP deletes a group, delete-prefix '' all keys of the group",
    ),
    (
        &["incrby", "increment", "hincrby", "inc", "decr", "decrby"],
        "incr KEY AMOUNT adds a number, which may be negative",
    ),
    (&["pttl", "expiretime", "pexpiretime"], "ttl KEY prints the time until a key expires"),
    (
        &["pexpire", "expireat", "pexpireat", "touch", "lease"],
        "expire KEY 30s sets the expiry of a key, set KEY VALUE --ttl 30s that of a new value",
    ),
    (
        &["subscribe", "psubscribe", "monitor", "notify", "listen"],
        "watch --prefix PREFIX prints changes as they are committed",
    ),
    (
        &["info", "status", "member", "endpoint", "ping", "du", "df", "memory"],
        "stats prints figures of the store",
    ),
    (
        &["metrics", "prometheus", "exporter"],
        "stats --metrics prints metrics in the format of Prometheus",
    ),
    (&["top", "vmstat", "iostat", "latency"], "stats --watch shows figures as they change"),
    (&["log", "logs"], "--log info with any command prints what the library does by itself"),
    (&["dbsize", "hlen", "len", "size"], "count --all prints the number of keys"),
    (
        &["type", "object", "strlen", "stat", "hstrlen"],
        "get KEY --output table prints the size, version and ttl of a value",
    ),
    (
        &["rename", "renamenx", "mv", "move"],
        "a key has no new name; get it, set it under the other name, and delete it",
    ),
    (&["cp", "migrate"], "copy FROM TO copies a store into another"),
    (&["select"], "use GROUP changes the group of the shell, --group names it for a command"),
    (&["has", "contains", "hexists"], "exists KEY prints whether a key exists"),
    (
        &[".tables", ".databases", ".groups", "\\dt", "\\d", "\\l", "tables", "namespaces"],
        "groups lists the groups",
    ),
    (&[".schema", ".indexes", "\\d+", ".dbinfo", ".stats"], "stats prints figures of the store"),
    (&[".dump"], "export FILE writes all keys as JSON lines, backup FILE copies the store"),
    (&[".read", "\\i"], "kv shell < FILE runs commands of a file, import FILE reads JSON lines"),
    (&[".import", "\\copy", "load"], "import FILE reads JSON lines"),
    (
        &[".backup", ".clone", "snapshot", "bgsave", "dump"],
        "backup FILE copies the whole store, restore FILE brings it back",
    ),
    (
        &[".mode", ".output", ".headers", ".once", "\\x", "\\o"],
        "get and list have the option --output",
    ),
    (&[".restore"], "restore FILE replaces the store by a backup"),
    (
        &["vacuum", "defrag", "compaction", "bgrewriteaof", "optimize"],
        "compact returns unused space to the file system",
    ),
    (&["pragma", "integrity_check", "fsck", "verify"], "check verifies the stored data"),
    (
        &["get --prefix", "get --from-key", "get --keys-only"],
        "list --prefix PREFIX lists keys, export --prefix PREFIX prints them with their values",
    ),
    (&["del --prefix", "delete --prefix"], "delete-prefix PREFIX deletes keys"),
    (
        &["set --ex", "set --px", "set --lease", "set --expire"],
        "set KEY VALUE --ttl 30s stores a value with an expiry",
    ),
    (&["set --nx"], "set KEY VALUE --if-absent stores a value if there is none"),
    (&["watch --rev"], "watch --from-version VERSION begins with an earlier change"),
    (
        &["auth", "hello", "\\c", "connect", ".connect", "\\connect"],
        "kv shell LOCATION opens a store, .open LOCATION another one within the shell",
    ),
];

/// Returns the command of kv for a word of another tool, or for a command of kv and an option that
/// another tool has: `hint("KEYS")`, `hint("get --prefix")`. Upper and lower case are the same.
pub fn hint(words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    HINTS.iter().find(|(names, _)| names.contains(&&*words)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_word_has_one_hint_and_is_in_lower_case() {
        let mut seen = HashSet::new();
        for name in HINTS.iter().flat_map(|(names, _)| *names) {
            assert_eq!(name.to_lowercase(), *name);
            assert!(seen.insert(name), "{name}");
            assert!(hint(name).is_some());
        }
    }

    #[test]
    fn words_are_found_in_upper_and_lower_case() {
        assert_eq!(hint("KEYS"), hint("keys"));
        assert!(hint("HGET").is_some_and(|it| it.starts_with("get KEY")));
        assert!(hint("get --prefix").is_some_and(|it| it.starts_with("list --prefix")));
        assert_eq!(hint("frobnicate"), None);
        assert_eq!(hint(""), None);
    }
}
