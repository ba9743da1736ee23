//! Nodes of a cluster that disagree about their slots: a call follows them while that helps, and
//! waits then.

use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kv::{ErrorKind, Store};

use crate::redis::open;
use crate::support::redis::{Scripted, ordinary};
use crate::support::{key, no_group};

const OPTIONS: &str = "prefix=p&connect_timeout=1s&call_timeout=1s&purge_interval=0";

/// Two nodes, each of which says until a moment that the other one has all slots.
struct Disagreeing {
    ports: Arc<OnceLock<[u16; 2]>>,
}

impl Disagreeing {
    fn until(agreed_at: Instant) -> Disagreeing {
        let ports: Arc<OnceLock<[u16; 2]>> = Arc::new(OnceLock::new());
        let node = |own: usize| {
            let ports = ports.clone();
            Scripted::start(move |words, to| {
                let ports = ports.get().expect("both are started");
                match &words[0][..] {
                    b"CLUSTER" => to.write_all(&slots([(0, 16_383, ports[own])])),
                    b"GET" if own == 1 && Instant::now() >= agreed_at => {
                        to.write_all(b"$1\r\nv\r\n")
                    }
                    b"GET" => to
                        .write_all(format!("-MOVED 7 127.0.0.1:{}\r\n", ports[1 - own]).as_bytes()),
                    _ => to.write_all(ordinary(words)),
                }
            })
        };
        ports.set([node(0).port(), node(1).port()]).expect("set once");
        Disagreeing { ports }
    }

    fn open(&self) -> Store {
        let ports = self.ports.get().expect("set");
        open(&format!("redis-cluster://127.0.0.1:{}?{OPTIONS}", ports[0]))
    }
}

/// Returns the reply to CLUSTER SLOTS with these ranges and the ports of their masters.
fn slots<const N: usize>(ranges: [(u16, u16, u16); N]) -> Vec<u8> {
    let mut text = format!("*{N}\r\n");
    for (first, last, port) in ranges {
        text += &format!("*3\r\n:{first}\r\n:{last}\r\n*2\r\n$9\r\n127.0.0.1\r\n:{port}\r\n");
    }
    text.into_bytes()
}

fn value(store: &Store) -> kv::Result<Option<Vec<u8>>> {
    let mut found = None;
    store.value_with(no_group(), key(b"k"), |value| found = Some(value.to_vec()))?;
    Ok(found)
}

#[test]
fn masters_that_disagree_for_a_moment_fail_no_call() {
    let nodes = Disagreeing::until(Instant::now() + Duration::from_millis(500));
    let store = nodes.open();
    assert_eq!(value(&store), Ok(Some(b"v".to_vec())));
    let metrics = store.metrics().expect("metrics");
    assert!(metrics.redirections > 16 && metrics.retries > 0, "{metrics:?}");
}

#[test]
fn masters_that_disagree_for_ever_are_unavailable() {
    let nodes = Disagreeing::until(Instant::now() + Duration::from_secs(600));
    let store = nodes.open();
    let begun = Instant::now();
    let error = value(&store).expect_err("no node has the slot");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("in circles"), "{error}");
    // A busy machine delays it some more.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_slot_without_a_master_is_unavailable() {
    let port: Arc<OnceLock<u16>> = Arc::new(OnceLock::new());
    let own = port.clone();
    // The slots are the first one and that of the store's own key, `p{layout}`.
    let node = Scripted::start(move |words, to| match &words[0][..] {
        b"CLUSTER" => {
            let own = *own.get().expect("set");
            to.write_all(&slots([(0, 0, own), (10_385, 10_385, own)]))
        }
        // The version of the layout.
        b"HGET" => to.write_all(b"$1\r\n2\r\n"),
        _ => to.write_all(ordinary(words)),
    });
    port.set(node.port()).expect("set once");
    let store = open(&node.location(OPTIONS).replacen("redis:", "redis-cluster:", 1));
    let error = value(&store).expect_err("no node has the slot");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("assign all slots"), "{error}");
}
