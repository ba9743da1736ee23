//! A master with a replica, and three Sentinels that replace it.

use std::time::Duration;

use super::{Server, Setup};
use crate::support::until;

/// How long the servers may take to know each other, and a fail-over may last.
const PATIENCE: Duration = Duration::from_secs(60);

/// Servers and Sentinels; killed when dropped.
pub struct Sentinels {
    servers: [Server; 2],
    sentinels: Vec<Server>,
}

impl Sentinels {
    /// Starts them. A master that is silent for half a second is replaced.
    pub fn start() -> Sentinels {
        let setup = || Setup::default().line("repl-ping-replica-period 1");
        let master = Server::start(setup());
        let port = master.port();
        let replica = Server::start(setup().line(format!("replicaof 127.0.0.1 {port}")));
        let watcher = || {
            let setup = Setup::default().sentinel();
            let setup = setup.line(format!("sentinel monitor mymaster 127.0.0.1 {port} 2"));
            let setup = setup.line("sentinel down-after-milliseconds mymaster 500");
            Server::start(setup.line("sentinel failover-timeout mymaster 4000"))
        };
        let sentinels = (0..3).map(|_| watcher()).collect();
        let all = Sentinels { servers: [master, replica], sentinels };
        until("the Sentinels know each other and the replica", PATIENCE, || all.are_ready());
        all
    }

    fn are_ready(&self) -> bool {
        self.sentinels.iter().all(|sentinel| {
            let master = sentinel.client().call(&["SENTINEL", "MASTER", "mymaster"]).list();
            let words: Vec<_> = master.into_iter().filter_map(|it| it.value()).collect();
            let has = |name: &[u8], value: &[u8]| {
                words.chunks(2).any(|it| *it[0] == *name && *it[1] == *value)
            };
            let replicas = sentinel.client().call(&["SENTINEL", "REPLICAS", "mymaster"]).list();
            let follows = replicas.into_iter().any(|it| {
                let words = it.list().into_iter().filter_map(|it| it.value());
                let words: Vec<_> = words.collect();
                words.chunks(2).any(|it| *it[0] == *b"master-link-status" && *it[1] == *b"ok")
            });
            has(b"num-other-sentinels", b"2") && has(b"flags", b"master") && follows
        })
    }

    /// Returns the master at the start, and its replica.
    pub fn servers(&self) -> &[Server; 2] {
        &self.servers
    }

    pub fn sentinels(&self) -> &[Server] {
        &self.sentinels
    }

    /// Returns the addresses of the Sentinels, separated by commas.
    pub fn addresses(&self) -> String {
        let hosts = self.sentinels.iter().map(|it| format!("127.0.0.1:{}", it.port()));
        hosts.collect::<Vec<_>>().join(",")
    }

    /// Returns the location of a store on the master.
    pub fn location(&self, options: &str) -> String {
        format!("redis-sentinel://{}/mymaster?{options}", self.addresses())
    }

    /// Makes the replica the master and the master a replica.
    pub fn fail_over(&self) {
        self.sentinels[0].client().call(&["SENTINEL", "FAILOVER", "mymaster"]);
        self.until_replaced();
        // Until then the former master still accepts writes, which are lost.
        until("the former master is a replica", PATIENCE, || {
            // The Sentinels cut the connections of a server whose role they change.
            let Ok(role) = self.servers[0].client().try_call(&[b"ROLE"]) else { return false };
            role.list().into_iter().next().is_some_and(|it| it.text() == "slave")
        });
    }

    /// Returns when all Sentinels name the replica of the start as the master.
    pub fn until_replaced(&self) {
        let port = self.servers[1].port().to_string();
        until("the replica is the master", PATIENCE, || {
            self.sentinels.iter().all(|sentinel| {
                let ask = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"];
                let named = sentinel.client().call(&ask).list();
                named.into_iter().nth(1).is_some_and(|it| it.text() == port)
            })
        });
    }
}
