-- Reads string keys that a live scan has found. ARGV: values, and the bytes after which no more
-- keys are read. Returns for each its value (or version), false if it is gone, and its expiry. Of
-- a value whose version takes long it returns a list with its size.
local found, bytes = {}, 0
local kind, most = string.match(ARGV[1], '^(.)(%d*)$')
for id = 1, #KEYS do
  local size = kind ~= 'b' and call('STRLEN', KEYS[id]) or 0
  local is_parted = size > parted_len and (kind ~= 'u' or size > tonumber(most))
  local value = not is_parted and call('GET', KEYS[id])
  local expiry = (value or is_parted) and call('PEXPIRETIME', KEYS[id]) or -1
  found[#found + 1] = is_parted and {digits(size)} or value and described(value, ARGV[1])
  found[#found + 1] = expiry >= 0 and digits(expiry + 1) or ''
  bytes = bytes + (value and #value or 0)
  if bytes > tonumber(ARGV[2]) then break end
end
return found
