-- The trace: a function of the program at the begin and the end of each call.
--
-- LuaJIT can run a callback only in the thread of its state, and only below a call that it
-- interprets. A trace is called in the thread of the traced call, so the first holds in a process
-- where no other thread calls the library. The second holds because each traced call takes a
-- handle, a structure by value, and LuaJIT compiles no such call. The function of kv_set_log runs
-- in a thread of the library, so it cannot be one of Lua.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local metrics = require("kv.metrics")

local abi, problem, check, refuse = library.abi, library.problem, library.check, library.refuse

local trace = {}

-- The function that is set, or nil; and whether one runs, whose own calls are not traced: a
-- function that reads a store would have no end.
local current, is_running = nil, false

-- The calls that have begun, by the numbers that the library keeps for them: each the function
-- with which it began, and what that has returned.
local begun, last = {}, 0

-- Runs a function of the program and returns its result. No error may pass through the library.
local function run(traced, call)
    is_running = true
    local is_fine, result = pcall(traced, call)
    is_running = false
    if is_fine then
        return result
    end
    local has_text, text = pcall(tostring, result)
    io.stderr:write("kv: the function of the trace has failed: ", has_text and text or "an error", "\n")
end

local function text_of(data, length)
    return data ~= nil and ffi.string(data, length) or nil
end

-- Returns a kv_trace_call as a table.
local function shown(call)
    local is_end = call.phase == abi.KV_TRACE_END
    return {
        phase = is_end and "end" or "begin",
        kind = metrics.name_of(call.kind),
        group = text_of(call.group, call.group_len),
        key = text_of(call.key, call.key_len),
        status = is_end and call.status or nil,
        duration_ns = is_end and arguments.number(call.duration_ns) or nil,
    }
end

-- Returns the number of the call that begins, 0 for one that is not traced.
local function begin(call)
    if is_running or not current then
        return 0
    end
    last = last + 1
    local number, traced = last, current
    begun[number] = { traced = traced, context = run(traced, shown(call)) }
    return number
end

local function finish(call)
    local number = tonumber(call.context)
    local own = begun[number]
    begun[number] = nil
    if own then
        local ended = shown(call)
        ended.context = own.context
        run(own.traced, ended)
    end
    return 0
end

-- One callback for the whole state, which is never freed: a call that runs may still end with it.
local callback

local function made()
    callback = callback or ffi.cast("kv_trace_fn", function(_, call)
        return (call.phase == abi.KV_TRACE_BEGIN and begin or finish)(call)
    end)
    return callback
end

-- Ends the trace when the state of Lua ends.
local ending

local function flags_of(options)
    local flags = 0
    for name, is_set in pairs(arguments.options(options)) do
        if name ~= "keys" then
            refuse("there is no option " .. tostring(name))
        end
        flags = is_set and abi.KV_TRACE_KEYS or 0
    end
    return flags
end

-- Calls a function at the begin and the end of each call on a store, in place of the one before;
-- nil ends the trace. It receives a table: the `phase`, "begin" or "end"; the `kind`, such as
-- "get"; the `group` if the call names one; its `key`, with the option `keys`; at the end also the
-- `status`, the `duration_ns`, and as `context` what the function has returned at the begin. An
-- error of the function is written to the standard error, and the call goes on.
function trace.set(traced, options)
    if traced ~= nil and type(traced) ~= "function" then
        refuse("a trace must be a function or nil, not " .. type(traced))
    end
    local flags = flags_of(options)
    check(abi.kv_set_trace(flags, traced and made() or nil, nil, nil, problem))
    current = traced
    ending = ending or ffi.gc(ffi.new("int[1]"), function() abi.kv_set_trace(0, nil, nil, nil, nil) end)
end

return trace
