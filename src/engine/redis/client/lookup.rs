//! Look-ups of host names, which the system makes in its own time.
//!
//! A look-up runs in a thread of its own, and a call waits for it until its deadline. Each name has
//! one look-up at a time, so that a name server which never replies holds one thread.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::call::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::os::spawn;

/// A process, and the host and port that it looks up: a thread does not outlive a fork.
type Name = (u32, String, u16);

/// The addresses of a name, or the reason why there are none.
type Found = Result<Vec<SocketAddr>, String>;

/// The look-ups that run.
static RUNNING: LazyLock<Mutex<HashMap<Name, Arc<Lookup>>>> = LazyLock::new(Mutex::default);

/// A look-up, for which calls wait.
#[derive(Default)]
struct Lookup {
    found: Mutex<Option<Found>>,
    changed: Condvar,
}

/// Returns the addresses of a host. Fails if the system does not find them by `deadline`.
pub(super) fn look_up(
    host: &str,
    port: u16,
    deadline: Instant,
    call: &CallContext,
) -> Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let name = (std::process::id(), host.to_owned(), port);
    let resolve = |(_, host, port): &Name| Ok((host.as_str(), *port).to_socket_addrs()?.collect());
    let lookup = begin(name, resolve)?;
    wait_for(&lookup, deadline, call)
}

/// Returns the running look-up of a name, or begins one.
fn begin(
    name: Name,
    resolve: impl FnOnce(&Name) -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Arc<Lookup>> {
    let mut running = RUNNING.lock();
    if let Some(lookup) = running.get(&name) {
        return Ok(lookup.clone());
    }
    let lookup = Arc::new(Lookup::default());
    running.insert(name.clone(), lookup.clone());
    let (begun, key) = (lookup.clone(), name.clone());
    let work = move || {
        let found = resolve(&key).map_err(|error| error.to_string());
        RUNNING.lock().remove(&key);
        *begun.found.lock() = Some(found);
        begun.changed.notify_all();
    };
    if let Err(error) = spawn("kv-redis-lookup", work) {
        running.remove(&name);
        return Err(error.into());
    }
    Ok(lookup)
}

fn wait_for(lookup: &Lookup, deadline: Instant, call: &CallContext) -> Result<Vec<SocketAddr>> {
    let unavailable = |reason: String| Error::new(ErrorKind::Unavailable, reason);
    let mut found = lookup.found.lock();
    loop {
        if let Some(found) = &*found {
            return found.clone().map_err(unavailable);
        }
        if Instant::now() >= deadline {
            return Err(unavailable("the system has not found its address in time".to_owned()));
        }
        lookup.changed.wait_until(&mut found, call.nap(deadline));
        call.check_unlocked(&mut found)?;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::call::UNBOUND;

    #[test]
    fn a_call_ends_by_its_deadline_though_the_look_up_does_not() {
        let (reply, replies) = mpsc::channel::<()>();
        let name = (0, "slow.example".to_owned(), 1);
        let address: SocketAddr = "192.0.2.1:1".parse().expect("an address");
        let slow = move |_: &Name| {
            replies.recv().expect("a reply");
            Ok(vec![address])
        };
        let first = begin(name.clone(), slow).expect("a thread");
        let second = begin(name, |_| Err(io::Error::other("not begun"))).expect("a thread");
        assert!(Arc::ptr_eq(&first, &second), "a name has one look-up at a time");

        let deadline = || Instant::now() + Duration::from_millis(50);
        let error = wait_for(&first, deadline(), &UNBOUND).expect_err("no address yet");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let call = CallContext::new();
        call.arm(Some(Duration::from_millis(50)));
        let late = Instant::now() + Duration::from_secs(600);
        let error = wait_for(&first, late, &call).expect_err("the call has to end");
        assert!(error.ends_call(), "{error}");

        reply.send(()).expect("a look-up");
        assert_eq!(wait_for(&second, late, &UNBOUND), Ok(vec![address]));
    }

    #[test]
    fn an_address_needs_no_look_up_and_a_name_is_found() {
        let past = Instant::now();
        assert_eq!(look_up("::1", 7, past, &UNBOUND).map(|it| it.len()), Ok(1));
        let later = Instant::now() + Duration::from_secs(60);
        assert!(!look_up("localhost", 7, later, &UNBOUND).expect("an address").is_empty());
    }
}
