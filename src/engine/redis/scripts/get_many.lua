-- Reads string keys at one moment. Returns their values, and the expiries as `expiries_of` does.
local values = {}
-- Lua passes at most some 8,000 arguments to a call.
for from = 1, #KEYS, 6000 do
  local page = redis.call('MGET', unpack(KEYS, from, math.min(from + 5999, #KEYS)))
  if #KEYS <= 6000 then values = page else
    for id, value in ipairs(page) do values[from + id - 1] = value end
  end
end
-- To read the expiry of each key takes most of the time.
if #KEYS >= 32 and not any_expires() then return {values, {}} end
return {values, expiries_of(KEYS)}
