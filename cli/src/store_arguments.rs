//! The arguments that name a store, a group and a namespace, shared by all commands.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use kv::{Error, ErrorKind, OpenOptions, Store};

use crate::escape::escaped;

/// The file that is the store if nothing names one.
const DB_PATH_DEFAULT: &str = "app.db";

/// The options that name a store.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct StoreArguments {
    /// Path to the SQLite database [default: app.db]
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["store", "config"])]
    pub db_path: Option<PathBuf>,
    /// Location of the store, such as sqlite:PATH?durability=full [variable: KV_STORE]
    #[arg(long, global = true, value_name = "LOCATION", conflicts_with = "config")]
    pub store: Option<String>,
    /// Services file that names the store
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(requires = "service")]
    pub config: Option<PathBuf>,
    /// Service of that file
    #[arg(long, global = true, value_name = "NAME", requires = "config")]
    pub service: Option<String>,
    /// Create the store if it is missing, also for a command that only reads
    #[arg(long, global = true)]
    pub create: bool,
}

/// The options that name a group and a namespace.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct GroupArguments {
    /// Group of the keys; the name of the default group is empty
    #[arg(short, long, global = true, value_name = "NAME")]
    pub group: Option<OsString>,
    /// Namespace to which the command is narrowed
    #[arg(short, long, global = true, value_name = "NAME")]
    pub namespace: Option<String>,
}

/// The name of a store that can be opened.
pub enum StoreName {
    /// A location, as `kv_open` takes it.
    Location(String),
    /// A service of a services file.
    Service {
        /// The path of the services file.
        file: String,
        /// The name of the service.
        name: String,
    },
}

impl StoreArguments {
    /// Returns the arguments that name a backup: a file, or a folder with a log's snapshot.
    pub fn of_backup(path: &Path) -> kv::Result<StoreArguments> {
        if !path.is_dir() {
            return Ok(StoreArguments::of_file(path.to_owned()));
        }
        let location = location_of(path)?.replacen("sqlite:", "log:", 1);
        Ok(StoreArguments::of_location(&location))
    }

    /// Returns the arguments that name the store at a location.
    pub fn of_location(location: &str) -> StoreArguments {
        StoreArguments { store: Some(location.to_owned()), ..StoreArguments::default() }
    }

    /// Returns the arguments that name the store in a file.
    pub fn of_file(path: PathBuf) -> StoreArguments {
        StoreArguments { db_path: Some(path), ..StoreArguments::default() }
    }

    /// Returns whether an option names a store.
    pub fn is_named(&self) -> bool {
        self.store.is_some() || self.db_path.is_some() || self.config.is_some()
    }

    /// Returns the store that is named by an option, else by `KV_STORE`, else by default.
    pub fn store_name(&self) -> kv::Result<StoreName> {
        if let (Some(file), Some(name)) = (&self.config, &self.service) {
            return Ok(StoreName::Service { file: utf8(file)?.to_owned(), name: name.clone() });
        }
        if let Some(location) = &self.store {
            return Ok(StoreName::Location(location.clone()));
        }
        if let Some(path) = &self.db_path {
            return location_of(path).map(StoreName::Location);
        }
        match env::var("KV_STORE") {
            Ok(location) if !location.is_empty() => Ok(StoreName::Location(location)),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::new(ErrorKind::Argument, "KV_STORE is not UTF-8"))
            }
            _ => location_of(Path::new(DB_PATH_DEFAULT)).map(StoreName::Location),
        }
    }
}

impl StoreName {
    /// Opens the store.
    pub fn open(&self, opening: OpenOptions) -> kv::Result<Store> {
        match self {
            StoreName::Location(location) => opening.open(location),
            StoreName::Service { file, name } => opening.open_config(file, name),
        }
    }

    /// Returns the path of the file, if a location names one.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            StoreName::Location(location) if location.starts_with("sqlite:") => {
                Some(self.display_name().into())
            }
            StoreName::Location(location) if !location.contains(':') => Some(location.into()),
            _ => None,
        }
    }

    /// Returns whether the file that an opening has not found is the store. A Redis is no file, but
    /// its password may be in one, and a services file may be missing itself.
    pub fn is_cause_of(&self, not_found: &Error) -> bool {
        match self {
            StoreName::Location(location) => !location.starts_with("redis"),
            StoreName::Service { file, .. } => {
                Path::new(file).exists() && !not_found.message().contains("password_file ")
            }
        }
    }

    /// Returns the name for a message about a created store. Only files are created, so the name
    /// has no password.
    pub fn display_name(&self) -> String {
        match self {
            StoreName::Service { name, .. } => format!("the store of service {name}"),
            StoreName::Location(location) => match location.strip_prefix("sqlite:") {
                None => location.clone(),
                Some(path) => {
                    let path = path.split('?').next().unwrap_or_default();
                    path.replace("%3F", "?").replace("%25", "%")
                }
            },
        }
    }
}

/// Returns the location of a file; characters of the path that a location gives a meaning are
/// escaped.
fn location_of(path: &Path) -> kv::Result<String> {
    let path = utf8(path)?.replace('%', "%25").replace('?', "%3F");
    Ok(format!("sqlite:{path}"))
}

fn utf8(path: &Path) -> kv::Result<&str> {
    path.to_str().ok_or_else(|| {
        let path = escaped(path.as_os_str().as_encoded_bytes());
        Error::new(ErrorKind::Argument, format!("the path {path} is not UTF-8"))
    })
}
