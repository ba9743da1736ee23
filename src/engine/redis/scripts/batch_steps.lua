-- The steps of a batch: each changes its rows, and returns its reply or sets `refusal`.
local refusal

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

local steps = {}

function steps.G(op)
  local row = find(op.group, op.key)
  if not row.live then return false end
  local expiry = row.expiry and digits(row.expiry) or ''
  if not row.stream then return {whole(row), expiry} end
  if row.size > value_max then
    refusal = {-7, row.size, ''}
    return
  end
  -- The client reads the pieces, which are never changed.
  return {row.stream, expiry, 1}
end

function steps.S(op)
  -- An unconditional set need not read the old string, unless it keeps its expiry.
  local unseen = op.group.is_default and string.sub(op[3], 1, 1) ~= 'k'
  local row = unseen and unread_row(op.group, op.key) or find(op.group, op.key)
  write(row, op[1], resolve(op[3], row))
  return 1
end

-- Writes the value of a stream: of the default group, that of a key which gets another name.
function steps.W(op)
  local group, size, version = op.group, tonumber(op[2]), op[3]
  local unseen = group.is_default and string.sub(op[5], 1, 1) ~= 'k'
  local row = unseen and unread_row(group, op.key) or find(group, op.key)
  local pieces, last = {size = size, version = version}, size
  if group.is_default then
    pieces.temp = op[1]
  else
    pieces.stream = version .. ':' .. digits(size)
    last = (size - 1) % piece_len + 1
  end
  local names = pieces_of({group = group, temp = pieces.temp, stream = pieces.stream})
  local is_whole = size > 0 and are_there(names) and call('STRLEN', names[#names]) == last
  -- In a slot that moves, the script ends here if one of the keys is on the other node, or may be.
  if group.is_default then call('EXISTS', op[1], string_prefix .. op.key) end
  if not is_whole then
    refusal = {-9, '', ''}
    return
  end
  write(row, nil, resolve(op[5], row), pieces)
  return version
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
  -- A value in pieces is longer than an integer.
  if row.live and row.size then before = call('GETRANGE', pieces_of(row)[1], 0, 63) end
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
  local size = (row.live and (row.size or #row.value) or 0) + #op[1]
  if size > value_max then
    refusal = {-7, size, ''}
    return
  end
  local value, expiry = (row.live and whole(row) or '') .. op[1], row.expiry
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
    -- All of a group is removed at once, however large it is. If all entries have expired, they
    -- are left to the purge.
    local live = count_live(group)
    if live > 0 then
      group.is_unlinked = true
      record(3, group, '', '')
    end
    return live
  end
  local rows, keys, bytes = beginning(group, op.key)
  if not rows then
    refusal = {-15, keys, bytes}
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
