-- kv from LuaJIT: opens stores. KV_LIBRARY names the library, KV_HEADER the header; without them
-- the system's are taken.

local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")
local Store = require("kv.store")
require("kv.ranges")
require("kv.batches")
require("kv.transactions")
require("kv.watches")
require("kv.locks")
require("kv.streams")
require("kv.maintenance")
require("kv.records")
require("kv.metrics")
local trace = require("kv.trace")

local abi, problem = library.abi, library.problem

-- `abi` has every function and constant of kv.h by its name in C; NEVER is the ttl and the expiry
-- of an entry that never expires.
local kv = { abi = abi, NEVER = abi.KV_TTL_NEVER, set_trace = trace.set }

-- Opens a store: a path, or a URI such as "memory:" or "sqlite:app.db?durability=full". A store
-- that is forgotten is closed when it is collected.
function kv.open(location)
    local text = arguments.c_string("location", location)
    return Store.open(function(handle) return abi.kv_open(text, handle, problem) end)
end

-- Opens the store of a service in a services file.
function kv.open_config(path, service)
    local file, name = arguments.c_string("path", path), arguments.c_string("service", service)
    return Store.open(function(handle) return abi.kv_open_config(file, name, handle, problem) end)
end

-- Returns a store for the handle, a kv_store, that a function of kv.h has filled in. The store
-- closes it.
function kv.store(handle)
    return Store.of(handles.own(handle))
end

-- Returns the version of the library, such as "0.2.0".
function kv.version()
    return library.text(abi.kv_version())
end

return kv
