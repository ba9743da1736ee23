//! Progress bars on standard error, drawn only on a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::units::short_count;

const TICK: Duration = Duration::from_millis(100);
/// Bytes of the smallest value that has a bar.
const VALUE_BAR_MIN: u64 = 4 << 20;

/// Returns a bar for work of known length, in `unit`s.
pub fn bar(verb: &'static str, total: u64, unit: &str) -> ProgressBar {
    let template =
        format!("{{msg}} [{{wide_bar}}] {{human_pos}}/{{human_len}} {unit} {{rate}} {{eta}}");
    begin(verb, Some(total), &template)
}

/// Returns a bar for work of known length, in bytes.
pub fn bar_of_bytes(verb: &'static str, total: u64) -> ProgressBar {
    let template =
        "{msg} [{wide_bar}] {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
    begin(verb, Some(total), template)
}

/// Returns a bar for the bytes of a value of `size`, if that is known; a small one has no bar.
pub fn bar_of_value(verb: &'static str, size: Option<u64>) -> ProgressBar {
    match size {
        Some(size) if size < VALUE_BAR_MIN => ProgressBar::hidden(),
        Some(size) => bar_of_bytes(verb, size),
        None => begin(verb, None, "{spinner} {msg} {binary_bytes} {binary_bytes_per_sec}"),
    }
}

/// Returns a count for work of unknown length, in `unit`s.
pub fn count(verb: &'static str, unit: &str) -> ProgressBar {
    begin(verb, None, &format!("{{spinner}} {{msg}} {{human_pos}} {unit} {{rate}}"))
}

/// Returns a clock for work that reports no progress.
pub fn wait(verb: &'static str) -> ProgressBar {
    begin(verb, None, "{spinner} {msg} {elapsed}")
}

fn begin(verb: &'static str, total: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
    let plain = || match total {
        Some(_) => ProgressStyle::default_bar(),
        None => ProgressStyle::default_spinner(),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| plain());
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        // A bar that cannot be written is not drawn.
        let _ = write!(out, "{}/s", short_count(state.per_sec() as u64));
    };
    bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
    bar.set_message(verb);
    bar.enable_steady_tick(TICK);
    bar
}
