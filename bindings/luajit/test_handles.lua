-- Objects that are forgotten are closed when they are collected, or when the program ends.
--
--   luajit test_handles.lua DIRECTORY

local kv = require("kv")

local directory = arg[1]
local failed = 0

local function case(name, run)
    local fine, why = pcall(run)
    failed = failed + (fine and 0 or 1)
    print(fine and "ok " .. name or "FAILED " .. name .. ": " .. tostring(why))
end

local function refused(status, call, ...)
    local fine, why = pcall(call, ...)
    assert(not fine and type(why) == "table" and why.status == status, "not refused: " .. tostring(why))
    assert(tostring(why):find("%a") and not tostring(why):find("^table"), "no message")
end

local function collect()
    collectgarbage()
    collectgarbage()
end

-- A little more than the library has handles of a kind.
local MANY = 66000

case("more stores than may be open are collected", function()
    for _ = 1, 4200 do
        kv.open("memory:")
    end
    local store = kv.open("memory:")
    for _ = 1, 4200 do
        store:scope("t")
        store:snapshot()
    end
end)

case("more objects of each kind than may be open are collected", function()
    local store = kv.open("memory:")
    store:set("group", "key", "value")
    for name, use in pairs({
        scan = function() store:scan("group")() end,
        groups = function() store:groups()() end,
        batch = function() store:batch():delete("group", "none") end,
        transaction = function() store:transaction():set("group", "key", "other") end,
        ["scan of a transaction"] = function() store:transaction():scan("group")() end,
        writer = function() store:open_writer("group", "key"):write("dropped") end,
        reader = function() assert(store:open_reader("group", "key"):read() == "value") end,
    }) do
        for i = 1, MANY do
            local fine, why = pcall(use)
            assert(fine, ("%s %d: %s"):format(name, i, tostring(why)))
        end
    end
    for _ = 1, 2000 do
        store:watch():poll()
    end
    assert(store:get("group", "key") == "value")
end)

case("a handle that is open is not collected, and the limit is an error", function()
    local store, open = kv.open("memory:"), {}
    local fine, why = pcall(function()
        for i = 1, MANY do
            open[i] = store:batch()
        end
    end)
    assert(not fine and why.status == kv.abi.KV_ERR_MEMORY, tostring(why))
    assert(#open > 60000)
    open[1]:set("group", "key", "value"):commit()
    assert(store:get("group", "key") == "value")
end)

case("a forgotten scan holds its snapshot until it is collected", function()
    local store = kv.open(directory .. "/snapshot.db")
    store:set_many("group", { a = "1", b = "2" })
    local scan = store:scan("group")
    assert(scan() == "a")
    assert(store:stats().oldest_snapshot_ms > 0, "an open scan has no snapshot")
    scan = nil
    collect()
    assert(store:stats().oldest_snapshot_ms == 0, "the snapshot is still there")
    for key in store:scan("group") do
        assert(key == "a" or key == "b")
    end
    assert(store:stats().oldest_snapshot_ms == 0, "a scan at its end has a snapshot")
    scan = store:scan("group")
    scan:close()
    scan:close()
    assert(store:stats().oldest_snapshot_ms == 0, "a closed scan has a snapshot")
    refused(kv.abi.KV_ERR_HANDLE, scan)
end)

case("an object keeps its store open", function()
    local function of_a_store(begin)
        local store = kv.open("memory:")
        store:set("group", "key", "value")
        return begin(store)
    end
    local scan = of_a_store(function(store) return store:scan("group") end)
    local txn = of_a_store(function(store) return store:transaction() end)
    local of_txn = of_a_store(function(store) return store:transaction():scan("group") end)
    local reader = of_a_store(function(store) return store:open_reader("group", "key") end)
    local writer = of_a_store(function(store) return store:open_writer("group", "key") end)
    local watch = of_a_store(function(store) return store:watch({ existing = true }) end)
    local batch = of_a_store(function(store) return store:batch():get("group", "key") end)
    local lock = of_a_store(function(store) return store:lock("name", 60000) end)
    collect()
    assert(scan() == "key" and txn:get("group", "key") == "value" and of_txn() == "key")
    assert(reader:read() == "value" and writer:write("other"):commit() > 0)
    assert(watch:poll().type == "set" and batch:commit()[1].value == "value")
    lock:release()
end)

case("objects may be collected after their store was closed, and before", function()
    for round = 1, 50 do
        local store = kv.open("memory:")
        store:set("group", "key", "value")
        local open = {
            store:scan("group"), store:transaction(), store:watch(), store:batch(),
            store:open_reader("group", "key"), store:open_writer("group", "key"),
        }
        if round % 2 == 0 then
            store:close()
            refused(kv.abi.KV_ERR_CLOSED, open[1])
            refused(kv.abi.KV_ERR_CLOSED, open[2].get, open[2], "group", "key")
            refused(kv.abi.KV_ERR_CLOSED, open[3].poll, open[3])
        end
        open = nil
        collect()
    end
end)

case("closing again does nothing, and the calls after it are errors", function()
    local closed = kv.abi.KV_ERR_HANDLE
    local store = kv.open("memory:")
    store:set("group", "key", "value")
    local scan, txn, watch, batch = store:scan("group"), store:transaction(), store:watch(), store:batch()
    local reader, writer = store:open_reader("group", "key"), store:open_writer("group", "key")
    for _ = 1, 3 do
        scan:close()
        txn:abort()
        watch:close()
        batch:close()
        reader:close()
        writer:abort()
    end
    refused(closed, txn.commit, txn)
    refused(closed, txn.set, txn, "group", "key", "value")
    refused(closed, watch.poll, watch)
    refused(closed, batch.set, batch, "group", "key", "value")
    refused(closed, batch.commit, batch)
    refused(closed, reader.read, reader, 1)
    refused(closed, writer.write, writer, "more")
    for _ = 1, 3 do
        store:close()
    end
    for _, name in ipairs({ "get", "entry", "has", "delete", "take" }) do
        refused(closed, store[name], store, "group", "key")
    end
    for _, name in ipairs({ "groups", "transaction", "watch", "snapshot", "count_all", "stats", "flush" }) do
        refused(closed, store[name], store)
    end
    refused(closed, store.scan, store, "group")
    -- The number of a closed handle is not that of a later one.
    local later = kv.open("memory:")
    store:close()
    later:set("group", "key", "value")
end)

-- Runs a program that leaves all open, and returns whether its store was closed: the last close
-- of a file removes its log.
local function is_closed_after(name, ending)
    local path = ("%s/%s"):format(directory, name)
    local program = assert(io.open(path .. ".lua", "w"))
    program:write(([[
        local kv = require("kv")
        local store = kv.open(%q)
        store:set("group", "key", "value")
        left = { store, store:scan("group"), store:transaction(), store:watch(), store:batch(), store:snapshot(),
            store:scope("t"), store:open_reader("group", "key"), store:open_writer("group", "key") }
        left[2]()
        %s
    ]]):format(path .. ".db", ending))
    program:close()
    local status = os.execute(("luajit '%s.lua' 2>'%s.err'"):format(path, path))
    local log = io.open(path .. ".db-wal", "rb")
    local is_closed = log == nil
    local store = kv.open(path .. ".db")
    assert(store:get("group", "key") == "value")
    store:close()
    return status, is_closed
end

case("a program that ends closes all that it has left open", function()
    for name, ending in pairs({ ["end"] = "", exit = "os.exit(0, true)" }) do
        local status, is_closed = is_closed_after(name, ending)
        assert(status == 0, "it ended with " .. tostring(status))
        assert(is_closed, name .. ": the log is still there")
    end
    local status, is_closed = is_closed_after("fails", "error('stop')")
    assert(status ~= 0 and is_closed, "after an error the log is still there")
    -- The control: os.exit without `true` runs no finaliser, and no write is lost.
    status, is_closed = is_closed_after("abrupt", "os.exit(0)")
    assert(status == 0 and not is_closed, "the log shows nothing")
end)

case("a header or library that is not there is an error that names its variable", function()
    for name, words in pairs({ KV_HEADER = "no header /nowhere", KV_LIBRARY = "library /nowhere cannot be loaded" }) do
        local said = directory .. "/said"
        os.execute(("%s=/nowhere luajit -e 'require(\"kv\")' 2>'%s'"):format(name, said))
        local file = assert(io.open(said))
        local text = file:read("*a")
        file:close()
        assert(text:find(words, 1, true) and text:find(name .. " names", 1, true), text)
    end
end)

os.exit(failed == 0 and 0 or 1)
