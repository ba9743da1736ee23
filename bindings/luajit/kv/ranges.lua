-- The calls of a store on many keys: scans, lists of keys, counts and deletes.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")
local Store = require("kv.store")

local abi, problem, check = library.abi, library.problem, library.check
local sized, refuse = arguments.sized, library.refuse

-- A scan, which is an iterator of a for loop. It ends with its last entry; one that is left
-- before, by `close` or when it is collected.
local Scan = {}
Scan.__index = Scan

local function key_of(entry)
    return ffi.string(entry.key, entry.key_len)
end

-- Each picks the variables of the loop from an entry.
local picks = {
    entry = function(entry)
        return key_of(entry), ffi.string(entry.value, entry.value_len), entry.version, tonumber(entry.expires_at_ms)
    end,
    key = function(entry) return key_of(entry), entry.version, tonumber(entry.expires_at_ms) end,
    size = function(entry)
        return key_of(entry), tonumber(entry.value_size), entry.version, tonumber(entry.expires_at_ms)
    end,
    group = function(entry) return ffi.string(entry.group, entry.group_len) end,
}

-- Returns a scan whose cursor `fill` opens; `owner`, and the strings in `given`, to which `fill`
-- has pointers, are kept as long as the scan.
local function begin(owner, given, pick, fill)
    local cursor = handles.open("kv_cursor", fill)
    return setmetatable({
        handle = cursor, entry = ffi.new("kv_entry"), pick = pick, owner = owner, given = given,
    }, Scan)
end

function Scan:__call()
    if self.is_done then
        return nil
    end
    if check(abi.kv_cursor_next(self.handle, self.entry, problem)) == abi.KV_DONE then
        self.is_done = true
        handles.close(self.handle)
        return nil
    end
    return self.pick(self.entry)
end

-- Ends a scan; ending it again does nothing.
function Scan:close()
    handles.close(self.handle)
end

-- Begins a scan by a function of kv.h that takes the handle of a store or a transaction.
function Store.scan_of(owner, call, group, options)
    local g, g_len = sized("group", group)
    local given = arguments.options(options)
    local scan = arguments.scan(given)
    local pick = given.sizes and picks.size or given.keys_only and picks.key or picks.entry
    return begin(owner, given, pick, function(cursor)
        return call(owner.handle, g, g_len, scan, cursor, problem)
    end)
end

-- Scans a group in key order, as one snapshot: `for key, value, version, expires_at_ms in ...`.
-- With keys_only the loop has no value, with sizes its size instead. See README.md for the
-- options.
function Store:scan(group, options)
    return Store.scan_of(self, abi.kv_scan, group, options)
end

-- Scans the names of the groups that begin with `prefix`, or of all.
function Store:groups(prefix)
    local p, p_len = sized("prefix", prefix or "")
    return begin(self, p, picks.group, function(cursor)
        return abi.kv_groups(self.handle, p, p_len, cursor, problem)
    end)
end

local function list(name, given)
    if type(given) ~= "table" then
        refuse(("%s must be a table, not %s"):format(name, type(given)))
    end
    return given
end

-- Returns the bytes of a number of 32 bits in the flat form.
local function u32(number)
    return string.char(number % 256, math.floor(number / 256) % 256, math.floor(number / 65536) % 256,
        math.floor(number / 16777216))
end

local function number_at(data, offset)
    return data[offset] + data[offset + 1] * 256 + data[offset + 2] * 65536 + data[offset + 3] * 16777216
end

local ABSENT = 0xFFFFFFFF

-- Returns a table of the values of those keys that are there, by key, as of one instant.
function Store:get_many(group, keys)
    local parts = {}
    for _, key in ipairs(list("keys", keys)) do
        local _, g_len, _, k_len = arguments.at(group, key)
        table.insert(parts, u32(g_len) .. u32(k_len) .. group .. key)
    end
    local flat = table.concat(parts)
    local used, count, room, buffer = ffi.new("size_t[1]"), ffi.new("size_t[1]"), 0, nil
    repeat
        buffer, room = ffi.new("uint8_t[?]", math.max(room, 1)), room
        local status = check(abi.kv_get_many(self.handle, flat, #flat, buffer, room, used, count, problem))
        room = tonumber(used[0])
    until status ~= abi.KV_TOO_SMALL
    local values, at = {}, 0
    for _, key in ipairs(keys) do
        local length = number_at(buffer, at + 24)
        at = at + 28 + #group + #key
        if length ~= ABSENT then
            values[key] = ffi.string(buffer + at, length)
            at = at + length
        end
    end
    return values
end

-- Writes all values of a table by key, or none, with one ttl as that of set.
function Store:set_many(group, values, ttl_ms)
    local batch = self:batch()
    for key, value in pairs(list("values", values)) do
        batch:set(group, key, value, { ttl_ms = arguments.ttl(ttl_ms) })
    end
    batch:commit()
    batch:close()
end

-- Deletes keys in one step, and returns those that had a live entry, in their order.
function Store:delete_many(group, keys)
    local batch, deleted = self:batch(), {}
    for _, key in ipairs(list("keys", keys)) do
        batch:delete(group, key)
    end
    for i, result in ipairs(batch:commit()) do
        if result.status == abi.KV_OK then
            table.insert(deleted, keys[i])
        end
    end
    batch:close()
    return deleted
end

-- Calls whose last output is a count, with the names of their arguments; the prefix of all groups
-- may be left out.
local COUNTED = {
    -- Each counts or deletes live entries: of a group, of its keys with a prefix, of the groups
    -- with a prefix; purge_expired removes expired ones.
    count = { "group" }, count_all = { "prefix", default = "" }, delete_group = { "group" },
    delete_prefix = { "group", "prefix" }, delete_all = { "prefix", default = "" },
    purge_expired = {},
}
for name, names in pairs(COUNTED) do
    Store[name] = function(self, ...)
        local count, given = ffi.new("uint64_t[1]"), { self.handle }
        for i, argument in ipairs(names) do
            local data = select(i, ...)
            local p, p_len = sized(argument, data == nil and names.default or data)
            table.insert(given, p)
            table.insert(given, p_len)
        end
        table.insert(given, count)
        table.insert(given, problem)
        check(abi["kv_" .. name](unpack(given)))
        return tonumber(count[0])
    end
end
