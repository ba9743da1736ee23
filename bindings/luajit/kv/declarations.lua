-- Gives the text for ffi.cdef that a header's declarations come to: kv.h itself, without what only
-- a preprocessor understands, and its numbers as constants; and the fields of the structures in it.

local declarations = {}

local function read(path)
    local file = io.open(path, "rb")
    if not file then
        error(("kv: there is no header %s; KV_HEADER names the path of kv.h"):format(path), 0)
    end
    local text = file:read("*a")
    file:close()
    return text
end

-- Returns what `5`, `(-5)` and `(5 << 3)` stand for; nothing for what is no number.
local function number_of(value)
    local inner = value:match("^%((.*)%)$") or value
    local number, shift = inner:match("^(%d+) << (%d+)$")
    if number then
        return number * 2 ^ shift
    end
    return inner:match("^%-?%d+$") and tonumber(inner)
end

-- Everything that is left is C, which LuaJIT reads: what it does not know is an error of ffi.cdef.
function declarations.of(path)
    local text = read(path):gsub("\\\n", " "):gsub("/%*.-%*/", " "):gsub("//[^\n]*", "")
    local constants = {}
    for name, value in text:gmatch("#define (KV_[%w_]+) ([^\n]*)") do
        local number = number_of(value)
        -- The constants of LuaJIT have 32 bits; it has no name for a greater number.
        if number and number < 2 ^ 31 then
            table.insert(constants, ("static const int %s = %d;"):format(name, number))
        end
    end
    local plain = ("\n" .. text):gsub("\n[ \t]*#[^\n]*", "\n")
    plain = plain:gsub('extern "C" {(.*)}', "%1")
    return table.concat(constants, "\n") .. plain
end

-- Returns the fields of a structure in such a text, in their order: a list of tables of the `name`,
-- the `type`, and whether it `is_array`.
function declarations.fields(text, structure)
    local body = text:match("typedef struct " .. structure .. " (%b{})")
    local fields = {}
    for kind, name, length in body:gmatch("([%w_]+) %**([%w_]+)(%[?[%w_]*%]?);") do
        table.insert(fields, { name = name, type = kind, is_array = length ~= "" })
    end
    return fields
end

return declarations
