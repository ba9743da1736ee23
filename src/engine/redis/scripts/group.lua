-- A named group is one hash, BUCKETh:NAME. A field is an entry, EXPIRY;VALUE, and its name the
-- key; a key that begins with a zero byte has a second one before it. The other fields that begin
-- with a zero byte are the header, "\0", and the nodes of three trees, "\0k" NUMBER with the keys,
-- "\0x" NUMBER with the expiries, and "\0p" NUMBER with the streams. A small group has none of the
-- first two; without an expiry, a quota and a value in pieces it has no header either.

-- The pieces of a value are string keys, BUCKETp:VERSION:NUMBER from 0 on, of `piece_len` bytes
-- each but the last. They expire after `lease` ms while they are written, and when the value is
-- replaced or removed, so that its readers come to its end.
local lease = 60000

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

-- Returns the names of the pieces of a stream.
local function names_of(bucket, stream)
  local version, size = string.match(stream, '^(%x+):(%d+)$')
  local names, name = {}, bucket .. 'p:' .. version .. ':'
  for id = 1, math.ceil(size / piece_len) do names[id] = name .. digits(id - 1) end
  return names
end

-- Returns whether all these keys exist. In a slot that moves, the script ends here if one of
-- several is on the other node, or may be.
local function are_there(names)
  for from = 1, #names, 1000 do
    local to = math.min(from + 999, #names)
    if call('EXISTS', names[1], unpack(names, from, to)) < to - from + 2 then return false end
  end
  return true
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
-- group is counted; `count`, the number of entries, expired ones among them; the trees `keys`,
-- `expiries` and `streams`, those of its values in pieces.
local function load(group)
  if group.count then return group end
  local packed = call('HGET', group.hash, '\0')
  local header = packed and {unpacked(packed)} or {0, 0, -1, 0, 1, 0, 0, 0, 0}
  header[9] = header[9] or 0
  for id = 1, 9 do
    if type(header[id]) ~= 'number' then damaged('its header has another form') end
  end
  local fields, due, bytes, epoch, next_id, keys, expiries, listed, streams =
    unpack(header)
  group.packed, group.fields, group.epoch, group.next_id = packed, fields, epoch, next_id
  group.due, group.bytes = due > 0 and due or nil, bytes >= 0 and bytes or nil
  group.listed = listed > 0 and listed or nil
  group.count = call('HLEN', group.hash) - fields
  if group.count < 0 then damaged('its header counts more fields than there are') end
  if keys > 0 then
    group.keys = new_tree(group, '\0k', keys)
    group.expiries = new_tree(group, '\0x', expiries > 0 and expiries or nil)
  end
  group.streams = new_tree(group, '\0p', streams > 0 and streams or nil)
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
