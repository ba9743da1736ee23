-- Measures and verifies a page of the entries of a group. ARGV: bucket, name, lower bound of the
-- keys for ZRANGEBYLEX, length of the page. Returns the last key (empty at the end), the numbers of
-- live and expired entries, the bytes of the live ones, and the damage found (empty for none).
local bucket, name = ARGV[1], ARGV[2]
local hash, index, expiries = bucket .. 'h:' .. name, bucket .. 'i:' .. name, bucket .. 'x:' .. name
if call('HLEN', hash) ~= call('ZCARD', index) then
  return {'', 0, 0, 0, 'its index does not have as many keys as its hash'}
end
if call('ZCOUNT', index, 0, 0) ~= call('ZCARD', index) then
  return {'', 0, 0, 0, 'its index is not in byte order'}
end
if call('HLEN', hash) > 0 and not call('ZSCORE', bucket .. 'g', name) then
  return {'', 0, 0, 0, 'it is not in the list of groups'}
end
local page = call('ZRANGEBYLEX', index, ARGV[3], '+', 'LIMIT', 0, ARGV[4])
local live, expired, bytes = 0, 0, 0
for _, key in ipairs(page) do
  local field = call('HGET', hash, key)
  if not field then return {'', 0, 0, 0, 'a key of its index is not in its hash'} end
  local expiry, from = head(field)
  local score = call('ZSCORE', expiries, key)
  if (expiry and digits(expiry)) ~= (score and digits(tonumber(score))) then
    if expiry or score then
      return {'', 0, 0, 0, 'an expiry and the index of expiries differ'}
    end
  end
  if expiry and expiry <= now then
    expired = expired + 1
  else
    live, bytes = live + 1, bytes + #name + #key + #field - from + 1
  end
end
return {page[tonumber(ARGV[4])] or '', live, expired, digits(bytes), ''}
