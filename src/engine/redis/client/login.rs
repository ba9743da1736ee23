//! The parameters of connections, and the commands with which one begins.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::{Cmd, cmd};
use rustls::ClientConfig;

use crate::engine::redis::client::options::ClientOptions;
use crate::engine::redis::client::secret::{Password, Secret};
use crate::engine::redis::client::tls;
use crate::engine::redis::client::traffic::Traffic;
use crate::error::Result;

/// The parameters of connections.
pub(crate) struct Login {
    /// The TLS configuration; `None` for connections without TLS.
    pub tls: Option<Arc<ClientConfig>>,
    /// The user; the default user if empty.
    username: String,
    secret: Secret,
    /// The password that was read last.
    password: Mutex<Option<Password>>,
    /// The number of the database.
    database: u32,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The timeout of a call.
    pub call_timeout: Duration,
    /// Counts the connections.
    pub traffic: Arc<Traffic>,
}

impl Login {
    /// Returns the parameters that `options` name; `traffic` counts the connections. Files are read
    /// here.
    pub(crate) fn new(options: &ClientOptions, traffic: Arc<Traffic>) -> Result<Login> {
        Ok(Login {
            tls: if options.tls { Some(tls::configure(options)?) } else { None },
            username: options.username.clone(),
            secret: options.secret.clone(),
            password: Mutex::new(options.secret.read()?),
            database: options.database,
            connect_timeout: options.connect_timeout,
            call_timeout: options.call_timeout,
            traffic,
        })
    }

    /// Returns the parameters of connections to Sentinels.
    pub(crate) fn of_sentinels(options: &ClientOptions, traffic: Arc<Traffic>) -> Result<Login> {
        let (username, secret) = (options.sentinel_user.clone(), options.sentinel_secret.clone());
        let options = ClientOptions { username, secret, database: 0, ..options.clone() };
        Login::new(&options, traffic).map_err(|error| error.context("the Sentinels"))
    }

    /// Returns the password that was read last.
    pub(crate) fn password(&self) -> Option<Password> {
        self.password.lock().clone()
    }

    /// Returns the commands with which a connection begins.
    pub(crate) fn commands(&self, password: Option<&Password>) -> Vec<Cmd> {
        let mut steps: Vec<Cmd> = Vec::new();
        if let Some(password) = password {
            let mut auth = cmd("AUTH");
            if !self.username.is_empty() {
                auth.arg(&self.username);
            }
            steps.push(auth.arg(password.reveal()).clone());
        }
        if self.database != 0 {
            steps.push(cmd("SELECT").arg(self.database).clone());
        }
        // PING fails on a server that requires a password, or that is not a Redis.
        steps.push(cmd("PING"));
        steps
    }

    /// Reads the password again after a sign-in with `refused`; returns another one, if there is
    /// one.
    pub(crate) fn renewed(&self, refused: Option<&Password>) -> Option<Password> {
        if !matches!(self.secret, Secret::File(_)) {
            return None;
        }
        // A file that cannot be read now may be in the middle of its rotation.
        let password = self.secret.read().ok().flatten()?;
        *self.password.lock() = Some(password.clone());
        (Some(&password) != refused).then_some(password)
    }
}
