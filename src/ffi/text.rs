//! Text and JSON: values cut into parts, groups rendered into templates, parts of documents.

use std::ffi::{c_char, c_void};

use crate::ffi::bytes::{
    bytes, give, group, group_and_key, group_key_and_value, key, output, text,
};
use crate::ffi::scan::{kv_cursor, open_cursor};
use crate::ffi::status::{KV_NOT_FOUND, KV_OK, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_store};
use crate::ffi::value::kv_value;
use crate::{
    Entry, JSON_DEPTH_MAX, RENDERED_LEN_MAX, TEMPLATE_LEN_MAX, VALUE_LEN_MAX, VARIABLES_LEN_MAX,
};

/// Begins a walk over the parts of a value that stand between occurrences of `separator`. Without
/// an occurrence the whole value is the one part, also if it is empty; between two neighbours
/// stands an empty one. An empty separator cuts after each UTF-8 character, and a byte that is part
/// of none is one; an empty value then has no part.
///
/// Each entry has a part as its value, the group, an empty key, and version and expiry of the whole
/// value, which is read once. Gives a cursor that kv_cursor_close ends. On any other status it is
/// zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 65,536 cursors
/// are open.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get_split(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    separator: *const c_void,
    separator_len: usize,
    cursor: *mut kv_cursor,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(cursor, kv_cursor { id: 0 }) };
    let id = store.id;
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, separator) = unsafe {
            (
                self::group(group, group_len)?,
                self::key(key, key_len)?,
                bytes("separator", separator, separator_len, VALUE_LEN_MAX)?,
            )
        };
        // SAFETY: as above.
        let cursor = unsafe { output("cursor", cursor) }?;
        let Some(parts) = crate::get_split(store, group, key, separator)? else {
            return Ok(KV_NOT_FOUND);
        };
        cursor.id = open_cursor(id, parts)?;
        Ok(KV_OK)
    })
}

/// Begins a walk over the parts of a value that stand between white space, as Unicode defines it.
/// No part is empty, so an empty or blank value has none. Entries and cursor are as those of
/// kv_get_split.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 65,536 cursors
/// are open.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get_fields(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    cursor: *mut kv_cursor,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(cursor, kv_cursor { id: 0 }) };
    let id = store.id;
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, cursor) = unsafe {
            (self::group(group, group_len)?, self::key(key, key_len)?, output("cursor", cursor)?)
        };
        let Some(parts) = crate::get_fields(store, group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        cursor.id = open_cursor(id, parts)?;
        Ok(KV_OK)
    })
}

/// Gives a template with the values of a group filled in, pinned: kv_value_free gives it back. All
/// values are of one snapshot. On failure `rendered` is zeroed; its version is 0.
///
/// The language is a part of Jinja's: {{ key }} and {{ group["any key"] }}; {% if %}, {% elif %} and
/// {% else %}; {% for part in key|split(",") %}; comparisons, and, or, not, in; constants and lists
/// of them; a if b else c; {% raw %} and comments. Filters: default, escape (for HTML), int, length,
/// lines, lower, split, tojson, trim, upper. Tests: defined, undefined, startingwith, endingwith.
/// Every variable is a text, and nothing is escaped unless asked for. A template cannot set, call,
/// compute or include anything. Keys called true, false, none or group are group["true"] and so on.
///
/// A template from a stranger does no harm but show the group: it has at most 256 KiB, the values
/// it mentions 16 MiB together, the text that comes out 16 MiB, and it takes at most 1,048,576
/// steps, fewer the more than 4 KiB of values there are.
///
/// Returns KV_OK; KV_ERR_ARGUMENT with the line for a template that is not understood, a key that
/// is absent or expired and has no default, and a value that is not UTF-8; KV_ERR_TOO_LARGE past a
/// limit.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_render(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    text: *const c_char,
    rendered: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(rendered, kv_value::NONE) };
    with_store(store, error, |store| {
        check_fork()?;
        // SAFETY: the caller's promises, as the header states them.
        let (group, template, rendered) = unsafe {
            (
                self::group(group, group_len)?,
                self::text("text", text)?,
                output("rendered", rendered)?,
            )
        };
        let text = crate::render(store, group, template)?;
        let value = text.into_bytes().into();
        *rendered = kv_value::pin(Entry { value, version: 0, expires_at: None })?;
        Ok(KV_OK)
    })
}

/// Writes a value, which has to be JSON (RFC 8259), under a key as kv_set does. The bytes
/// are stored as they are, numbers of any length included.
///
/// Returns KV_OK; KV_ERR_NOT_JSON with line and column if it is not JSON, KV_ERR_TOO_LARGE also if
/// arrays and objects are nested deeper than 512. On any error nothing is written.
/// @errors write KV_ERR_NOT_JSON
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_set_json(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        check_fork()?;
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) =
            unsafe { group_key_and_value(group, group_len, key, key_len, value, value_len) }?;
        crate::set_json(store, group, key, value)?;
        Ok(KV_OK)
    })
}

/// Gives the part of a JSON value that `path` leads to, pinned, byte for byte as it was stored:
/// numbers are text. On any other status `value` is zeroed. Its version and expiry are those of the
/// whole.
///
/// The path is a JSON pointer (RFC 6901): "" for the whole, without the white space around it, else
/// "/name/0/...", in which ~1 is a slash and ~0 a tilde. Of names that occur twice in an object the
/// last counts.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired or the path leads to nothing;
/// KV_ERR_ARGUMENT for a path of another form; KV_ERR_NOT_JSON with line and column if the value is
/// not JSON, KV_ERR_TOO_LARGE if it is nested deeper than 512.
/// @errors read KV_ERR_NOT_JSON
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get_json(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    path: *const c_char,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(value, kv_value::NONE) };
    with_store(store, error, |store| {
        check_fork()?;
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        // SAFETY: as above.
        let (path, value) = unsafe { (text("path", path)?, output("value", value)?) };
        let Some(entry) = crate::get_json(store, group, key, path)? else {
            return Ok(KV_NOT_FOUND);
        };
        *value = kv_value::pin(entry)?;
        Ok(KV_OK)
    })
}

// The documentation tells the limits.
const _: () = assert!(TEMPLATE_LEN_MAX == 256 << 10 && JSON_DEPTH_MAX == 512);
const _: () = assert!(VARIABLES_LEN_MAX == 16 << 20 && RENDERED_LEN_MAX == 16 << 20);
