-- The calls of the behaviour cases on stores, JSON, quotas, idempotency records and watches: by
-- the binding where it has them, else by the functions of kv.h. Each returns its status, and its
-- results in the flat form.

local ffi = require("ffi")
local kv = require("kv")
local lines = require("behaviour.lines")
local values = require("behaviour.values")

local abi, hex, int64, decimal, through = kv.abi, lines.hex, values.int64, values.decimal, values.through
local POLL_MS = 10000

-- Where the functions of kv.h write their errors; the cases compare the statuses.
local problem = ffi.new("kv_error")

-- The bytes of a pinned value, in the flat form, or nil if there is none; the value is freed.
local function freed(value)
    local bytes = value.data ~= nil and hex(ffi.string(value.data, value.len)) or nil
    abi.kv_value_free(value)
    return bytes
end

local calls = {}

function calls.open(run, line)
    return (through(run.open, run, line:take("store"), line:find("options") or ""))
end

function calls.close(run, line)
    local store = run:store(line)
    return (through(store.close, store))
end

-- Gives the run a store that the binding derives, under the name that the call gives it.
local function derived(run, line, status, store)
    run.stores[line:take("as")] = store
    return status
end

function calls.scope(run, line)
    local store = run:store(line)
    return derived(run, line, through(store.scope, store, line:bytes("name")))
end

function calls.snapshot(run, line)
    local store = run:store(line)
    return derived(run, line, through(store.snapshot, store))
end

function calls.set_json(run, line)
    local group, key, value = line:bytes("group"), line:bytes("key"), line:bytes("value")
    return abi.kv_set_json(run:handle(line), group, #group, key, #key, value, #value, problem)
end

function calls.get_json(run, line)
    local group, key, value = line:bytes("group"), line:bytes("key"), ffi.new("kv_value")
    local path = line:take("path")
    local status = abi.kv_get_json(run:handle(line), group, #group, key, #key, path, value, problem)
    return status, { value = freed(value) }
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
    local ttl = values.ttl_of(line)
    local status = abi.kv_idempotency_begin(run:handle(line), key, #key, request, #request, ttl,
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

function calls.watch(run, line)
    local store, options = run:store(line), {}
    for _, name in ipairs({ "group", "group_prefix", "key", "key_prefix" }) do
        options[name] = line:find_bytes(name)
    end
    local status, watch = through(store.watch, store, options)
    run.watches[line:take("watch")] = watch
    return status
end

function calls.poll(run, line)
    local watch = run.watches[line:take("watch")]
    local status, event = through(watch.poll, watch, POLL_MS)
    if status ~= abi.KV_OK then
        return status
    elseif not event then
        return abi.KV_TIMEOUT
    end
    local fields = { "type=" .. event.type, "group=" .. hex(event.group) }
    for _, name in ipairs({ "key", "value" }) do
        table.insert(fields, event[name] and name .. "=" .. hex(event[name]))
    end
    if event.type == "set_large" then
        table.insert(fields, "size=" .. decimal(event.size))
    end
    return status, { list = { table.concat(fields, "\t") } }
end

return calls
