-- The calls of the behaviour cases on stores, JSON, quotas, idempotency records and watches. Each
-- returns its status, and its results in the flat form.

local kv = require("kv")
local lines = require("behaviour.lines")
local values = require("behaviour.values")

local abi, hex, int64, decimal, through = kv.abi, lines.hex, values.int64, values.decimal, values.through
local POLL_MS = 10000

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
    local store, group, key = run:store(line), values.at(line)
    return (through(store.set_json, store, group, key, line:bytes("value")))
end

function calls.get_json(run, line)
    local store, group, key = run:store(line), values.at(line)
    local status, value = values.finding(store.get_json, store, group, key, line:take("path"))
    return status, { value = values.bytes(value) }
end

function calls.quota_set(run, line)
    local store = run:store(line)
    return (through(store.set_quota, store, line:bytes("name"), int64(line:take("max_keys")),
        int64(line:take("max_groups")), int64(line:take("max_bytes"))))
end

function calls.quota_get(run, line)
    local store = run:store(line)
    local status, quota = through(store.quota, store, line:bytes("name"))
    local found = {}
    for name, number in pairs(quota or {}) do
        found[name] = decimal(number)
    end
    return status, found
end

-- Calls a function that returns a state, and a token or a response.
local function stated(call, ...)
    local second
    local status, state = values.finding(function(...)
        local first
        first, second = call(...)
        return first
    end, ...)
    return status, state, second
end

function calls.idempotency_begin(run, line)
    local store = run:store(line)
    local status, state, second = stated(store.idempotency_begin, store, line:bytes("key"),
        line:bytes("request"), values.ttl_of(line))
    if state == "started" then
        run:save(line, status, second)
        return status, { state = state }
    end
    line:find("save")
    return status, { state = state, response = values.bytes(second) }
end

function calls.idempotency_get(run, line)
    local store = run:store(line)
    local status, state, response = stated(store.idempotency_get, store, line:bytes("key"))
    return status, { state = state, response = values.bytes(response) }
end

function calls.idempotency_complete(run, line)
    local store, token = run:store(line), run:version(line:take("token"))
    return (values.finding(store.idempotency_complete, store, line:bytes("key"), token, line:bytes("response")))
end

function calls.idempotency_forget(run, line)
    local store, token = run:store(line), run:version(line:take("token"))
    return (values.finding(store.idempotency_forget, store, line:bytes("key"), token))
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
