-- The arguments of a batch, and its rows: those that are stored, as the steps so far leave them.
local at = 0
local function arg()
  at = at + 1
  return ARGV[at]
end

local string_prefix, channel, origin = arg(), arg(), arg()
local wanted, in_cluster, is_registered = arg() == '1', arg() == '1', arg() == '1'
local scan_max, scan_bytes_max, value_max = tonumber(arg()), tonumber(arg()), tonumber(arg())
local subscribers = count_subscribers(channel)
local is_observed = wanted or subscribers > 0

-- Group 0 is the default group, of string keys.
local strings = {name = '', space = '', rows = {}, touched = {}, is_default = true}
local groups = {[0] = strings}
for id = 1, tonumber(arg()) do groups[id] = new_group(arg(), arg(), arg()) end

local changes = {}

local function record(kind, group, key, value, pieces)
  if is_observed then changes[#changes + 1] = change(kind, group.name, key, value, pieces) end
end

-- Returns the row of a key without reading the stored entry.
local function unread_row(group, key)
  local row = group.rows[key]
  if not row then
    row = {group = group, key = key, unread = true}
    group.rows[key] = row
  end
  return row
end

-- Reads the field of a row of a named group.
local function read_row(row, field)
  row.unread = false
  if not field then return end
  local expiry, from, len, stream = head(field)
  row.stored, row.put, row.len, row.was, row.pieces = true, true, len, expiry, stream
  if expiry and expiry <= now then return end
  row.live, row.expiry = true, expiry
  if stream then
    row.stream, row.size, row.version = stream, len, string.sub(stream, 1, 16)
  else
    row.value = string.sub(field, from)
  end
end

-- Returns the row of a key: `live` and `value` as the steps so far leave them; `stored`, `len`,
-- `was` (its expiry) and `pieces` (its stream) as they are stored, even if the entry has expired.
-- A value in pieces has `size` and `version`, and `stream`, or in the default group `temp`, the
-- key with the value, which gets another name if it is new.
local function find(group, key)
  local row = unread_row(group, key)
  if not row.unread or row.touched then return row end
  row.unread = false
  if group.is_default then
    local name = string_prefix .. key
    -- A long value is read when it is needed.
    local size = call('STRLEN', name)
    local value = size <= piece_len and call('GET', name)
    if value or size > 0 then
      row.stored, row.live, row.put, row.value = true, true, true, value or nil
      if not value then row.size, row.temp = size, name end
      local expiry = call('PEXPIRETIME', name)
      -- A string key is live during its last millisecond too.
      if expiry >= 0 then row.expiry = expiry + 1 end
    end
    return row
  end
  read_row(row, call('HGET', load(group).hash, field_of(key)))
  return row
end

local function touch(row)
  if not row.touched then
    row.touched = true
    row.group.touched[#row.group.touched + 1] = row
  end
end

local function set_value(row, value, pieces)
  row.value, row.size, row.version = value, pieces.size, pieces.version
  row.stream, row.temp = pieces.stream, pieces.temp
end

-- Writes a value; `pieces` has the parts of the row of one that is in pieces.
local function write(row, value, expiry, pieces)
  touch(row)
  set_value(row, value, pieces or {})
  row.put, row.expiry, row.rewritten = true, expiry, true
  row.live = not expiry or expiry > now
  record(1, row.group, row.key, value or '', pieces)
end

local function drop(row)
  touch(row)
  set_value(row, nil, {})
  row.put, row.live, row.expiry = false, false, nil
end

-- Returns the names of the keys that are the value of a row in pieces.
local function pieces_of(row)
  return row.temp and {row.temp} or names_of(row.group.bucket, row.stream)
end

-- Returns the value of a live row as a whole.
local function whole(row)
  if row.value then return row.value end
  local names, parts = pieces_of(row), {}
  if not are_there(names) then damaged('a piece of a value is missing') end
  for id, name in ipairs(names) do parts[id] = call('GET', name) end
  return table.concat(parts)
end

-- The latest expiry: beyond it a double does not represent every millisecond.
local latest = 9007199254740991

local resolve
function resolve(rule, row)
  local kind, number = string.sub(rule, 1, 1), tonumber(string.sub(rule, 2))
  if kind == 'k' then
    if row.live then return row.expiry end
    return resolve(string.sub(rule, 2), row)
  end
  if kind == '+' then return math.min(written + number, latest) end
  if kind == '@' then return math.max(math.min(number, latest), 0) end
  return nil
end

local absent = '0000000000000000'

local function version(row)
  return row.live and (row.version or version_of(whole(row))) or absent
end

local function holds(row, condition)
  if condition == '-' then return not row.live end
  if condition == '+' then return row.live end
  return row.live and version(row) == condition
end
