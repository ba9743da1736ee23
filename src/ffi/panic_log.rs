//! The message of a panic: a record of the log, and never a line on standard error.

use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use crate::log_panic;

/// Logs the panics of the library from now on. The library has a standard library of its own, so
/// the panics of a program in Rust are not meant.
pub fn log_panics() {
    static ONCE: Once = Once::new();
    // In tests of this crate the panics are those of the tests.
    if cfg!(not(test)) {
        ONCE.call_once(|| panic::set_hook(Box::new(log)));
    }
}

fn log(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    log_panic(&place, text.unwrap_or_default());
}
