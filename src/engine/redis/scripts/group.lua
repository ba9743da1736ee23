-- A named group is one hash, BUCKETh:NAME. A field is an entry, EXPIRY;VALUE, and its name the key;
-- a key that begins with a zero byte has a second one before it. The other fields that begin with a
-- zero byte are the header, "\0", and the nodes of two trees, "\0k" NUMBER with the keys and "\0x"
-- NUMBER with the expiries. A small group has no trees; without an expiry and a quota it has no
-- header either.

-- A group is small with at most so many entries, of at most so many bytes each.
local small_entries, small_bytes = 128, 1024

local function field_of(key)
  return string.byte(key) == 0 and '\0' .. key or key
end

-- Returns the key of a field; nil if the field is no entry.
local function key_of(field)
  if string.byte(field) ~= 0 then return field end
  if string.byte(field, 2) == 0 then return string.sub(field, 2) end
  return nil
end

-- Returns the item of an expiry in the tree: 7 bytes, then the key.
local function item_of(expiry, key)
  return struct.pack('>I7', expiry) .. key
end

local function new_group(bucket, name, space)
  return {bucket = bucket, name = name, space = space or '', hash = bucket .. 'h:' .. name,
    rows = {}, touched = {}}
end

-- Reads the header of a group: `fields`, the number of fields that are no entries; `due`, before
-- which no entry expires; `listed`, the time in the list of expiries, which may be later; `bytes`
-- of names, keys and values, if they are counted; `epoch`, that of the quota in whose usage the
-- group is counted; `count`, the number of entries, expired ones among them.
local function load(group)
  if group.count then return group end
  local packed = call('HGET', group.hash, '\0')
  local header = packed and {unpacked(packed)} or {0, 0, -1, 0, 1, 0, 0, 0}
  for id = 1, 8 do
    if type(header[id]) ~= 'number' then damaged('its header has another form') end
  end
  local fields, due, bytes, epoch, next_id, keys, expiries, listed = unpack(header)
  group.packed, group.fields, group.epoch, group.next_id = packed, fields, epoch, next_id
  group.due, group.bytes = due > 0 and due or nil, bytes >= 0 and bytes or nil
  group.listed = listed > 0 and listed or nil
  group.count = call('HLEN', group.hash) - fields
  if group.count < 0 then damaged('its header counts more fields than there are') end
  if keys > 0 then
    group.keys = new_tree(group, '\0k', keys)
    group.expiries = new_tree(group, '\0x', expiries > 0 and expiries or nil)
  end
  return group
end

-- Returns the fields of all entries of a small group by key.
local function read_small(group)
  local entries, fields = {}, call('HGETALL', group.hash)
  for id = 1, #fields, 2 do
    local key = key_of(fields[id])
    if key then entries[key] = fields[id + 1] end
  end
  return entries
end

local function sorted_keys(entries)
  local keys = {}
  for key in pairs(entries) do keys[#keys + 1] = key end
  sort(keys)
  return keys
end

-- Returns the key of a bound as of ZRANGEBYLEX, nil without one, and whether the key itself is
-- outside.
local function bound(text)
  local kind = string.sub(text, 1, 1)
  if kind ~= '[' and kind ~= '(' then return nil end
  return string.sub(text, 2), kind == '('
end

-- Calls `visit` with the keys of a group in order, as `each` does.
local function each_key(group, start, reverse, visit)
  if group.keys then return each(group.keys, start, reverse, visit) end
  local keys = {}
  for _, field in ipairs(call('HKEYS', group.hash)) do keys[#keys + 1] = key_of(field) end
  sort(keys)
  local first, last, step = 1, #keys, 1
  if start then first = position(keys, start) end
  if reverse then
    if start and keys[first] ~= start then first = first - 1 end
    first, last, step = start and first or #keys, 1, -1
  end
  for at = first, last, step do
    if visit(keys[at]) then return end
  end
end

-- Returns the keys of at most `limit` expired entries, and the expiry of each.
local function expired_keys(group, limit)
  local keys, expiries = {}, {}
  if not group.due or group.due > now then return keys, expiries end
  if group.keys then
    each(group.expiries, nil, false, function(item)
      local expiry = struct.unpack('>I7', item)
      if expiry > now or #keys == limit then return true end
      keys[#keys + 1], expiries[#expiries + 1] = string.sub(item, 8), expiry
    end)
    return keys, expiries
  end
  local items = {}
  for key, field in pairs(read_small(group)) do
    local expiry = head(field)
    if expiry and expiry <= now then items[#items + 1] = item_of(expiry, key) end
  end
  sort(items)
  for id = 1, math.min(#items, limit) do
    keys[id], expiries[id] = string.sub(items[id], 8), struct.unpack('>I7', items[id])
  end
  return keys, expiries
end

local function count_live(group)
  return load(group).count - #expired_keys(group, math.huge)
end
