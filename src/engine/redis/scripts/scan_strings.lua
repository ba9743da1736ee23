-- Reads all string keys that begin with a prefix, in no order, at one moment.
-- ARGV: string_prefix, prefix, values, the most keys to scan, the most bytes to read; then channel,
-- origin and in_cluster of a barrier message, or an empty channel for none.
-- Returns keys, values (or versions) and expiries.
local string_prefix, values, scan_max = ARGV[1], ARGV[3], tonumber(ARGV[4])
local found, seen, bytes, cursor = {}, {}, 0, '0'
if call('DBSIZE') > scan_max then return {-1, call('DBSIZE'), 0} end
repeat
  local page = call('SCAN', cursor, 'MATCH', beginning_with(string_prefix .. ARGV[2]),
    'COUNT', 1000, 'TYPE', 'string')
  cursor = page[1]
  for _, name in ipairs(page[2]) do
    local value = not seen[name] and not is_piece(string_prefix, name) and call('GET', name)
    if value then
      seen[name] = true
      value = described(value, values)
      local expiry = call('PEXPIRETIME', name)
      bytes = bytes + #name + (type(value) == 'string' and #value or 0)
      found[#found + 1] = string.sub(name, #string_prefix + 1)
      found[#found + 1] = value
      found[#found + 1] = expiry >= 0 and digits(expiry + 1) or ''
    end
  end
  if bytes > tonumber(ARGV[5]) then return {-1, #found / 3, bytes} end
until cursor == '0'
if ARGV[6] ~= '' then publish_barrier(ARGV[6], ARGV[7], ARGV[8] == '1') end
return {1, '', found}
