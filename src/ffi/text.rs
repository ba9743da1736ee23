//! Text and JSON: parts of values, templates over a group, parts of documents.

use std::ffi::{c_char, c_void};

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::{InBytes, InText};
use crate::ffi::observed::Call;
use crate::ffi::scan::{kv_cursor, open_cursor};
use crate::ffi::status::{KV_NOT_FOUND, KV_OK, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_call};
use crate::ffi::value::kv_value;
use crate::{
    CallKind, Entry, JSON_DEPTH_MAX, RENDERED_LEN_MAX, TEMPLATE_LEN_MAX, VALUE_LEN_MAX,
    VARIABLES_LEN_MAX,
};

/// Begins a scan of the parts of a value between the occurrences of `separator`. Without an
/// occurrence the whole value is the only part, also if it is empty; between two adjacent
/// occurrences is an empty part. An empty separator cuts after each UTF-8 character; a byte that
/// belongs to no character is a part of its own, and an empty value then has no part.
///
/// Each entry that the cursor returns has a part as its value, the group, an empty key, and the
/// version and expiry of the whole value. The value is read once. The caller ends the cursor with
/// kv_cursor_close. On any other status the cursor is zeroed.
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(separator, separator_len),
        Out(cursor),
        Out(error)
    );
    cursor.reset(kv_cursor { id: 0 });
    let id = store.id;
    let call = Call::on(CallKind::Text, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, separator) =
            (group.group()?, key.key()?, separator.bytes("separator", VALUE_LEN_MAX)?);
        let cursor = cursor.required("cursor")?;
        let Some(parts) = crate::get_split(store, group, key, separator)? else {
            return Ok(KV_NOT_FOUND);
        };
        cursor.write(kv_cursor { id: open_cursor(id, parts)? });
        Ok(KV_OK)
    })
}

/// Begins a scan of the parts of a value between white space, as Unicode defines it. No part is
/// empty, so an empty or blank value has none. Entries and cursor are like those of kv_get_split.
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
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(cursor), Out(error));
    cursor.reset(kv_cursor { id: 0 });
    let id = store.id;
    let call = Call::on(CallKind::Text, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, cursor) = (group.group()?, key.key()?, cursor.required("cursor")?);
        let Some(parts) = crate::get_fields(store, group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        cursor.write(kv_cursor { id: open_cursor(id, parts)? });
        Ok(KV_OK)
    })
}

/// Renders the template `text` with the values of a group, all of one snapshot, and pins the
/// result; kv_value_free releases it. The version of the result is 0. On failure `rendered` is
/// zeroed.
///
/// The language is a part of Jinja: {{ key }} and {{ group["any key"] }}; {% if %}, {% elif %} and
/// {% else %}; {% for part in key|split(",") %}; comparisons, and, or, not, in; constants and lists
/// of them; a if b else c; {% raw %} and comments. Filters: default, escape (for HTML), int,
/// length, lines, lower, split, tojson, trim, upper. Tests: defined, undefined, startingwith,
/// endingwith. Every variable is a text, and nothing is escaped unless the template asks for it. A
/// template cannot set, call, compute or include anything. Keys with the names true, false, none
/// and group are written group["true"] and so on.
///
/// A template from an untrusted source can do no more than show the group. A template has at most
/// 256 KiB, the values that it mentions have 16 MiB together, and the result has 16 MiB. It takes
/// at most 1,048,576 steps; values of more than 4 KiB reduce that number.
///
/// Returns KV_OK; KV_ERR_ARGUMENT, with the line, for an invalid template, for a key that is absent
/// or expired and has no default, and for a value that is not UTF-8; KV_ERR_TOO_LARGE if a limit is
/// exceeded.
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
    arguments!(InBytes(group, group_len), InText(text), Out(rendered), Out(error));
    rendered.reset(kv_value::NONE);
    let call = Call::in_group(CallKind::Text, group);
    with_call(store, &call, error, |store| {
        check_fork()?;
        let (group, template, rendered) =
            (group.group()?, text.to_str("text")?, rendered.required("rendered")?);
        let text = crate::render(store, group, template)?;
        let value = text.into_bytes().into();
        rendered.write(kv_value::pin(Entry { value, version: 0, expires_at: None })?);
        Ok(KV_OK)
    })
}

/// Writes a value under a key like kv_set, if the value is JSON (RFC 8259). The bytes are stored as
/// they are, numbers of any length included.
///
/// Returns KV_OK; KV_ERR_NOT_JSON, with line and column, if the value is not JSON; KV_ERR_TOO_LARGE
/// also if arrays and objects are nested deeper than 512. On any error nothing is written.
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        Out(error)
    );
    let call = Call::on(CallKind::Text, group, key);
    with_call(store, &call, error, |store| {
        check_fork()?;
        let (group, key, value) = (group.group()?, key.key()?, value.value()?);
        crate::set_json(store, group, key, value)?;
        Ok(KV_OK)
    })
}

/// Reads the part of a JSON value to which `path` leads, byte for byte as it was stored, and pins
/// it; kv_value_free releases it. Numbers stay text. Version and expiry are those of the whole
/// value. On any other status `value` is zeroed.
///
/// The path is a JSON pointer (RFC 6901): "" for the whole value without the white space around it,
/// or "/name/0/...", in which ~1 is a slash and ~0 a tilde. If a name occurs twice in an object,
/// the last one counts.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired, or if the path leads to nothing;
/// KV_ERR_ARGUMENT also for a path of another form; KV_ERR_NOT_JSON, with line and column, if the
/// value is not JSON; KV_ERR_TOO_LARGE also if it is nested deeper than 512.
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InText(path),
        Out(value),
        Out(error)
    );
    value.reset(kv_value::NONE);
    let call = Call::on(CallKind::Text, group, key);
    with_call(store, &call, error, |store| {
        check_fork()?;
        let (group, key) = (group.group()?, key.key()?);
        let (path, value) = (path.to_str("path")?, value.required("value")?);
        let Some(entry) = crate::get_json(store, group, key, path)? else {
            return Ok(KV_NOT_FOUND);
        };
        value.write(kv_value::pin(entry)?);
        Ok(KV_OK)
    })
}

// The comments above state these limits.
const _: () = assert!(TEMPLATE_LEN_MAX == 256 << 10 && JSON_DEPTH_MAX == 512);
const _: () = assert!(VARIABLES_LEN_MAX == 16 << 20 && RENDERED_LEN_MAX == 16 << 20);
