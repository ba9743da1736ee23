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

local function record(kind, group, key, value)
  if is_observed then changes[#changes + 1] = change(kind, group.name, key, value) end
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
  local expiry, from = head(field)
  row.stored, row.put, row.len, row.was = true, true, #field - from + 1, expiry
  if not expiry or expiry > now then
    row.live, row.value, row.expiry = true, string.sub(field, from), expiry
  end
end

-- Returns the row of a key: `live` and `value` as the steps so far leave them; `stored`, `len` and
-- `was` (its expiry) as they are stored, even if the entry has expired.
local function find(group, key)
  local row = unread_row(group, key)
  if not row.unread or row.touched then return row end
  row.unread = false
  if group.is_default then
    local value = call('GET', string_prefix .. key)
    if value then
      row.stored, row.live, row.put, row.value = true, true, true, value
      local expiry = call('PEXPIRETIME', string_prefix .. key)
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

local function write(row, value, expiry)
  touch(row)
  row.put, row.value, row.expiry, row.rewritten = true, value, expiry, true
  row.live = not expiry or expiry > now
  record(1, row.group, row.key, value)
end

local function drop(row)
  touch(row)
  row.put, row.live, row.value, row.expiry = false, false, nil, nil
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
  return row.live and version_of(row.value) or absent
end

local function holds(row, condition)
  if condition == '-' then return not row.live end
  if condition == '+' then return row.live end
  return row.live and version(row) == condition
end
