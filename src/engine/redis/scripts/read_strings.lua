-- Reads keys of the default group for a walk. ARGV: values. Returns for each a value (or a version),
-- or nil, and an expiry.
local found = {}
for id = 1, #KEYS do
  local value = call('GET', KEYS[id])
  local expiry = value and call('PEXPIRETIME', KEYS[id]) or -1
  found[#found + 1] = value and given(value, ARGV[1])
  found[#found + 1] = expiry >= 0 and digits(expiry + 1) or ''
end
return found
