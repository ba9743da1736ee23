-- Idempotency records, quotas and JSON.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local Store = require("kv.store")
local structures = require("kv.structures")

local abi, problem, check = library.abi, library.problem, library.check
local at, sized = arguments.at, arguments.sized

local STATES = {
    [abi.KV_IDEMPOTENCY_STARTED] = "started", [abi.KV_IDEMPOTENCY_IN_PROGRESS] = "in_progress",
    [abi.KV_IDEMPOTENCY_COMPLETED] = "completed", [abi.KV_IDEMPOTENCY_MISMATCH] = "mismatch",
}

-- Begins an operation that must not run twice, under a key. `request`, at most 1,024 bytes,
-- distinguishes different operations under one key. The record expires after `ttl_ms`; 0 is for
-- ever. Returns its state: "started" with a token, a uint64_t, for the one caller that runs the
-- operation; "in_progress"; "completed" with the response; or "mismatch".
function Store:idempotency_begin(key, request, ttl_ms)
    local k, k_len = sized("key", key)
    local r, r_len = sized("request", request)
    local ttl = arguments.integer("ttl_ms", ttl_ms)
    local state, token = ffi.new("int32_t[1]"), ffi.new("uint64_t[1]")
    local status, response =
        Store.valued(abi.kv_idempotency_begin, self.handle, k, k_len, r, r_len, ttl, state, token)
    check(status)
    if state[0] == abi.KV_IDEMPOTENCY_STARTED then
        return "started", token[0]
    end
    return STATES[state[0]], Store.bytes_of(response)
end

-- Stores the response of an operation that this caller has started, and returns whether its record
-- is still there. Of another caller's, an error with the status KV_CONFLICT.
function Store:idempotency_complete(key, token, response)
    local k, k_len = sized("key", key)
    local r, r_len = sized("response", response)
    local number = arguments.integer("token", token)
    local status = abi.kv_idempotency_complete(self.handle, k, k_len, number, r, r_len, problem)
    return check(status) == abi.KV_OK
end

-- Returns the state of a record, and its response if it is "completed"; nil if there is none.
function Store:idempotency_get(key)
    local k, k_len = sized("key", key)
    local state = ffi.new("int32_t[1]")
    local status, response = Store.valued(abi.kv_idempotency_get, self.handle, k, k_len, state)
    if check(status) == abi.KV_NOT_FOUND then
        return nil
    end
    return STATES[state[0]], Store.bytes_of(response)
end

-- Removes a record, and returns whether there was one: that of a token only while it is in
-- progress, else an error with the status KV_CONFLICT; without a token in any state.
function Store:idempotency_forget(key, token)
    local k, k_len = sized("key", key)
    local number = arguments.integer("token", token or 0)
    return check(abi.kv_idempotency_forget(self.handle, k, k_len, number, problem)) == abi.KV_OK
end

-- Sets the limits of a namespace; 0 is no limit. A write that would exceed one is an error with
-- the status KV_ERR_QUOTA.
function Store:set_quota(namespace, max_keys, max_groups, max_bytes)
    local name = arguments.c_string("namespace", namespace)
    local keys, groups = arguments.integer("max_keys", max_keys), arguments.integer("max_groups", max_groups)
    local bytes = arguments.integer("max_bytes", max_bytes)
    check(abi.kv_quota_set(self.handle, name, keys, groups, bytes, problem))
end

-- Returns the limits and the usage of a namespace: max_keys, max_groups, max_bytes, keys, groups
-- and bytes.
function Store:quota(namespace)
    local name = arguments.c_string("namespace", namespace)
    return structures.filled("kv_quota", abi.kv_quota_get, self.handle, name)
end

-- Writes a value like set if it is JSON; otherwise an error with line and column.
function Store:set_json(group, key, value)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    check(abi.kv_set_json(self.handle, g, g_len, k, k_len, v, v_len, problem))
end

-- Returns the part of a JSON value to which a JSON pointer leads, all without one, as it was
-- stored; nil if the key is absent or the pointer leads to nothing.
function Store:get_json(group, key, pointer)
    local g, g_len, k, k_len = at(group, key)
    local path = arguments.c_string("pointer", pointer or "")
    local status, value = Store.valued(abi.kv_get_json, self.handle, g, g_len, k, k_len, path)
    return check(status) == abi.KV_OK and Store.bytes_of(value) or nil
end
