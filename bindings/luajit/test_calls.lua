-- The calls of the binding beyond what the behaviour cases compare: their options, errors and
-- refusals.
--
--   luajit test_calls.lua DIRECTORY

local kv = require("kv")

local abi, directory = kv.abi, arg[1]
local failed = 0

-- Runs a case with an open store.
local function case(name, run)
    local store = kv.open("memory:")
    local fine, why = pcall(run, store)
    store:close()
    failed = failed + (fine and 0 or 1)
    print(fine and "ok " .. name or "FAILED " .. name .. ": " .. tostring(why))
end

-- The call raises an error with a status and, in its text, words. Returns the error.
local function refused(status, words, call, ...)
    local fine, why = pcall(call, ...)
    assert(not fine, "this was accepted: " .. words)
    assert(type(why) == "table" and why.status == status, words .. ": " .. tostring(why))
    assert(tostring(why):find(words, 1, true), tostring(why) .. " does not say: " .. words)
    return why
end

local argument = abi.KV_ERR_ARGUMENT

case("arguments of wrong types are refused by name", function(store)
    for _, name in ipairs({ "get", "has", "delete", "take", "ttl", "entry", "info", "persist" }) do
        refused(argument, "key must be a string, not nil", store[name], store, "group")
        refused(argument, "group must be a string, not number", store[name], store, 5, "key")
    end
    refused(argument, "value must be a string, not table", store.set, store, "group", "key", {})
    refused(argument, "ttl_ms must be a whole number", store.set, store, "group", "key", "value", 0.5)
    refused(argument, "ttl_ms must be a whole number", store.set, store, "group", "key", "value", "1h")
    refused(argument, "delta must be a whole number", store.increment, store, "group", "key", 2 ^ 60)
    refused(argument, "delta must be a whole number", store.increment, store, "group", "key", 0 / 0)
    refused(argument, "no flag often", store.expire, store, "group", "key", 5, { often = true })
    refused(argument, "options must be a table", store.put, store, "group", "key", "value", 5)
    refused(argument, "options must be a table", store.scan, store, "group", "prefix")
    refused(argument, "options must be a table", store.watch, store, "group")
    refused(argument, "keys must be a table", store.get_many, store, "group", "key")
    refused(argument, "keys must be a table", store.delete_many, store, "group", "key")
    refused(argument, "values must be a table", store.set_many, store, "group", "key")
    refused(argument, "value must be a string", store.set_many, store, "group", { key = 5 })
    refused(argument, "NUL", store.scope, store, "a\0b")
    refused(argument, "NUL", store.backup, store, "a\0b")
    refused(argument, "location must be a string", kv.open)
    refused(argument, "lease_ms must be a whole number", store.lock, store, "name")
    assert(store:count_all() == 0)
end)

case("options of scans and watches are refused by name", function(store)
    refused(argument, "no option colour", store.scan, store, "group", { colour = "blue" })
    refused(argument, "exclude each other", store.scan, store, "group", { from = "a", above = "b" })
    refused(argument, "exclude each other", store.scan, store, "group", { prefix = "a", glob = "b" })
    refused(argument, "limit must not be negative", store.scan, store, "group", { limit = -1 })
    refused(argument, "no option colour", store.watch, store, { colour = "blue" })
    refused(argument, "exclude each other", store.watch, store, { key = "a", key_prefix = "b" })
    refused(argument, "room for 16", store.watch, store, { capacity = 5 })
    refused(abi.KV_ERR_UNSUPPORTED, "change log", store.watch, store, { since = 1 })
end)

case("a scan gives keys, values, versions and expiries, or keys or sizes alone", function(store)
    store:set("group", "a", "one", 3600000)
    store:set("group", "b", "", nil)
    local seen = {}
    for key, value, version, expires_at_ms in store:scan("group") do
        assert(version == store:entry("group", key).version)
        table.insert(seen, key .. "=" .. value .. (expires_at_ms == kv.NEVER and "" or "!"))
    end
    assert(table.concat(seen, " ") == "a=one! b=")
    seen = {}
    for key, version in store:scan("group", { keys_only = true, reverse = true }) do
        assert(version == store:info("group", key).version)
        table.insert(seen, key)
    end
    assert(table.concat(seen, " ") == "b a")
    for key, size in store:scan("group", { sizes = true }) do
        assert(size == #store:get("group", key))
    end
    for key in store:scan("group") do
        -- The scan is one snapshot: these are not in it.
        store:set("group", key .. key, "more")
    end
    assert(store:count("group") == 4)
    refused(abi.KV_ERR_TOO_LARGE, "65535", store.scan, store, ("x"):rep(65536))
end)

case("many keys are read and written at once, with any bytes", function(store)
    local values = {}
    for i = 0, 255 do
        values[string.char(i) .. "\0"] = ("v"):rep(i)
    end
    store:set_many("g\0", values, 3600000)
    assert(store:ttl("g\0", "a\0") > 3000000)
    local keys = { "none" }
    for key in pairs(values) do
        table.insert(keys, key)
    end
    local found, count = store:get_many("g\0", keys), 0
    for key, value in pairs(found) do
        assert(values[key] == value)
        count = count + 1
    end
    assert(count == 256 and found.none == nil)
    assert(next(store:get_many("group", {})) == nil)
    assert(#store:delete_many("g\0", keys) == 256 and #store:delete_many("g\0", {}) == 0)
end)

case("a sum beyond 2^53 keeps its digits", function(store)
    assert(store:increment("group", "n") == 1)
    assert(store:increment("group", "n", 9007199254740992) == 9007199254740993LL)
    assert(store:increment("group", "n", -9007199254740993LL) == 0)
    store:set("group", "word", "seven")
    refused(abi.KV_ERR_NOT_INTEGER, "word", store.increment, store, "group", "word")
end)

case("a write with a condition that does not hold is an error with the version", function(store)
    local version = store:put("group", "key", "value", { condition = "absent" })
    local why = refused(abi.KV_CONFLICT, "test_calls.lua:", function()
        store:put("group", "key", "other", { condition = version + 1 })
    end)
    assert(why.version == version and why.os_error == 0)
    assert(refused(abi.KV_CONFLICT, "", store.put, store, "group", "none", "v", { condition = "present" }).version == 0)
    refused(abi.KV_CONFLICT, "", store.delete_version, store, "group", "key", version + 1)
    assert(store:delete_version("group", "key", version) and not store:delete_version("group", "key", version))
end)

case("a batch is all or nothing, and may be committed again", function(store)
    local batch = store:batch():set("group", "a", "1"):increment("group", "n"):get("group", "none")
    local results = batch:commit()
    assert(#results == 3 and results[1].status == abi.KV_OK and results[1].version == store:entry("group", "a").version)
    assert(results[2].value == "1" and results[3].status == abi.KV_NOT_FOUND and results[3].value == nil)
    assert(batch:commit()[2].value == "2")
    batch:clear():check("group", "n", 0):set("group", "b", "1")
    local why = refused(abi.KV_CONFLICT, "", batch.commit, batch)
    assert(why.step == 1 and why.version == store:info("group", "n").version and not store:has("group", "b"))
    batch:clear()
    assert(#batch:commit() == 0)
    refused(argument, "value must be", batch.set, batch, "group", "key")
end)

case("update runs again after a conflict, and ends after so many tries", function(store)
    store:set("group", "n", "1")
    local runs = 0
    local result = store:update(function(txn)
        runs = runs + 1
        local n = tonumber(txn:get("group", "n"))
        if runs < 3 then
            store:set("group", "n", tostring(n + 10))
        end
        txn:set("group", "n", tostring(n + 1))
        return n
    end)
    assert(runs == 3 and result == 21 and store:get("group", "n") == "22")
    runs = 0
    refused(abi.KV_CONFLICT, "", store.update, store, function(txn)
        runs = runs + 1
        txn:get("group", "n")
        store:increment("group", "n")
        txn:set("group", "n", "lost")
    end, 4)
    assert(runs == 4 and store:get("group", "n") == "26")
    local fine, why = pcall(store.update, store, function(txn)
        txn:set("group", "n", "lost")
        error("stop", 0)
    end)
    assert(not fine and why == "stop" and store:get("group", "n") == "26")
    assert(store:update(function(txn)
        txn:set("group", "n", "lost")
        txn:abort()
        return "left"
    end) == "left" and store:get("group", "n") == "26")
end)

case("a watch returns events in order, and nil when there is none", function(store)
    store:set("group", "old", "0")
    local watch, one = store:watch({ existing = true }), store:watch({ group = "group", key = "a" })
    assert(watch:poll().key == "old" and watch:poll().type == "synced" and watch:poll(1) == nil)
    store:set("group", "a", "1")
    store:delete("group", "a")
    store:set("other", "", "")
    local event = watch:poll(1000)
    assert(event.type == "set" and event.key == "a" and event.value == "1" and event.size == 1)
    assert(event.time_ms > 1500000000000 and event.version > 0)
    event = watch:poll(1000)
    assert(event.type == "delete" and event.key == "a" and event.value == nil)
    event = watch:poll(1000)
    assert(event.group == "other" and event.key == "" and event.value == "" and watch:fd() > 0)
    assert(one:poll().type == "set" and one:poll().type == "delete" and one:poll() == nil)
    local small = store:watch({ capacity = 16 })
    for i = 1, 40 do
        store:set("group", "k", tostring(i))
    end
    for _ = 1, 15 do
        assert(small:poll().type == "set")
    end
    repeat
        event = small:poll()
    until event.type ~= "set"
    assert(event.type == "lagged" and event.lost > 0)
end)

case("a lock has one owner, and is lost with its lease", function(store)
    local lock = store:lock("name", 60000, nil, "worker 7")
    assert(store:lock("name", 60000) == nil and store:lock("name", 60000, 5) == nil)
    assert(store:lock_holder("name").owner == "worker 7" and store:lock_holder("free") == nil)
    lock:renew(120000)
    store:batch():check_lock(lock):set("group", "key", "1"):commit()
    lock:release()
    refused(abi.KV_CONFLICT, "", lock.release, lock)
    refused(abi.KV_CONFLICT, "", lock.renew, lock, 5)
    assert(store:lock("name", 60000).token > lock.token)
    local batch = store:batch():check_lock(lock):set("group", "key", "2")
    refused(abi.KV_CONFLICT, "", batch.commit, batch)
    assert(store:get("group", "key") == "1")
end)

case("an operation runs once under its key", function(store)
    local state, token = store:idempotency_begin("key", "request", 60000)
    assert(state == "started" and store:idempotency_get("key") == "in_progress")
    assert(store:idempotency_begin("key", "request", 0) == "in_progress")
    assert(store:idempotency_begin("key", "other", 0) == "mismatch")
    refused(abi.KV_CONFLICT, "", store.idempotency_complete, store, "key", token + 1, "done")
    assert(store:idempotency_complete("key", token, "done"))
    local again, response = store:idempotency_begin("key", "request", 0)
    assert(again == "completed" and response == "done")
    refused(abi.KV_CONFLICT, "", store.idempotency_forget, store, "key", token)
    assert(store:idempotency_forget("key") and not store:idempotency_forget("key"))
    assert(store:idempotency_get("key") == nil)
    refused(argument, "ttl_ms must be", store.idempotency_begin, store, "key", "request")
    refused(argument, "request must be", store.idempotency_begin, store, "key")
end)

case("quotas hold, and JSON is verified", function(store)
    store:set_quota("t", 1, 0, 0)
    store:set("t:group", "a", "1")
    refused(abi.KV_ERR_QUOTA, "t", store.set, store, "t:group", "b", "1")
    assert(store:quota("t").max_keys == 1 and store:quota("t").keys == 1)
    refused(argument, "max_groups must be", store.set_quota, store, "t", 1)
    store:set_json("group", "key", '{"a": [1, 2]}')
    assert(store:get_json("group", "key", "/a/1") == "2" and store:get_json("group", "key", "/b") == nil)
    refused(abi.KV_ERR_NOT_JSON, "line 1", store.set_json, store, "group", "key", "{")
    refused(argument, "pointer", store.get_json, store, "group", "key", "a\0")
end)

case("scopes and snapshots are stores of their own", function(store)
    store:set("t:group", "key", "value")
    local scope, snapshot = store:scope("t"), store:snapshot()
    store:set("t:group", "key", "after")
    assert(scope:get("group", "key") == "after" and snapshot:get("t:group", "key") == "value")
    refused(abi.KV_ERR_READ_ONLY, "snapshot", snapshot.set, snapshot, "group", "key", "value")
    refused(argument, "namespace", store.scope, store, "not a name")
    snapshot:close()
    scope:close()
end)

case("a backup is restored", function()
    local store, path = kv.open(directory .. "/calls.db"), directory .. "/backup.db"
    store:set("group", "key", "value")
    store:backup(path)
    refused(argument, "exists", store.backup, store, path)
    store:set("group", "key", "after")
    store:restore(path)
    assert(store:get("group", "key") == "value" and store:usage().entries == 1)
    store:flush()
    store:compact()
    store:verify()
    store:close()
end)

case("a service is opened by its name", function()
    local path = directory .. "/services.yaml"
    local file = assert(io.open(path, "w"))
    file:write("services: {cache: {type: kvstore_memory, config: {}}}\n")
    file:close()
    local store = kv.open_config(path, "cache")
    store:set("group", "key", "value")
    store:close()
    refused(abi.KV_ERR_CONFIG, "other", kv.open_config, path, "other")
    assert(kv.version():find("^%d+%.%d+%.%d+$"))
end)

os.exit(failed == 0 and 0 or 1)
