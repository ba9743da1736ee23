-- Reads string keys that a live scan has found. ARGV: values, and the bytes after which no more
-- keys are read. Returns for each its value (or version), false if it is gone, and its expiry.
local found, bytes = {}, 0
for id = 1, #KEYS do
  local value = call('GET', KEYS[id])
  local expiry = value and call('PEXPIRETIME', KEYS[id]) or -1
  found[#found + 1] = value and described(value, ARGV[1])
  found[#found + 1] = expiry >= 0 and digits(expiry + 1) or ''
  bytes = bytes + (value and #value or 0)
  if bytes > tonumber(ARGV[2]) then break end
end
return found
