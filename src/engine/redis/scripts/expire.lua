-- Removes dead entries of the groups of a home. ARGV: home, the most that are removed, channel, origin,
-- wanted, in_cluster; then the name of one group, or a prefix of names and a second argument.
-- Returns how many were removed, and the message that told of them.
local home, left = ARGV[1], tonumber(ARGV[2])
local audience = audience_of(ARGV[3])
local heard = audience > 0 or ARGV[5] == '1'
local due, changes, removed = home .. 'd', {}, 0
local names = {ARGV[7]}
if #ARGV == 8 then names = call('ZRANGEBYSCORE', due, '-inf', digits(now)) end
for _, name in ipairs(names) do
  if left == 0 then break end
  if #ARGV == 7 or string.sub(name, 1, #ARGV[7]) == ARGV[7] then
    local hash, expiries = home .. 'h:' .. name, home .. 'x:' .. name
    local space = string.match(name, '^([%w%-]+):')
    local account = space and home .. 'q:' .. space
    if account and call('EXISTS', account) == 0 then account = nil end
    local dead = call('ZRANGEBYSCORE', expiries, '-inf', digits(now), 'LIMIT', 0, left)
    for _, key in ipairs(dead) do
      if account then
        local field = call('HGET', hash, key)
        local _, from = head(field)
        call('HINCRBY', account, 'keys', -1)
        call('HINCRBY', account, 'bytes', -(#name + #key + #field - from + 1))
      end
      call('HDEL', hash, key)
      call('ZREM', home .. 'i:' .. name, key)
      call('ZREM', expiries, key)
      if heard then changes[#changes + 1] = change(4, name, key, '') end
    end
    removed, left = removed + #dead, left - #dead
    local first = call('ZRANGE', expiries, 0, 0, 'WITHSCORES')
    if first[2] then call('ZADD', due, first[2], name) else call('ZREM', due, name) end
    if call('EXISTS', hash) == 0 and #dead > 0 then
      call('ZREM', home .. 'g', name)
      if account then call('HINCRBY', account, 'groups', -1) end
    end
  end
end
return {removed, tell(ARGV[3], ARGV[4], ARGV[6] == '1', audience, changes)}
