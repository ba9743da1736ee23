//! A full-screen view of a store.
//!
//! ```text
//! mod             the main loop
//! drawing/        the panes, from the state
//! keys            the state after a key
//! model           the state; entry_list, group_list, value_view, change_list are its parts
//! loading         the thread that calls the store; mailbox has its requests, reading its reads
//! watching        the threads that notice changes
//! ```
//!
//! The main loop alone changes the state. It waits for a key, a reply or the next second in which
//! something counts down, and never calls the store.

mod change_list;
mod drawing;
mod entry_list;
mod filter;
mod found;
mod group_list;
mod json_lines;
mod keys;
mod loading;
mod mailbox;
mod model;
mod reading;
mod requests;
mod scroll;
mod styled;
mod value_text;
mod value_view;
mod watching;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use signal_hook::consts::SIGINT;

use crate::browse::drawing::theme::Theme;
use crate::browse::filter::Filter;
use crate::browse::keys::Action;
use crate::browse::loading::{Loading, StoreOptions};
use crate::browse::mailbox::Mailbox;
use crate::browse::model::Model;
use crate::browse::requests::{Replies, Reply};
use crate::colour;
use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::store_arguments::{StoreArguments, StoreName};
use crate::terminal::key::Key;
use crate::terminal::screen::{self, Screen, Suitability, Waited};
use crate::terminal::wake::Wake;
use crate::units::now_ms;

/// The state in which the view begins.
pub struct Options<'a> {
    /// The group that is opened; without one, the first.
    pub group: Option<&'a [u8]>,
    /// The prefix of the keys that are shown.
    pub prefix: &'a [u8],
    /// The time between two looks for changes that no watch receives.
    pub interval: Duration,
}

/// Shows the store until a key or a signal ends the view.
pub fn run(session: &Session, options: &Options<'_>) -> Result<Outcome> {
    expect_terminal()?;
    // The errors of an opening are printed on the terminal as it is.
    let store = session.read()?;
    let interrupt = Interrupt::install()?;
    let wake = Wake::new()?;
    let (sender, replies) = mpsc::channel();
    let sender = Replies::new(sender, wake.waker());
    let name = store_name(session.store_arguments())?;
    let filter = Filter::of_prefix(options.prefix);
    let model = Model::new(name, options.group, filter, options.interval);
    let screen = Screen::enter(wake)?;
    let mailbox = Arc::new(Mailbox::new());
    let store_options = StoreOptions {
        store: session.store_arguments().clone(),
        group: session.group_arguments().clone(),
    };
    let calls = store.bind(mailbox.calls());
    drop(store);
    let loading = Loading::begin(calls, store_options, mailbox.clone(), sender, options.interval);
    let theme = Theme::new(colour::is_wanted(&io::stdout()));
    let mut view = View { model, screen, replies, mailbox, interrupt, theme };
    let result = view.show();
    // The terminal is restored before the thread has ended.
    drop(view);
    loading.end();
    result
}

/// Fails unless a view can be drawn.
fn expect_terminal() -> Result<()> {
    match screen::suitability() {
        Suitability::Suitable => Ok(()),
        Suitability::NoTerminal => Err(Failure::usage(
            "browse needs a terminal for its keys and its screen; in a pipe or script use 'kv list \
             --long', 'kv get' and 'kv watch'",
        )),
        Suitability::DumbTerminal => Err(Failure::usage(
            "browse needs a terminal that moves its cursor, but TERM is dumb or not set; set TERM, \
             or use 'kv list --long', 'kv get' and 'kv watch'",
        )),
    }
}

struct View {
    model: Model,
    screen: Screen,
    replies: Receiver<Reply>,
    mailbox: Arc<Mailbox>,
    interrupt: Interrupt,
    theme: Theme,
}

impl View {
    fn show(&mut self) -> Result<Outcome> {
        loop {
            self.model.tick(now_ms());
            for reply in self.replies.try_iter() {
                if matches!(reply, Reply::Ended) {
                    return Err(Failure::other("the thread that calls the store has ended"));
                }
                self.model.apply(reply);
            }
            let (model, theme) = (&mut self.model, &self.theme);
            self.screen.draw(|frame| drawing::draw(frame, model, theme))?;
            for request in self.model.requests() {
                self.mailbox.post(request);
            }
            let waited = self.screen.wait(self.model.timeout())?;
            self.interrupt.check(String::new)?;
            match waited {
                Waited::Keys(keys) => {
                    for key in keys {
                        if let Some(outcome) = self.press(key)? {
                            return Ok(outcome);
                        }
                    }
                }
                Waited::Stop => self.screen.suspend()?,
            }
        }
    }

    /// Applies a key; returns the outcome if it ends the view.
    fn press(&mut self, key: Key) -> Result<Option<Outcome>> {
        match keys::press(&mut self.model, key) {
            None => {}
            Some(Action::End) => return Ok(Some(Outcome::Success)),
            Some(Action::Interrupt) => return Err(Failure::Interrupted(SIGINT, String::new())),
            Some(Action::Suspend) => self.screen.suspend()?,
            Some(Action::Redraw) => self.screen.clear()?,
            Some(Action::Post(request)) => self.mailbox.post(request),
        }
        Ok(None)
    }
}

/// Returns the name of the store for the screen: a path, a service, or a location without user,
/// password and options.
fn store_name(arguments: &StoreArguments) -> Result<String> {
    let name = arguments.store_name()?;
    let text = match &name {
        StoreName::Location(location) if name.path().is_none() => without_password(location),
        _ => name.display_name(),
    };
    Ok(escaped(text.as_bytes()))
}

fn without_password(location: &str) -> String {
    let location = location.split(['?', '#']).next().unwrap_or_default();
    match (location.split_once("://"), location.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => location.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_on_the_screen_has_no_password() {
        for (location, expected) in [
            ("redis://:secret@host:1/0?prefix=app", "redis://host:1/0"),
            ("rediss://user:p@ss@host", "rediss://host"),
            ("redis://host", "redis://host"),
            ("memory:", "memory:"),
        ] {
            assert_eq!(without_password(location), expected);
        }
    }
}
