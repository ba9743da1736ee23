-- Gives the text for ffi.cdef that a header's declarations come to: kv.h itself, without what only
-- a preprocessor understands, and its numbers as constants.

local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read("*a")
    file:close()
    return text
end

-- Everything that is left is C, which LuaJIT reads: what it does not know is an error of ffi.cdef.
return function(path)
    local text = read(path):gsub("\\\n", " "):gsub("/%*.-%*/", " "):gsub("//[^\n]*", "")
    local constants = {}
    for name, number in text:gmatch("#define (KV_[%w_]+) %(?(%-?%d+)%)?%s") do
        table.insert(constants, ("static const int %s = %s;"):format(name, number))
    end
    local plain = ("\n" .. text):gsub("\n[ \t]*#[^\n]*", "\n")
    plain = plain:gsub('extern "C" {(.*)}', "%1")
    return table.concat(constants, "\n") .. plain
end
