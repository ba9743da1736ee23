//! The nearest of several names, for messages about a name that is unknown.

use strsim::osa_distance;

/// The longest name that is compared, in bytes.
const NAME_LEN_MAX: usize = 48;

/// Returns the part of a message that asks for the nearest of `known`; empty if none is near.
#[cold]
#[inline(never)]
pub fn suggestion(name: &str, known: &[&str]) -> String {
    let near = nearest(name, known);
    near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

/// Returns the name with the smallest edit distance (optimal string alignment) from `name`, without
/// regard to case: at most a third of its length, and at least 1.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > NAME_LEN_MAX {
        return None;
    }
    let name = name.to_ascii_lowercase().replace('-', "_");
    let mut best: Option<(usize, &str)> = None;
    for it in known {
        let distance = osa_distance(&name, it);
        if distance <= (it.len() / 3).max(1) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, it));
        }
    }
    best.map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = ["durability", "busy_timeout", "evict", "db", "wal_limit"];

    #[test]
    fn the_nearest_name_is_found_by_its_edit_distance() {
        for (name, near) in [
            ("durabilty", "durability"),
            ("Durability", "durability"),
            ("busy-timeout", "busy_timeout"),
            ("timeout_busy", ""),
            ("bsuy_timeout", "busy_timeout"),
            ("evic", "evict"),
            ("dbx", "db"),
            ("xyz", ""),
            ("", ""),
            ("wall_limits", "wal_limit"),
        ] {
            assert_eq!(nearest(name, &KNOWN).unwrap_or_default(), near, "{name}");
        }
    }

    #[test]
    fn a_long_name_is_near_to_none() {
        assert_eq!(nearest(&"durability".repeat(5), &KNOWN), None);
        assert_eq!(suggestion("colour", &KNOWN), "");
        assert_eq!(suggestion("evikt", &KNOWN), "; did you mean \"evict\"?");
    }
}
