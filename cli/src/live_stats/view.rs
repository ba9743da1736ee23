//! The view on a terminal. Its main loop waits for a key, a signal or a sample, and draws.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use kv::Store;
use signal_hook::consts::SIGINT;

use crate::colour;
use crate::escape::{escaped, escaped_text};
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::live_stats::drawing::Picture;
use crate::live_stats::sample::Sample;
use crate::live_stats::sampling::Sampling;
use crate::live_stats::sparkline::Levels;
use crate::outcome::Outcome;
use crate::store_arguments::StoreArguments;
use crate::terminal::key::Key;
use crate::terminal::screen::{Screen, Waited};
use crate::terminal::wake::Wake;
use crate::units::short;

/// The samples that are kept: more than a wide screen has columns.
const SAMPLES_MAX: usize = 512;

/// Shows the figures of a store until a key or a signal ends the view.
pub fn run(
    store: &Store,
    arguments: &StoreArguments,
    counts_entries: bool,
    interval: Duration,
) -> Result<Outcome> {
    let interrupt = Interrupt::install()?;
    let wake = Wake::new()?;
    let sampling = Sampling::begin(store, arguments, counts_entries, interval, wake.waker())?;
    let name = escaped(store.name().as_bytes());
    let interval = short(interval.as_millis() as i64);
    let (levels, is_coloured) = (Levels::of_locale(), colour::is_wanted(&io::stdout()));
    let mut screen = Screen::enter(wake)?;
    let mut samples: VecDeque<Sample> = VecDeque::new();
    let mut message = None;
    loop {
        for taken in sampling.take() {
            message = taken.as_ref().err().map(|error| escaped_text(error.message()));
            samples.extend(taken.ok());
        }
        while samples.len() > SAMPLES_MAX {
            samples.pop_front();
        }
        let picture = Picture {
            name: &name,
            interval: &interval,
            samples: &samples,
            message: message.as_deref(),
            levels,
            is_coloured,
        };
        screen.draw(|frame| picture.draw(frame))?;
        let waited = screen.wait(None)?;
        interrupt.check(String::new)?;
        match waited {
            Waited::Stop => screen.suspend()?,
            Waited::Keys(keys) => {
                for key in keys {
                    match key {
                        Key::Char('q') | Key::Escape => return Ok(Outcome::Success),
                        Key::Ctrl('c') => {
                            return Err(Failure::Interrupted(SIGINT, String::new()));
                        }
                        Key::Ctrl('z') => screen.suspend()?,
                        Key::Ctrl('l') => screen.clear()?,
                        _ => {}
                    }
                }
            }
        }
    }
}
