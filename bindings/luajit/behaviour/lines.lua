-- The flat form of the behaviour cases, which tests/behaviour/README.md describes.

local lines = {}

-- A line: its kind, its word, and its fields by name. `take` remembers which were asked for.
local Line = {}
Line.__index = Line

local function split(text)
    local columns = {}
    for column in (text .. "\t"):gmatch("([^\t]*)\t") do
        table.insert(columns, column)
    end
    return columns
end

local function line_of(columns, first)
    local line = { kind = columns[1], word = columns[2], fields = {}, used = {} }
    for i = first, #columns do
        local name, value = columns[i]:match("^([%w_.]+)=(.*)$")
        assert(name, "a field has no name: " .. columns[i])
        line.fields[name] = value
    end
    return setmetatable(line, Line)
end

function Line:find(name)
    self.used[name] = true
    return self.fields[name]
end

function Line:take(name)
    return self:find(name) or error(self.word .. " has no " .. name, 0)
end

-- Each byte by its digits, and the digits of each byte.
local byte_of, digits_of = {}, {}
for number = 0, 255 do
    local byte, digits = string.char(number), ("%02x"):format(number)
    byte_of[digits], digits_of[byte] = byte, digits
end

-- Bytes as they are, from an x and hexadecimal digits.
function Line:bytes(name)
    local digits = self:take(name):match("^x(%x*)$")
    assert(digits, name .. " is not bytes")
    return (digits:gsub("%x%x", byte_of))
end

function Line:find_bytes(name)
    return self:find(name) and self:bytes(name)
end

function Line:refuse_unused()
    for name in pairs(self.fields) do
        if not self.used[name] then
            error(self.word .. " does not know " .. name, 0)
        end
    end
end

-- Bytes as the flat form writes them.
function lines.hex(bytes)
    return "x" .. bytes:gsub(".", digits_of)
end

-- Reads the cases of a file: each with its engines, options, name, and calls with their lists.
function lines.read(path)
    local cases, count = {}, nil
    for text in io.lines(path) do
        local columns = split(text)
        local kind, one = columns[1], cases[#cases]
        local call = one and one.calls[#one.calls]
        if kind == "case" then
            local engines = {}
            for engine in columns[2]:gmatch("[^,]+") do
                table.insert(engines, engine)
            end
            table.insert(cases, { engines = engines, options = columns[3], name = columns[4], calls = {} })
        elseif kind == "call" then
            table.insert(one.calls, { columns = columns, parts = {}, wanted = {} })
        elseif kind == "want" then
            table.insert(call.wanted, table.concat(columns, "\t", 3))
        elseif kind == "step" or kind == "key" or kind == "entry" then
            table.insert(call.parts, columns)
        elseif kind == "end" then
            count = tonumber(columns[2])
        else
            error("there is no line of the kind " .. kind)
        end
    end
    assert(count and count > 0 and count == #cases, #cases .. " cases, the file counts " .. tostring(count))
    return cases
end

-- A call as it is made once: its line, and those of its steps, keys or entries.
function lines.call(call)
    local parts = {}
    for _, columns in ipairs(call.parts) do
        table.insert(parts, line_of(columns, columns[1] == "step" and 3 or 2))
    end
    return line_of(call.columns, 3), parts
end

return lines
