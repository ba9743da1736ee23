-- Watches: queues of the changes of a store.

local ffi = require("ffi")
local library = require("kv.library")
local arguments = require("kv.arguments")
local handles = require("kv.handles")
local Store = require("kv.store")

local abi, problem, check, refuse = library.abi, library.problem, library.check, library.refuse

local Watch = {}
Watch.__index = Watch

-- The flag of each option that selects, or begins elsewhere than now.
local SELECTIONS = {
    group = 0, group_prefix = abi.KV_WATCH_GROUP_PREFIX, key = 0, key_prefix = abi.KV_WATCH_KEY_PREFIX,
}
local OTHERS = { existing = true, since = true, capacity = true }

-- Returns the name that an option or its prefix gives, and the flag of the selection.
local function selected(given, name, is_any)
    local exact, prefix = given[name], given[name .. "_prefix"]
    if exact and prefix then
        refuse(("%s and %s_prefix exclude each other"):format(name, name))
    end
    local data = exact or prefix
    if data == nil then
        return "", is_any
    end
    return arguments.bytes(name, data), prefix and SELECTIONS[name .. "_prefix"] or 0
end

-- Begins to watch the changes of a `group` or `group_prefix`, and of a `key` or `key_prefix`;
-- without them, of all. With `existing` the entries that there are come first, with `since` the
-- changes after a version of the change log; `capacity` is that of the queue.
function Store:watch(options)
    local given = arguments.options(options)
    for name in pairs(given) do
        if not SELECTIONS[name] and not OTHERS[name] then
            refuse("there is no option " .. tostring(name))
        end
    end
    local group, group_flag = selected(given, "group", abi.KV_WATCH_ANY_GROUP)
    local key, key_flag = selected(given, "key", abi.KV_WATCH_ANY_KEY)
    local flags = group_flag + key_flag
    local watch = ffi.new("kv_watch_options", ffi.sizeof("kv_watch_options"))
    if given.existing then
        flags = flags + abi.KV_WATCH_EXISTING
    end
    if given.since then
        flags = flags + abi.KV_WATCH_SINCE
        watch.since = arguments.integer("since", given.since)
    end
    watch.flags = flags
    watch.capacity = tonumber(arguments.integer("capacity", given.capacity or 0))
    local handle = handles.open("kv_watch", function(it)
        return abi.kv_watch_open(self.handle, group, #group, key, #key, watch, it, problem)
    end)
    local event = ffi.new("kv_event", ffi.sizeof("kv_event"))
    return setmetatable({ handle = handle, event = event, store = self }, Watch)
end

local TYPES = {
    [abi.KV_EVENT_SET] = "set", [abi.KV_EVENT_DELETE] = "delete", [abi.KV_EVENT_DELETE_GROUP] = "delete_group",
    [abi.KV_EVENT_EXPIRE] = "expire", [abi.KV_EVENT_SYNCED] = "synced", [abi.KV_EVENT_LAGGED] = "lagged",
    [abi.KV_EVENT_SET_LARGE] = "set_large",
}
local HAS_KEY = { set = true, set_large = true, delete = true, expire = true }

-- Returns the next event, or nil if none arrives within `timeout_ms` milliseconds; without a
-- number it does not wait, a negative one waits for ever. An event is a table: its `type`, "set",
-- "set_large", "delete", "delete_group", "expire", "synced" or "lagged"; `group`; `key`; the
-- `value` of a set and the `size` of a set_large; `version`, a uint64_t; `time_ms`; and of a
-- lagged the number of `lost` events. After the store or the watch was closed it is an error.
function Watch:poll(timeout_ms)
    local event = self.event
    local timeout = arguments.integer("timeout_ms", timeout_ms or 0)
    if check(abi.kv_watch_poll(self.handle, timeout, event, problem)) == abi.KV_TIMEOUT then
        return nil
    end
    local kind = TYPES[event.type] or tostring(event.type)
    return {
        type = kind,
        group = ffi.string(event.group, event.group_len),
        key = HAS_KEY[kind] and ffi.string(event.key, event.key_len) or nil,
        value = kind == "set" and ffi.string(event.value, event.value_len) or nil,
        size = (kind == "set" or kind == "set_large") and tonumber(event.value_size) or nil,
        version = event.version,
        time_ms = tonumber(event.time_ms),
        lost = kind == "lagged" and tonumber(event.lost) or nil,
    }
end

-- Returns a file descriptor that is readable while a poll would return at once.
function Watch:fd()
    local fd = ffi.new("int32_t[1]")
    check(abi.kv_watch_fd(self.handle, fd, problem))
    return fd[0]
end

-- Ends a watch; ending it again does nothing.
function Watch:close()
    handles.close(self.handle)
end
