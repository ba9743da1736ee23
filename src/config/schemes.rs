//! The schemes of locations.

/// The kind of store that a scheme names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// A SQLite file.
    Sqlite,
    /// A store with a log.
    Log,
    /// A store in memory.
    Memory,
    /// A store in a Redis.
    Redis(Way),
}

/// The way to a Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// One server, maybe with TLS.
    One {
        /// Whether connections are encrypted.
        tls: bool,
    },
    /// A cluster, maybe with TLS.
    Cluster {
        /// Whether connections are encrypted.
        tls: bool,
    },
    /// The master that Sentinels name, maybe with TLS.
    Sentinel {
        /// Whether connections are encrypted.
        tls: bool,
    },
    /// One server, through its Unix socket.
    Socket,
}

/// The schemes. A Valkey is what a Redis is; `unix` is the spelling of other clients.
const SCHEMES: &[(&str, Scheme)] = &[
    ("sqlite", Scheme::Sqlite),
    ("log", Scheme::Log),
    ("memory", Scheme::Memory),
    ("redis", Scheme::Redis(Way::One { tls: false })),
    ("rediss", Scheme::Redis(Way::One { tls: true })),
    ("redis-cluster", Scheme::Redis(Way::Cluster { tls: false })),
    ("rediss-cluster", Scheme::Redis(Way::Cluster { tls: true })),
    ("redis-sentinel", Scheme::Redis(Way::Sentinel { tls: false })),
    ("rediss-sentinel", Scheme::Redis(Way::Sentinel { tls: true })),
    ("redis+unix", Scheme::Redis(Way::Socket)),
    ("unix", Scheme::Redis(Way::Socket)),
    ("valkey", Scheme::Redis(Way::One { tls: false })),
    ("valkeys", Scheme::Redis(Way::One { tls: true })),
    ("valkey-cluster", Scheme::Redis(Way::Cluster { tls: false })),
    ("valkeys-cluster", Scheme::Redis(Way::Cluster { tls: true })),
    ("valkey-sentinel", Scheme::Redis(Way::Sentinel { tls: false })),
    ("valkeys-sentinel", Scheme::Redis(Way::Sentinel { tls: true })),
    ("valkey+unix", Scheme::Redis(Way::Socket)),
];

/// Returns the names of all schemes.
pub(super) fn scheme_names() -> Vec<&'static str> {
    SCHEMES.iter().map(|(name, _)| *name).collect()
}

/// Returns the kind of store that a scheme names, if it is known.
pub(super) fn find_scheme(name: &str) -> Option<Scheme> {
    SCHEMES.iter().find(|(known, _)| *known == name).map(|(_, scheme)| *scheme)
}
