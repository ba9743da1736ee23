-- Reads keys of the default group at one moment. Returns the values, and for those that expire their
-- number and when.
local values, expiries = {}, {}
-- To ask for the expiry of each takes most of the time, so of many it is asked first whether any key
-- at all expires. Who may not ask that asks for each.
local mortal = true
if #KEYS >= 32 then
  local info = redis.pcall('INFO', 'keyspace')
  mortal = type(info) ~= 'string' or string.find(info, 'expires=[1-9]') ~= nil
end
for from = 1, #KEYS, 6000 do
  local page = redis.call('MGET', unpack(KEYS, from, math.min(from + 5999, #KEYS)))
  if #KEYS <= 6000 then values = page end
  for id, value in ipairs(page) do
    if not mortal and #KEYS <= 6000 then break end
    if #KEYS > 6000 then values[from + id - 1] = value end
    local expiry = mortal and value and redis.call('PEXPIRETIME', KEYS[from + id - 1]) or -1
    if expiry >= 0 then
      expiries[#expiries + 1] = from + id - 1
      expiries[#expiries + 1] = expiry
    end
  end
end
return {values, expiries}
