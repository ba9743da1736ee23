-- The structures that a call fills with figures, as tables.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local declarations = require("kv.declarations")

-- The fields that are of C alone.
local OWN = { size = true, reserved = true }

-- The fields of each structure, as they were read first.
local known = {}

local function fields_of(structure)
    known[structure] = known[structure] or declarations.fields(library.declared, structure)
    return known[structure]
end

-- Returns an array of C: one of characters as a string, one of numbers as a list.
local function list_of(field, array)
    if field.type == "char" then
        return ffi.string(array)
    end
    local list = {}
    for i = 1, ffi.sizeof(array) / ffi.sizeof(field.type) do
        list[i] = arguments.number(array[i - 1])
    end
    return list
end

local structures = {}

-- Calls a function of kv.h with `...`, a structure of this name and an error. Returns a table of
-- what the structure has then, by the names in kv.h: so a field that the header gains is in it.
function structures.filled(structure, call, ...)
    local filled, found = ffi.new(structure, ffi.sizeof(structure)), {}
    local given, count = { ... }, select("#", ...)
    given[count + 1], given[count + 2] = filled, library.problem
    library.check(call(unpack(given, 1, count + 2)))
    for _, field in ipairs(fields_of(structure)) do
        local value = filled[field.name]
        if not OWN[field.name] then
            found[field.name] = field.is_array and list_of(field, value) or arguments.number(value)
        end
    end
    return found
end

return structures
