//! The terminal while a view has it: raw mode, the alternate screen, no cursor. It is restored on
//! every way out, a panic included.

use std::io::{self, IsTerminal, Stdout};
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::{Position, Rect};
use ratatui::prelude::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGTSTP};

use crate::failure::{Failure, Result};
use crate::log_lines;
use crate::terminal::key::{Key, KeyBytes};
use crate::terminal::wake::Wake;

/// The time after which a cut sequence of bytes is taken for the key Escape.
const ESCAPE_TIME: Duration = Duration::from_millis(50);

/// Whether the terminal is in the state of a view.
static IS_ENTERED: AtomicBool = AtomicBool::new(false);
static PANIC_HOOK: Once = Once::new();

/// The terminal of a view.
pub struct Screen {
    /// Never dropped: its drop would print an error on a terminal that is gone. It has memory only.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    wake: Wake,
    keys: KeyBytes,
}

/// The reason for which a wait has ended, besides the keys.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited {
    /// Keys, a reply, a signal, or the time.
    Keys(Vec<Key>),
    /// The process was asked to stop until it is continued.
    Stop,
}

/// Whether a view can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suitability {
    /// Standard input and output are a terminal that moves its cursor.
    Suitable,
    /// One of them is a pipe or a file.
    NoTerminal,
    /// The terminal cannot move its cursor, or TERM does not name it.
    DumbTerminal,
}

/// Returns whether a view can be drawn on standard output, with keys from standard input.
pub fn suitability() -> Suitability {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Suitability::NoTerminal;
    }
    match std::env::var_os("TERM") {
        Some(term) if !term.is_empty() && term != "dumb" => Suitability::Suitable,
        _ => Suitability::DumbTerminal,
    }
}

impl Screen {
    /// Takes the terminal.
    pub fn enter(wake: Wake) -> io::Result<Screen> {
        restore_at_panic();
        enter()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
        let terminal = terminal.inspect_err(|_| leave())?;
        let terminal = ManuallyDrop::new(terminal);
        Ok(Screen { terminal, wake, keys: KeyBytes::default() })
    }

    /// Draws what differs from the screen before.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Result<()> {
        self.terminal.draw(draw).map(drop).map_err(failed)
    }

    /// Draws everything at the next time.
    pub fn clear(&mut self) -> Result<()> {
        // Terminal::clear would ask the terminal for the position of its cursor, and wait for it.
        let size = self.terminal.size().map_err(failed)?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size))).map_err(failed)
    }

    /// Waits for a key, a reply or a signal, at most for `timeout`.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<Waited> {
        let is_cut = self.keys.is_cut();
        let timeout = if is_cut { Some(ESCAPE_TIME) } else { timeout };
        let bytes = self.read(timeout).map_err(failed)?;
        if self.wake.drain() {
            return Ok(Waited::Stop);
        }
        self.keys.push(&bytes);
        Ok(Waited::Keys(self.keys.take(is_cut && bytes.is_empty())))
    }

    /// Gives the terminal back, stops the process, and takes the terminal again once it is
    /// continued.
    pub fn suspend(&mut self) -> Result<()> {
        leave();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        enter().map_err(failed)?;
        self.clear()
    }

    /// Returns the bytes that the terminal has sent, empty after the time or a wake.
    fn read(&self, timeout: Option<Duration>) -> io::Result<Vec<u8>> {
        let input = io::stdin();
        let [wakes, stops] = self.wake.sockets();
        let mut waited = [
            PollFd::new(&input, PollFlags::IN),
            PollFd::from_borrowed_fd(wakes, PollFlags::IN),
            PollFd::from_borrowed_fd(stops, PollFlags::IN),
        ];
        let timeout = timeout.and_then(|time| Timespec::try_from(time).ok());
        match rustix::event::poll(&mut waited, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        let events = waited.first().map_or(PollFlags::empty(), PollFd::revents);
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let mut buffer = [0; 1024];
        match rustix::io::read(&input, &mut buffer) {
            Ok(0) => Err(Errno::IO.into()),
            Ok(len) => Ok(buffer.get(..len).unwrap_or_default().to_vec()),
            Err(Errno::INTR | Errno::AGAIN) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Returns the failure of a call on the terminal. One that is gone ends the view as SIGHUP does,
/// and cannot show a message.
fn failed(error: io::Error) -> Failure {
    match error.raw_os_error() == Some(Errno::IO.raw_os_error()) {
        true => Failure::Interrupted(SIGHUP, String::new()),
        false => Failure::from(error).context("the terminal"),
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    IS_ENTERED.store(true, Ordering::SeqCst);
    // Records of the log would be drawn over.
    log_lines::hold();
    execute!(io::stdout(), EnterAlternateScreen, Hide).inspect_err(|_| leave())
}

/// Lets a panic, also of another thread, restore the terminal before its message is printed, which
/// would vanish with the alternate screen.
fn restore_at_panic() {
    PANIC_HOOK.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            leave();
            earlier(about);
        }));
    });
}

/// Restores the terminal, once.
fn leave() {
    if IS_ENTERED.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs no restoring.
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        log_lines::release();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_panic_of_any_thread_restores_the_terminal() {
        restore_at_panic();
        IS_ENTERED.store(true, Ordering::SeqCst);

        let ended = thread::spawn(|| panic!("a panic of a test")).join();

        assert!(ended.is_err() && !IS_ENTERED.load(Ordering::SeqCst));
    }
}
