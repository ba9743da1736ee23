//! The log engine alone: its folder, and what is left of it after a fault.

mod backup;
mod changes;
mod damage;
mod disk;
mod folder;
pub mod process;
mod repair;
mod rotation;
