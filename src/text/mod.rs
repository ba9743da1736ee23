//! Values as text: split into parts, and rendered into a template.

mod dialect;
mod filters;
mod parts;
mod render;
mod variables;

pub use parts::{get_fields, get_split};
pub use render::{RENDERED_LEN_MAX, TEMPLATE_LEN_MAX, VARIABLES_LEN_MAX, render};
