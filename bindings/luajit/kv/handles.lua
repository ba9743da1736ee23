-- Handles that are closed when they are collected.
--
-- A finaliser belongs to the handle of one object, and closes that alone. The finalisers of a
-- cycle of the collector run in no particular order, and any order will do: a cursor, batch,
-- transaction, watch, writer or reader may end after its store. An object of a store refers to
-- it, so that no store is collected before its objects.

local ffi = require("ffi")
local library = require("kv.library")

local abi, problem, check = library.abi, library.problem, library.check

local handles = {}

-- The function of kv.h that ends each kind of handle, and its finaliser. No finaliser raises an
-- error: that would come up in the middle of other code.
local closers, finalisers = {}, {}
for kind, name in pairs({
    kv_store = "kv_close", kv_cursor = "kv_cursor_close", kv_batch = "kv_batch_close", kv_txn = "kv_txn_abort",
    kv_watch = "kv_watch_close", kv_writer = "kv_writer_abort", kv_reader = "kv_reader_close",
}) do
    local close = abi[name]
    local number = tonumber(ffi.typeof(kind))
    closers[number] = close
    finalisers[number] = function(handle)
        -- A handle of 0 was closed before.
        if handle.id ~= 0 then
            close(handle, nil)
        end
    end
end

local function kind_of(handle)
    return tonumber(ffi.typeof(handle))
end

-- Closes a handle when it is collected, and returns it.
function handles.own(handle)
    return ffi.gc(handle, finalisers[kind_of(handle)])
end

-- Returns a handle of a kind that `fill` opens, or nil for what is not found. If too many handles
-- of the kind are open, the forgotten ones are collected first.
function handles.open(kind, fill)
    local handle = ffi.new(kind)
    local status = fill(handle)
    if status == abi.KV_ERR_MEMORY then
        -- Twice: the first cycle finds the objects, and the second the handles in them.
        collectgarbage()
        collectgarbage()
        status = fill(handle)
    end
    if check(status) == abi.KV_NOT_FOUND then
        return nil
    end
    return handles.own(handle)
end

-- Ends a handle; ending it again does nothing. Its later calls raise KV_ERR_HANDLE.
function handles.close(handle)
    local status = handle.id ~= 0 and closers[kind_of(handle)](handle, problem) or abi.KV_OK
    if status ~= abi.KV_ERR_HANDLE then
        check(status)
    end
    handles.ended(handle)
end

-- Notes that a call has ended the handle.
function handles.ended(handle)
    handle.id = 0
    ffi.gc(handle, nil)
end

return handles
