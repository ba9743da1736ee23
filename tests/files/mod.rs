//! Behaviour of files alone.

pub mod background;
pub mod cache;
pub mod change_log;
pub mod clock_steps;
pub mod copy;
pub mod copy_faults;
pub mod drift;
mod faults;
pub mod fixtures;
mod foreign;
pub mod formats;
mod free_space;
pub mod group_commit;
pub mod idle_readers;
pub mod locks;
pub mod names;
pub mod outsiders;
pub mod own_files;
pub mod places;
pub mod planted;
mod power_loss;
pub mod read_only;
pub mod refused;
mod refused_closed;
pub mod restore;
mod steps;
pub mod streams;
