//! One server or a cluster, with users and the keys of several stores.

use std::collections::BTreeMap;

use super::{Client, Cluster, Server};

/// The password of all users.
const PASSWORD: &str = "secret";

/// One server or a cluster.
pub enum Ground {
    One(Server),
    Many(Cluster),
}

/// The keys of a store as a server keeps them: name, then bytes and expiry.
pub type Stored = BTreeMap<Vec<u8>, (Vec<u8>, i64)>;

impl Ground {
    /// Returns a client of each master.
    pub fn masters(&self) -> Vec<Client> {
        match self {
            Ground::One(server) => vec![server.client()],
            Ground::Many(cluster) => cluster.masters().map(Server::client).collect(),
        }
    }

    /// Returns a client of the master that has a key.
    pub fn master_of(&self, key: &[u8]) -> Client {
        match self {
            Ground::One(server) => server.client(),
            Ground::Many(cluster) => cluster.master_of(key).client(),
        }
    }

    /// Returns whether it is a cluster.
    pub fn is_cluster(&self) -> bool {
        matches!(self, Ground::Many(_))
    }

    /// Sends a command to all servers.
    pub fn everywhere(&self, words: &[&str]) {
        let nodes = match self {
            Ground::One(server) => std::slice::from_ref(server),
            Ground::Many(cluster) => cluster.nodes(),
        };
        for node in nodes {
            node.client().call(words);
        }
    }

    /// Makes a user that may do everything but what `rules` say.
    pub fn user(&self, name: &str, rules: &[&str]) {
        let password = format!(">{PASSWORD}");
        let all = ["ACL", "SETUSER", name, "reset", "on", &password, "~*", "&*", "+@all"];
        self.everywhere(&[&all, rules].concat());
    }

    /// Changes the rules of a user.
    pub fn change(&self, name: &str, rules: &[&str]) {
        self.everywhere(&[&["ACL", "SETUSER", name], rules].concat());
    }

    /// Returns the location of a store of a user; without a name, of one who may do everything.
    pub fn location(&self, user: &str, options: &str) -> String {
        let location = match self {
            Ground::One(server) => server.location(options),
            Ground::Many(cluster) => cluster.location(options),
        };
        let login = format!("://{user}:{PASSWORD}@");
        if user.is_empty() { location } else { location.replacen("://", &login, 1) }
    }

    /// Returns all keys with a prefix.
    pub fn stored(&self, prefix: &str) -> Stored {
        let mut all = Stored::new();
        for mut client in self.masters() {
            for name in client.call(&["KEYS", &format!("{prefix}[:{{]*")]).sorted() {
                let expiry = client.bytes(&[b"PEXPIRETIME", &name]).integer();
                if let Some(bytes) = client.bytes(&[b"DUMP", &name]).value() {
                    all.insert(name, (bytes, expiry));
                }
            }
        }
        all
    }
}
