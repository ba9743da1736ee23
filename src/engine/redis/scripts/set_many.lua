-- Sets keys of the default group that never expire, whatever is there.
-- ARGV: channel, origin, wanted, in_cluster, plain, then the values.
local audience = audience_of(ARGV[1])
-- Lua can hand over some 8,000 values at once.
for from = 1, #KEYS, 3000 do
  local pairs = {}
  for id = from, math.min(from + 2999, #KEYS) do
    pairs[#pairs + 1] = KEYS[id]
    pairs[#pairs + 1] = ARGV[id + 5]
  end
  call('MSET', unpack(pairs))
end
local changes = {}
if audience > 0 or ARGV[3] == '1' then
  for id = 1, #KEYS do
    changes[id] = change(1, '', string.sub(KEYS[id], #ARGV[5] + 1), ARGV[id + 5])
  end
end
return tell(ARGV[1], ARGV[2], ARGV[4] == '1', audience, changes)
