-- The calls of the behaviour cases on one entry, on stores, watches and idempotency records: by the
-- store of the example where it has them, else by the functions of kv.h. Each returns its status,
-- and its results in the flat form.

local ffi = require("ffi")
local kv = require("kv")
local lines = require("behaviour.lines")
local values = require("behaviour.values")

local abi, hex, problem = kv.abi, lines.hex, values.problem
local at, ttl_of, put_options, int64 = values.at, values.ttl_of, values.put_options, values.int64
local decimal, freed, valued, through = values.decimal, values.freed, values.valued, values.through
local POLL_MS = 10000

local calls = {}

function calls.open(run, line)
    return through(run.open, run, line:take("store"), line:find("options") or "")
end

function calls.close(run, line)
    local store = run:store(line)
    return (through(store.close, store))
end

-- Gives a store that a function of kv.h has made to the run, under the name that the call gives it.
local function derived(run, line, store, status)
    local as = line:take("as")
    if status == abi.KV_OK then
        run.stores[as] = kv.store(store)
    end
    return status
end

function calls.scope(run, line)
    local name, scoped = line:bytes("name"), ffi.new("kv_store")
    return derived(run, line, scoped, abi.kv_scope(run:handle(line), name, scoped, problem))
end

function calls.snapshot(run, line)
    local snapshot = ffi.new("kv_store")
    return derived(run, line, snapshot, abi.kv_snapshot(run:handle(line), snapshot, problem))
end

function calls.set(run, line)
    local store, ttl = run:store(line), line:find("ttl")
    local given = ttl == "never" and kv.NEVER or ttl and tonumber(ttl)
    return (through(store.set, store, line:bytes("group"), line:bytes("key"), line:bytes("value"), given))
end

function calls.get(run, line)
    local store = run:store(line)
    local status, value = through(store.get, store, line:bytes("group"), line:bytes("key"))
    if status == abi.KV_OK and value == nil then
        return abi.KV_NOT_FOUND
    end
    return status, { value = value and hex(value) }
end

function calls.ttl(run, line)
    local store = run:store(line)
    local status, ttl = through(store.ttl, store, line:bytes("group"), line:bytes("key"))
    if status == abi.KV_OK and ttl == nil then
        return abi.KV_NOT_FOUND
    end
    return status, { ttl = ttl and (ttl == kv.NEVER and "never" or ("%d"):format(ttl)) }
end

function calls.put(run, line)
    local group, group_len, key, key_len = at(line)
    local value, version = line:bytes("value"), ffi.new("uint64_t[1]")
    local status = abi.kv_put(run:handle(line), group, group_len, key, key_len, value, #value,
        put_options(run, line), version, problem)
    run:save(line, status, version[0])
    return status, { version = decimal(version[0]) }
end

function calls.entry(run, line)
    local value = ffi.new("kv_value")
    local group, group_len, key, key_len = at(line)
    local status = abi.kv_get(run:handle(line), group, group_len, key, key_len, value, problem)
    local found = { version = decimal(value.version), expires_at = values.time(value.expires_at_ms) }
    run:save(line, status, value.version)
    found.value = freed(value)
    return status, status == abi.KV_OK and found or {}
end

function calls.info(run, line)
    local value = ffi.new("kv_value")
    local group, group_len, key, key_len = at(line)
    local status = abi.kv_get_info(run:handle(line), group, group_len, key, key_len, value, problem)
    local found = { size = decimal(value.value_size), version = decimal(value.version) }
    found.expires_at = values.time(value.expires_at_ms)
    return status, status == abi.KV_OK and found or {}
end

-- Calls on a key that return nothing but a status.
for _, name in ipairs({ "exists", "delete", "persist" }) do
    calls[name] = function(run, line)
        local group, group_len, key, key_len = at(line)
        return abi["kv_" .. name](run:handle(line), group, group_len, key, key_len, problem)
    end
end

function calls.delete_version(run, line)
    local group, group_len, key, key_len = at(line)
    local version = run:version(line:take("version"))
    return abi.kv_delete_version(run:handle(line), group, group_len, key, key_len, version, problem)
end

function calls.take(run, line)
    return valued(abi.kv_take, run:handle(line), at(line))
end

function calls.increment(run, line)
    local group, group_len, key, key_len = at(line)
    local sum, delta = ffi.new("int64_t[1]"), int64(line:take("delta"))
    local status = abi.kv_increment(run:handle(line), group, group_len, key, key_len, delta, ttl_of(line),
        sum, problem)
    return status, { sum = decimal(sum[0]) }
end

function calls.append(run, line)
    local group, group_len, key, key_len = at(line)
    local value, length = line:bytes("value"), ffi.new("size_t[1]")
    local status = abi.kv_append(run:handle(line), group, group_len, key, key_len, value, #value,
        ttl_of(line), length, problem)
    return status, { length = decimal(length[0]) }
end

function calls.expire(run, line)
    local group, group_len, key, key_len = at(line)
    return abi.kv_expire(run:handle(line), group, group_len, key, key_len, ttl_of(line),
        values.expire_flags(line), problem)
end

function calls.set_json(run, line)
    local group, group_len, key, key_len = at(line)
    local value = line:bytes("value")
    return abi.kv_set_json(run:handle(line), group, group_len, key, key_len, value, #value, problem)
end

function calls.get_json(run, line)
    local group, group_len, key, key_len = at(line)
    return valued(abi.kv_get_json, run:handle(line), group, group_len, key, key_len, line:take("path"))
end

function calls.quota_set(run, line)
    return abi.kv_quota_set(run:handle(line), line:bytes("name"), int64(line:take("max_keys")),
        int64(line:take("max_groups")), int64(line:take("max_bytes")), problem)
end

function calls.quota_get(run, line)
    local quota, found = ffi.new("kv_quota"), {}
    quota.size = ffi.sizeof(quota)
    local status = abi.kv_quota_get(run:handle(line), line:bytes("name"), quota, problem)
    for _, name in ipairs({ "max_keys", "max_groups", "max_bytes", "keys", "groups", "bytes" }) do
        found[name] = decimal(quota[name])
    end
    return status, found
end

local STATES = { "started", "in_progress", "completed", "mismatch" }

function calls.idempotency_begin(run, line)
    local state, token, response = ffi.new("int32_t[1]"), ffi.new("uint64_t[1]"), ffi.new("kv_value")
    local key, request = line:bytes("key"), line:bytes("request")
    local status = abi.kv_idempotency_begin(run:handle(line), key, #key, request, #request, ttl_of(line),
        state, token, response, problem)
    run:save(line, status, token[0])
    return status, { state = STATES[state[0]], response = freed(response) }
end

function calls.idempotency_get(run, line)
    local state, response, key = ffi.new("int32_t[1]"), ffi.new("kv_value"), line:bytes("key")
    local status = abi.kv_idempotency_get(run:handle(line), key, #key, state, response, problem)
    return status, { state = STATES[state[0]], response = freed(response) }
end

function calls.idempotency_complete(run, line)
    local key, response = line:bytes("key"), line:bytes("response")
    local token = run:version(line:take("token"))
    return abi.kv_idempotency_complete(run:handle(line), key, #key, token, response, #response, problem)
end

function calls.idempotency_forget(run, line)
    local key, token = line:bytes("key"), run:version(line:take("token"))
    return abi.kv_idempotency_forget(run:handle(line), key, #key, token, problem)
end

-- The group or key that a watch is about, and the flag for how.
local function selected(line, name, is_prefix, is_any)
    local exact, prefix = line:find_bytes(name), line:find_bytes(name .. "_prefix")
    return exact or prefix or "", exact and 0 or prefix and is_prefix or is_any
end

function calls.watch(run, line)
    local options, watch, name = ffi.new("kv_watch_options"), ffi.new("kv_watch"), line:take("watch")
    local group, group_flag = selected(line, "group", abi.KV_WATCH_GROUP_PREFIX, abi.KV_WATCH_ANY_GROUP)
    local key, key_flag = selected(line, "key", abi.KV_WATCH_KEY_PREFIX, abi.KV_WATCH_ANY_KEY)
    options.size, options.flags = ffi.sizeof(options), group_flag + key_flag
    local status = abi.kv_watch_open(run:handle(line), group, #group, key, #key, options, watch, problem)
    if status == abi.KV_OK then
        run.watches[name] = watch
    end
    return status
end

local TYPES = {
    [abi.KV_EVENT_SET] = "set", [abi.KV_EVENT_DELETE] = "delete",
    [abi.KV_EVENT_DELETE_GROUP] = "delete_group", [abi.KV_EVENT_EXPIRE] = "expire",
    [abi.KV_EVENT_SET_LARGE] = "set_large",
}

function calls.poll(run, line)
    local event = ffi.new("kv_event")
    event.size = ffi.sizeof(event)
    local status = abi.kv_watch_poll(run.watches[line:take("watch")], POLL_MS, event, problem)
    if status ~= abi.KV_OK then
        return status
    end
    local kind = TYPES[event.type] or tostring(event.type)
    local fields = { "type=" .. kind, "group=" .. hex(ffi.string(event.group, event.group_len)) }
    if kind ~= "delete_group" then
        table.insert(fields, "key=" .. hex(ffi.string(event.key, event.key_len)))
    end
    if kind == "set" then
        table.insert(fields, "value=" .. hex(ffi.string(event.value, event.value_len)))
    end
    if kind == "set_large" then
        table.insert(fields, "size=" .. decimal(event.value_size))
    end
    return status, { list = { table.concat(fields, "\t") } }
end

return calls
