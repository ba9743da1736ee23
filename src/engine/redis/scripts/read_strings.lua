-- Reads string keys that a live scan has found. ARGV: values. Returns for each its value (or
-- version), false if it is gone, and its expiry.
local found = {}
for id = 1, #KEYS do
  local value = call('GET', KEYS[id])
  local expiry = value and call('PEXPIRETIME', KEYS[id]) or -1
  found[#found + 1] = value and described(value, ARGV[1])
  found[#found + 1] = expiry >= 0 and digits(expiry + 1) or ''
end
return found
