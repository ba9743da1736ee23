-- The metrics of a store: figures for monitors, which are always counted.

local ffi = require("ffi")
local library = require("kv.library")
local Store = require("kv.store")
local structures = require("kv.structures")

local abi, check, refuse = library.abi, library.check, library.refuse

-- The kinds of calls by their names, and the names by the kinds.
local KINDS, NAMES = {}, {}
for kind = 0, abi.KV_CALL_KINDS - 1 do
    local name = ffi.string(abi.kv_call_name(kind))
    KINDS[name], NAMES[kind] = kind, name
end

local metrics = {}

-- Returns the name of a kind of calls, "unknown" for one that the library has not named.
function metrics.name_of(kind)
    return NAMES[kind] or "unknown"
end

-- Returns the metrics of the store by the names of kv_metrics; `group_sizes` is a list. The call
-- reads no entry.
function Store:metrics()
    return structures.filled("kv_metrics", abi.kv_metrics_get, self.handle)
end

-- Returns the metrics of the calls of a kind, such as "get" or "delete_range": the names are those
-- of kv_call_metrics, and the `kind` is this word; `buckets` is a list.
function Store:call_metrics(kind)
    local number = KINDS[kind] or refuse("there is no kind of calls " .. tostring(kind))
    local found = structures.filled("kv_call_metrics", abi.kv_call_metrics_get, self.handle, number)
    found.kind = kind
    return found
end

-- Returns all metrics as text in the format of Prometheus.
function Store:metrics_text()
    local status, text = Store.valued(abi.kv_metrics_text, self.handle)
    check(status)
    return Store.bytes_of(text)
end

return metrics
