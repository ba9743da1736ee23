//! The reports as SVG charts, one file for each kind of report.

mod bars;
pub mod compare;
pub mod db_bench;
mod plot;
pub mod sizes;
pub mod surcharges;
mod svg;
