//! The end of a message about an unknown option: a name that was probably meant.

use crate::config::nearest::suggestion;
use crate::config::options::tables::option_tables;

/// Former names of options, with their present ones.
const RENAMED: [(&str, &str); 1] = [("walks", "scans")];

/// Returns the part of a message about an option that is not among the `known` ones of its store:
/// its present name, the nearest known name, or the stores that have an option of this name.
pub(crate) fn name_hint<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    if let Some((_, present)) = RENAMED.iter().find(|(former, _)| *former == name) {
        return format!("; it is called {present:?}");
    }
    let near = suggestion(name, known);
    if !near.is_empty() {
        return near;
    }
    let tables = option_tables();
    let others = tables.iter().filter(|table| table.rows.iter().any(|row| row.name == name));
    let others: Vec<&str> = others.map(|table| table.stores()).collect();
    match others[..] {
        [] => "; 'kv options' lists the options".to_owned(),
        _ => format!("; it is an option of: {}", others.join(", ")),
    }
}
