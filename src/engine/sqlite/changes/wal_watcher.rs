//! WAL tailing: a thread that notices commits of other processes by watching the WAL.
//!
//! The thread sleeps until a process writes to the WAL file. A write is only a hint, because it
//! comes before the commit is visible. The commit itself changes the header of the wal-index. While
//! the WAL has a frame behind the last one of the header, a commit may be under way. The thread
//! then polls the header at growing intervals, until the header changes or no process holds the
//! write lock. A writer that is killed or stopped in the middle of a commit therefore blocks
//! nothing. Where there is no inotify, the thread polls the header all the time.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::call::UNBOUND;
use crate::engine::poison::Poison;
use crate::engine::sqlite::changes::publisher::ChangePublisher;
use crate::engine::sqlite::file::connect::connect;
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::{WalHeader, set_busy_timeout};
use crate::error::Result;
use crate::os::{self, EventFlag, FileAt, FileWatch, wait_readable};

/// The first interval between reads of the header after a hint. Each further one is a quarter
/// longer, so that a slow commit, as one with an fsync, is noticed late by a fraction of its
/// duration.
const PAUSE_MIN: Duration = Duration::from_micros(20);
/// The interval after which the thread checks whether a process still holds the write lock.
const PAUSE_MAX: Duration = Duration::from_millis(20);
/// The interval of these checks while one does: a long transaction, or a process that was stopped.
const LOCK_CHECK: Duration = Duration::from_millis(100);
/// The interval between reads of the header without inotify.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The pause after a commit of this process, so that a busy writer does not wake the thread for
/// each. Hints are switched off meanwhile, because each is work for the writer.
const OWN_COMMIT_PAUSE: Duration = Duration::from_millis(1);

/// Bytes before the page in a frame: page number, size, and from byte 8 on the salt of the WAL.
const FRAME_HEADER_LEN: usize = 24;
/// Bytes before the first frame, with the salt of the WAL from byte 16 on.
const WAL_HEADER_LEN: usize = 32;
/// The salt in a wal-index that was built from an empty WAL.
const NO_SALT: [u8; 8] = [0; 8];

/// The thread. It ends when this is dropped, or by itself when no subscription is left.
pub(crate) struct WalWatcher {
    stop: Arc<EventFlag>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Work {
    session: Session,
    publisher: Arc<ChangePublisher>,
    /// `None` if the system has no inotify instance or watch left: then the thread reads the header
    /// every [`POLL_INTERVAL`].
    hints: Option<FileWatch>,
    frames: Frames,
    stop: Arc<EventFlag>,
    ended: Arc<AtomicBool>,
}

impl WalWatcher {
    /// Spawns the thread for the file that `options` name.
    pub(crate) fn begin(
        options: &SqliteOptions,
        publisher: Arc<ChangePublisher>,
        poison: &Arc<Poison>,
    ) -> Result<WalWatcher> {
        let (connection, format) = connect(options, poison, &UNBOUND)?;
        let untimed = set_busy_timeout(connection.raw(), Duration::ZERO);
        untimed.map_err(|error| connection.explain(error))?;
        let session = Session::new(connection, format);
        let wal = os::side_path(&options.path, os::WAL);
        let stop = Arc::new(EventFlag::new()?);
        let ended = Arc::new(AtomicBool::new(false));
        let work = Work {
            session,
            publisher,
            hints: hints(&wal)?,
            frames: Frames(File::open(&wal)?),
            stop: stop.clone(),
            ended: ended.clone(),
        };
        let thread = os::spawn("kv-changes", move || work.run())?;
        Ok(WalWatcher { stop, ended, thread: Some(thread) })
    }

    /// Returns whether the thread has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl Drop for WalWatcher {
    fn drop(&mut self) {
        self.stop.signal();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn run(mut self) {
        os::sleep_precisely();
        // Commits before the first hint.
        let _ = self.publisher.catch_up(&mut self.session);
        while let Ok(true) = self.sleep(None) {
            let ended = || self.ended.store(true, Ordering::Release);
            if self.publisher.stop_if_idle(ended) || self.follow_hint().is_err() {
                return;
            }
        }
    }

    /// Waits for a hint or until `timeout`; returns false when the thread has to end.
    fn sleep(&self, timeout: Option<Duration>) -> io::Result<bool> {
        let timeout = if self.hints.is_none() { timeout.or(Some(POLL_INTERVAL)) } else { timeout };
        let hints = self.hints.iter().map(FileWatch::raw);
        let fds: Vec<_> = hints.chain([self.stop.raw()]).collect();
        loop {
            let ready = wait_readable(&fds, timeout)?;
            if wait_readable(&[self.stop.raw()], Some(Duration::ZERO))? {
                return Ok(false);
            }
            if ready || timeout.is_some() {
                return Ok(true);
            }
        }
    }

    /// Publishes the commits after a hint, and waits for a commit that may be under way.
    fn follow_hint(&mut self) -> io::Result<()> {
        let mut pause = PAUSE_MIN;
        let mut last_header = None;
        loop {
            self.hints.iter().for_each(FileWatch::clear);
            let Some(header) = self.header() else { return Ok(()) };
            if !self.publisher.is_current(header) {
                if self.publisher.catch_up(&mut self.session).is_ok() {
                    (pause, last_header) = (PAUSE_MIN, Some(header));
                } else if self.sleep(Some(pause))? {
                    // A read of the store meets the same failure and reports it.
                    pause = (pause * 2).min(LOCK_CHECK);
                } else {
                    return Ok(());
                }
                continue;
            }
            if last_header.replace(header).is_some_and(|last| last != header) {
                // A commit of this process, which its writer has published. More may follow.
                pause = PAUSE_MIN;
                self.hints.iter_mut().for_each(FileWatch::pause);
                if wait_readable(&[self.stop.raw()], Some(OWN_COMMIT_PAUSE))? {
                    return Ok(());
                }
                continue;
            }
            if self.hints.as_ref().is_some_and(FileWatch::is_paused) {
                // A commit since then has changed the header.
                self.resume_hints();
                continue;
            }
            if !self.frames.has_uncommitted(&header)? {
                return Ok(());
            }
            if pause > PAUSE_MAX {
                if self.write_lock_is_free() && self.header() == Some(header) {
                    // The frames were rolled back, or their writer was killed.
                    return Ok(());
                }
                pause = LOCK_CHECK / 2;
            }
            if !self.sleep(Some(pause))? {
                return Ok(());
            }
            pause += pause / 4;
        }
    }

    /// Receives hints again after a pause. If inotify has reached a limit meanwhile, the thread
    /// reads the header from now on.
    fn resume_hints(&mut self) {
        if self.hints.as_mut().is_some_and(|hints| hints.resume().is_err()) {
            self.hints = None;
        }
    }

    fn header(&self) -> Option<WalHeader> {
        self.session.wal_index().map(|index| index.header())
    }

    /// Returns whether no process is in a write transaction at this moment.
    fn write_lock_is_free(&mut self) -> bool {
        let free = self.session.execute(Sql::BeginWrite, &[]).is_ok();
        if free {
            let _ = self.session.execute(Sql::Rollback, &[]);
        }
        free
    }
}

/// Returns the hints of writes to the WAL, or `None` if inotify has reached a limit: the instances
/// and watches of a user are few, and are shared with all other programs.
fn hints(wal: &Path) -> io::Result<Option<FileWatch>> {
    match FileWatch::new(wal) {
        Ok(hints) => Ok(Some(hints)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
        Err(_) => Ok(None),
    }
}

/// The WAL file. SQLite has no locks on it that closing it could drop.
struct Frames(File);

impl Frames {
    /// Returns whether there is a frame of this WAL behind the last one of `header`.
    fn has_uncommitted(&self, header: &WalHeader) -> io::Result<bool> {
        let frame: Option<[u8; FRAME_HEADER_LEN]> = self.read(header.next_frame_offset())?;
        let Some(frame) = frame else {
            return Ok(false);
        };
        if header.salt() == NO_SALT {
            // The wal-index was built from an empty WAL, whose first writer chooses the salt.
            let wal: Option<[u8; WAL_HEADER_LEN]> = self.read(0)?;
            return Ok(wal.is_some_and(|wal| wal.get(16..24) == frame.get(8..16)));
        }
        Ok(frame.get(8..16) == Some(&header.salt()))
    }

    /// Returns the bytes at `offset`, or `None` if the WAL ends before.
    fn read<const LEN: usize>(&self, offset: u64) -> io::Result<Option<[u8; LEN]>> {
        let mut bytes = [0; LEN];
        match self.0.read_exact_at(&mut bytes, offset) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}
