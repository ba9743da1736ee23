-- Reads keys of the default group at one moment. Returns values and expiries.
local found = {}
for from = 1, #KEYS, 6000 do
  local values = redis.call('MGET', unpack(KEYS, from, math.min(from + 5999, #KEYS)))
  for id, value in ipairs(values) do
    found[#found + 1] = value
    found[#found + 1] = value and redis.call('PEXPIRETIME', KEYS[from + id - 1])
  end
end
return found
