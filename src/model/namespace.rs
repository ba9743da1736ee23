//! The names of namespaces, and of groups within them.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::model::key::{Group, Quoted};

/// The byte between the name of a namespace and that of a group.
const SEPARATOR: u8 = b':';

/// The longest name of a namespace, in bytes.
pub const NAMESPACE_LEN_MAX: usize = 255;

/// A namespace: the groups whose names begin with its own and a colon. Its name is letters, digits
/// and hyphens of ASCII, at least one, so that it never holds the colon.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace {
    /// The name and the separator.
    prefix: Box<[u8]>,
}

impl Namespace {
    /// Returns the namespace called `name`, or [`ErrorKind::Argument`].
    pub fn new(name: &[u8]) -> Result<Self> {
        if !is_name(name) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "namespace {} is not 1 to {NAMESPACE_LEN_MAX} letters, digits and hyphens",
                    Quoted(name)
                ),
            ));
        }
        Ok(Namespace { prefix: [name, &[SEPARATOR]].concat().into() })
    }

    /// Returns the name of the namespace that `group` is in, if it is in one.
    pub fn name_in(group: Group<'_>) -> Option<&[u8]> {
        let group = group.as_bytes();
        let colon = group.iter().take(NAMESPACE_LEN_MAX + 1).position(|it| *it == SEPARATOR)?;
        group.get(..colon).filter(|name| is_name(name))
    }

    /// Returns the name.
    pub fn name(&self) -> &[u8] {
        self.prefix.split_last().map_or(&[], |(_, name)| name)
    }

    /// Returns the bytes with which the names of all its groups begin.
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Returns the name under which a group of this namespace is stored.
    pub fn global(&self, group: &[u8]) -> Vec<u8> {
        [&self.prefix[..], group].concat()
    }

    /// Returns the name within this namespace of a stored group, or `None` if the group is outside
    /// of it.
    pub fn local<'g>(&self, group: &'g [u8]) -> Option<&'g [u8]> {
        group.strip_prefix(&self.prefix[..])
    }
}

fn is_name(name: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    (1..=NAMESPACE_LEN_MAX).contains(&name.len()) && name.iter().all(is_part)
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(self.name()), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_digits_and_hyphens_to_its_very_end() {
        for name in [&b"a"[..], b"tenant-A-9", b"-", &[b'x'; NAMESPACE_LEN_MAX]] {
            assert_eq!(Namespace::new(name).expect("a name").name(), name);
        }
        let long = [b'x'; NAMESPACE_LEN_MAX + 1];
        for name in [&b""[..], b"a\n", b"\na", b"a:b", b"a b", b"a\0", b"\xc3\xa4", b"a_b", &long] {
            assert_eq!(Namespace::new(name).expect_err("refused").kind(), ErrorKind::Argument);
        }
    }

    #[test]
    fn groups_go_in_and_come_out_and_others_are_not_in_it() {
        let tenant = Namespace::new(b"a").expect("a name");
        assert_eq!(tenant.global(b""), b"a:");
        assert_eq!(tenant.global(b":b"), b"a::b");
        assert_eq!(tenant.local(b"a::b"), Some(&b":b"[..]));
        for outside in [&b"a"[..], b"", b"A:b", b"ab:c", b"aa:"] {
            assert_eq!(tenant.local(outside), None);
        }
    }

    #[test]
    fn the_namespace_of_a_group_ends_at_its_first_colon() {
        let name_in = |group| Namespace::name_in(Group::new(group).expect("short"));
        assert_eq!(name_in(b"a:b:c"), Some(&b"a"[..]));
        assert_eq!(name_in(b"a:"), Some(&b"a"[..]));
        for group in [&b""[..], b"a", b":a", b"a b:c", b"a\n:c"] {
            assert_eq!(name_in(group), None);
        }
    }
}
