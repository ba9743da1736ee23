-- Every function of the header has a method or a use in the binding, or stands in this table with
-- the reason why a program calls it by kv.abi, or not at all.
--
--   luajit test_functions.lua SYMBOLS

local ffi = require("ffi")
local kv = require("kv")

local NOT_BOUND = {
    -- LuaJIT cannot run a function of Lua in a thread that is not its own.
    kv_set_log = "its function runs in a thread of the library",
    kv_on_change = "its function runs in any thread that writes; a watch has the same changes",
    kv_subscription_close = "it belongs to kv_on_change",
    kv_cancel = "it is for another thread, and one state of Lua has one",
    kv_bind = "it belongs to kv_cancel and kv_arm",
    kv_arm = "deadlines are left to kv.abi",
    kv_arm_poll = "deadlines are left to kv.abi",
    -- A program has these by kv.abi; README.md says so.
    kv_copy = "copies are left to kv.abi",
    kv_copy_state_free = "copies are left to kv.abi",
    kv_changes = "the change log is left to kv.abi",
    kv_changes_close = "the change log is left to kv.abi",
    kv_changes_fill = "the change log is left to kv.abi",
    kv_changes_next = "the change log is left to kv.abi",
    kv_changes_oldest = "the change log is left to kv.abi",
    kv_render = "templates are left to kv.abi",
    kv_get_split = "parts of a text are left to kv.abi, and to Lua",
    kv_get_fields = "parts of a text are left to kv.abi, and to Lua",
    -- Another call does the same here.
    kv_batch_add_flat = "a batch has a method for each step",
    kv_cursor_fill = "a scan returns one entry after the other",
    kv_cursor_is_snapshot = "the option snapshot refuses what is none",
    kv_get_into = "a string of Lua has no buffer to fill",
    kv_version_number = "kv.version() has the same as text",
    kv_watch_fill = "a watch returns one event after the other",
}

local failed = 0

local function case(name, run)
    local fine, why = pcall(run)
    failed = failed + (fine and 0 or 1)
    print(fine and "ok " .. name or "FAILED " .. name .. ": " .. tostring(why))
end

-- Returns the code of the binding, without its comments.
local function code()
    local main = assert(package.searchpath("kv", package.path))
    local files = assert(io.popen(("cat '%s' '%s'/*.lua"):format(main, (main:gsub("%.lua$", "")))))
    local text = files:read("*a")
    files:close()
    assert(#text > 10000, "the binding has other files")
    return (text:gsub("%-%-[^\n]*", ""))
end

local text, store = code(), kv.open("memory:")

-- A call has a method of its name, or its own name stands in the code.
local function is_bound(symbol)
    return store[symbol:gsub("^kv_", "")] ~= nil or text:find("%f[%w_]" .. symbol .. "%f[^%w_]") ~= nil
end

case("every function of the header is declared and in the library", function()
    local count = 0
    for name in io.lines(arg[1]) do
        assert(ffi.cast("void *", kv.abi[name]) ~= nil, name)
        count = count + 1
    end
    assert(count > 100, "only " .. count .. " symbols")
    assert(not pcall(function() return kv.abi.kv_no_such_function end))
end)

case("every function of the header is bound, or has its reason", function()
    for name in io.lines(arg[1]) do
        local reason = NOT_BOUND[name]
        assert(is_bound(name) or reason, name .. " is not bound")
        assert(not (is_bound(name) and reason), name .. " is bound")
    end
    for name in pairs(NOT_BOUND) do
        assert(kv.abi[name], name)
    end
    assert(not is_bound("kv_no_such_function"))
end)

case("every figure of the header is in the tables", function()
    local header = assert(io.open(os.getenv("KV_HEADER"))):read("*a"):gsub("/%*.-%*/", "")
    for structure, found in pairs({
        kv_stats = store:stats(), kv_usage = store:usage(), kv_metrics = store:metrics(),
        kv_call_metrics = store:call_metrics("set"), kv_quota = store:quota("t"),
    }) do
        local body, count = header:match("typedef struct " .. structure .. " {(.-)} " .. structure .. ";"), 0
        for name in body:gmatch("([%w_]+)[%[%w_%]]*;") do
            if name ~= "size" and name ~= "reserved" then
                assert(found[name] ~= nil, structure .. " has no " .. name)
                count = count + 1
            end
        end
        for _ in pairs(found) do
            count = count - 1
        end
        assert(count == 0, structure .. " has other fields than the header")
    end
end)

store:close()
os.exit(failed == 0 and 0 or 1)
