-- Says whether any key at all expires, as far as may be asked.
local function any_expires()
  local info = redis.pcall('INFO', 'keyspace')
  return type(info) ~= 'string' or string.find(info, 'expires=[1-9]') ~= nil
end

-- Returns for those of some plain keys that expire their number and when.
local function expiries_of(keys)
  local expiries = {}
  for id, key in ipairs(keys) do
    local expiry = redis.call('PEXPIRETIME', key)
    if expiry >= 0 then
      expiries[#expiries + 1] = id
      expiries[#expiries + 1] = expiry
    end
  end
  return expiries
end
