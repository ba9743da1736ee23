//! The thread that starts the servers, so that they end with this process.
//!
//! The kernel kills a server when the thread that started it ends; the keeper is a thread that
//! ends with the process. Their files are removed by a shell that waits for our end.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};

struct Order {
    command: Command,
    reply: Sender<io::Result<Child>>,
}

struct Keeper {
    orders: Mutex<Sender<Order>>,
    home: PathBuf,
    /// The shell, which waits for the end of its input, which is ours.
    _janitor: Child,
}

static KEEPER: LazyLock<Keeper> = LazyLock::new(|| {
    let shared = Path::new("/dev/shm");
    let parent = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    let home = tempfile::Builder::new().prefix("kv-redis-").tempdir_in(parent);
    let home = home.expect("a temporary directory").keep();
    // The servers end at the same moment: the second removal takes the files that they wrote last.
    let script = "trap '' INT TERM HUP; read -r _; rm -rf -- \"$1\"; sleep 1; rm -rf -- \"$1\"";
    let _janitor = Command::new("sh")
        .args(["-c", script, "janitor"])
        .arg(&home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell");
    let (orders, ordered) = channel::<Order>();
    std::thread::spawn(move || {
        while let Ok(mut order) = ordered.recv() {
            // The test that has ordered may have failed and be gone.
            let _ = order.reply.send(order.command.spawn());
        }
    });
    Keeper { orders: Mutex::new(orders), home, _janitor }
});

/// Starts a process that is killed when this one ends.
pub fn spawn(mut command: Command) -> io::Result<Child> {
    // SAFETY: between fork and exec, prctl is called alone, which is safe there.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        });
    }
    let (reply, replied) = channel();
    let orders = KEEPER.orders.lock().unwrap_or_else(|it| it.into_inner());
    orders.send(Order { command, reply }).expect("the keeper lives as long as the process");
    drop(orders);
    replied.recv().expect("the keeper replies")
}

/// Returns a new directory that is removed when this process ends.
pub fn new_place() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let place = KEEPER.home.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
    std::fs::create_dir(&place).expect("a directory of our own");
    place
}
