//! Locations: the text that names a store to open.

use crate::config::nearest::suggestion;
use crate::config::options::{
    LOG, MEMORY, REDIS, REDIS_DB, Rule, SQLITE, checked_path, name_hint, names_of,
};
use crate::config::schemes::{Scheme, Way, find_scheme, scheme_names};
use crate::engine::log::LogEngineOptions;
use crate::engine::memory::MemoryOptions;
use crate::engine::redis::{ClientOptions, PORT, RedisOptions, SENTINEL_PORT};
use crate::engine::sqlite::SqliteOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::os;

/// A parsed location.
///
/// | text | store |
/// |---|---|
/// | `app.db`, `/var/lib/app.db`, `C:\data\app.db` | a SQLite file; the path is taken literally |
/// | `sqlite:PATH?option=value&...` | a SQLite file with options; `%3F` in the path is a `?` |
/// | `log:PATH?option=value&...` | a store with a log, in a folder of its own |
/// | `memory:`, `:memory:` | a new store in memory |
/// | `memory:NAME` | the store in memory that this process calls so |
/// | `redis://user:password@host:6379/0?prefix=myapp` | a Redis; `rediss://` encrypts |
/// | `redis-cluster://host:6379,host2:6379` | a Redis Cluster; `rediss-cluster://` encrypts |
/// | `redis-sentinel://host:26379,host2/mymaster/0` | the master that Sentinels name |
/// | `redis+unix:///run/redis.sock?db=0` | a Redis behind a Unix socket; `unix://` is the same |
/// | `valkey://...` | what `redis://` is, and likewise for the other schemes of a Redis |
///
/// The options of each kind of store are the tables in `config/options`. docs/services.md and the
/// comment of `kv_open` show them, with their defaults.
///
/// Of a Redis, everything between the scheme and the options may be left out: the default is
/// `localhost:6379`, no password, database 0. User and password are escaped as `%XX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// A store in memory: that of a name, or a new one.
    Memory {
        /// Its name in this process; `None` for a new one.
        name: Option<String>,
        /// How it is opened.
        options: MemoryOptions,
    },
    /// A SQLite file.
    Sqlite(SqliteOptions),
    /// A store with a log.
    Log(LogEngineOptions),
    /// A Redis or a Redis Cluster.
    Redis(RedisOptions),
}

impl Location {
    /// Returns the location that `text` describes, or [`ErrorKind::Argument`] with a message that
    /// names the fault.
    pub(super) fn parse(text: &str) -> Result<Location> {
        if text == ":memory:" {
            return Ok(Location::Memory { name: None, options: MemoryOptions::default() });
        }
        match split_scheme(text) {
            None => Ok(Location::Sqlite(SqliteOptions::new(checked_path(text)?))),
            Some((scheme, rest)) => match find_scheme(scheme) {
                Some(Scheme::Sqlite) => parse_sqlite(rest).map(Location::Sqlite),
                Some(Scheme::Log) => parse_log(rest).map(Location::Log),
                Some(Scheme::Memory) => parse_memory(rest),
                Some(Scheme::Redis(way)) => parse_redis(rest, way).map(Location::Redis),
                None => Err(invalid(format!(
                    "location has the unknown scheme {scheme:?}; a file of that name is \
                     ./{scheme}:...{}",
                    suggestion(scheme, &scheme_names())
                ))),
            },
        }
    }
}

/// The longest name of a store in memory.
const MEMORY_NAME_MAX: usize = 255;

/// Splits off the text before the first colon, if it has the form of a scheme and is no drive.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it));
    (is_scheme && !os::is_drive(scheme)).then_some((scheme, rest))
}

fn parse_memory(rest: &str) -> Result<Location> {
    let (name, text) = split_options(rest);
    let is_name = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    if !name.chars().all(is_name) || name.len() > MEMORY_NAME_MAX {
        return Err(invalid(format!(
            "memory: takes a name of at most {MEMORY_NAME_MAX} letters, digits and -_., and no path, \
             but {name:?} follows"
        )));
    }
    let mut options = MemoryOptions::default();
    set_options(&[MEMORY], text, &mut options)?;
    Ok(Location::Memory { name: (!name.is_empty()).then(|| name.to_owned()), options })
}

fn parse_sqlite(rest: &str) -> Result<SqliteOptions> {
    let (path, text) = split_options(rest);
    let mut options = SqliteOptions::new(checked_path(&decode(path)?)?);
    set_options(&[SQLITE], text, &mut options)?;
    Ok(options)
}

fn parse_log(rest: &str) -> Result<LogEngineOptions> {
    let (path, text) = split_options(rest);
    let mut options = LogEngineOptions::new(checked_path(&decode(path)?)?);
    set_options(&[LOG], text, &mut options)?;
    Ok(options)
}

/// Returns the options in the text after the scheme of a Redis. No message shows a part that may
/// hold a password.
fn parse_redis(rest: &str, way: Way) -> Result<RedisOptions> {
    let mut options = RedisOptions::default();
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(invalid("// follows the scheme of a redis".to_owned()));
    };
    // A question mark or slash in a password has to be escaped.
    let (place, text) = split_options(rest);
    match way {
        Way::Socket => {
            parse_socket(place, &mut options.client)?;
            set_options(&[REDIS, REDIS_DB], text, &mut options)?;
        }
        Way::Sentinel { tls } => {
            options.client.tls = tls;
            parse_sentinels(place, &mut options.client)?;
            set_options(&[REDIS], text, &mut options)?;
        }
        Way::One { tls } | Way::Cluster { tls } => {
            options.client.tls = tls;
            options.client.cluster = matches!(way, Way::Cluster { .. });
            parse_hosts(place, &mut options.client)?;
            set_options(&[REDIS], text, &mut options)?;
        }
    }
    options.client.check()?;
    Ok(options)
}

/// Sets user, password, hosts and database from `USER:PASSWORD@HOST:PORT/DB`.
fn parse_hosts(place: &str, client: &mut ClientOptions) -> Result<()> {
    let (place, database) = place.split_once('/').unwrap_or((place, ""));
    set_servers(place, PORT, client)?;
    set_database(database, client)
}

/// Sets user, password, Sentinels, master and database from `USER:PASSWORD@HOST:PORT,HOST/NAME/DB`.
fn parse_sentinels(place: &str, client: &mut ClientOptions) -> Result<()> {
    let (place, path) = place.split_once('/').unwrap_or((place, ""));
    let (name, database) = path.split_once('/').unwrap_or((path, ""));
    if name.is_empty() {
        let message = "the name of the master follows the Sentinels: \
                       redis-sentinel://HOST:26379,HOST/NAME";
        return Err(invalid(message.to_owned()));
    }
    client.set_sentinel(name).map_err(|error| error.context("location"))?;
    client.set_hosts("localhost", SENTINEL_PORT)?;
    set_servers(place, SENTINEL_PORT, client)?;
    set_database(database, client)
}

/// Sets user, password and hosts from `USER:PASSWORD@HOST,HOST:PORT`.
fn set_servers(place: &str, port: u16, client: &mut ClientOptions) -> Result<()> {
    let hosts = match place.rsplit_once('@') {
        Some((user, hosts)) => {
            set_user(user, client)?;
            hosts
        }
        None => place,
    };
    if !hosts.is_empty() {
        client.set_hosts(hosts, port).map_err(|error| error.context("location"))?;
    }
    Ok(())
}

fn set_database(database: &str, client: &mut ClientOptions) -> Result<()> {
    if !database.is_empty() {
        let is_number = database.bytes().all(|it| it.is_ascii_digit());
        let number = database.parse().ok().filter(|_| is_number);
        let number = number.ok_or_else(|| invalid("a database is a number".to_owned()))?;
        client.set_database(number)?;
    }
    Ok(())
}

/// Sets user, password and socket from `USER:PASSWORD@/PATH`.
fn parse_socket(place: &str, client: &mut ClientOptions) -> Result<()> {
    let start = place.find('/').ok_or_else(|| {
        invalid("the path of a socket begins with a slash: redis+unix:///run/redis.sock".to_owned())
    })?;
    let (user, path) = place.split_at(start);
    match user.strip_suffix('@') {
        Some(user) => set_user(user, client)?,
        None if user.is_empty() => {}
        None => return Err(invalid("a socket has a path and no host".to_owned())),
    }
    client.set_socket(checked_path(&decode(path)?)?);
    Ok(())
}

/// Sets user and password from `USER:PASSWORD`, or the password alone.
fn set_user(user: &str, client: &mut ClientOptions) -> Result<()> {
    let decoded = |text: &str| {
        decode(text).map_err(|_| invalid("user or password is not escaped as %XX".to_owned()))
    };
    let (name, password) = user.split_once(':').unwrap_or(("", user));
    client.username = decoded(name)?;
    client.set_password(&decoded(password)?)
}

/// Sets the options in `name=value&...`.
fn set_options<O>(rules: &[&[Rule<O>]], text: &str, options: &mut O) -> Result<()> {
    for option in text.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let mut all = rules.iter().copied().flatten();
        let rule = all.find(|it| it.name == name);
        let rule = rule.ok_or_else(|| unknown_option(name, &names_of(rules)))?;
        if name == option {
            return Err(invalid(format!("option {option:?} has no value")));
        }
        rule.set(options, &decode(value)?)
            .map_err(|error| error.context(format_args!("option {name}")))?;
    }
    Ok(())
}

fn split_options(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

/// Replaces `%XX` by the byte it stands for.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits
            .filter(|it| it.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|it| u8::from_str_radix(it, 16).ok())
            .ok_or_else(|| invalid(format!("{text:?} has a % without two hexadecimal digits")))?;
        bytes.push(byte);
        rest = after.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).map_err(|_| invalid(format!("{text:?} decodes to invalid UTF-8")))
}

#[cold]
fn unknown_option(name: &str, known: &[&str]) -> Error {
    invalid(format!("unknown option {name:?}{}", name_hint(name, known)))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::Secret;
    use crate::model::Durability;
    use crate::model::Eviction;
    use std::path::Path;
    use std::time::Duration;

    fn options(text: &str) -> SqliteOptions {
        match Location::parse(text).expect(text) {
            Location::Sqlite(options) => options,
            other => panic!("{text} is {other:?}"),
        }
    }

    fn refusal(text: &str) -> String {
        let error = Location::parse(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Argument);
        error.message().to_owned()
    }

    #[test]
    fn a_plain_path_is_literal() {
        assert_eq!(options("a b?c%41.db").path, Path::new("a b?c%41.db"));
        assert_eq!(options("./x:y.db").path, Path::new("./x:y.db"));
        assert_eq!(options("/data/t:1.db").path, Path::new("/data/t:1.db"));
    }

    #[test]
    fn a_uri_has_a_decoded_path_and_options() {
        let options = options("sqlite:/a%3Fb.db?durability=full&busy_timeout=250ms&wal_limit=1MiB");
        assert_eq!(options.path, Path::new("/a?b.db"));
        assert_eq!(options.durability, Durability::Full);
        assert_eq!(options.busy_timeout, Duration::from_millis(250));
        assert_eq!(options.wal_limit, 1 << 20);
    }

    #[test]
    fn memory_is_a_new_store_or_one_with_a_name() {
        let memory = |name: Option<&str>| Location::Memory {
            name: name.map(str::to_owned),
            options: MemoryOptions::default(),
        };
        assert_eq!(Location::parse(":memory:"), Ok(memory(None)));
        assert_eq!(Location::parse("memory:"), Ok(memory(None)));
        assert_eq!(Location::parse("memory:a-1_b.c"), Ok(memory(Some("a-1_b.c"))));
        for wrong in ["memory:/a", "memory://", "memory:a b", "memory:\u{e9}", "memory:a/b"] {
            assert!(refusal(wrong).contains("takes a name of at most 255 letters"), "{wrong}");
        }
        assert!(refusal(&format!("memory:{}", "a".repeat(256))).contains("255"));
    }

    #[test]
    fn a_redis_may_leave_out_the_parts_that_have_a_default() {
        let redis = |text: &str| match Location::parse(text).expect(text) {
            Location::Redis(options) => options,
            other => panic!("{text} is {other:?}"),
        };
        assert_eq!(redis("redis://"), RedisOptions::default());
        let all = redis("rediss://ann:p%40ss@[::1]:7/3?prefix=app&pool_size=2&call_timeout=1s");
        assert_eq!(
            (all.client.username.as_str(), all.client.database, all.client.tls),
            ("ann", 3, true)
        );
        assert!(matches!(&all.client.secret, Secret::Text(it) if it.reveal() == "p@ss"));
        assert_eq!(all.client.addresses[0].to_string(), "[::1]:7");
        assert_eq!((all.prefix.as_str(), all.client.pool_size), ("app", 2));
        let cluster = redis("redis-cluster://:secret@a,b:7000?scans=live");
        assert!(cluster.client.cluster && cluster.live_scans && cluster.client.username.is_empty());
        assert_eq!(cluster.client.addresses.len(), 2);
    }

    #[test]
    fn a_redis_has_a_socket_another_name_and_sources_of_its_password() {
        let redis = |text: &str| match Location::parse(text).expect(text) {
            Location::Redis(options) => options,
            other => panic!("{text} is {other:?}"),
        };
        for scheme in ["redis+unix", "unix", "valkey+unix"] {
            let options = redis(&format!("{scheme}://ann:secret@/run/a%20b.sock?db=3&prefix=app"));
            assert_eq!(options.client.addresses[0].to_string(), "/run/a b.sock");
            assert_eq!((options.client.database, options.prefix.as_str()), (3, "app"));
            assert_eq!(options.client.username, "ann");
        }
        assert_eq!(redis("valkey://h:7/1"), redis("redis://h:7/1"));
        assert_eq!(redis("valkeys://h"), redis("rediss://h"));
        assert_eq!(redis("valkeys-cluster://a,b"), redis("rediss-cluster://a,b"));
        let from_file = redis("redis://h?password_file=/run/secret").client.secret;
        assert_eq!(from_file, Secret::File("/run/secret".into()));
        let from_variable = redis("unix:///s?password_env=PW").client.secret;
        assert_eq!(from_variable, Secret::Variable("PW".to_owned()));

        assert!(refusal("redis+unix://run/redis.sock").contains("no host"));
        assert!(refusal("redis+unix://").contains("slash"));
        assert!(refusal("redis://h?db=1").contains("db"));
        assert!(refusal("unix:///s?tls_ca=ca.pem").contains("tls_ca"));
        assert!(refusal("redis://:secret@h?password_file=f").contains("one of"));
        assert!(refusal("redis://h?password_env=A&password_file=f").contains("one of"));
    }

    #[test]
    fn a_refused_redis_does_not_show_the_password() {
        for text in [
            "redis:secret",
            "redis://:secret@host:x",
            "redis://:secret%zz@host",
            "redis://:secret@host/db",
            "redis://:secret@host/-1",
            "redis://:secret@a,b",
            "redis-cluster://:secret@a/1",
            "redis://:secret@a?colour=red",
            "redis://:secret@a?pool_size=0",
            "redis://:secret@a?tls_ca=ca.pem",
            "redis://:sec@ret@a:b",
            "redis://:secret@a?password_env=PW",
            "redis+unix://secret/a",
            "redis+unix://:secret@a",
        ] {
            assert!(!refusal(text).contains("secret"), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn both_kinds_can_be_caches() {
        let text = "max_bytes=64MiB&max_entries=9&evict=lru&default_ttl=10m";
        let Ok(Location::Memory { options: memory, .. }) =
            Location::parse(&format!("memory:?{text}"))
        else {
            panic!("{text} is refused");
        };
        let cache = memory.cache;
        assert_eq!(cache, options(&format!("sqlite:a.db?{text}")).cache);
        assert_eq!(cache.limits.max_bytes, Some(64 << 20));
        assert_eq!(cache.limits.max_entries, Some(9));
        assert_eq!(cache.limits.eviction, Some(Eviction::LeastRecentlyUsed));
        assert_eq!(cache.default_ttl, Duration::from_secs(600));
        assert!(options("a.db").cache.limits.is_empty());
        for refused in ["evict=fifo", "max_bytes=-1", "max_entries=1k", "default_ttl=5", "evict"] {
            let name = refused.split('=').next().unwrap_or_default();
            assert!(refusal(&format!("memory:?{refused}")).contains(name));
            assert!(refusal(&format!("sqlite:a.db?{refused}")).contains(name));
        }
    }

    #[test]
    fn refusals_name_what_was_probably_meant() {
        for (text, hint) in [
            ("sqlite:a.db?durabilty=full", "; did you mean \"durability\"?"),
            ("sqlite:a.db?durability=ful", "; did you mean \"full\"?"),
            ("sqlite:a.db?walks=live", "; it is called \"scans\""),
            ("sqlite:a.db?pool_size=2", "; it is an option of: Store in a Redis"),
            ("sqlite:a.db?colour=red", "; 'kv options' lists the options"),
            ("sqlit:a.db", "a file of that name is ./sqlit:...; did you mean \"sqlite\"?"),
            ("redis://h?prefx=a", "; did you mean \"prefix\"?"),
        ] {
            assert!(refusal(text).ends_with(hint), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn refusals_name_the_option_the_value_or_the_scheme() {
        assert!(refusal("sqlite:a.db?colour=red").contains("colour"));
        assert!(refusal("sqlite:a.db?durability=most").contains("most"));
        assert!(refusal("sqlite:a.db?busy_timeout=-1s").contains("busy_timeout"));
        assert!(refusal("sqlite:a.db?create").contains("create"));
        assert!(refusal("sqlite:a%zz.db").contains('%'));
        assert!(refusal("memory:?size=1").contains("size"));
        assert!(refusal("memory:a/name").contains("name"));
        assert!(refusal("mongodb://x").contains("mongodb"));
        assert!(refusal("sqlite::memory:").contains("memory:"));
        assert!(refusal("").contains("empty"));
        assert!(refusal("sqlite:?create=on").contains("empty"));
    }
}
