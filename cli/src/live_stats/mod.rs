//! The figures of a store as they change: on a terminal a view, elsewhere a line for each interval.
//!
//! ```text
//! lines       a line for each interval
//! view        the main loop of the view; drawing, its screen
//! sampling    the thread that takes the samples of the view
//! rows        the figures, from the samples; sparkline, the course of one
//! sample      the figures of a moment, and the changes since the one before
//! ```

mod drawing;
pub mod lines;
mod rows;
pub mod sample;
mod sampling;
mod sparkline;
pub mod view;
