-- The values of the behaviour cases, as arguments of the functions of kv.h, and their results in
-- the flat form.

local ffi = require("ffi")
local abi = require("kv").abi
local hex = require("behaviour.lines").hex

-- Where the functions write their errors; the cases compare the statuses.
local values = { problem = ffi.new("kv_error") }

-- Calls a method of the example; an error of the library is its status, and that of a conflict has
-- the version of the key.
function values.through(call, ...)
    local result = { pcall(call, ...) }
    if result[1] then
        return abi.KV_OK, result[2]
    end
    if type(result[2]) ~= "table" then
        error(result[2], 0)
    end
    return result[2].status, result[2].version
end

-- A number of 64 bits from decimal text; tonumber would round it.
function values.int64(text)
    local sign, digits = text:match("^(-?)(%d+)$")
    assert(digits, text .. " is no number")
    local number = 0LL
    for digit in digits:gmatch("%d") do
        number = number * 10 - tonumber(digit)
    end
    return sign == "-" and number or -number
end

function values.decimal(number)
    return (tostring(number):gsub("U?LL$", ""))
end

function values.time(ms)
    return ms == abi.KV_TTL_NEVER and "never" or values.decimal(ms)
end

-- The group and key of a line, as a function of kv.h takes them; the strings stay where they are as
-- long as the line does.
function values.at(line)
    local group, key = line:bytes("group"), line:bytes("key")
    return group, #group, key, #key
end

function values.ttl_of(line)
    local text = line:find("ttl")
    if text == nil then
        return ffi.cast("int64_t", 0x8000000000000000ULL) -- KV_TTL_DEFAULT
    end
    return text == "never" and abi.KV_TTL_NEVER or values.int64(text)
end

local CONDITIONS = { absent = abi.KV_IF_ABSENT, present = abi.KV_IF_PRESENT, version = abi.KV_IF_VERSION }

local DURABILITIES = { normal = abi.KV_DURABILITY_NORMAL, full = abi.KV_DURABILITY_FULL }

function values.put_options(run, line)
    local options = ffi.new("kv_put_options")
    options.size = ffi.sizeof(options)
    local condition, expires_at = line:find("if"), line:find("expires_at")
    local durability = line:find("durability")
    if durability then
        options.durability = assert(DURABILITIES[durability], durability)
    end
    if condition then
        options.condition = assert(CONDITIONS[condition], condition)
    end
    if condition == "version" then
        options.version = run:version(line:take("version"))
    end
    if line:find("keep_ttl") then
        options.expiry = abi.KV_EXPIRY_KEEP
    end
    if line:find("ttl") then
        options.expiry, options.time_ms = abi.KV_EXPIRY_AFTER, values.ttl_of(line)
    end
    if expires_at then
        options.expiry = abi.KV_EXPIRY_AT
        options.time_ms = expires_at == "never" and abi.KV_TTL_NEVER or values.int64(expires_at)
    end
    return options
end

function values.expire_flags(line)
    local flags = 0
    for name in (line:find("flags") or ""):gmatch("[^,]+") do
        flags = flags + abi["KV_EXPIRE_" .. name:upper()]
    end
    return flags
end

-- The bytes of a pinned value, in the flat form, or nil if there is none; the value is freed.
function values.freed(value)
    local bytes = value.data ~= nil and hex(ffi.string(value.data, value.len)) or nil
    abi.kv_value_free(value)
    return bytes
end

-- Calls a function of kv.h whose last output is a pinned value.
function values.valued(call, ...)
    local value = ffi.new("kv_value")
    local arguments = { ... }
    table.insert(arguments, value)
    table.insert(arguments, values.problem)
    local status = call(unpack(arguments))
    return status, { value = values.freed(value) }
end

return values
