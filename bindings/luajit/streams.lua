-- Values that are written and read in pieces: the methods open_writer and open_reader of a store,
-- with what they give. A writer or reader that is dropped is ended when it is collected; nothing
-- of an unfinished value is stored.

local ffi = require("ffi")

-- Adds the methods to `Store`; `check` and `bytes` are those of kv.lua.
return function(kv, Store, check, bytes)
    local abi = kv.abi
    local Writer, Reader = {}, {}
    Writer.__index, Reader.__index = Writer, Reader

    local conditions = { absent = abi.KV_IF_ABSENT, present = abi.KV_IF_PRESENT }
    local durabilities = { normal = abi.KV_DURABILITY_NORMAL, full = abi.KV_DURABILITY_FULL }

    -- The fields that each option sets in the options of a write, as kv.h has them.
    local setters = {
        ttl_ms = function(options, ms) options.expiry, options.time_ms = abi.KV_EXPIRY_AFTER, ms end,
        expires_at_ms = function(options, ms) options.expiry, options.time_ms = abi.KV_EXPIRY_AT, ms end,
        keep_ttl = function(options, is_kept)
            options.expiry = is_kept and abi.KV_EXPIRY_KEEP or options.expiry
        end,
        durability = function(options, word)
            options.durability = durabilities[word] or error("there is no durability " .. word, 4)
        end,
        condition = function(options, condition)
            if type(condition) == "string" then
                options.condition = conditions[condition]
                    or error("there is no condition " .. condition, 4)
            else
                options.condition, options.version = abi.KV_IF_VERSION, condition
            end
        end,
    }

    local function put_options(given)
        local options = ffi.new("kv_put_options")
        options.size = ffi.sizeof(options)
        local expiries = (given.ttl_ms and 1 or 0) + (given.expires_at_ms and 1 or 0)
            + (given.keep_ttl and 1 or 0)
        if expiries > 1 then
            error("ttl_ms, expires_at_ms and keep_ttl exclude each other", 3)
        end
        for name, value in pairs(given) do
            local set = setters[name] or error("there is no option " .. tostring(name), 3)
            set(options, value)
        end
        return options
    end

    -- Begins to write the value of a key. The options may have one of `ttl_ms`, `expires_at_ms`
    -- and `keep_ttl`, the `durability` "normal" or "full", and the `condition` that has to hold at
    -- the commit: "absent", "present", or a version, where 0 is absent.
    function Store:open_writer(group, key, options)
        bytes("group", group)
        bytes("key", key)
        local writer, problem = ffi.new("kv_writer"), ffi.new("kv_error")
        local put = put_options(options or {})
        check(abi.kv_writer_open(self.handle, group, #group, key, #key, put, writer, problem), problem)
        ffi.gc(writer, function(it) abi.kv_writer_abort(it, nil) end)
        return setmetatable({ handle = writer, problem = problem }, Writer)
    end

    -- Appends strings, and returns the writer. After an error only an abort is left.
    function Writer:write(...)
        for i = 1, select("#", ...) do
            local data = bytes("value", (select(i, ...)))
            check(abi.kv_writer_write(self.handle, data, #data, self.problem), self.problem)
        end
        return self
    end

    -- Returns the number of bytes that were written.
    function Writer:size()
        local size = ffi.new("uint64_t[1]")
        check(abi.kv_writer_size(self.handle, size, self.problem), self.problem)
        return tonumber(size[0])
    end

    -- Makes what was written the value of the key, and returns its version, a uint64_t. A
    -- condition that does not hold is an error with the status KV_CONFLICT and the version of the
    -- key: nothing is written, and the writer has ended. After another error commit again, or
    -- abort.
    function Writer:commit()
        local version = ffi.new("uint64_t[1]")
        local status = abi.kv_writer_commit(self.handle, version, self.problem)
        check(status, self.problem, version[0])
        return version[0]
    end

    -- Ends a writer and discards what was written; aborting one that has ended does nothing.
    function Writer:abort()
        local status = abi.kv_writer_abort(self.handle, self.problem)
        if status ~= abi.KV_ERR_HANDLE then
            check(status, self.problem)
        end
    end

    -- Opens the value under a key, or returns nil if the key is absent or expired. The reader sees
    -- this value to its end, whatever is written meanwhile.
    function Store:open_reader(group, key)
        bytes("group", group)
        bytes("key", key)
        local reader, problem = ffi.new("kv_reader"), ffi.new("kv_error")
        local status = abi.kv_reader_open(self.handle, group, #group, key, #key, reader, problem)
        if check(status, problem) == abi.KV_NOT_FOUND then
            return nil
        end
        ffi.gc(reader, function(it) abi.kv_reader_close(it, nil) end)
        local info = ffi.new("kv_value")
        check(abi.kv_reader_info(reader, info, problem), problem)
        return setmetatable({
            handle = reader, problem = problem, at = 0, size = tonumber(info.value_size),
            version = info.version, expires_at_ms = tonumber(info.expires_at_ms),
        }, Reader)
    end

    -- Returns at most so many bytes from the position on, all to the end without a number, and nil
    -- at the end, as io.read does. It moves the position behind them.
    function Reader:read(count)
        if count and not (type(count) == "number" and count >= 0) then
            error("there are no " .. tostring(count) .. " bytes", 2)
        end
        local room = math.min(count or self.size, math.max(self.size - self.at, 0))
        local buffer, len = ffi.new("uint8_t[?]", math.max(room, 1)), ffi.new("size_t[1]")
        check(abi.kv_reader_read(self.handle, self.at, buffer, room, len, self.problem), self.problem)
        local found = tonumber(len[0])
        self.at = self.at + found
        if found == 0 and self.at >= self.size then
            return nil
        end
        return ffi.string(buffer, found)
    end

    -- Moves the position and returns it, as file:seek does: by `offset` bytes, 0 without one, from
    -- "set", the beginning; "cur", the position, which is meant without a word; or "end".
    function Reader:seek(whence, offset)
        local from = ({ set = 0, cur = self.at, ["end"] = self.size })[whence or "cur"]
        local at = from and from + (offset or 0)
        if not at or at < 0 or at % 1 ~= 0 or at >= 2 ^ 53 then
            error(("there is no position %s from %s"):format(offset, whence), 2)
        end
        self.at = at
        return at
    end

    -- Ends a reader; closing it again does nothing.
    function Reader:close()
        local status = abi.kv_reader_close(self.handle, self.problem)
        if status ~= abi.KV_ERR_HANDLE then
            check(status, self.problem)
        end
    end
end
