-- Bytes of all kinds, refusals, and values in pieces.
--
--   luajit test.lua DIRECTORY

local ffi = require("ffi")
local kv = require("kv")

local directory = arg[1]
local passed, failed = 0, 0

local function case(name, run)
    local fine, why = pcall(run)
    if fine then
        passed = passed + 1
        print("ok " .. name)
    else
        failed = failed + 1
        print("FAILED " .. name .. ": " .. tostring(why))
    end
end

local function refused(words, call, ...)
    local fine, why = pcall(call, ...)
    assert(not fine, "this was accepted: " .. words)
    assert(tostring(why):find(words, 1, true), tostring(why) .. " does not say: " .. words)
end

case("constants and structures are those of the header", function()
    assert(kv.abi.KV_ERR_MEMORY == -22 and kv.abi.KV_OK == 0 and kv.abi.KV_TTL_NEVER == -1)
    assert(kv.abi.KV_PIECE_LEN == 256 * 1024)
    assert(ffi.sizeof("kv_error") == 8 + kv.abi.KV_ERROR_MESSAGE_LEN)
    assert(ffi.sizeof("kv_entry") == 80 and ffi.sizeof("kv_put_options") == 32)
    assert(ffi.string(kv.abi.kv_strerror(kv.abi.KV_NOT_FOUND)) ~= "")
end)

case("any bytes round-trip", function()
    local store = kv.open("memory:")
    for _, name in ipairs({ "", "\0", "a\0b", "grün", "\255\254\128", ("x"):rep(65535) }) do
        assert(store:get(name, name) == nil)
        store:set(name, name, name)
        assert(store:get(name, name) == name)
    end
    local large = ("kv"):rep(5000000)
    store:set("group", "key", large)
    assert(store:get("group", "key") == large)
    store:close()
end)

case("a ttl has words for ever and for none given", function()
    for location, default in pairs({ ["memory:?default_ttl=1h"] = 3600000, ["memory:"] = kv.NEVER }) do
        local store = kv.open(location)
        local given = { [0] = kv.NEVER, [kv.NEVER] = kv.NEVER, [60000] = 60000, default = default }
        for word, expected in pairs(given) do
            store:set("group", "key", "value", word ~= "default" and word or nil)
            local found = store:ttl("group", "key")
            assert(found == expected or found > expected - 30000 and found <= expected, word)
            store:set("group", "key", "again", found)
            assert((store:ttl("group", "key") == kv.NEVER) == (expected == kv.NEVER), word)
        end
        assert(store:ttl("group", "none") == nil)
        store:close()
    end
end)

case("more reads than values may be pinned leave none pinned", function()
    local store = kv.open("memory:")
    store:set("group", "key", "value")
    for _ = 1, 1100000 do
        store:get("group", "key")
    end
    store:close()
end)

case("what is refused is an error with a message", function()
    local store = kv.open("memory:")
    refused("65535", store.set, store, "group", ("x"):rep(65536), "value")
    refused("ttl", store.set, store, "group", "key", "value", -2)
    refused("must be a string", store.set, store, "group", nil, "value")
    refused("must be a string", store.get, store, 5, "key")
    assert(store:get("group", "key") == nil)
    store:close()
    refused("closed", store.get, store, "group", "key")
    store:close()
    refused("colour", kv.open, "sqlite:x?colour=blue")
    refused("NUL", kv.open, "a\0b")
    refused("missing", kv.open, directory .. "/missing/x.db")
end)

local engines = { "memory:", "sqlite:%s/pieces.db", "log:%s/pieces.log" }
local long = ("0123456789"):rep(40000)

-- Runs a function with an open store of each engine.
local function on_each_engine(run)
    for _, location in ipairs(engines) do
        local store = kv.open(location:format(directory))
        store:set("group", "key", "before")
        local fine, why = pcall(run, store)
        store:close()
        assert(fine, location .. " " .. tostring(why))
    end
end

case("a value is written in pieces and read at any offset", function()
    on_each_engine(function(store)
        local writer = store:open_writer("group", "key", { ttl_ms = 60000, durability = "full" })
        assert(writer:write(long:sub(1, 7), "", long:sub(8)):size() == #long)
        assert(store:get("group", "key") == "before")
        local version = writer:commit()
        assert(store:get("group", "key") == long and store:ttl("group", "key") > 30000)
        local reader = store:open_reader("group", "key")
        assert(reader.size == #long and reader.version == version)
        assert(reader.expires_at_ms > 1500000000000)
        store:set("group", "key", "after")
        assert(reader:read(5) == "01234" and reader:seek() == 5 and reader:read(3) == "567")
        assert(reader:seek("set", 262143) == 262143 and reader:read(5) == "34567")
        assert(reader:seek("cur", -5) == 262143 and reader:read(1) == "3")
        assert(reader:seek("end", -3) == #long - 3 and reader:read(100) == "789")
        assert(reader:read(100) == nil and reader:read() == nil)
        assert(reader:seek("end", 10) == #long + 10 and reader:read(1) == nil)
        assert(reader:seek("set") == 0 and reader:read(0) == "" and reader:read() == long)
        reader:close()
        reader:close()
        refused("closed", reader.read, reader, 5)
    end)
end)

case("an absent key has no reader, and an empty value one", function()
    on_each_engine(function(store)
        assert(store:open_reader("group", "none") == nil)
        store:set("group", "key", "")
        local reader = store:open_reader("group", "key")
        assert(reader.size == 0 and reader.expires_at_ms == kv.NEVER and reader:read() == nil)
    end)
end)

case("a value that is aborted or dropped is not there", function()
    on_each_engine(function(store)
        local writer = store:open_writer("group", "key"):write(long)
        writer:abort()
        writer:abort()
        refused("closed", writer.write, writer, "more")
        refused("closed", writer.commit, writer)
        store:open_writer("group", "key"):write(long)
        collectgarbage()
        collectgarbage()
        assert(store:get("group", "key") == "before")
    end)
end)

case("a condition that does not hold is an error with the version", function()
    on_each_engine(function(store)
        local version = store:open_reader("group", "key").version
        for _, condition in ipairs({ "absent", 5 }) do
            local writer = store:open_writer("group", "key", { condition = condition }):write(long)
            local fine, why = pcall(writer.commit, writer)
            assert(not fine and why.status == kv.abi.KV_CONFLICT and why.version == version)
            assert(tostring(why):find("condition"), tostring(why))
            refused("closed", writer.commit, writer)
        end
        assert(store:get("group", "key") == "before")
        local kept = { condition = version, keep_ttl = true }
        local newer = store:open_writer("group", "key", kept):write("after"):commit()
        assert(newer > version and store:get("group", "key") == "after")
        store:open_writer("group", "key", { condition = "present", expires_at_ms = 1000 }):commit()
        assert(store:get("group", "key") == nil)
        store:open_writer("group", "key", { condition = "absent" }):commit()
        assert(store:get("group", "key") == "")
    end)
end)

case("what readers and writers refuse", function()
    local store = kv.open("memory:")
    store:set("group", "key", "value")
    local reader, writer = store:open_reader("group", "key"), store:open_writer("group", "key")
    refused("colour", store.open_writer, store, "group", "key", { colour = "blue" })
    refused("no condition maybe", store.open_writer, store, "group", "key", { condition = "maybe" })
    refused("no durability maybe", store.open_writer, store, "group", "key", { durability = "maybe" })
    refused("exclude", store.open_writer, store, "group", "key", { ttl_ms = 5, keep_ttl = true })
    refused("ttl", store.open_writer, store, "group", "key", { ttl_ms = -5 })
    refused("65535", store.open_writer, store, "group", ("x"):rep(65536))
    refused("65535", store.open_reader, store, ("x"):rep(65536), "key")
    refused("must be a string", store.open_reader, store, "group", nil)
    refused("must be a string", writer.write, writer, "a", 5)
    refused("no position", reader.seek, reader, "set", -1)
    refused("no position", reader.seek, reader, "middle", 1)
    refused("no position", reader.seek, reader, "set", 0.5)
    refused("bytes", reader.read, reader, -1)
    store:close()
    refused("closed", reader.read, reader, 1)
    refused("closed", writer.write, writer, "more")
    refused("closed", writer.commit, writer)
    writer:abort()
    reader:close()
    refused("closed", store.open_writer, store, "group", "key")
    refused("closed", store.open_reader, store, "group", "key")
end)

case("an error has a status, the system's number and the place of the call", function()
    -- No tail call, which would leave no place.
    local fine, why = pcall(function()
        local store = kv.open(directory .. "/missing/x.db")
        store:close()
    end)
    assert(not fine and why.status == kv.abi.KV_ERR_IO and why.os_error == 2)
    assert(tostring(why):find("test%.lua:%d+: .*missing"), "no place: " .. tostring(why))
end)

case("what was written is there after reopening", function()
    local path = directory .. "/reopened.db"
    local store = kv.open(path)
    store:set("group", "key", "value")
    store:close()
    store = kv.open(path)
    assert(store:get("group", "key") == "value")
    store:close()
end)

os.exit(failed == 0 and 0 or 1)
