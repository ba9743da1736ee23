-- Maintenance of a store: statistics, backups, checks.

local library = require("kv.library")
local arguments = require("kv.arguments")
local Store = require("kv.store")
local structures = require("kv.structures")

local abi, problem, check = library.abi, library.problem, library.check
local filled = structures.filled

-- Returns the statistics of the store by the names of kv_stats. The call reads no entry.
function Store:stats()
    return filled("kv_stats", abi.kv_stats_get, self.handle)
end

-- Counts the entries of the store: `entries`, their `bytes`, and `expired_entries` that are not
-- purged yet. The call reads every entry, so its time grows with their number.
function Store:usage()
    return filled("kv_usage", abi.kv_usage_get, self.handle)
end

-- Copies a snapshot of the file of the store into a new file.
function Store:backup(path)
    check(abi.kv_backup(self.handle, arguments.c_string("path", path), nil, nil, problem))
end

-- Replaces all that the file of the store holds by a backup, in one step.
function Store:restore(path)
    check(abi.kv_restore(self.handle, arguments.c_string("path", path), nil, nil, problem))
end

-- Each is a call on the whole store: compact gives unused space of the file back, verify reads
-- all stored data and raises the first fault, flush waits until all writes would survive a loss
-- of power.
for name, call in pairs({ compact = abi.kv_compact, verify = abi.kv_check, flush = abi.kv_flush }) do
    Store[name] = function(self) check(call(self.handle, problem)) end
end
