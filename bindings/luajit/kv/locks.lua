-- Locks with a lease and a fencing token.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local Store = require("kv.store")

local abi, problem, check = library.abi, library.problem, library.check

-- A lock that was acquired: its `name` and `token`, a uint64_t. There is nothing to close: a lock
-- that is forgotten is free when its lease ends.
local Lock = {}
Lock.__index = Lock

-- Acquires a lock for `lease_ms` milliseconds. If another owner holds it, the call waits for at
-- most `wait_ms`, 0 without a number, and then returns nil. `owner` describes the caller to
-- others. A wait ends in time alone, so a program that has to end by Ctrl-C waits for a short
-- time, and again.
function Store:lock(name, lease_ms, wait_ms, owner)
    local n, n_len = arguments.sized("name", name)
    local o, o_len = arguments.sized("owner", owner or "")
    local lease, wait = arguments.integer("lease_ms", lease_ms), arguments.integer("wait_ms", wait_ms or 0)
    local lock = ffi.new("kv_lock")
    local status = abi.kv_lock_acquire(self.handle, n, n_len, o, o_len, lease, wait, lock, problem)
    if status == abi.KV_CONFLICT then
        return nil
    end
    check(status)
    return setmetatable({ name = name, token = lock.token, lock = lock, store = self }, Lock)
end

-- Gives the lock another lease from now. If its lease has ended, an error with KV_CONFLICT.
function Lock:renew(lease_ms)
    local lease = arguments.integer("lease_ms", lease_ms)
    check(abi.kv_lock_renew(self.store.handle, self.name, #self.name, self.lock, lease, problem))
end

-- Releases the lock. If its lease has ended, an error with KV_CONFLICT.
function Lock:release()
    check(abi.kv_lock_release(self.store.handle, self.name, #self.name, self.lock, problem))
end

-- Returns the `owner` of a lock and the end of its lease, `expires_at_ms`; nil if it is free.
function Store:lock_holder(name)
    local n, n_len = arguments.sized("name", name)
    local status, value = Store.valued(abi.kv_lock_get, self.handle, n, n_len)
    if check(status) == abi.KV_NOT_FOUND then
        return nil
    end
    local expires_at_ms = tonumber(value.expires_at_ms)
    return { owner = Store.bytes_of(value) or "", expires_at_ms = expires_at_ms }
end
