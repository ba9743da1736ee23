-- Loads the library, declares all of kv.h, and raises the errors of its calls.

local ffi = require("ffi")
local declarations = require("kv.declarations")

local text = declarations.of(os.getenv("KV_HEADER") or "/usr/local/include/kv.h")
ffi.cdef(text)

-- Returns the library that KV_LIBRARY names, or the system's.
local function load()
    local name = os.getenv("KV_LIBRARY") or "libkv.so.0"
    local is_there, abi = pcall(ffi.load, name)
    if not is_there then
        error(("kv: the library %s cannot be loaded; KV_LIBRARY names its path: %s"):format(name, abi), 0)
    end
    if abi.kv_abi_version() ~= abi.KV_ABI_VERSION then
        error(("kv: the header and the library %s do not match: interfaces %d and %d"):format(name,
            abi.KV_ABI_VERSION, abi.kv_abi_version()), 0)
    end
    return abi
end

local abi = load()

-- `problem` is where all calls write their error: one state of Lua is used by one thread.
-- `declared` is the text of all declarations.
local library = { abi = abi, problem = ffi.new("kv_error"), text = ffi.string, declared = text }

-- An error of the library: a status of kv.h, the system's error number, and as text its message;
-- of a conflict also the version of the key, and in a batch the step that failed.
local Error = {}
Error.__index = Error
Error.__tostring = function(self) return self.message end

-- The files of this binding, whose calls are not the place of an error.
local own = debug.getinfo(1, "S").source:gsub("library%.lua$", "")

-- Returns the place of the call of the binding as "FILE:LINE: ", or nothing if it is a tail call.
local function place()
    for level = 3, 50 do
        local caller = debug.getinfo(level, "Sl")
        if not caller then
            return ""
        elseif caller.what ~= "C" and caller.source:sub(1, #own) ~= own
            and not caller.source:find("[/\\@]kv%.lua$") then
            return caller.currentline > 0 and ("%s:%d: "):format(caller.short_src, caller.currentline) or ""
        end
    end
    return ""
end

-- Raises an error with a status; `more` are further fields of the error.
function library.fail(status, message, os_error, more)
    local raised = { status = tonumber(status), os_error = tonumber(os_error or 0) }
    for name, field in pairs(more or {}) do
        raised[name] = field
    end
    raised.message = place() .. message
    error(setmetatable(raised, Error), 0)
end

-- Raises the error of an argument that no call takes.
function library.refuse(message)
    library.fail(abi.KV_ERR_ARGUMENT, message)
end

-- Returns the status of an outcome; raises an error of the library, and a conflict, which leaves
-- no message. `more` are further fields of the error of a conflict.
function library.check(status, more)
    if status == abi.KV_CONFLICT then
        library.fail(status, ffi.string(abi.kv_strerror(status)), 0, more)
    elseif status < 0 then
        local problem = library.problem
        local message = ffi.string(problem.message)
        if status == abi.KV_ERR_HANDLE then
            message = ("the %s is closed"):format(message:match("^the (%w+) handle") or "handle")
        end
        library.fail(status, message, problem.os_error)
    end
    return status
end

return library
