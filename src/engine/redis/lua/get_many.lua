-- Reads keys of the default group at one moment: ARGV are their names. Returns values and expiries.
local found = {}
for from = 1, #ARGV, 6000 do
  local values = redis.call('MGET', unpack(ARGV, from, math.min(from + 5999, #ARGV)))
  for id, value in ipairs(values) do
    found[#found + 1] = value
    found[#found + 1] = value and redis.call('PEXPIRETIME', ARGV[from + id - 1])
  end
end
return found
