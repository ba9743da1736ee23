//! Passwords and their sources: a text, a file, a variable of the environment.

use std::env;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::engine::file_use::while_unused;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;

/// The most bytes of a file with a password.
const FILE_BYTES_MAX: usize = 64 << 10;

/// A password: no message, log or debug output shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

/// The source of the password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Secret {
    /// The server asks for no password.
    #[default]
    None,
    /// A password.
    Text(Password),
    /// A file, whose first line is the password. It is read again when the password is refused.
    File(PathBuf),
    /// The name of a variable of the environment.
    Variable(String),
}

impl Password {
    /// Returns a password; `None` if it is empty.
    pub(crate) fn new(text: &str) -> Option<Password> {
        (!text.is_empty()).then(|| Password(text.to_owned()))
    }

    /// Returns the password, to be sent to the server.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(...)")
    }
}

impl Secret {
    /// Returns the password from its source.
    pub(crate) fn read(&self) -> Result<Option<Password>> {
        let empty = |place: &str| {
            let message = format!("{place} is empty: no password is in it");
            Error::new(ErrorKind::Argument, message)
        };
        match self {
            Secret::None => Ok(None),
            Secret::Text(password) => Ok(Some(password.clone())),
            Secret::Variable(name) => {
                let text = env::var(name).map_err(|_| {
                    let message = format!("password_env: the variable {name:?} is not set");
                    Error::new(ErrorKind::Argument, message)
                })?;
                Password::new(&text).map(Some).ok_or_else(|| empty("password_env"))
            }
            Secret::File(path) => {
                let shown =
                    format!("password_file {}", Quoted(path.as_os_str().as_encoded_bytes()));
                let text = while_unused(path, || fs::read(path)).and_then(|text| Ok(text?));
                let text = text.map_err(|error| error.context(&shown))?;
                let line = text.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
                let line = std::str::from_utf8(line).ok().filter(|it| it.len() <= FILE_BYTES_MAX);
                let line = line.ok_or_else(|| {
                    let message = format!("{shown}: its first line is no password in UTF-8");
                    Error::new(ErrorKind::Argument, message)
                })?;
                Password::new(line).map(Some).ok_or_else(|| empty(&shown))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown_and_an_empty_one_is_none() {
        let password = Password::new("hunter2").expect("a password");
        assert!(!format!("{:?}", Secret::Text(password.clone())).contains("hunter2"));
        assert_eq!(password.reveal(), "hunter2");
        assert_eq!(Password::new(""), None);
    }

    #[test]
    fn a_source_without_a_password_is_refused_by_name() {
        let refusal = |secret: Secret| secret.read().expect_err("no password").to_string();
        assert!(refusal(Secret::Variable("KV_NO_SUCH".to_owned())).contains("KV_NO_SUCH"));
        assert!(refusal(Secret::File("/dev/null".into())).contains("password_file"));
        assert!(refusal(Secret::File("no/such/file".into())).contains("no/such/file"));
    }
}
