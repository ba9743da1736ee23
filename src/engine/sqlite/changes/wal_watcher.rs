//! The thread that hears of other processes' commits.
//!
//! It sleeps until somebody writes to the write-ahead log. That is only a hint: the write comes
//! before the commit can be seen. What counts is the header of the log's index, which changes with
//! each commit. While the log has a frame behind the last that the header knows of, a commit may
//! be under way; then the header is looked at, ever less often, until it has changed or nobody can
//! be about to change it. A writer that dies, or stops, at any moment is waited for just as long.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::engine::sqlite::changes::publisher::ChangePublisher;
use crate::engine::sqlite::file::connect::connect;
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::engine::sqlite::file::schema::read_meta;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::{WalHeader, set_busy_timeout};
use crate::error::Result;
use crate::os::{self, EventFd, FileWatch, wait_readable};

/// The first look at the header after a hint; each further one waits a quarter longer, so that a
/// commit that takes its time, for an fsync, is seen late by a fraction of that.
const FIRST_LOOK: Duration = Duration::from_micros(20);
/// When looking on is not worth it before asking whether somebody still writes.
const LAST_LOOK: Duration = Duration::from_millis(20);
/// How often that is asked while somebody does: a long transaction, or a process that was stopped.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// A rest after hints of our own commits, so that a busy writer does not wake us for each.
const REST: Duration = Duration::from_millis(1);

/// Bytes before the page in a frame: page number, size, and from byte 8 on the log's salt.
const FRAME_HEADER_LEN: usize = 24;
/// Bytes before the first frame: from byte 16 on the log's salt.
const LOG_HEADER_LEN: usize = 32;
/// The salt of an index that has seen no log with frames in it yet.
const NO_SALT: [u8; 8] = [0; 8];

/// The thread, which ends when this is dropped, or by itself when nobody watches any more.
pub struct WalWatcher {
    stop: Arc<EventFd>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Work {
    session: Session,
    publisher: Arc<ChangePublisher>,
    hints: FileWatch,
    frames: Frames,
    stop: Arc<EventFd>,
    ended: Arc<AtomicBool>,
}

impl WalWatcher {
    /// Begins to follow the log of the file that `options` name.
    pub fn begin(options: &SqliteOptions, publisher: Arc<ChangePublisher>) -> Result<WalWatcher> {
        let connection = connect(options)?;
        // The write-ahead log and its index are there only once the connection has read.
        read_meta(&connection, "format")?;
        set_busy_timeout(&connection, Duration::ZERO)?;
        let mut log = options.path.clone().into_os_string();
        log.push("-wal");
        let stop = Arc::new(EventFd::new()?);
        let ended = Arc::new(AtomicBool::new(false));
        let work = Work {
            session: Session::new(connection),
            publisher,
            hints: FileWatch::new(Path::new(&log))?,
            frames: Frames(File::open(Path::new(&log))?),
            stop: stop.clone(),
            ended: ended.clone(),
        };
        let thread = os::spawn("kv-changes", move || work.run())?;
        Ok(WalWatcher { stop, ended, thread: Some(thread) })
    }

    /// Answers whether the thread has ended by itself.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl Drop for WalWatcher {
    fn drop(&mut self) {
        self.stop.signal();
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed when it happened; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn run(mut self) {
        os::sleep_precisely();
        // What was committed before the first hint could be heard.
        let _ = self.publisher.catch_up(&mut self.session);
        while let Ok(true) = self.sleep(None) {
            let ended = || self.ended.store(true, Ordering::Release);
            if self.publisher.stop_if_idle(ended) || self.chase().is_err() {
                return;
            }
        }
    }

    /// Sleeps until a hint or for `timeout`; returns false when the thread is to end.
    fn sleep(&self, timeout: Option<Duration>) -> io::Result<bool> {
        loop {
            let ready = wait_readable(&[self.hints.raw(), self.stop.raw()], timeout)?;
            if wait_readable(&[self.stop.raw()], Some(Duration::ZERO))? {
                return Ok(false);
            }
            if ready || timeout.is_some() {
                return Ok(true);
            }
        }
    }

    /// After a hint: tells what was committed, and waits for what is about to be.
    fn chase(&mut self) -> io::Result<()> {
        let mut pause = FIRST_LOOK;
        let mut position = None;
        loop {
            self.hints.clear();
            let Some(header) = self.header() else { return Ok(()) };
            if !self.publisher.is_current(header) {
                if self.publisher.catch_up(&mut self.session).is_ok() {
                    (pause, position) = (FIRST_LOOK, Some(header));
                } else if self.sleep(Some(pause))? {
                    // A read would meet the same failure and report it; here it is tried again.
                    pause = (pause * 2).min(ASK_AGAIN);
                } else {
                    return Ok(());
                }
                continue;
            }
            if position.replace(header).is_some_and(|position| position != header) {
                // A commit of ours. More will follow, and the writer tells of them itself.
                pause = FIRST_LOOK;
                if wait_readable(&[self.stop.raw()], Some(REST))? {
                    return Ok(());
                }
                continue;
            }
            if !self.frames.has_uncommitted(&header)? {
                return Ok(());
            }
            if pause > LAST_LOOK {
                if self.write_lock_is_free() && self.header() == Some(header) {
                    // Those frames were given up.
                    return Ok(());
                }
                pause = ASK_AGAIN / 2;
            }
            if !self.sleep(Some(pause))? {
                return Ok(());
            }
            pause += pause / 4;
        }
    }

    fn header(&self) -> Option<WalHeader> {
        self.session.wal_index().map(|index| index.header())
    }

    /// Answers whether no process is in a write transaction at this moment.
    fn write_lock_is_free(&mut self) -> bool {
        let free = self.session.try_execute(Sql::BeginWrite, &[]).is_ok();
        if free {
            let _ = self.session.execute(Sql::Rollback, &[]);
        }
        free
    }
}

/// The write-ahead log. SQLite has no locks on this file that closing it could drop.
struct Frames(File);

impl Frames {
    /// Answers whether there is a frame behind those that `header` knows of.
    fn has_uncommitted(&self, header: &WalHeader) -> io::Result<bool> {
        let frame: Option<[u8; FRAME_HEADER_LEN]> = self.read(header.next_frame_offset())?;
        let Some(frame) = frame else {
            return Ok(false);
        };
        if header.salt() == NO_SALT {
            // The index was made of an empty log, whose first writer chooses the salt.
            let log: Option<[u8; LOG_HEADER_LEN]> = self.read(0)?;
            return Ok(log.is_some_and(|log| log.get(16..24) == frame.get(8..16)));
        }
        Ok(frame.get(8..16) == Some(&header.salt()))
    }

    /// Returns the bytes at `offset`, or nothing if the log ends before.
    fn read<const LEN: usize>(&self, offset: u64) -> io::Result<Option<[u8; LEN]>> {
        let mut bytes = [0; LEN];
        match self.0.read_exact_at(&mut bytes, offset) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}
