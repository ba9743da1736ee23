-- Values that are written and read in pieces.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")
local Store = require("kv.store")

local abi, problem, check, refuse = library.abi, library.problem, library.check, library.refuse
local at, bytes = arguments.at, arguments.bytes

local Writer, Reader = {}, {}
Writer.__index, Reader.__index = Writer, Reader

-- Begins to write the value of a key, with the options of put, whose condition has to hold at the
-- commit. A writer that is forgotten is aborted.
function Store:open_writer(group, key, options)
    local g, g_len, k, k_len = at(group, key)
    local put = arguments.put(options)
    local writer = handles.open("kv_writer", function(it)
        return abi.kv_writer_open(self.handle, g, g_len, k, k_len, put, it, problem)
    end)
    return setmetatable({ handle = writer, store = self }, Writer)
end

-- Appends strings, and returns the writer. After an error only an abort is left.
function Writer:write(...)
    for i = 1, select("#", ...) do
        local data = bytes("value", (select(i, ...)))
        check(abi.kv_writer_write(self.handle, data, #data, problem))
    end
    return self
end

-- Returns the number of bytes that were written.
function Writer:size()
    local size = ffi.new("uint64_t[1]")
    check(abi.kv_writer_size(self.handle, size, problem))
    return tonumber(size[0])
end

-- Makes the bytes that were written the value of the key, and returns its version, a uint64_t. A
-- condition that does not hold is an error with the status KV_CONFLICT and the version of the key:
-- nothing is written, and the writer has ended. After another error commit again, or abort.
function Writer:commit()
    local version = ffi.new("uint64_t[1]")
    local status = abi.kv_writer_commit(self.handle, version, problem)
    if status == abi.KV_OK or status == abi.KV_CONFLICT then
        handles.ended(self.handle)
    end
    check(status, { version = version[0] })
    return version[0]
end

-- Ends a writer and discards the bytes that were written; aborting one that has ended does
-- nothing.
function Writer:abort()
    handles.close(self.handle)
end

-- Opens the value under a key, or returns nil if the key is absent or expired. The reader sees
-- this value to its end, whatever is written meanwhile.
function Store:open_reader(group, key)
    local g, g_len, k, k_len = at(group, key)
    local reader = handles.open("kv_reader", function(it)
        return abi.kv_reader_open(self.handle, g, g_len, k, k_len, it, problem)
    end)
    if not reader then
        return nil
    end
    local info = ffi.new("kv_value")
    check(abi.kv_reader_info(reader, info, problem))
    return setmetatable({
        handle = reader, store = self, at = 0, size = tonumber(info.value_size), version = info.version,
        expires_at_ms = tonumber(info.expires_at_ms),
    }, Reader)
end

-- Returns at most so many bytes from the position on, all to the end without a number, and nil at
-- the end, as io.read does. It moves the position behind them.
function Reader:read(count)
    if count and not (type(count) == "number" and count >= 0) then
        refuse("there are no " .. tostring(count) .. " bytes")
    end
    local room = math.min(count or self.size, math.max(self.size - self.at, 0))
    local buffer, len = ffi.new("uint8_t[?]", math.max(room, 1)), ffi.new("size_t[1]")
    check(abi.kv_reader_read(self.handle, self.at, buffer, room, len, problem))
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
    local position = from and from + (offset or 0)
    if not position or position < 0 or position % 1 ~= 0 or position >= 2 ^ 53 then
        refuse(("there is no position %s from %s"):format(tostring(offset), tostring(whence)))
    end
    self.at = position
    return position
end

-- Ends a reader; closing it again does nothing.
function Reader:close()
    handles.close(self.handle)
end
