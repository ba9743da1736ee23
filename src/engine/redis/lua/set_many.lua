-- Sets keys of the default group that never expire, whatever is there.
-- ARGV: channel, origin, wanted, in_cluster, plain, then keys and values.
local audience = audience_of(ARGV[1])
-- Lua can hand over some 8,000 values at once.
for from = 6, #ARGV, 6000 do
  call('MSET', unpack(ARGV, from, math.min(from + 5999, #ARGV)))
end
local changes = {}
if audience > 0 or ARGV[3] == '1' then
  for id = 6, #ARGV, 2 do
    changes[#changes + 1] = change(1, '', string.sub(ARGV[id], #ARGV[5] + 1), ARGV[id + 1])
  end
end
return tell(ARGV[1], ARGV[2], ARGV[4] == '1', audience, changes)
