-- Transactions: reads and buffered writes that are committed if all that was read is unchanged.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")
local Store = require("kv.store")

local abi, problem, check = library.abi, library.problem, library.check
local at, sized = arguments.at, arguments.sized

-- The methods have the arguments and results of the store's.
local Transaction = {}
Transaction.__index = Transaction

-- Begins a transaction. End it by commit or abort; one that is forgotten is aborted.
function Store:transaction()
    local handle = handles.open("kv_txn", function(txn) return abi.kv_txn_begin(self.handle, txn, problem) end)
    return setmetatable({ handle = handle, store = self }, Transaction)
end

local TRIES = 16

-- Calls `change` with a transaction, commits it, and returns what `change` has returned. After
-- another commit was first, it is called again with a new transaction, at most `tries` times in
-- all, 16 without a number; then an error with the status KV_CONFLICT. An error of `change`
-- aborts the transaction and is raised from here; if it aborts the transaction itself, nothing is
-- written.
function Store:update(change, tries)
    for try = 1, tries or TRIES do
        local txn = self:transaction()
        local is_fine, result = pcall(change, txn)
        if not is_fine then
            txn:abort()
            error(result, 0)
        elseif txn.is_ended then
            return result
        end
        local committed, why = pcall(txn.commit, txn)
        if committed then
            return result
        end
        txn:abort()
        if type(why) ~= "table" or why.status ~= abi.KV_CONFLICT or try == (tries or TRIES) then
            error(why, 0)
        end
    end
end

function Transaction:get(group, key)
    local status, value = Store.valued(abi.kv_txn_get, self.handle, at(group, key))
    return check(status) == abi.KV_OK and Store.bytes_of(value) or nil
end

function Transaction:has(group, key)
    local g, g_len, k, k_len = at(group, key)
    return check(abi.kv_txn_exists(self.handle, g, g_len, k, k_len, problem)) == abi.KV_OK
end

function Transaction:ttl(group, key)
    local g, g_len, k, k_len = at(group, key)
    local ttl_ms = ffi.new("int64_t[1]")
    local status = check(abi.kv_txn_ttl(self.handle, g, g_len, k, k_len, ttl_ms, problem))
    return status == abi.KV_OK and tonumber(ttl_ms[0]) or nil
end

-- Scans a group as the transaction sees it; that counts as a read of the range.
function Transaction:scan(group, options)
    return Store.scan_of(self, abi.kv_txn_scan, group, options)
end

-- Buffers a write with the options of put. A condition is checked now, on the key as the
-- transaction sees it; if it does not hold, an error with the status KV_CONFLICT, and the
-- transaction goes on.
function Transaction:set(group, key, value, options)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    check(abi.kv_txn_set(self.handle, g, g_len, k, k_len, v, v_len, arguments.put(options), problem))
end

function Transaction:delete(group, key)
    local g, g_len, k, k_len = at(group, key)
    return check(abi.kv_txn_delete(self.handle, g, g_len, k, k_len, problem)) == abi.KV_OK
end

function Transaction:increment(group, key, delta, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local sum, number = ffi.new("int64_t[1]"), arguments.integer("delta", delta == nil and 1 or delta)
    local ttl = arguments.ttl(ttl_ms)
    check(abi.kv_txn_increment(self.handle, g, g_len, k, k_len, number, ttl, sum, problem))
    return arguments.number(sum[0])
end

function Transaction:append(group, key, value, ttl_ms)
    local g, g_len, k, k_len = at(group, key)
    local v, v_len = sized("value", value)
    local length, ttl = ffi.new("size_t[1]"), arguments.ttl(ttl_ms)
    check(abi.kv_txn_append(self.handle, g, g_len, k, k_len, v, v_len, ttl, length, problem))
    return tonumber(length[0])
end

function Transaction:expire(group, key, ttl_ms, flags)
    local g, g_len, k, k_len = at(group, key)
    local ttl, set = arguments.ttl(ttl_ms), arguments.expire_flags(flags)
    return check(abi.kv_txn_expire(self.handle, g, g_len, k, k_len, ttl, set, problem)) == abi.KV_OK
end

-- Applies all writes if every entry that was read is unchanged, and ends the transaction. If one
-- was changed, an error with the status KV_CONFLICT, which ends it as well; after another error
-- commit it again, or abort it.
function Transaction:commit()
    local status = abi.kv_txn_commit(self.handle, problem)
    if status == abi.KV_OK or status == abi.KV_CONFLICT then
        self.is_ended = true
        handles.ended(self.handle)
    end
    check(status)
end

-- Ends a transaction without its writes; aborting one that has ended does nothing.
function Transaction:abort()
    self.is_ended = true
    handles.close(self.handle)
end
