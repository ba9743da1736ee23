-- Metrics and the trace of calls.
--
--   luajit test_observe.lua DIRECTORY

local kv = require("kv")

local abi, directory = kv.abi, arg[1]
local failed = 0

-- Runs a case with an open store, without a trace at its begin and end.
local function case(name, run)
    local store = kv.open("memory:")
    local fine, why = pcall(run, store)
    kv.set_trace(nil)
    store:close()
    failed = failed + (fine and 0 or 1)
    print(fine and "ok " .. name or "FAILED " .. name .. ": " .. tostring(why))
end

local function refused(status, words, call, ...)
    local fine, why = pcall(call, ...)
    assert(not fine, "this was accepted: " .. words)
    assert(type(why) == "table" and why.status == status, words .. ": " .. tostring(why))
    assert(tostring(why):find(words, 1, true), tostring(why) .. " does not say: " .. words)
end

-- Sets a trace that collects its calls, and returns their list.
local function traced(options)
    local calls = {}
    kv.set_trace(function(call)
        table.insert(calls, call)
        return { number = #calls }
    end, options)
    return calls
end

case("statistics count nothing, usage counts the entries", function(store)
    store:set("group", "key", "value")
    store:set("t:group", "key", "value")
    local usage, stats = store:usage(), store:stats()
    assert(usage.entries == 2 and usage.bytes == 28 and usage.expired_entries == 0)
    assert(stats.entries == nil and stats.bytes == nil and stats.commits == 2 and stats.format == 0)
    assert(store:scope("t"):usage().entries == 1)
end)

case("metrics count reads, commits and their groups", function(store)
    store:set("group", "key", "value")
    store:get("group", "key")
    store:get("group", "none")
    local metrics = store:metrics()
    assert(metrics.hits == 1 and metrics.misses == 1 and metrics.commits == 1 and metrics.poisoned == 0)
    assert(#metrics.group_sizes == abi.KV_GROUP_BUCKETS and metrics.group_sizes[1] == 1)
    assert(store:scope("t"):metrics().commits == 1)
end)

case("each kind of calls has metrics", function(store)
    store:count_all()
    pcall(store.scope, store, "not a name")
    for kind, calls in pairs({ count = 1, namespace = 1, batch = 0 }) do
        local found, sum = store:call_metrics(kind), 0
        assert(found.kind == kind and found.calls == calls, kind .. " " .. found.calls)
        assert(#found.buckets == abi.KV_DURATION_BUCKETS)
        for _, count in ipairs(found.buckets) do
            sum = sum + count
        end
        assert(sum == calls and (found.total_ns > 0) == (calls > 0) and found.longest_ns <= found.total_ns)
        assert(found.errors == (kind == "namespace" and 1 or 0))
    end
    local argument = abi.KV_ERR_ARGUMENT
    refused(argument, "no kind of calls colour", store.call_metrics, store, "colour")
    refused(argument, "no kind of calls unknown", store.call_metrics, store, "unknown")
    refused(argument, "no kind of calls nil", store.call_metrics, store)
    refused(argument, "no kind of calls 5", store.call_metrics, store, 5)
end)

case("the text of metrics names the store without its options", function(store)
    local text = store:metrics_text()
    assert(text:find('\nkv_commits_total{store="memory:"} 0\n', 1, true), text:sub(1, 1000))
    local file = kv.open("sqlite:" .. directory .. "/metrics.db?busy_timeout=77s")
    file:set("secret group", "secret key", "secret value")
    text = file:metrics_text()
    assert(text:find("metrics.db", 1, true) and not text:find("77s") and not text:find("secret"))
    file:close()
end)

case("a snapshot and a closed store have no metrics", function(store)
    local snapshot = store:snapshot()
    for _, name in ipairs({ "stats", "usage", "metrics", "metrics_text" }) do
        refused(abi.KV_ERR_UNSUPPORTED, "snapshot", snapshot[name], snapshot)
    end
    store:close()
    for _, name in ipairs({ "usage", "metrics", "metrics_text" }) do
        refused(abi.KV_ERR_HANDLE, "closed", store[name], store)
    end
    refused(abi.KV_ERR_HANDLE, "closed", store.call_metrics, store, "set")
end)

case("a trace has the begin and the end of each call", function(store)
    local calls = traced()
    store:set("group", "key", "value")
    store:get("group", "none")
    refused(abi.KV_ERR_NOT_JSON, "", store.set_json, store, "group", "key", "{")
    store:count_all()
    kv.set_trace(nil)
    store:get("group", "key")
    assert(#calls == 8)
    local expected = { "set group 0", "get group 1", "text group -9", "count nil 0" }
    for i, words in ipairs(expected) do
        local begin, ended = calls[2 * i - 1], calls[2 * i]
        assert(begin.phase == "begin" and begin.status == nil and begin.duration_ns == nil)
        assert(ended.phase == "end" and ended.duration_ns > 0 and ended.duration_ns < 1e10)
        assert(ended.context.number == 2 * i - 1 and begin.context == nil)
        for _, call in ipairs({ begin, ended }) do
            assert(words:find(("%s %s "):format(call.kind, tostring(call.group)), 1, true) == 1, words)
            assert(call.key == nil)
        end
        assert(words:find((" %d$"):format(ended.status)), words .. " " .. ended.status)
    end
end)

case("a trace has keys if it asks for them, of any bytes", function(store)
    local calls = traced({ keys = true })
    store:set("g\0", "\255\0", "value")
    store:set("", "", "value")
    store:count_all()
    assert(calls[1].group == "g\0" and calls[2].key == "\255\0")
    assert(calls[3].group == "" and calls[4].key == "")
    assert(calls[5].group == nil and calls[6].key == nil)
    calls = traced({ keys = false })
    pcall(store.set, store, ("x"):rep(65536), "key", "value")
    assert(#calls == 2 and calls[2].group == nil and calls[2].key == nil and calls[2].status < 0)
end)

-- LuaJIT ends the process if a callback is reached from compiled code.
case("a trace is called in loops that LuaJIT compiles", function(store)
    local begun, ended = 0, 0
    kv.set_trace(function(call)
        if call.phase == "begin" then
            begun = begun + 1
        else
            ended = ended + 1
        end
    end)
    local batch = store:batch():increment("group", "n", 1)
    for _ = 1, 20000 do
        store:set("group", "key", "value")
        assert(store:get("group", "key") == "value")
        batch:commit()
        local txn = store:transaction()
        txn:set("group", "key", "value")
        txn:commit()
    end
    coroutine.wrap(function()
        for _ = 1, 20000 do
            store:has("group", "key")
        end
    end)()
    assert(ended == begun and ended >= 100000, ended)
    collectgarbage()
    for _ = 1, 1000 do
        store:scan("group")()
    end
    assert(ended == begun and ended >= 101000, ended)
end)

case("calls of the function are not traced, and it may set another", function(store)
    local first, second = 0, 0
    kv.set_trace(function(call)
        first = first + 1
        store:increment("counts", call.phase)
        if call.phase == "begin" then
            kv.set_trace(function() second = second + 1 end)
        end
    end)
    store:set("group", "key", "value")
    assert(first == 2 and second == 0, "a call ends with the function with which it began")
    store:get("group", "key")
    assert(first == 2 and second == 2)
    assert(store:get("counts", "begin") == "1" and store:get("counts", "end") == "1")
end)

case("what a trace cannot be is refused, and the one before stays", function(store)
    local calls = traced()
    local argument = abi.KV_ERR_ARGUMENT
    refused(argument, "a function or nil, not number", kv.set_trace, 5)
    refused(argument, "a function or nil, not table", kv.set_trace, {})
    refused(argument, "no option colour", kv.set_trace, print, { colour = true })
    refused(argument, "options must be a table", kv.set_trace, print, "keys")
    store:get("group", "key")
    assert(#calls == 2)
end)

-- Runs a program, and returns what it prints and writes to the standard error.
local function output(program)
    local path = directory .. "/program.lua"
    local file = assert(io.open(path, "w"))
    file:write("local kv = require('kv')\nlocal store = kv.open('memory:')\n", program)
    file:close()
    local run = assert(io.popen(("luajit '%s' 2>&1; echo status $?"):format(path)))
    local text = run:read("*a")
    run:close()
    return text
end

case("an error of the function is written, and the call goes on", function()
    local text = output([[
        kv.set_trace(function(call) error(setmetatable({}, { __tostring = error })) end)
        store:set("group", "key", "value")
        kv.set_trace(function(call) error("stop " .. call.phase) end)
        print(store:get("group", "key"))
    ]])
    assert(text:find("the trace has failed: an error", 1, true), text)
    assert(text:find("stop begin", 1, true) and text:find("stop end", 1, true), text)
    assert(text:find("value\nstatus 0\n", 1, true), text)
end)

case("a program ends while a trace is set", function()
    for _, ending in ipairs({ "", "os.exit(0, true)", "os.exit(0)" }) do
        local text = output([[
            left = { store:scan("group"), store:transaction(), store:open_writer("group", "key") }
            kv.set_trace(function(call) print(call.kind) end)
            print(store:has("group", "key"))
        ]] .. ending)
        assert(text:find("get\nget\nfalse\nstatus 0\n", 1, true), text)
    end
end)

os.exit(failed == 0 and 0 or 1)
