-- Sets one key of the default group, whatever is there.
-- ARGV: value, expiry, channel, origin, wanted, in_cluster, plain.
local rule = ARGV[2]
local kind = string.sub(rule, 1, 1)
if kind == '' then
  call('SET', KEYS[1], ARGV[1])
else
  local time = tonumber(string.sub(rule, 2))
  if kind == '+' then time = now + time end
  -- Beyond the largest a double no longer tells milliseconds apart, and a plain key lives for its last
  -- millisecond too.
  time = math.max(math.min(time, 9007199254740991) - 1, 1)
  call('SET', KEYS[1], ARGV[1], 'PXAT', digits(time))
end
local audience = audience_of(ARGV[3])
if audience == 0 and ARGV[5] == '0' then return '' end
local changes = {change(1, '', string.sub(KEYS[1], #ARGV[7] + 1), ARGV[1])}
return tell(ARGV[3], ARGV[4], ARGV[6] == '1', audience, changes)
