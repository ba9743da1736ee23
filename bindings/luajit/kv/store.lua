-- A store, and its calls on one key.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")

local abi, problem, check = library.abi, library.problem, library.check
local at, sized, ttl = arguments.at, arguments.sized, arguments.ttl

local Store = {}
Store.__index = Store

-- Returns a store for a handle that handles.own has made.
function Store.of(handle)
    return setmetatable({ handle = handle }, Store)
end

-- Returns a store whose handle `fill` opens.
function Store.open(fill)
    return Store.of(handles.open("kv_store", fill))
end

-- Closes the store, which ends the cursors, watches, readers, writers and transactions of it.
-- Closing it again does nothing.
function Store:close()
    handles.close(self.handle)
end

-- The value of all reads, one at a time. If a read fails after its call, as for want of memory,
-- the next read frees the bytes.
local pinned = ffi.gc(ffi.new("kv_value"), abi.kv_value_free)

-- Calls a function of kv.h with `...`, a value and an error. Returns the status and the value,
-- whose bytes `bytes_of` copies.
function Store.valued(call, ...)
    abi.kv_value_free(pinned)
    local count = select("#", ...)
    local given = { ... }
    given[count + 1], given[count + 2] = pinned, problem
    return call(unpack(given, 1, count + 2)), pinned
end

-- Returns a copy of the bytes of a value, or nil if there are none, and frees it.
function Store.bytes_of(value)
    local data = value.data ~= nil and ffi.string(value.data, value.len) or nil
    abi.kv_value_free(value)
    return data
end

local valued, bytes_of = Store.valued, Store.bytes_of

-- Returns the result of a call that has found something or not.
local function found(status, value)
    return check(status) == abi.KV_OK and bytes_of(value) or nil
end

-- Writes a value for `ttl_ms` milliseconds; 0 and kv.NEVER are for ever, nil is the default_ttl of
-- the store.
function Store:set(group, key, value, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    check(abi.kv_set_ttl(self.handle, g, g_len, k, k_len, v, v_len, ttl(ttl_ms), problem))
end

-- Writes a value with options, see README.md, and returns its version, a uint64_t. A condition
-- that does not hold is an error with the status KV_CONFLICT and the `version` of the key, 0 if
-- absent.
function Store:put(group, key, value, options)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    local version = ffi.new("uint64_t[1]")
    local status = abi.kv_put(self.handle, g, g_len, k, k_len, v, v_len, arguments.put(options), version, problem)
    check(status, { version = version[0] })
    return version[0]
end

-- Returns the value, or nil if the key is absent or expired.
function Store:get(group, key)
    local g, g_len, k, k_len = at(group, key)
    abi.kv_value_free(pinned)
    return found(abi.kv_get(self.handle, g, g_len, k, k_len, pinned, problem), pinned)
end

-- Returns the value, version and expiry of a value.
local function entry_of(status, value)
    if check(status) ~= abi.KV_OK then
        return nil
    end
    return {
        size = tonumber(value.value_size), version = value.version,
        expires_at_ms = tonumber(value.expires_at_ms), value = bytes_of(value),
    }
end

-- Returns the entry of a key as a table: `value`, `size`, `version`, a uint64_t, and
-- `expires_at_ms`, which is kv.NEVER for one that does not expire. Returns nil if the key is
-- absent or expired.
function Store:entry(group, key)
    return entry_of(valued(abi.kv_get, self.handle, at(group, key)))
end

-- Returns the entry of a key without its value.
function Store:info(group, key)
    return entry_of(valued(abi.kv_get_info, self.handle, at(group, key)))
end

-- Returns whether a key has a live entry.
function Store:has(group, key)
    local g, g_len, k, k_len = at(group, key)
    return check(abi.kv_exists(self.handle, g, g_len, k, k_len, problem)) == abi.KV_OK
end

-- Deletes a key, and returns whether it had a live entry.
function Store:delete(group, key)
    local g, g_len, k, k_len = at(group, key)
    return check(abi.kv_delete(self.handle, g, g_len, k, k_len, problem)) == abi.KV_OK
end

-- Deletes a key that is at a version, and returns whether it had a live entry. Another version is
-- an error with the status KV_CONFLICT.
function Store:delete_version(group, key, version)
    local g, g_len, k, k_len = at(group, key)
    local number = arguments.integer("version", version)
    return check(abi.kv_delete_version(self.handle, g, g_len, k, k_len, number, problem)) == abi.KV_OK
end

-- Deletes a key and returns the value that it had, or nil. One of several callers receives it.
function Store:take(group, key)
    return found(valued(abi.kv_take, self.handle, at(group, key)))
end

-- Adds to the integer under a key, 1 without a delta, and returns the sum: a number, or an int64_t
-- from 2^53 on. An absent key counts as 0, and the new entry has the ttl.
function Store:increment(group, key, delta, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local sum, number = ffi.new("int64_t[1]"), arguments.integer("delta", delta == nil and 1 or delta)
    check(abi.kv_increment(self.handle, g, g_len, k, k_len, number, ttl(ttl_ms), sum, problem))
    return arguments.number(sum[0])
end

-- Appends to the value under a key and returns the new length. An absent key counts as empty, and
-- the new entry has the ttl.
function Store:append(group, key, value, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    local length = ffi.new("size_t[1]")
    check(abi.kv_append(self.handle, g, g_len, k, k_len, v, v_len, ttl(ttl_ms), length, problem))
    return tonumber(length[0])
end

-- Returns the ttl of a key in milliseconds, kv.NEVER if it does not expire, or nil if it is
-- absent.
function Store:ttl(group, key)
    local g, g_len, k, k_len = at(group, key)
    local ttl_ms = ffi.new("int64_t[1]")
    local status = check(abi.kv_ttl(self.handle, g, g_len, k, k_len, ttl_ms, problem))
    return status == abi.KV_OK and tonumber(ttl_ms[0]) or nil
end

-- Gives a key another ttl, and returns whether it is there. The flags nx, xx, gt and lt, as in
-- { nx = true }, are those of kv_expire; if they do not allow it, an error with KV_CONFLICT.
function Store:expire(group, key, ttl_ms, flags)
    local g, g_len, k, k_len = at(group, key)
    local set = arguments.expire_flags(flags)
    return check(abi.kv_expire(self.handle, g, g_len, k, k_len, ttl(ttl_ms), set, problem)) == abi.KV_OK
end

-- Removes the expiry of a key, and returns whether it is there.
function Store:persist(group, key)
    local g, g_len, k, k_len = at(group, key)
    return check(abi.kv_persist(self.handle, g, g_len, k, k_len, problem)) == abi.KV_OK
end

-- Opens a store that is narrowed to a namespace. It stays open when this one is closed.
function Store:scope(namespace)
    local name = arguments.c_string("namespace", namespace)
    return Store.open(function(handle) return abi.kv_scope(self.handle, name, handle, problem) end)
end

-- Opens a store that reads this one as it is now. It stays open when this one is closed.
function Store:snapshot()
    return Store.open(function(handle) return abi.kv_snapshot(self.handle, handle, problem) end)
end

return Store
