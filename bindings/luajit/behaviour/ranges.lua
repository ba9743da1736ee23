-- The calls of the behaviour cases on many entries: scans, groups, counts, lists of keys, batches.

local kv = require("kv")
local lines = require("behaviour.lines")
local values = require("behaviour.values")

local abi, hex, through, at, ttl_of = kv.abi, lines.hex, values.through, values.at, values.ttl_of

local ranges = {}

-- Walks a scan that `begin` returns to its end; `pick` makes an element of each entry.
local function walked(pick, begin, ...)
    local list = {}
    local status = through(function(...)
        for key, value in begin(...) do
            table.insert(list, pick(key, value))
        end
    end, ...)
    return status, { list = list }
end

local function key_of(key) return "key=" .. hex(key) end
local function entry_of(key, value) return key_of(key) .. "\tvalue=" .. hex(value) end
local function group_of(name) return "group=" .. hex(name) end

local function scan(owner, line)
    local is_keys_only = line:find("expect.list") == "key"
    local options = { keys_only = is_keys_only, reverse = line:find("reverse") ~= nil }
    for _, name in ipairs({ "prefix", "glob", "redis_glob", "from", "above", "below", "to" }) do
        options[name] = line:find_bytes(name)
    end
    options.limit, options.offset = tonumber(line:find("limit")), tonumber(line:find("offset"))
    return walked(is_keys_only and key_of or entry_of, owner.scan, owner, line:bytes("group"), options)
end

function ranges.scan(run, line)
    return scan(run:store(line), line)
end

function ranges.txn_scan(run, line)
    return scan(run.transactions[line:take("txn")], line)
end

function ranges.groups(run, line)
    local store = run:store(line)
    return walked(group_of, store.groups, store, line:find_bytes("prefix"))
end

-- Calls that return a count, with the names of their arguments.
local COUNTED = {
    count = { "group" }, count_all = { "prefix" }, delete_group = { "group" },
    delete_prefix = { "group", "prefix" }, delete_all = { "prefix" }, purge_expired = {},
}
for name, names in pairs(COUNTED) do
    ranges[name] = function(run, line)
        local store = run:store(line)
        local first, second = names[1] and line:find_bytes(names[1]), names[2] and line:bytes(names[2])
        return values.numbered("count", through(store[name], store, first, second))
    end
end

-- How each step is added to a batch.
local STEPS = {}

for _, name in ipairs({ "get", "delete", "take" }) do
    STEPS[name] = function(_, batch, step) return batch[name](batch, at(step)) end
end

function STEPS.check(run, batch, step)
    local group, key = at(step)
    batch:check(group, key, run:version(step:take("version")))
end

function STEPS.set(run, batch, step)
    local group, key = at(step)
    batch:set(group, key, step:bytes("value"), values.put_options(run, step))
end

function STEPS.increment(_, batch, step)
    local group, key = at(step)
    batch:increment(group, key, values.int64(step:take("delta")), ttl_of(step))
end

function STEPS.append(_, batch, step)
    local group, key = at(step)
    batch:append(group, key, step:bytes("value"), ttl_of(step))
end

function STEPS.expire(_, batch, step)
    local group, key = at(step)
    batch:expire(group, key, ttl_of(step), values.expire_flags(step))
end

function STEPS.delete_prefix(_, batch, step)
    batch:delete_prefix(step:bytes("group"), step:bytes("prefix"))
end

function STEPS.check_lock(run, batch, step)
    batch:check_lock({ name = step:bytes("name"), lock = run:lock(step:take("lock")).lock })
end

function ranges.batch(run, line, steps)
    local store = run:store(line)
    local status, results, why = through(function()
        local batch = store:batch()
        for _, step in ipairs(steps) do
            local add = STEPS[step.word] or error("there is no step " .. step.word, 0)
            add(run, batch, step)
            step:refuse_unused()
        end
        return batch:commit()
    end)
    if not results then
        return status, { failed = why.step and values.decimal(why.step - 1) }
    end
    local list = {}
    for _, result in ipairs(results) do
        local value = result.value and "\tvalue=" .. hex(result.value) or ""
        table.insert(list, "status=" .. run.status_name(result.status) .. value)
    end
    return status, { list = list }
end

local function keys_of(parts)
    local keys = {}
    for _, part in ipairs(parts) do
        table.insert(keys, part:bytes("key"))
    end
    return keys
end

function ranges.set_many(run, line, parts)
    local store, entries = run:store(line), {}
    for _, part in ipairs(parts) do
        entries[part:bytes("key")] = part:bytes("value")
    end
    return (through(store.set_many, store, line:bytes("group"), entries, ttl_of(line)))
end

function ranges.delete_many(run, line, parts)
    local store, list = run:store(line), {}
    local status, deleted = through(store.delete_many, store, line:bytes("group"), keys_of(parts))
    for _, key in ipairs(deleted or {}) do
        table.insert(list, key_of(key))
    end
    return status, { count = tostring(#list), list = list }
end

function ranges.get_many(run, line, parts)
    local store, list, keys = run:store(line), {}, keys_of(parts)
    local status, found = through(store.get_many, store, line:bytes("group"), keys)
    for _, key in ipairs(found and keys or {}) do
        if found[key] then
            table.insert(list, entry_of(key, found[key]))
        end
    end
    return status, { list = list }
end

return ranges
