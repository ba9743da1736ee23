//! Whether output may have colours.

use std::env;
use std::io::IsTerminal;

/// Returns whether text written to `stream` may have colours: on a terminal, unless `NO_COLOR`
/// (<https://no-color.org>) is set and not empty, or `TERM` is `dumb`.
pub fn is_wanted(stream: &impl IsTerminal) -> bool {
    let is_refused = env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|it| it == "dumb");
    stream.is_terminal() && !is_refused && !is_dumb
}
