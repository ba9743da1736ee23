//! `kv batch`: applies the steps of JSON lines, all or none.

use std::ffi::OsString;

use clap::Args;
use kv::{Batch as Steps, Commit, Condition, ExpiryRule, Group, Key, Op, Reply, SetExpiry};

use crate::failure::{Failure, Result};
use crate::json_fields::Fields;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::value;

/// The names of the steps.
const STEPS: [&str; 9] =
    ["check", "get", "set", "delete", "take", "incr", "append", "expire", "delete_prefix"];

/// Arguments of `kv batch`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is a step: {\"op\": \"set\", \"key\": \"k\", \"value\": \"v\"}. \
The steps are check, get, set, delete, take, incr, append, expire and delete_prefix; \
docs/cli.md lists their fields.

Examples:
  kv batch steps.jsonl
  echo '{\"op\": \"incr\", \"key\": \"visits\", \"by\": 2}' | kv batch")]
pub struct Batch {
    /// The file to read; - or no file is standard input
    file: Option<OsString>,
}

impl Batch {
    /// Applies the steps and prints a line with the result of each.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let text = value::read_input(session, self.file.as_deref())?;
        let default = session.group()?.as_bytes();
        let mut steps = Steps::default();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            if !line.trim_ascii().is_empty() {
                push(&mut steps, line, default).map_err(|error| {
                    Failure::other(format!("line {number}: {error}; nothing was changed"))
                })?;
            }
        }
        let ops = steps.ops()?;
        let store = match ops.iter().any(Op::is_write) {
            true => session.create()?,
            false => session.read()?,
        };
        let (commit, replies) = store.commit(&ops)?;
        if let Commit::Refused { index, version } = commit {
            let key = ops.get(index).and_then(Op::key).map_or(&b""[..], Key::as_bytes);
            let conflict = Failure::conflict(key, version);
            return Err(conflict
                .context(format!("step {}", index + 1))
                .note("nothing was changed"));
        }
        let mut out = Output::new();
        let mut buffer = Vec::new();
        for reply in &replies {
            write(&mut buffer, reply);
        }
        out.bytes(&buffer)?;
        out.finish()?;
        Ok(Outcome::Success)
    }
}

/// Parses a line and appends its step.
fn push(steps: &mut Steps, line: &[u8], default: &[u8]) -> Result<(), String> {
    let mut fields = Fields::parse_line(line)?;
    let name: String = fields.take_as("op", "a string")?.ok_or("field \"op\" is missing")?;
    let group = fields.take_bytes("group")?.unwrap_or_else(|| default.to_vec());
    let group = Group::new(&group).map_err(message_of)?;
    if name == "delete_prefix" {
        let prefix = fields.need_bytes("prefix")?;
        let op = Op::DeletePrefix { group, prefix: &prefix };
        return add(steps, &fields, &op);
    }
    let key = fields.need_bytes("key")?;
    let key = Key::new(&key).map_err(message_of)?;
    let mut condition = || take_condition(&mut fields);
    match name.as_str() {
        "check" => {
            let condition = condition()?;
            add(steps, &fields, &Op::Check { group, key, condition })
        }
        "delete" => {
            let condition = condition()?;
            add(steps, &fields, &Op::Delete { group, key, condition })
        }
        "set" => {
            let condition = condition()?;
            let value = take_value(&mut fields)?;
            let expiry = take_expiry(&mut fields)?;
            add(steps, &fields, &Op::Set { group, key, value: &value, condition, expiry })
        }
        "get" => add(steps, &fields, &Op::Get { group, key }),
        "take" => add(steps, &fields, &Op::Take { group, key }),
        "incr" => {
            let delta = fields.take_as("by", "an integer")?.unwrap_or(1);
            let created = take_expiry(&mut fields)?;
            add(steps, &fields, &Op::Increment { group, key, delta, created })
        }
        "append" => {
            let value = take_value(&mut fields)?;
            let created = take_expiry(&mut fields)?;
            add(steps, &fields, &Op::Append { group, key, value: &value, created })
        }
        "expire" => {
            let expiry = match take_expiry(&mut fields)? {
                SetExpiry::Default => SetExpiry::Never,
                given => given,
            };
            add(steps, &fields, &Op::Expire { group, key, expiry, rule: ExpiryRule::default() })
        }
        _ => {
            let near = kv::suggestion(&name, &STEPS);
            Err(format!("step {name:?} is unknown{near}; the steps are {}", STEPS.join(", ")))
        }
    }
}

fn add(steps: &mut Steps, fields: &Fields<'_>, op: &Op<'_>) -> Result<(), String> {
    fields.expect_end()?;
    op.validate().map_err(message_of)?;
    steps.push(op).map_err(message_of)
}

/// Returns the condition of the field `if`: `"absent"`, `"present"`, or a version.
fn take_condition(fields: &mut Fields<'_>) -> Result<Condition, String> {
    let Some(json) = fields.take("if") else {
        return Ok(Condition::Any);
    };
    match json.get() {
        "\"absent\"" => Ok(Condition::Absent),
        "\"present\"" => Ok(Condition::Present),
        number => match number.parse() {
            Ok(0) => Ok(Condition::Absent),
            Ok(version) => Ok(Condition::Version(version)),
            Err(_) => Err("field \"if\" is not \"absent\", \"present\" or a version".to_owned()),
        },
    }
}

fn take_value(fields: &mut Fields<'_>) -> Result<Vec<u8>, String> {
    match fields.take("json") {
        Some(json) => Ok(json.get().as_bytes().to_vec()),
        None => fields.need_bytes("value"),
    }
}

/// Returns the expiry of the field `ttl_ms` or `expires_at`.
fn take_expiry(fields: &mut Fields<'_>) -> Result<SetExpiry, String> {
    let ttl_ms: Option<i64> = fields.take_as("ttl_ms", "a whole number of milliseconds")?;
    let at: Option<i64> = fields.take_as("expires_at", "a whole number of milliseconds")?;
    match (ttl_ms, at) {
        (Some(_), Some(_)) => {
            Err("\"ttl_ms\" and \"expires_at\" are both given; leave out one".to_owned())
        }
        (Some(ttl_ms), None) => SetExpiry::from_ttl(ttl_ms).map_err(message_of),
        (None, Some(at)) => Ok(SetExpiry::from_expires_at(at)),
        (None, None) => Ok(SetExpiry::Default),
    }
}

fn message_of(error: kv::Error) -> String {
    error.message().to_owned()
}

/// Appends the line with the result of a step.
fn write(buffer: &mut Vec<u8>, reply: &Reply) {
    let line = JsonLine::begin(buffer);
    match reply {
        Reply::None => line.end(),
        Reply::Entry(None) => line.json("found", false).end(),
        Reply::Entry(Some(entry)) => line
            .json("found", true)
            .bytes("value", &entry.value)
            .json("version", entry.version)
            .maybe("expires_at", entry.expires_at.map(|at| at.as_millis()))
            .end(),
        Reply::Written { version } => line.json("version", version).end(),
        Reply::Deleted(was_live) => line.json("deleted", was_live).end(),
        Reply::Integer { value, version } => {
            line.json("value", value).json("version", version).end();
        }
        Reply::Length { len, version } => line.json("length", len).json("version", version).end(),
        Reply::Expire(outcome) => {
            line.json("set", *outcome == kv::ExpireOutcome::Set).end();
        }
        Reply::Removed(count) => line.json("removed", count).end(),
    }
}
