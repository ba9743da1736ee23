-- Loads the library and declares all of kv.h; on top of it, what an example needs.
--
-- KV_LIBRARY names the library, KV_HEADER the header; without them the system's are taken.

local ffi = require("ffi")
local declarations = require("declarations")

ffi.cdef(declarations(os.getenv("KV_HEADER") or "/usr/local/include/kv.h"))
local abi = ffi.load(os.getenv("KV_LIBRARY") or "libkv.so.0")
assert(abi.kv_abi_version() == abi.KV_ABI_VERSION, "kv: the header and the library do not match")

local kv = { abi = abi, NEVER = abi.KV_TTL_NEVER }

local Store = {}
Store.__index = Store

-- An error of the library: a status of kv.h, the system's error number, and as text its message;
-- of a conflict the version of the key.
local Error = {}
Error.__index = Error
Error.__tostring = function(self) return self.message end

-- Returns the status of an outcome; raises an error of the library, as of the caller's caller, and
-- a conflict, which leaves no message.
local function check(status, problem, version)
    local is_conflict = status == abi.KV_CONFLICT
    if status < 0 or is_conflict then
        local message = ffi.string(is_conflict and abi.kv_strerror(status) or problem.message)
        local caller = debug.getinfo(3, "Sl")
        if caller and caller.currentline > 0 then
            message = ("%s:%d: %s"):format(caller.short_src, caller.currentline, message)
        end
        error(setmetatable({
            status = tonumber(status), os_error = is_conflict and 0 or tonumber(problem.os_error),
            message = message, version = version,
        }, Error))
    end
    return status
end

-- Groups, keys and values are strings, in which any byte may be; nothing else is taken for one.
local function bytes(what, data)
    if type(data) ~= "string" then
        error(what .. " must be a string, not " .. type(data), 3)
    end
    return data
end

-- Returns a store for a handle that a function of kv.h has filled in.
function kv.store(handle)
    return setmetatable({ handle = handle, problem = ffi.new("kv_error") }, Store)
end

-- Opens a store. Close it: nothing else does.
function kv.open(location)
    -- A C string would end at the NUL.
    assert(not bytes("location", location):find("%z"), "a location holds no NUL")
    local store, problem = ffi.new("kv_store"), ffi.new("kv_error")
    check(abi.kv_open(location, store, problem), problem)
    return kv.store(store)
end

function Store:close()
    check(abi.kv_close(self.handle, self.problem), self.problem)
end

-- Writes a value for `ttl_ms` milliseconds; 0 and kv.NEVER are for ever, nil is the default_ttl of
-- the store.
function Store:set(group, key, value, ttl_ms)
    bytes("group", group)
    bytes("key", key)
    bytes("value", value)
    local status
    if ttl_ms == nil then
        status = abi.kv_set(self.handle, group, #group, key, #key, value, #value, self.problem)
    else
        status = abi.kv_set_ttl(
            self.handle, group, #group, key, #key, value, #value, ttl_ms, self.problem
        )
    end
    check(status, self.problem)
end

-- Returns the ttl of a key in milliseconds, kv.NEVER if it does not expire, or nil if it is absent.
function Store:ttl(group, key)
    bytes("group", group)
    bytes("key", key)
    local ttl_ms = ffi.new("int64_t[1]")
    local status = abi.kv_ttl(self.handle, group, #group, key, #key, ttl_ms, self.problem)
    if check(status, self.problem) == abi.KV_NOT_FOUND then
        return nil
    end
    return tonumber(ttl_ms[0])
end

-- Returns the value, or nil if the key is absent or expired.
function Store:get(group, key)
    bytes("group", group)
    bytes("key", key)
    local value = ffi.new("kv_value")
    local status = abi.kv_get(self.handle, group, #group, key, #key, value, self.problem)
    if check(status, self.problem) == abi.KV_NOT_FOUND then
        return nil
    end
    local data = ffi.string(value.data, value.len)
    abi.kv_value_free(value)
    return data
end

require("streams")(kv, Store, check, bytes)

return kv
