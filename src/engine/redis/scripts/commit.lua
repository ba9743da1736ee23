-- Applies a batch, by the rules of src/engine/apply; a change there needs the same change here. The
-- script checks the conditions, applies the steps to rows in memory, checks the quotas, and only
-- then writes. A batch that fails has thus changed nothing.
local at = 0
local function arg()
  at = at + 1
  return ARGV[at]
end

local string_prefix, channel, origin = arg(), arg(), arg()
local wanted, in_cluster, is_registered = arg() == '1', arg() == '1', arg() == '1'
local scan_max, value_max = tonumber(arg()), tonumber(arg())
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

-- Returns the exact sum of two integers of at most 19 digits; nil if it is not a 64-bit integer.
local function add(a, b)
  local function parts(text)
    local sign, number = string.match(text, '^(%-?)(%d+)$')
    local high = tonumber(string.sub(number, 1, -10)) or 0
    local low = tonumber(string.sub(number, -9))
    if sign == '-' then return -high, -low end
    return high, low
  end
  local high_a, low_a = parts(a)
  local high_b, low_b = parts(b)
  local high, low = high_a + high_b, low_a + low_b
  if low >= 1e9 then high, low = high + 1, low - 1e9 end
  if low <= -1e9 then high, low = high - 1, low + 1e9 end
  if high > 0 and low < 0 then high, low = high - 1, low + 1e9 end
  if high < 0 and low > 0 then high, low = high + 1, low - 1e9 end
  local negative = high < 0 or low < 0
  high, low = math.abs(high), math.abs(low)
  local last = negative and 854775808 or 854775807
  if high > 9223372036 or high == 9223372036 and low > last then return nil end
  local sign = negative and '-' or ''
  if high == 0 then return sign .. digits(low) end
  return sign .. digits(high) .. string.format('%09.0f', low)
end

local function is_integer(text)
  if #text > 20 or not string.find(text, '^%-?%d+$') then return false end
  if string.find(text, '^%-?0') and text ~= '0' then return false end
  return add(text, '0') ~= nil
end

local refusal

-- Returns the rows of a group whose keys begin with `prefix`; nil if there are too many keys to
-- scan.
local function beginning(group, prefix)
  local rows, seen = {}, {}
  local function take(key)
    if not seen[key] then
      seen[key] = true
      rows[#rows + 1] = find(group, key)
    end
  end
  if group.is_default then
    if call('DBSIZE') > scan_max then return nil end
    -- In a slot that moves, the script ends here: some keys may be on the other node.
    if in_cluster then call('EXISTS', string_prefix .. '?', string_prefix .. '*') end
    local cursor = '0'
    repeat
      local page = call('SCAN', cursor, 'MATCH', beginning_with(string_prefix .. prefix),
        'COUNT', 1000, 'TYPE', 'string')
      cursor = page[1]
      for _, key in ipairs(page[2]) do take(string.sub(key, #string_prefix + 1)) end
    until cursor == '0'
  else
    if load(group).count > scan_max and prefix == '' then return nil end
    local keys, fields = {}, {}
    each_key(group, prefix, false, function(key)
      if string.sub(key, 1, #prefix) ~= prefix then return true end
      keys[#keys + 1], fields[#fields + 1] = key, field_of(key)
      return #keys > scan_max
    end)
    if #keys > scan_max then return nil end
    for from = 1, #keys, 100 do
      local page = call('HMGET', group.hash, unpack(fields, from, math.min(from + 99, #keys)))
      for id, field in ipairs(page) do
        local row = unread_row(group, keys[from + id - 1])
        if row.unread and not row.touched then read_row(row, field) end
        take(row.key)
      end
    end
  end
  for key in pairs(group.rows) do
    if string.sub(key, 1, #prefix) == prefix then take(key) end
  end
  if group.is_default then
    table.sort(rows, function(a, b) return less(a.key, b.key) end)
  end
  return rows
end

local steps = {}

function steps.G(op)
  local row = find(op.group, op.key)
  if not row.live then return false end
  return {row.value, row.expiry and digits(row.expiry) or ''}
end

function steps.S(op)
  -- An unconditional set need not read the old string, unless it keeps its expiry.
  local unseen = op.group.is_default and string.sub(op[3], 1, 1) ~= 'k'
  local row = unseen and unread_row(op.group, op.key) or find(op.group, op.key)
  write(row, op[1], resolve(op[3], row))
  return 1
end

function steps.D(op)
  local row = find(op.group, op.key)
  if not row.live then return 0 end
  drop(row)
  record(2, op.group, op.key, '')
  return 1
end

function steps.T(op)
  local found = steps.G(op)
  if found then steps.D(op) end
  return found
end

function steps.I(op)
  local row = find(op.group, op.key)
  local before = row.live and row.value or '0'
  if not is_integer(before) then
    refusal = {-8, 'value', before}
    return
  end
  local sum = add(before, op[1])
  if not sum then
    refusal = {-8, 'range', before}
    return
  end
  local expiry = row.expiry
  if not row.live then expiry = resolve(op[2], row) end
  write(row, sum, expiry)
  return sum
end

function steps.A(op)
  local row = find(op.group, op.key)
  local old = row.live and row.value or ''
  if #old + #op[1] > value_max then
    refusal = {-7, #old + #op[1], ''}
    return
  end
  local value, expiry = old .. op[1], row.expiry
  if not row.live then expiry = resolve(op[2], row) end
  write(row, value, expiry)
  return {#value, version_of(value)}
end

function steps.E(op)
  local row = find(op.group, op.key)
  if not row.live then return -1 end
  local new, rule = resolve(op[1], row), tonumber(op[2])
  local old_at, new_at = row.expiry or math.huge, new or math.huge
  if bit.band(rule, 1) ~= 0 and row.expiry or bit.band(rule, 2) ~= 0 and not row.expiry
    or bit.band(rule, 4) ~= 0 and new_at <= old_at or bit.band(rule, 8) ~= 0 and new_at >= old_at
  then
    return 0
  end
  touch(row)
  row.expiry, row.live = new, not new or new > now
  return 1
end

function steps.P(op)
  local group = op.group
  if op.key == '' and group.uses == 1 and not group.is_default then
    -- All of a group is removed at once, however large it is. If all entries have expired, they are
    -- left to the purge.
    local live = count_live(group)
    if live > 0 then
      group.is_unlinked = true
      record(3, group, '', '')
    end
    return live
  end
  local rows = beginning(group, op.key)
  if not rows then
    refusal = {-15, group.is_default and call('DBSIZE') or group.count, ''}
    return
  end
  local live = 0
  for _, row in ipairs(rows) do
    if row.live then live = live + 1 end
  end
  local whole = op.key == '' and live > 0
  for _, row in ipairs(rows) do
    if row.put then
      if not whole then record(row.live and 2 or 4, group, row.key, '') end
      drop(row)
    end
  end
  if whole then record(3, group, '', '') end
  return live
end

-- The number of arguments behind the key of a step.
local follow = {C = 1, G = 0, S = 3, D = 1, T = 0, I = 2, A = 2, E = 2, P = 0}
-- The position of the condition among them.
local condition_at = {C = 1, S = 2, D = 1}
local ops = {}
while at < #ARGV do
  local code = arg()
  local op = {code = code, group = groups[tonumber(arg())], key = arg()}
  for id = 1, follow[code] do op[id] = arg() end
  op.group.uses = (op.group.uses or 0) + 1
  ops[#ops + 1] = op
end

for id, op in ipairs(ops) do
  local condition = op[condition_at[op.code]]
  if condition and condition ~= '*' then
    local row = find(op.group, op.key)
    if not holds(row, condition) then return {0, id - 1, version(row)} end
  end
end

local replies = {}
for id, op in ipairs(ops) do
  local step = steps[op.code]
  replies[id] = step and step(op) or false
  if refusal then return {refusal[1], id - 1, refusal[2], refusal[3]} end
end

-- The changes of each group are computed, and the quotas checked, before the first write.
local written_groups, accounts = {}, {}
for id = 1, #groups do
  local group = groups[id]
  if group.is_unlinked then
    group.grown, group.bytes_grown, group.after = -group.count, -(group.bytes or 0), 0
    written_groups[#written_groups + 1] = group
  elseif #group.touched > 0 then
    prepare(group)
    written_groups[#written_groups + 1] = group
  end
end
for _, group in ipairs(written_groups) do
  if group.is_first and not is_registered then return {-10, group.bucket, '', ''} end
  local account = account_of(group, accounts)
  if account then add_up(account, group) end
end
for space, account in pairs(accounts) do
  local unit, limit
  if account then unit, limit = excess(account) end
  if unit then return {-5, space, unit, digits(limit)} end
end

for _, row in ipairs(strings.touched) do
  local name = string_prefix .. row.key
  if not row.put then
    if row.unread or row.stored then call('DEL', name) end
  elseif not row.expiry then
    if row.rewritten then call('SET', name, row.value) else call('PERSIST', name) end
  elseif row.rewritten or row.expiry - 1 <= now then
    call('SET', name, row.value, 'PXAT', digits(math.max(row.expiry - 1, 1)))
  else
    call('PEXPIREAT', name, digits(row.expiry - 1))
  end
end
for _, group in ipairs(written_groups) do write_group(group) end
for _, account in pairs(accounts) do write_account(account) end
return {1, replies, publish(channel, origin, in_cluster, subscribers, changes)}
