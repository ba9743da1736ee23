-- Purges expired entries of the groups of a bucket. ARGV: bucket, the most entries, channel,
-- origin, wanted, in_cluster; then the name of one group, or a prefix of names and a second
-- argument. Returns the number of purged entries, and the message of their changes.
local bucket, left = ARGV[1], tonumber(ARGV[2])
local channel, is_prefix = ARGV[3], #ARGV == 8
local subscribers = count_subscribers(channel)
local is_observed = subscribers > 0 or ARGV[5] == '1'
local due, changes, removed = bucket .. 'd', {}, 0

-- Returns the first expiry that is not past; nil without one.
local function next_due(group)
  local first
  if group.keys then
    each(group.expiries, item_of(now + 1, ''), false, function(item)
      first = struct.unpack('>I7', item)
      return true
    end)
    return first
  end
  for _, field in pairs(read_small(group)) do
    local expiry = head(field)
    if expiry and expiry > now and (not first or expiry < first) then first = expiry end
  end
  return first
end

-- Removes the expired entries of a group, and writes when the next one expires.
local function purge(name)
  local group = load(new_group(bucket, name, string.match(name, '^([%w%-]+):')))
  if group.count == 0 then
    call('ZREM', due, name)
    return
  end
  local keys, expiries = expired_keys(group, left)
  for id, key in ipairs(keys) do
    local field = call('HGET', group.hash, field_of(key))
    if not field then damaged('an expiry in its index has no entry') end
    local _, _, len, pieces = head(field)
    group.touched[id] = {key = key, stored = true, was = expiries[id], len = len, pieces = pieces}
  end
  prepare(group)
  local account = account_of(group, {})
  if account then add_up(account, group) end
  if group.after > 0 and #keys < left then group.due = next_due(group) end
  group.listed, group.is_late = group.due, group.due ~= nil
  write_group(group)
  if group.after > 0 and not group.due then call('ZREM', due, name) end
  if account then write_account(account) end
  removed, left = removed + #keys, left - #keys
  for _, key in ipairs(is_observed and keys or {}) do
    changes[#changes + 1] = change(4, name, key, '')
  end
end

local skip, failure = 0, nil
while left > 0 do
  local names = {ARGV[7]}
  if is_prefix then names = call('ZRANGEBYSCORE', due, '-inf', digits(now), 'LIMIT', skip, 100) end
  for _, name in ipairs(names) do
    local is_selected = string.sub(name, 1, #ARGV[7]) == ARGV[7]
    -- A group that is on another node, or may be, is purged later.
    local hash = bucket .. 'h:' .. name
    local is_purged, reason = false, nil
    if left > 0 and is_selected and type(redis.pcall('EXISTS', hash, due)) == 'number' then
      -- A group that cannot be purged holds no other one up.
      is_purged, reason = pcall(purge, name)
    end
    failure = failure or reason
    if not is_purged then skip = skip + 1 end
  end
  if not is_prefix or #names == 0 then break end
end
if failure and removed == 0 then error(failure) end
return {removed, publish(channel, ARGV[4], ARGV[6] == '1', subscribers, changes)}
