//! The rights of the user, which are checked when the store is opened: a script that is refused a
//! command in its middle would leave half of its writes.

use redis::Cmd;

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::count_of;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::scripts;
use crate::error::{Error, ErrorKind, Result};

/// The commands without which no store can be opened, with arguments.
const READ: &[&str] = &[
    "TIME",
    "GET KEY",
    "MGET KEY",
    "GETRANGE KEY 0 0",
    "STRLEN KEY",
    "EXISTS KEY",
    "PEXPIRETIME KEY",
    "SCAN 0",
    "HGET KEY f",
    "HMGET KEY f",
    "HGETALL KEY",
    "HKEYS KEY",
    "HLEN KEY",
    "ZCARD KEY",
    "ZSCORE KEY m",
    "ZCOUNT KEY 0 0",
    "ZRANGEBYLEX KEY - +",
    "ZRANGEBYSCORE KEY 0 0",
];
/// The commands without which nothing can be written.
const WRITE: &[&str] = &[
    "SET KEY v",
    "MSET KEY v",
    "APPEND KEY v",
    "RENAME KEY KEY",
    "DEL KEY",
    "UNLINK KEY",
    "PERSIST KEY",
    "PEXPIRE KEY 1",
    "PEXPIREAT KEY 1",
    "HSET KEY f v",
    "HSETNX KEY f v",
    "HDEL KEY f",
    "HINCRBY KEY f 1",
    "ZADD KEY 0 m",
    "ZREM KEY m",
    "PUBSUB NUMSUB",
    "PUBLISH CHANNEL m",
];
/// The commands of transactions. A script does the same where these are refused.
const TRANSACTION: &[&str] = &["MULTI", "EXEC"];

/// The rights of the user of a store.
pub(super) struct Rights {
    /// The reason why the user cannot write, if there is one.
    write_refusal: Option<Error>,
    /// Whether the user may use transactions.
    has_transactions: bool,
}

impl Rights {
    /// Reads the rights on the master of the slot of `key`; fails if the user may not read.
    pub(super) fn read(server: &Server, slot: u16, key: &[u8], channel: &[u8]) -> Result<Rights> {
        let fill = |command: &mut Cmd| {
            command.arg(1).arg(key).arg(channel).arg(READ).arg(WRITE).arg(TRANSACTION);
        };
        let Value::Array(numbers) = server.run(slot, &scripts::REFUSED, true, &fill)? else {
            return Err(unexpected("a list of commands"));
        };
        let numbers = numbers.iter().map(count_of).collect::<Result<Vec<u64>>>()?;
        let all = (1_u64..).zip(READ.iter().chain(WRITE).chain(TRANSACTION));
        let refused: Vec<&str> = all
            .filter(|(number, _)| numbers.contains(number))
            .map(|(_, command)| *command)
            .collect();
        if let Some(error) = refusal("open the store", READ, &refused) {
            return Err(error);
        }
        Ok(Rights {
            write_refusal: refusal("write", WRITE, &refused),
            has_transactions: !TRANSACTION.iter().any(|it| refused.contains(it)),
        })
    }

    /// Fails if the user may not write.
    pub(super) fn check_write(&self) -> Result<()> {
        self.write_refusal.clone().map_or(Ok(()), Err)
    }

    /// Returns whether the user may use transactions.
    pub(super) fn has_transactions(&self) -> bool {
        self.has_transactions
    }
}

/// Returns the error of a user that may not run one of `needed`; `None` if all are allowed.
fn refusal(work: &str, needed: &[&str], refused: &[&str]) -> Option<Error> {
    let is_name = |word: &&str| word.bytes().all(|it| it.is_ascii_uppercase()) && *word != "KEY";
    let name = |command: &&str| {
        let words: Vec<&str> = command.split(' ').filter(is_name).collect();
        words.join(" ").replace("PUBLISH CHANNEL", "PUBLISH on the channel of the store")
    };
    let missing: Vec<String> = needed.iter().filter(|it| refused.contains(it)).map(name).collect();
    if missing.is_empty() {
        return None;
    }
    let message = format!(
        "the user cannot {work}, because the server does not allow or know {}; docs/redis.md has \
         the rights of a user",
        missing.join(", ")
    );
    Some(Error::new(ErrorKind::Permission, message))
}
