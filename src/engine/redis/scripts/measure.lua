-- Measures and verifies some entries of a group. ARGV: home, name, the key to go on after (as a lower
-- bound of ZRANGEBYLEX), how many. Returns where to go on or nothing, live and dead entries, bytes of
-- the live, and what is wrong or nothing.
local home, name = ARGV[1], ARGV[2]
local hash, index, expiries = home .. 'h:' .. name, home .. 'i:' .. name, home .. 'x:' .. name
if call('HLEN', hash) ~= call('ZCARD', index) then
  return {'', 0, 0, 0, 'its index does not have as many keys as its hash'}
end
if call('HLEN', hash) > 0 and not call('ZSCORE', home .. 'g', name) then
  return {'', 0, 0, 0, 'it is not in the list of groups'}
end
local page = call('ZRANGEBYLEX', index, ARGV[3], '+', 'LIMIT', 0, ARGV[4])
local live, dead, bytes = 0, 0, 0
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
    dead = dead + 1
  else
    live, bytes = live + 1, bytes + #name + #key + #field - from + 1
  end
end
return {page[tonumber(ARGV[4])] or '', live, dead, digits(bytes), ''}
