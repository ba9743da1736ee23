-- Sets string keys that never expire, without conditions.
-- ARGV: channel, origin, wanted, in_cluster, string_prefix, then the values.
local subscribers = count_subscribers(ARGV[1])
-- Lua passes at most some 8,000 arguments to a call.
for from = 1, #KEYS, 3000 do
  local pairs = {}
  for id = from, math.min(from + 2999, #KEYS) do
    pairs[#pairs + 1] = KEYS[id]
    pairs[#pairs + 1] = ARGV[id + 5]
  end
  call('MSET', unpack(pairs))
end
local changes = {}
if subscribers > 0 or ARGV[3] == '1' then
  for id = 1, #KEYS do
    changes[id] = change(1, '', string.sub(KEYS[id], #ARGV[5] + 1), ARGV[id + 5])
  end
end
return publish(ARGV[1], ARGV[2], ARGV[4] == '1', subscribers, changes)
