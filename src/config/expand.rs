//! The expansion of `${VARIABLE}` and `${VARIABLE:default}` in the texts of a services file.

use std::borrow::Cow;
use std::ffi::OsString;

/// Returns `text` with its variables replaced by the values that `look_up` returns.
///
/// The first colon begins the default, which ends at the first `}`. A variable that is empty counts
/// as one that is not set. Values and defaults are not expanded again. Before a `{`, `$$` stands
/// for one `$`, so `$${` is a literal `${`; other dollars stand for themselves. The text is
/// borrowed if it has no `${`.
///
/// An error is a sentence that names the variable, and nothing else of `text`: it may be secret.
pub(super) fn expand(
    text: &str,
    look_up: impl Fn(&str) -> Option<OsString>,
) -> Result<Cow<'_, str>, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let literal = before.trim_end_matches('$');
        // The dollar directly before the brace counts too.
        let dollars = before.len() - literal.len() + 1;
        expanded.push_str(literal);
        expanded.extend(std::iter::repeat_n('$', dollars / 2));
        if dollars % 2 == 0 {
            expanded.push('{');
            rest = after;
            continue;
        }
        let (inside, after) = after.split_once('}').ok_or("a ${ is not closed by a }")?;
        expanded.push_str(&variable(inside, &look_up)?);
        rest = after;
    }
    if rest.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    expanded.push_str(rest);
    Ok(Cow::Owned(expanded))
}

fn variable(inside: &str, look_up: &impl Fn(&str) -> Option<OsString>) -> Result<String, String> {
    let (name, default) = match inside.split_once(':') {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        return Err("what stands in a ${...} is not the name of a variable".to_owned());
    }
    if inside.contains("${") {
        return Err(format!("the default of variable {name} has a ${{ in it"));
    }
    match look_up(name).filter(|value| !value.is_empty()) {
        Some(value) => value.into_string().map_err(|_| format!("variable {name} is not UTF-8")),
        None => default
            .map(str::to_owned)
            .ok_or_else(|| format!("variable {name} is not set and has no default")),
    }
}

/// Returns the name of the variable that is all of `text`, without a default.
pub(super) fn lone_variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    is_name(name).then_some(name)
}

/// The longest name of a variable, so that a message can hold it.
const NAME_LEN_MAX: usize = 64;

fn is_name(text: &str) -> bool {
    text.len() <= NAME_LEN_MAX
        && text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let look_up = |name: &str| match name {
            "HOST" => Some("example".into()),
            "_1" => Some("one".into()),
            "TRICK" => Some("${HOST} $${ }".into()),
            "EMPTY" => Some(OsString::new()),
            "LATIN" => Some(no_text()),
            _ => None,
        };
        expand(text, look_up).map(Cow::into_owned)
    }

    /// Returns a value that is not UTF-8, or on Windows half of a character.
    fn no_text() -> OsString {
        #[cfg(unix)]
        return std::os::unix::ffi::OsStringExt::from_vec(vec![0xE9]);
        #[cfg(windows)]
        return std::os::windows::ffi::OsStringExt::from_wide(&[0xD800]);
    }

    #[test]
    fn variables_are_replaced_and_the_rest_stays() {
        for (text, result) in [
            ("", ""),
            ("plain", "plain"),
            ("${HOST}", "example"),
            ("a${HOST}b${_1}c", "aexamplebonec"),
            ("${HOST:other}", "example"),
            ("${NONE:localhost:6379}", "localhost:6379"),
            ("${EMPTY:default}", "default"),
            ("${NONE:}", ""),
            ("${EMPTY:}x", "x"),
            ("${NONE:{a}}", "{a}"),
            ("${TRICK}", "${HOST} $${ }"),
            ("$HOST {HOST} $", "$HOST {HOST} $"),
            ("\u{e9}${HOST}\u{e9}", "\u{e9}example\u{e9}"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(result), "{text:?}");
        }
    }

    #[test]
    fn two_dollars_before_a_brace_are_one() {
        for (text, result) in [
            ("$${HOST}", "${HOST}"),
            ("$$${HOST}", "$example"),
            ("$$$${HOST}", "$${HOST}"),
            ("$${", "${"),
            ("$$", "$$"),
            ("a$$b", "a$$b"),
            ("$${HOST} ${HOST}", "${HOST} example"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(result), "{text:?}");
        }
    }

    #[test]
    fn refusals_name_the_variable_and_nothing_else() {
        let long = format!("secret${{{}}}", "N".repeat(NAME_LEN_MAX + 1));
        for (text, message) in [
            ("secret${NONE}", "variable NONE is not set and has no default"),
            ("secret${EMPTY}", "variable EMPTY is not set and has no default"),
            ("secret${LATIN:x}", "variable LATIN is not UTF-8"),
            ("secret${HOST", "a ${ is not closed by a }"),
            ("secret${", "a ${ is not closed by a }"),
            ("secret${}", "what stands in a ${...} is not the name of a variable"),
            ("secret${:x}", "what stands in a ${...} is not the name of a variable"),
            ("secret${1A}", "what stands in a ${...} is not the name of a variable"),
            ("secret${ HOST}", "what stands in a ${...} is not the name of a variable"),
            ("secret${@vault:key}", "what stands in a ${...} is not the name of a variable"),
            ("secret${H\u{d6}ST}", "what stands in a ${...} is not the name of a variable"),
            (&long, "what stands in a ${...} is not the name of a variable"),
            ("secret${NONE:${HOST}}", "the default of variable NONE has a ${ in it"),
        ] {
            assert_eq!(expanded(text), Err(message.to_owned()), "{text:?}");
        }
    }
}
