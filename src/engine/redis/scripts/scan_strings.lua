-- Reads all keys of the default group that begin with a prefix, in no order, at one moment.
-- ARGV: plain, prefix, values, most keys that are walked, most bytes; then for who begins to watch
-- channel, origin and in_cluster, or an empty channel. Returns keys, values (or versions), expiries.
local plain, values, walk_max = ARGV[1], ARGV[3], tonumber(ARGV[4])
local found, seen, bytes, cursor = {}, {}, 0, '0'
if call('DBSIZE') > walk_max then return {-1, call('DBSIZE'), 0} end
repeat
  local page = call('SCAN', cursor, 'MATCH', beginning_with(plain .. ARGV[2]), 'COUNT', 1000,
    'TYPE', 'string')
  cursor = page[1]
  for _, name in ipairs(page[2]) do
    local value = not seen[name] and call('GET', name)
    if value then
      seen[name] = true
      value = given(value, values)
      local expiry = call('PEXPIRETIME', name)
      bytes = bytes + #name + #value
      found[#found + 1] = string.sub(name, #plain + 1)
      found[#found + 1] = value
      found[#found + 1] = expiry >= 0 and digits(expiry + 1) or ''
    end
  end
  if bytes > tonumber(ARGV[5]) then return {-1, #found / 3, bytes} end
until cursor == '0'
if ARGV[6] ~= '' then
  tell(ARGV[6], ARGV[7], ARGV[8] == '1', audience_of(ARGV[6]), {''})
end
return {1, '', found}
