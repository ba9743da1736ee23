-- Locks of the behaviour cases.

local ffi = require("ffi")
local kv = require("kv")
local values = require("behaviour.values")

local through, int64, decimal = values.through, values.int64, values.decimal

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
    return tonumber(time.seconds) * 1000 + math.floor(tonumber(time.nanoseconds) / 1000000)
end

function locks.lock_acquire(run, line)
    local store, wait = run:store(line), line:find("wait")
    local status, lock = through(store.lock, store, line:bytes("name"), int64(line:take("lease")),
        wait and int64(wait), line:find_bytes("owner"))
    local name = line:find("save")
    if status == kv.abi.KV_OK and not lock then
        return kv.abi.KV_CONFLICT
    end
    run:save(line, status, lock and lock.token)
    if name and lock then
        run.locks[name] = lock
    end
    -- The token is what the expectation `newer_than` compares.
    return status, { version = lock and decimal(lock.token) }
end

-- The lock that a case has saved, under the name and of the store that its call states.
local function saved(run, line)
    local lock = run:lock(line:take("lock"))
    local stated = { name = line:bytes("name"), lock = lock.lock, token = lock.token, store = run:store(line) }
    return setmetatable(stated, getmetatable(lock))
end

function locks.lock_renew(run, line)
    local lock = saved(run, line)
    return (through(lock.renew, lock, int64(line:take("lease"))))
end

function locks.lock_release(run, line)
    local lock = saved(run, line)
    return (through(lock.release, lock))
end

function locks.lock_get(run, line)
    local store = run:store(line)
    local status, holder = values.finding(store.lock_holder, store, line:bytes("name"))
    return status, holder and { ttl = decimal(holder.expires_at_ms - now_ms()), owner = values.bytes(holder.owner) }
end

return locks
