-- Returns for those of some plain keys that expire their number and when.
local function expiries_of(keys)
  local expiries = {}
  -- To ask for the expiry of each takes most of the time, so of many it is asked first whether any key
  -- at all expires. Who may not ask that asks for each.
  if #keys >= 32 then
    local info = redis.pcall('INFO', 'keyspace')
    if type(info) == 'string' and not string.find(info, 'expires=[1-9]') then return expiries end
  end
  for id, key in ipairs(keys) do
    local expiry = redis.call('PEXPIRETIME', key)
    if expiry >= 0 then
      expiries[#expiries + 1] = id
      expiries[#expiries + 1] = expiry
    end
  end
  return expiries
end
