-- Locks of the behaviour cases.

local ffi = require("ffi")
local abi = require("kv").abi
local values = require("behaviour.values")

local int64, decimal, problem = values.int64, values.decimal, values.problem

-- The functions of the system's that read its clock.
ffi.cdef([[
typedef struct kv_behaviour_time { long seconds; long nanoseconds; } kv_behaviour_time;
int clock_gettime(int clock, kv_behaviour_time *time);
]])

local locks = {}

-- Milliseconds since 1970; the clock 0 is that of the wall.
local function now_ms()
    local time = ffi.new("kv_behaviour_time")
    assert(ffi.C.clock_gettime(0, time) == 0, "the clock cannot be read")
    return time.seconds * 1000LL + time.nanoseconds / 1000000LL
end

function locks.lock_acquire(run, line)
    local name, owner, lock = line:bytes("name"), line:find_bytes("owner"), ffi.new("kv_lock")
    local status = abi.kv_lock_acquire(run:handle(line), name, #name, owner, owner and #owner or 0,
        int64(line:take("lease")), int64(line:find("wait") or "0"), lock, problem)
    local saved = line:find("save")
    run:save(line, status, lock.token)
    if saved and status == abi.KV_OK then
        run.locks[saved] = lock
    end
    -- The token is what the expectation `newer_than` compares.
    return status, { version = decimal(lock.token) }
end

function locks.lock_renew(run, line)
    local name, lock = line:bytes("name"), run:lock(line:take("lock"))
    return abi.kv_lock_renew(run:handle(line), name, #name, lock, int64(line:take("lease")), problem)
end

function locks.lock_release(run, line)
    local name, lock = line:bytes("name"), run:lock(line:take("lock"))
    return abi.kv_lock_release(run:handle(line), name, #name, lock, problem)
end

function locks.lock_get(run, line)
    local name, owner = line:bytes("name"), ffi.new("kv_value")
    local status = abi.kv_lock_get(run:handle(line), name, #name, owner, problem)
    if status ~= abi.KV_OK then
        return status
    end
    local ttl = decimal(owner.expires_at_ms - now_ms())
    return status, { ttl = ttl, owner = values.freed(owner) or "x" }
end

return locks
