-- The arguments of calls: bytes, times and options, as the functions of kv.h take them.

local ffi = require("ffi")
local library = require("kv.library")

local abi, refuse = library.abi, library.refuse
local TTL_DEFAULT = ffi.cast("int64_t", 0x8000000000000000ULL) -- KV_TTL_DEFAULT

local arguments = {}

-- Groups, keys and values are strings, in which any byte may be; nothing else is taken for one.
function arguments.bytes(name, data)
    if type(data) ~= "string" then
        refuse(("%s must be a string, not %s"):format(name, type(data)))
    end
    return data
end

-- Returns a text that ends at its NUL in C, and so can have none itself.
function arguments.c_string(name, text)
    if arguments.bytes(name, text):find("%z") then
        refuse(("a %s holds no NUL"):format(name))
    end
    return text
end

-- Returns the group and key of a call with their lengths.
function arguments.at(group, key)
    return arguments.bytes("group", group), #group, arguments.bytes("key", key), #key
end

local bytes = arguments.bytes

-- Returns the bytes of a call with their length.
function arguments.sized(name, data)
    return bytes(name, data), #data
end

-- Returns a whole number as an argument of 64 bits; an int64_t or uint64_t stays as it is.
function arguments.integer(name, number)
    if type(number) == "cdata" and (ffi.istype("int64_t", number) or ffi.istype("uint64_t", number)) then
        return number
    elseif type(number) == "number" and number % 1 == 0 and math.abs(number) <= 2 ^ 53 then
        return ffi.cast("int64_t", number)
    end
    refuse(("%s must be a whole number of at most 2^53, or an int64_t, not %s"):format(name, tostring(number)))
end

-- Returns a ttl in milliseconds; nil is the default_ttl of the store.
function arguments.ttl(ttl_ms)
    return ttl_ms == nil and TTL_DEFAULT or arguments.integer("ttl_ms", ttl_ms)
end

-- Returns a number of Lua, or the integer of 64 bits itself where that would lose digits.
function arguments.number(integer)
    local number = tonumber(integer)
    return math.abs(number) < 2 ^ 53 and number or integer
end

local CONDITIONS = { absent = abi.KV_IF_ABSENT, present = abi.KV_IF_PRESENT }
local DURABILITIES = { normal = abi.KV_DURABILITY_NORMAL, full = abi.KV_DURABILITY_FULL }

local function word(name, words, given)
    return words[given] or refuse(("there is no %s %s"):format(name, tostring(given)))
end

-- The fields that each option sets in the options of a write, as kv.h has them.
local setters = {
    ttl_ms = function(options, ms)
        options.expiry, options.time_ms = abi.KV_EXPIRY_AFTER, arguments.integer("ttl_ms", ms)
    end,
    expires_at_ms = function(options, ms)
        options.expiry, options.time_ms = abi.KV_EXPIRY_AT, arguments.integer("expires_at_ms", ms)
    end,
    keep_ttl = function(options, is_kept)
        options.expiry = is_kept and abi.KV_EXPIRY_KEEP or options.expiry
    end,
    durability = function(options, given)
        options.durability = word("durability", DURABILITIES, given)
    end,
    condition = function(options, condition)
        if type(condition) == "string" then
            options.condition = word("condition", CONDITIONS, condition)
        else
            options.condition = abi.KV_IF_VERSION
            options.version = arguments.integer("a version", condition)
        end
    end,
}

-- Returns a table of options or flags by name, an empty one for nil.
function arguments.options(given)
    if given ~= nil and type(given) ~= "table" then
        refuse("options must be a table, not " .. type(given))
    end
    return given or {}
end

-- Returns the options of a write, or nil for none: one of `ttl_ms`, `expires_at_ms` and
-- `keep_ttl`, the `durability` "normal" or "full", and the `condition` "absent", "present" or a
-- version.
function arguments.put(given)
    if given == nil then
        return nil
    end
    arguments.options(given)
    local options = ffi.new("kv_put_options", ffi.sizeof("kv_put_options"))
    local expiries = (given.ttl_ms and 1 or 0) + (given.expires_at_ms and 1 or 0) + (given.keep_ttl and 1 or 0)
    if expiries > 1 then
        refuse("ttl_ms, expires_at_ms and keep_ttl exclude each other")
    end
    for name, value in pairs(given) do
        local set = setters[name] or refuse("there is no option " .. tostring(name))
        set(options, value)
    end
    return options
end

local EXPIRE = { nx = abi.KV_EXPIRE_NX, xx = abi.KV_EXPIRE_XX, gt = abi.KV_EXPIRE_GT, lt = abi.KV_EXPIRE_LT }

-- Returns the flags of an expire: those whose names have a true value, as in { nx = true }.
function arguments.expire_flags(given)
    local flags = 0
    for name, is_set in pairs(arguments.options(given)) do
        local flag = EXPIRE[name] or refuse("there is no flag " .. tostring(name))
        flags = flags + (is_set and flag or 0)
    end
    return flags
end

-- The bounds of a scan: the field of kv_scan_options and the flag for each option.
local BOUNDS = {
    prefix = { "pattern", 0 }, glob = { "pattern", abi.KV_SCAN_GLOB },
    redis_glob = { "pattern", abi.KV_SCAN_GLOB_REDIS }, from = { "lower", 0 },
    above = { "lower", abi.KV_SCAN_LOWER_EXCLUSIVE }, below = { "upper", 0 },
    to = { "upper", abi.KV_SCAN_UPPER_INCLUSIVE },
}
local SCAN_FLAGS = {
    reverse = abi.KV_SCAN_REVERSE, keys_only = abi.KV_SCAN_KEYS_ONLY, sizes = abi.KV_SCAN_SIZES,
    snapshot = abi.KV_SCAN_SNAPSHOT,
}

-- Returns the options of a scan. Their bytes are those of the strings in `given`.
function arguments.scan(given)
    local options = ffi.new("kv_scan_options", ffi.sizeof("kv_scan_options"))
    local taken = {}
    for name, value in pairs(given) do
        local bound, flag = BOUNDS[name], SCAN_FLAGS[name]
        if bound then
            if taken[bound[1]] then
                refuse(("%s and %s exclude each other"):format(taken[bound[1]], name))
            end
            taken[bound[1]] = name
            options[bound[1]], options[bound[1] .. "_len"] = bytes(name, value), #value
            options.flags = options.flags + bound[2]
        elseif flag then
            options.flags = options.flags + (value and flag or 0)
        elseif name == "limit" or name == "offset" then
            local number = arguments.integer(name, value)
            options[name] = number >= 0 and number or refuse(name .. " must not be negative")
        else
            refuse("there is no option " .. tostring(name))
        end
    end
    return options
end

return arguments
