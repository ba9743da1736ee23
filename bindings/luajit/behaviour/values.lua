-- The values of the behaviour cases, as arguments of the binding, and its results in the flat
-- form.

local kv = require("kv")
local hex = require("behaviour.lines").hex

local abi = kv.abi
local values = {}

-- Calls a function of the binding. Returns KV_OK and its result, or the status of the error that
-- it has raised, nil and the error.
function values.through(call, ...)
    local result = { pcall(call, ...) }
    if result[1] then
        return abi.KV_OK, result[2]
    end
    if type(result[2]) ~= "table" then
        error(result[2], 0)
    end
    return result[2].status, nil, result[2]
end

-- Calls a function that returns whether it has found something: nil or false is KV_NOT_FOUND.
function values.finding(call, ...)
    local status, result, why = values.through(call, ...)
    if status == abi.KV_OK and not result then
        return abi.KV_NOT_FOUND
    end
    return status, result, why
end

-- Calls a function that returns a version, which a conflict has as well. Returns the status and
-- the version in the flat form, which is saved if it was written.
function values.versioned(run, line, call, ...)
    local status, version, why = values.through(call, ...)
    run:save(line, status, version)
    version = version or why and why.version
    return status, { version = version and values.decimal(version) }
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
    return type(number) == "number" and ("%d"):format(number) or (tostring(number):gsub("U?LL$", ""))
end

function values.time(ms)
    return ms == kv.NEVER and "never" or values.decimal(ms)
end

function values.bytes(data)
    return data and hex(data)
end

-- The group and key of a line.
function values.at(line)
    return line:bytes("group"), line:bytes("key")
end

function values.ttl_of(line)
    local text = line:find("ttl")
    return text and (text == "never" and kv.NEVER or values.int64(text))
end

function values.put_options(run, line)
    local at, condition = line:find("expires_at"), line:find("if")
    local options = { ttl_ms = values.ttl_of(line), durability = line:find("durability"), condition = condition }
    if at then
        options.expires_at_ms = at == "never" and kv.NEVER or values.int64(at)
    end
    if line:find("keep_ttl") then
        options.keep_ttl = true
    end
    if condition == "version" then
        options.condition = run:version(line:take("version"))
    end
    return options
end

function values.expire_flags(line)
    local flags = {}
    for name in (line:find("flags") or ""):gmatch("[^,]+") do
        flags[name] = true
    end
    return flags
end

-- The numbers of 64 bits that a call returns under one name.
function values.numbered(name, status, number)
    return status, { [name] = number and values.decimal(number) }
end

return values
