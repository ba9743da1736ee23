-- Purges expired entries of the groups of a bucket. ARGV: bucket, the most entries, channel,
-- origin, wanted, in_cluster; then the name of one group, or a prefix of names and a second
-- argument. Returns the number of purged entries, and the message of their changes.
local bucket, left = ARGV[1], tonumber(ARGV[2])
local subscribers = count_subscribers(ARGV[3])
local is_observed = subscribers > 0 or ARGV[5] == '1'
local due, changes, removed = bucket .. 'd', {}, 0
local names = {ARGV[7]}
if #ARGV == 8 then names = call('ZRANGEBYSCORE', due, '-inf', digits(now)) end
for _, name in ipairs(names) do
  if left == 0 then break end
  if #ARGV == 7 or string.sub(name, 1, #ARGV[7]) == ARGV[7] then
    local hash, expiries = bucket .. 'h:' .. name, bucket .. 'x:' .. name
    local space = string.match(name, '^([%w%-]+):')
    local account = space and bucket .. 'q:' .. space
    if account and call('EXISTS', account) == 0 then account = nil end
    local expired = call('ZRANGEBYSCORE', expiries, '-inf', digits(now), 'LIMIT', 0, left)
    for _, key in ipairs(expired) do
      if account then
        local field = call('HGET', hash, key)
        local _, from = head(field)
        call('HINCRBY', account, 'keys', -1)
        call('HINCRBY', account, 'bytes', -(#name + #key + #field - from + 1))
      end
      call('HDEL', hash, key)
      call('ZREM', bucket .. 'i:' .. name, key)
      call('ZREM', expiries, key)
      if is_observed then changes[#changes + 1] = change(4, name, key, '') end
    end
    removed, left = removed + #expired, left - #expired
    local first = call('ZRANGE', expiries, 0, 0, 'WITHSCORES')
    if first[2] then call('ZADD', due, first[2], name) else call('ZREM', due, name) end
    if call('EXISTS', hash) == 0 and #expired > 0 then
      call('ZREM', bucket .. 'g', name)
      if account then call('HINCRBY', account, 'groups', -1) end
    end
  end
end
return {removed, publish(ARGV[3], ARGV[4], ARGV[6] == '1', subscribers, changes)}
