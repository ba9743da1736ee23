-- Sets one string key without a condition. ARGV: value, expiry, channel, origin, wanted,
-- in_cluster, string_prefix. It does not use the shared functions, with which it takes half as long
-- again.
local subscribers = redis.call('PUBSUB', 'NUMSUB', ARGV[3])[2]
local expiry = ARGV[2]
local kind = string.sub(expiry, 1, 1)
if kind == '+' or kind == '@' then
  local time = math.min(tonumber(string.sub(expiry, 2)), 9007199254740991)
  if kind == '+' then
    -- Rounded up, so that the entry lives at least as long as its ttl.
    local clock = redis.call('TIME')
    time = math.min(clock[1] * 1000 + math.ceil(clock[2] / 1000) + time, 9007199254740991)
  end
  -- A string key is live during its last millisecond too.
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', string.format('%.0f', math.max(time - 1, 1)))
else
  redis.call('SET', KEYS[1], ARGV[1])
end
if subscribers == 0 and ARGV[5] == '0' then return '' end
local clock = redis.call('TIME')
local node = ARGV[6] == '1' and redis.pcall('CLUSTER', 'MYID') or '-'
if type(node) ~= 'string' then node = '-' end
local key = string.sub(KEYS[1], #ARGV[7] + 1)
local message = ARGV[4] .. ' ' .. node .. ' ' .. clock[1] .. string.format('%06d', clock[2]) .. '\n'
  .. '1:0:' .. #key .. ':' .. #ARGV[1] .. ';' .. key .. ARGV[1]
-- The key is set already, so a refusal to publish is no error.
if subscribers > 0 then redis.pcall('PUBLISH', ARGV[3], message) end
return message
