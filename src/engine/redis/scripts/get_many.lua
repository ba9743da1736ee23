-- Reads plain keys at one moment. Returns the values, and when those expire that do.
local values = {}
-- Lua can hand over some 8,000 values at once.
for from = 1, #KEYS, 6000 do
  local page = redis.call('MGET', unpack(KEYS, from, math.min(from + 5999, #KEYS)))
  if #KEYS <= 6000 then values = page else
    for id, value in ipairs(page) do values[from + id - 1] = value end
  end
end
-- To ask for the expiry of each takes most of the time.
if #KEYS >= 32 and not any_expires() then return {values, {}} end
return {values, expiries_of(KEYS)}
