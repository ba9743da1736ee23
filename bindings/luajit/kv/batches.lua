-- Batches: steps that are applied together, or not at all.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")
local Store = require("kv.store")

local abi, problem, check = library.abi, library.problem, library.check
local at, sized = arguments.at, arguments.sized

-- The methods that add a step have the arguments of the store's and return the batch.
local Batch = {}
Batch.__index = Batch

-- Returns an empty batch.
function Store:batch()
    local handle = handles.open("kv_batch", function(batch) return abi.kv_batch_new(batch, problem) end)
    return setmetatable({ handle = handle, store = self, steps = 0 }, Batch)
end

local function added(batch, status)
    check(status)
    batch.steps = batch.steps + 1
    return batch
end

-- The batch is applied only if the key is at a version; 0 means absent.
function Batch:check(group, key, version)
    local g, g_len, k, k_len = at(group, key)
    local number = arguments.integer("version", version)
    return added(self, abi.kv_batch_check(self.handle, g, g_len, k, k_len, number, problem))
end

-- The batch is applied only if a lock is still held.
function Batch:check_lock(lock)
    return added(self, abi.kv_batch_check_lock(self.handle, lock.name, #lock.name, lock.lock, problem))
end

function Batch:get(group, key)
    local g, g_len, k, k_len = at(group, key)
    return added(self, abi.kv_batch_get(self.handle, g, g_len, k, k_len, problem))
end

-- The options are those of put.
function Batch:set(group, key, value, options)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    local put = arguments.put(options)
    return added(self, abi.kv_batch_set(self.handle, g, g_len, k, k_len, v, v_len, put, problem))
end

function Batch:delete(group, key)
    local g, g_len, k, k_len = at(group, key)
    return added(self, abi.kv_batch_delete(self.handle, g, g_len, k, k_len, problem))
end

function Batch:take(group, key)
    local g, g_len, k, k_len = at(group, key)
    return added(self, abi.kv_batch_take(self.handle, g, g_len, k, k_len, problem))
end

function Batch:increment(group, key, delta, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local number, ttl = arguments.integer("delta", delta == nil and 1 or delta), arguments.ttl(ttl_ms)
    return added(self, abi.kv_batch_increment(self.handle, g, g_len, k, k_len, number, ttl, problem))
end

function Batch:append(group, key, value, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    local ttl = arguments.ttl(ttl_ms)
    return added(self, abi.kv_batch_append(self.handle, g, g_len, k, k_len, v, v_len, ttl, problem))
end

function Batch:expire(group, key, ttl_ms, flags)
    local g, g_len, k, k_len = at(group, key)
    local ttl, set = arguments.ttl(ttl_ms), arguments.expire_flags(flags)
    return added(self, abi.kv_batch_expire(self.handle, g, g_len, k, k_len, ttl, set, problem))
end

function Batch:delete_prefix(group, prefix)
    local g, g_len = sized("group", group)
    local p, p_len = sized("prefix", prefix)
    return added(self, abi.kv_batch_delete_prefix(self.handle, g, g_len, p, p_len, problem))
end

-- Returns the result of a step, counted from 1: its status, and a value or version if it has one.
local function result(batch, step)
    local status, value = Store.valued(abi.kv_batch_result, batch.handle, step - 1)
    if status < 0 then
        check(status)
    end
    local version = value.version
    return { status = tonumber(status), version = version, value = Store.bytes_of(value) }
end

-- Applies all steps, and returns a list of their results: each a `status`, KV_OK, KV_NOT_FOUND,
-- or KV_CONFLICT for flags that do not allow an expire; the `value` of a get or take, and that of
-- an increment, append or delete_prefix as decimal text; and the `version` that it has written. A
-- condition that does not hold is an error with the status KV_CONFLICT, the `step` that has it,
-- and the `version` of its key; nothing is written. The batch keeps its steps and may be
-- committed again.
function Batch:commit()
    local status = abi.kv_batch_commit(self.store.handle, self.handle, problem)
    if status == abi.KV_CONFLICT then
        for step = 1, self.steps do
            local of_step, value = Store.valued(abi.kv_batch_result, self.handle, step - 1)
            if of_step == abi.KV_CONFLICT then
                check(status, { step = step, version = value.version })
            end
        end
    end
    check(status)
    local results = {}
    for step = 1, self.steps do
        results[step] = result(self, step)
    end
    return results
end

-- Removes all steps.
function Batch:clear()
    check(abi.kv_batch_clear(self.handle, problem))
    self.steps = 0
    return self
end

-- Ends a batch; ending it again does nothing.
function Batch:close()
    handles.close(self.handle)
end
