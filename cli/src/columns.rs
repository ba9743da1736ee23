//! The columns of entries in tables.

use anstyle::{AnsiColor, Style};
use kv::{Expiry, Version};

use crate::failure::Result;
use crate::figures::Amount;
use crate::output::Output;
use crate::units::now_ms;

const HEADING: Style = AnsiColor::Yellow.on_default().bold();
const FIGURES: Style = AnsiColor::Cyan.on_default();

/// Writes the names of the columns; those behind the figures are given.
pub fn write_heading(out: &mut Output, others: &[&str]) -> Result<()> {
    let others = others.join("  ");
    let ttl = ttl_width(out);
    out.styled(HEADING, &format!("{:>16}  {:>ttl$}  {:>10}  {others}", "version", "ttl", "size"))?;
    out.text("\n")
}

/// Writes the figures of an entry, with two spaces behind them.
pub fn write(
    out: &mut Output,
    version: Version,
    expires_at: Option<Expiry>,
    size: u64,
) -> Result<()> {
    let left = expires_at.map(|at| at.as_millis().saturating_sub(now_ms()).max(0));
    let ttl = left.map_or("-".to_owned(), |left| Amount::Millis(left).shown(out));
    let size = Amount::Bytes(size).shown(out);
    let width = ttl_width(out);
    out.styled(FIGURES, &format!("{version:>16}  {ttl:>width$}  {size:>10}"))?;
    out.text("  ")
}

/// Returns the width of a ttl: with units it has two of them.
fn ttl_width(out: &Output) -> usize {
    if out.is_terminal() { 8 } else { 14 }
}
