//! Opens stores by location or services file: the only module that names concrete engines.

mod expand;
mod location;
mod nearest;
mod open;
mod open_options;
mod options;
mod registry;
mod repair;
mod schemes;
mod services;
mod unit;
mod yaml;

pub use nearest::suggestion;
pub use open::{open, open_config, open_with_clock};
pub use open_options::OpenOptions;
pub use options::{OptionRow, OptionTable, option_tables};
pub use registry::release_closed;
pub use repair::repair;
pub use unit::{parse_duration, parse_size};
