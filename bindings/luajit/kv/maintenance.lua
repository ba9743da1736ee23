-- Maintenance of a store: statistics, backups, checks.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local Store = require("kv.store")

local abi, problem, check = library.abi, library.problem, library.check

-- The fields of kv_stats that are numbers.
local FIELDS = {}
for name in ([[format entries bytes expired_entries hits misses commits transactions expirations file_bytes
    wal_bytes checkpoints readers evictions max_bytes max_entries read_only write_errno oldest_snapshot_ms
    write_stalls write_stall_us longest_write_stall_us cache_hits cache_resets]]):gmatch("%S+") do
    table.insert(FIELDS, name)
end

-- Returns the statistics of the store by the names of kv_stats. The call reads every entry.
function Store:stats()
    local stats, found = ffi.new("kv_stats", ffi.sizeof("kv_stats")), {}
    check(abi.kv_stats_get(self.handle, stats, problem))
    for _, name in ipairs(FIELDS) do
        found[name] = tonumber(stats[name])
    end
    found.sqlite_version = ffi.string(stats.sqlite_version)
    return found
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
