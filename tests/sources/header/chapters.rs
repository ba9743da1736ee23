//! The chapters of the header, in its order.

/// A chapter: `docs/header/{id}.md` has its title and introduction, `tests/c/header/{id}.c` its
/// example, the files of `src/ffi` its declarations.
pub struct Chapter {
    /// The name of the chapter's files and of its group in Doxygen.
    pub id: &'static str,
    /// Files of `src/ffi`, in the order in which their declarations stand.
    pub files: &'static [&'static str],
}

const fn chapter(id: &'static str, files: &'static [&'static str]) -> Chapter {
    Chapter { id, files }
}

/// Nothing is used before the chapter that declares it.
pub const CHAPTERS: &[Chapter] = &[
    chapter("statuses", &["status"]),
    chapter("opening", &["stores", "open"]),
    chapter("entries", &["value", "put_options", "entry"]),
    chapter("expiry", &["expiry"]),
    chapter("flat_form", &[]),
    chapter("scans", &["scan", "range", "snapshot"]),
    chapter("streams", &["stream"]),
    chapter("batches", &["batch"]),
    chapter("transactions", &["transaction", "transaction_writes"]),
    chapter("watches", &["event", "watch", "user_data", "on_change"]),
    chapter("change_log", &["changes"]),
    chapter("idempotency", &["idempotency"]),
    chapter("locks", &["lock"]),
    chapter("namespaces", &["scope"]),
    chapter("text", &["text"]),
    chapter("copies", &["copy"]),
    chapter("maintenance", &["stats", "admin"]),
    chapter("metrics", &["metrics"]),
    chapter("logs", &["log", "trace"]),
    chapter("deadlines", &["bind"]),
    chapter("library", &["library"]),
];

/// The version whose header was the first to be released: what every function is there since, but
/// for those of [`LATER`].
pub const FIRST_RELEASE: &str = "0.2.0";

/// Functions that were added after the first release, with the version that has them first.
pub const LATER: &[(&str, &str)] = &[];

/// Returns the version that has a function first.
pub fn since(function: &str) -> &'static str {
    LATER.iter().find(|(name, _)| *name == function).map_or(FIRST_RELEASE, |(_, version)| version)
}
