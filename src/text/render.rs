//! The rendering of a template over the keys of a group.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Key, Quoted, reserve};
use crate::store::Store;
use crate::text::dialect::{dialect, explain, names};
use crate::text::filters;
use crate::text::variables::{Context, Variables};

/// The longest template, in bytes.
pub const TEMPLATE_LEN_MAX: usize = 256 * 1024;
/// The most bytes of all values together that a template mentions.
pub const VARIABLES_LEN_MAX: usize = 16 * 1024 * 1024;
/// The longest rendered text, in bytes.
pub const RENDERED_LEN_MAX: usize = 16 * 1024 * 1024;
/// The limit of steps times bytes of values. It bounds the time, since a step may read all values.
const WORK_MAX: u64 = 1 << 32;
/// Values of at most this many bytes together do not reduce the number of steps.
const WORK_UNIT: u64 = 4096;
/// The most keys that a template may use.
const KEYS_MAX: usize = 10_000;
/// The most passes: each further one reads the keys that the values of the pass before led to.
const PASSES_MAX: usize = 16;

/// Returns `template` with the values of `group` in place of its variables, all from one snapshot.
///
/// The language is a part of Jinja's: `{{ key }}` and `{{ group["any key"] }}`, `{% if %}`,
/// `{% elif %}`, `{% else %}`, `{% for part in key|split(",") %}`, `{% raw %}`, comments,
/// comparisons, `and`, `or`, `not`, `in`, constants and lists of them, `a if b else c`. The filters
/// are `default`, `escape`, `int`, `length`, `lines`, `lower`, `split`, `tojson`, `trim` and
/// `upper`, the tests `defined`, `undefined`, `startingwith` and `endingwith`. Every variable is a
/// text. Nothing is escaped without a filter.
///
/// Fails with [`ErrorKind::Argument`] and the line if the template cannot be parsed, uses an absent
/// or expired key without `default`, or uses a value that is not UTF-8. Fails with
/// [`ErrorKind::TooLarge`] if the template, the values or the output are over their limits, or if
/// the template takes too many steps: 1,048,576 are allowed, and fewer if the values together are
/// longer than 4,096 bytes, so that the time is bounded.
pub fn render(store: &Store, group: Group<'_>, template: &str) -> Result<String> {
    rendered(store, group, template).map_err(|error| {
        error.context(format_args!("render a template over group {}", Quoted(group.as_bytes())))
    })
}

fn rendered(store: &Store, group: Group<'_>, template: &str) -> Result<String> {
    check_len("template", template.len(), TEMPLATE_LEN_MAX)?;
    let mut names = names(template)?;
    for _ in 0..PASSES_MAX {
        let variables = Arc::new(variables(store, group, &names)?);
        let rendered = contained(|| pass(template, &variables));
        let unknown = variables.unknown();
        // Without unknown keys the text is of one snapshot; otherwise another pass reads them.
        if unknown.is_empty() {
            return rendered;
        }
        names.extend(unknown);
    }
    let message = format!("after {PASSES_MAX} passes it still asks for further keys");
    Err(Error::new(ErrorKind::TooLarge, message))
}

/// Returns the values under `names`, from one snapshot.
fn variables(store: &Store, group: Group<'_>, names: &BTreeSet<String>) -> Result<Variables> {
    if names.len() > KEYS_MAX {
        let message = format!("{} keys are over the limit of {KEYS_MAX} keys", names.len());
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let fitting = names.iter().filter_map(|name| Some((name, Key::new(name.as_bytes()).ok()?)));
    let (names, keys): (Vec<_>, Vec<_>) = fitting.map(|(name, key)| (name, (group, key))).unzip();
    let entries = store.get_many(&keys)?;
    let len = entries.iter().flatten().map(|entry| entry.value.len()).sum();
    check_len("sum of the values", len, VARIABLES_LEN_MAX)?;
    let known: BTreeMap<_, _> = names
        .into_iter()
        .zip(entries)
        .map(|(name, entry)| (name.clone(), entry.map(|entry| text_of(name, &entry.value))))
        .collect();
    Ok(Variables::new(known, len as u64))
}

/// Returns a value as a template sees it. A value that is not UTF-8 fails where it is used.
fn text_of(name: &str, value: &[u8]) -> Value {
    match std::str::from_utf8(value) {
        Ok(text) => Value::from(text),
        Err(_) => {
            let detail = format!("the value of key {} is not UTF-8", Quoted(name.as_bytes()));
            minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, detail).into()
        }
    }
}

/// Renders the template once, with the known variables.
fn pass(template: &str, variables: &Arc<Variables>) -> Result<String> {
    let mut environment = environment()?;
    let steps = WORK_MAX / variables.byte_len().max(WORK_UNIT);
    environment.set_fuel(Some(steps));
    let failed = |error: &minijinja::Error| match error.kind() {
        minijinja::ErrorKind::UndefinedError => {
            let absent = variables.absent().map(|name| {
                explain(error).context(format_args!("key {} is absent", Quoted(name.as_bytes())))
            });
            absent.unwrap_or_else(|| explain(error))
        }
        minijinja::ErrorKind::OutOfFuel if error.detail().is_none() => {
            Error::new(ErrorKind::TooLarge, format!("it takes more than {steps} steps"))
        }
        _ => explain(error),
    };
    let template = environment.template_from_str(template).map_err(|error| failed(&error))?;
    let mut output = Limited::default();
    let context = Value::from_object(Context(Arc::clone(variables)));
    let rendered = template.render_captured_to(context, &mut output);
    if output.is_over {
        let message = format!("the text is over the limit of {RENDERED_LEN_MAX} bytes");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    if let Some(error) = output.no_memory {
        return Err(error);
    }
    drop(rendered.map_err(|error| failed(&error))?);
    String::from_utf8(output.bytes)
        .map_err(|_| Error::new(ErrorKind::Panic, "the template engine wrote no UTF-8"))
}

/// Returns a template engine with the dialect's syntax, filters and tests alone.
fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::empty();
    environment.set_syntax(dialect()?);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    filters::add(&mut environment);
    Ok(environment)
}

/// Runs the template engine. A panic in it fails this call and has no other effect.
fn contained(work: impl FnOnce() -> Result<String>) -> Result<String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Panic, "a bug in the template engine was caught"))
    })
}

/// An output that fails at its limit.
#[derive(Default)]
struct Limited {
    bytes: Vec<u8>,
    is_over: bool,
    no_memory: Option<Error>,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > RENDERED_LEN_MAX {
            self.is_over = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if let Err(error) = reserve(&mut self.bytes, bytes.len()) {
            self.no_memory = Some(error);
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check_len(what: &str, len: usize, max: usize) -> Result<()> {
    if len <= max {
        return Ok(());
    }
    let message = format!("{what} of {len} bytes is over the limit of {max} bytes");
    Err(Error::new(ErrorKind::TooLarge, message))
}
