-- Measures and verifies a page of the entries of a group. ARGV: bucket, name, lower bound of the
-- keys as of ZRANGEBYLEX, length of the page. Returns the last key (empty at the end), the numbers
-- of live and expired entries, the bytes of the live ones, and the damage found (empty for none).
local group = load(new_group(ARGV[1], ARGV[2]))
local length, is_first = tonumber(ARGV[4]), ARGV[3] == '-'
local start = not is_first and string.sub(ARGV[3], 2) or nil
local function found(damage) return {'', 0, 0, '0', damage} end

if group.count == 0 then return found('') end
if is_first then
  -- Returns the score of the group in a list. In a slot that moves, the script ends here if the
  -- list is on the other node, or may be.
  local function score(list)
    local score = call('ZSCORE', group.bucket .. list, group.name)
    if not score then call('EXISTS', group.bucket .. list, group.hash) end
    return tonumber(score or math.huge)
  end
  if score('g') ~= 0 then return found('it is not in the list of groups') end
  if group.listed and score('d') > group.listed then
    return found('its first expiry is not in the list of expiries')
  end
  -- The keys of a larger group are not counted, because that would hold up other calls.
  local keys = 0
  if group.count <= 100000 then
    each_key(group, nil, false, function() keys = keys + 1 end)
    if keys ~= group.count then return found('its index does not have as many keys as its hash') end
  end
end

local live, expired, bytes, total, expiring, streams, visited, last = 0, 0, 0, 0, 0, 0, 0, ''
local previous, damage = start, nil
each_key(group, start, false, function(key)
  if key == start then return false end
  if visited == length then
    last = previous
    return true
  end
  if previous and not less(previous, key) then
    damage = 'its index is not in byte order'
    return true
  end
  visited, previous = visited + 1, key
  local field = call('HGET', group.hash, field_of(key))
  if not field then
    damage = 'a key of its index is not in its hash'
    return true
  end
  local expiry, _, len, stream = head(field)
  local size = #group.name + #key + len
  if stream then
    local is_known = false
    each(group.streams, stream, false, function(it)
      is_known = it == stream
      return true
    end)
    if not is_known then
      damage = 'a value in pieces is not in the index of these'
    elseif not are_there(names_of(group.bucket, stream)) then
      damage = 'a piece of a value is missing'
    end
    if damage then return true end
    streams = streams + 1
  end
  if expiry then
    expiring = expiring + 1
    local item, is_known = item_of(expiry, key), not group.expiries
    if group.expiries then
      each(group.expiries, item, false, function(it)
        is_known = it == item
        return true
      end)
    end
    if not is_known or not group.due or expiry < group.due then
      damage = 'an expiry and the index of expiries differ'
      return true
    end
  end
  total = total + size
  if expiry and expiry <= now then
    expired = expired + 1
  else
    live, bytes = live + 1, bytes + size
  end
end)
if damage then return found(damage) end
-- The index of expiries and the bytes of a group of one page are compared as a whole.
if is_first and last == '' then
  local items = 0
  if group.expiries then each(group.expiries, nil, false, function() items = items + 1 end) end
  if group.expiries and items ~= expiring then
    return found('its index of expiries has more items than its hash')
  end
  each(group.streams, nil, false, function() streams = streams - 1 end)
  if streams ~= 0 then
    return found('its index of values in pieces has more items than its hash')
  end
  if group.bytes and group.bytes ~= total then
    return found('its header and its entries have different numbers of bytes')
  end
end
return {last, live, expired, digits(bytes), ''}
