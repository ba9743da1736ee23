//! The end of a message about an unknown option: a name that was probably meant.

use crate::config::nearest::suggestion;
use crate::config::options::tables::stores_with;

/// Former names of options, with their present ones.
const RENAMED: [(&str, &str); 1] = [("walks", "scans")];

/// Returns the part of a message about an option that is not among the `known` ones of its store:
/// its present name, the nearest known name, or the stores that have an option of this name.
#[cold]
#[inline(never)]
pub(crate) fn name_hint(name: &str, known: &[&str]) -> String {
    if let Some((_, present)) = RENAMED.iter().find(|(former, _)| *former == name) {
        return format!("; it is called {present:?}");
    }
    let near = suggestion(name, known);
    if !near.is_empty() {
        return near;
    }
    match stores_with(name) {
        Some(stores) => format!("; it is an option of: {stores}"),
        None => "; 'kv options' lists the options".to_owned(),
    }
}
