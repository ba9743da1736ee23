-- Returns whether a key of the server has an expiry; true if INFO is not allowed.
local function any_expires()
  local info = redis.pcall('INFO', 'keyspace')
  return type(info) ~= 'string' or string.find(info, 'expires=[1-9]') ~= nil
end

-- Returns, for each of some string keys that has an expiry, its number and that expiry.
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
