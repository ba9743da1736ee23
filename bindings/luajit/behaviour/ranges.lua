-- The calls of the behaviour cases on many entries: scans, groups, counts, lists of keys, batches.

local ffi = require("ffi")
local abi = require("kv").abi
local lines = require("behaviour.lines")
local scans = require("behaviour.scans")
local values = require("behaviour.values")

local hex, problem = lines.hex, values.problem
local at, ttl_of, int64, decimal = values.at, values.ttl_of, values.int64, values.decimal

local ranges = {}

local function group_of(entry)
    return "group=" .. hex(ffi.string(entry.group, entry.group_len))
end

function ranges.scan(run, line)
    return scans.scan(abi.kv_scan, run:handle(line), line)
end

function ranges.groups(run, line)
    local prefix, cursor = line:find_bytes("prefix") or "", ffi.new("kv_cursor")
    local status = abi.kv_groups(run:handle(line), prefix, #prefix, cursor, problem)
    if status ~= abi.KV_OK then
        return status
    end
    return scans.walk(cursor, group_of)
end

-- Calls whose last output is a count, with the names of their arguments and what a case that leaves
-- them out means.
local COUNTED = {
    count = { "group" }, count_all = { "prefix", default = "" }, delete_group = { "group" },
    delete_prefix = { "group", "prefix" }, delete_all = { "prefix", default = "" },
    purge_expired = {},
}
for name, names in pairs(COUNTED) do
    ranges[name] = function(run, line)
        local count, arguments = ffi.new("uint64_t[1]"), { run:handle(line) }
        for _, argument in ipairs(names) do
            local bytes = line:find_bytes(argument) or names.default or line:bytes(argument)
            table.insert(arguments, bytes)
            table.insert(arguments, #bytes)
        end
        table.insert(arguments, count)
        table.insert(arguments, problem)
        local status = abi["kv_" .. name](unpack(arguments))
        return status, { count = decimal(count[0]) }
    end
end

-- How each step is appended to a batch.
local STEPS = {}

for _, name in ipairs({ "get", "delete", "take" }) do
    STEPS[name] = function(_, batch, step)
        local group, group_len, key, key_len = at(step)
        return abi["kv_batch_" .. name](batch, group, group_len, key, key_len, problem)
    end
end

function STEPS.check(run, batch, step)
    local group, group_len, key, key_len = at(step)
    return abi.kv_batch_check(batch, group, group_len, key, key_len, run:version(step:take("version")), problem)
end

function STEPS.set(run, batch, step)
    local group, group_len, key, key_len = at(step)
    local value = step:bytes("value")
    return abi.kv_batch_set(batch, group, group_len, key, key_len, value, #value,
        values.put_options(run, step), problem)
end

function STEPS.increment(_, batch, step)
    local group, group_len, key, key_len = at(step)
    return abi.kv_batch_increment(batch, group, group_len, key, key_len, int64(step:take("delta")),
        ttl_of(step), problem)
end

function STEPS.append(_, batch, step)
    local group, group_len, key, key_len = at(step)
    local value = step:bytes("value")
    return abi.kv_batch_append(batch, group, group_len, key, key_len, value, #value, ttl_of(step), problem)
end

function STEPS.expire(_, batch, step)
    local group, group_len, key, key_len = at(step)
    return abi.kv_batch_expire(batch, group, group_len, key, key_len, ttl_of(step),
        values.expire_flags(step), problem)
end

function STEPS.delete_prefix(_, batch, step)
    local group, prefix = step:bytes("group"), step:bytes("prefix")
    return abi.kv_batch_delete_prefix(batch, group, #group, prefix, #prefix, problem)
end

function STEPS.check_lock(run, batch, step)
    local name, lock = step:bytes("name"), run:lock(step:take("lock"))
    return abi.kv_batch_check_lock(batch, name, #name, lock, problem)
end

-- Commits a batch to which `add` appends each of `parts`. Returns its status and, if it was applied
-- or refused, the status and value of each step.
local function commit(run, line, parts, add)
    local batch, results = ffi.new("kv_batch"), {}
    local status = abi.kv_batch_new(batch, problem)
    for _, part in ipairs(parts) do
        if status == abi.KV_OK then
            status = add(batch, part)
        end
    end
    if status == abi.KV_OK then
        status = abi.kv_batch_commit(run:handle(line), batch, problem)
    end
    if status == abi.KV_OK or status == abi.KV_CONFLICT then
        for i = 1, #parts do
            local value = ffi.new("kv_value")
            local of_step = abi.kv_batch_result(batch, i - 1, value, problem)
            results[i] = { status = of_step, value = values.freed(value) }
        end
    end
    abi.kv_batch_close(batch, problem)
    return status, results
end

function ranges.batch(run, line, steps)
    local status, results = commit(run, line, steps, function(batch, step)
        local add = STEPS[step.word] or error("there is no step " .. step.word, 0)
        local added = add(run, batch, step)
        step:refuse_unused()
        return added
    end)
    local returned = { list = status == abi.KV_OK and {} or nil }
    for i, result in ipairs(results) do
        if status == abi.KV_CONFLICT then
            returned.failed = result.status == abi.KV_CONFLICT and tostring(i - 1) or returned.failed
        else
            local value = result.value and "\tvalue=" .. result.value or ""
            table.insert(returned.list, "status=" .. run.status_name(result.status) .. value)
        end
    end
    return status, returned
end

function ranges.set_many(run, line, entries)
    local group, options = line:bytes("group"), values.put_options(run, line)
    return (commit(run, line, entries, function(batch, entry)
        local key, value = entry:bytes("key"), entry:bytes("value")
        return abi.kv_batch_set(batch, group, #group, key, #key, value, #value, options, problem)
    end))
end

function ranges.delete_many(run, line, keys)
    local group, deleted = line:bytes("group"), {}
    local status, results = commit(run, line, keys, function(batch, part)
        local key = part:bytes("key")
        return abi.kv_batch_delete(batch, group, #group, key, #key, problem)
    end)
    for i, result in ipairs(results) do
        if result.status == abi.KV_OK then
            table.insert(deleted, "key=" .. hex(keys[i]:bytes("key")))
        end
    end
    return status, { count = tostring(#deleted), list = deleted }
end

function ranges.get_many(run, line, keys)
    local group, list = line:bytes("group"), {}
    local status, results = commit(run, line, keys, function(batch, part)
        local key = part:bytes("key")
        return abi.kv_batch_get(batch, group, #group, key, #key, problem)
    end)
    for i, result in ipairs(results) do
        if result.status == abi.KV_OK then
            table.insert(list, "key=" .. hex(keys[i]:bytes("key")) .. "\tvalue=" .. result.value)
        end
    end
    return status, { list = list }
end

return ranges
