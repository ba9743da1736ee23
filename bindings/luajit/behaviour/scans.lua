-- Scans of the behaviour cases.

local ffi = require("ffi")
local abi = require("kv").abi
local hex = require("behaviour.lines").hex
local problem = require("behaviour.values").problem

local scans = {}

-- Walks a cursor to its end; `pick` makes an element of each entry.
function scans.walk(cursor, pick)
    local entry, list, status = ffi.new("kv_entry"), {}, nil
    repeat
        status = abi.kv_cursor_next(cursor, entry, problem)
        if status == abi.KV_OK then
            table.insert(list, pick(entry))
        end
    until status ~= abi.KV_OK
    abi.kv_cursor_close(cursor, problem)
    return status == abi.KV_DONE and abi.KV_OK or status, { list = list }
end

local function key_of(entry)
    return "key=" .. hex(ffi.string(entry.key, entry.key_len))
end

local function entry_of(entry)
    return key_of(entry) .. "\tvalue=" .. hex(ffi.string(entry.value, entry.value_len))
end

-- The bounds of a scan: the field of kv_scan_options and the flag for each argument.
local BOUNDS = {
    prefix = { "pattern", 0 }, glob = { "pattern", abi.KV_SCAN_GLOB },
    redis_glob = { "pattern", abi.KV_SCAN_GLOB_REDIS }, from = { "lower", 0 },
    above = { "lower", abi.KV_SCAN_LOWER_EXCLUSIVE }, below = { "upper", 0 },
    to = { "upper", abi.KV_SCAN_UPPER_INCLUSIVE },
}

-- Scans with a function of kv.h, which takes the handle of a store or transaction.
function scans.scan(begin, handle, line)
    local options, cursor, flags = ffi.new("kv_scan_options"), ffi.new("kv_cursor"), 0
    local group, bytes = line:bytes("group"), {}
    options.size = ffi.sizeof(options)
    for name, bound in pairs(BOUNDS) do
        bytes[name] = line:find_bytes(name)
        if bytes[name] then
            options[bound[1]], options[bound[1] .. "_len"] = bytes[name], #bytes[name]
            flags = flags + bound[2]
        end
    end
    local is_keys_only = line:find("expect.list") == "key"
    flags = flags + (line:find("reverse") and abi.KV_SCAN_REVERSE or 0)
    options.flags = flags + (is_keys_only and abi.KV_SCAN_KEYS_ONLY or 0)
    options.limit = tonumber(line:find("limit") or "0")
    options.offset = tonumber(line:find("offset") or "0")
    local status = begin(handle, group, #group, options, cursor, problem)
    if status ~= abi.KV_OK then
        return status
    end
    return scans.walk(cursor, is_keys_only and key_of or entry_of)
end

return scans
