-- Reads live entries of a group in the order of their keys, at one moment.
-- ARGV: home, name, lower and upper bound as ZRANGEBYLEX takes them, reverse, limit (0: none),
-- values, most entries and bytes that are looked at, whether it is an error if there are more;
-- then for who begins to watch channel, origin and in_cluster, or an empty channel.
-- Returns whether that was all, where to go on, and keys, values (or versions) and expiries.
local home, name, lower, upper = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local reverse, limit, values = ARGV[5] == '1', tonumber(ARGV[6]), ARGV[7]
local entries_max, bytes_max, strict = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10] == '1'
local index, hash = home .. 'i:' .. name, home .. 'h:' .. name
local found, looked, bytes, whole = {}, 0, 0, true
local function enough() return limit > 0 and #found >= 3 * limit end
local last
while not enough() do
  local count = limit > 0 and math.min(limit - #found / 3, 1000) or 1000
  local page
  if reverse then
    page = call('ZREVRANGEBYLEX', index, upper, lower, 'LIMIT', 0, count)
  else
    page = call('ZRANGEBYLEX', index, lower, upper, 'LIMIT', 0, count)
  end
  if #page == 0 then break end
  if looked + #page > entries_max or bytes > bytes_max then
    if strict then return {-1, looked, bytes} end
    whole = false
    break
  end
  looked = looked + #page
  for id, field in ipairs(call('HMGET', hash, unpack(page))) do
    if field then
      local expiry, from = head(field)
      if not expiry or expiry > now then
        local value = string.sub(field, from)
        value = given(value, values)
        bytes = bytes + #page[id] + #value
        found[#found + 1] = page[id]
        found[#found + 1] = value
        found[#found + 1] = expiry and digits(expiry) or ''
      end
    end
  end
  last = page[#page]
  if reverse then upper = '(' .. last else lower = '(' .. last end
end
if ARGV[11] ~= '' then
  tell(ARGV[11], ARGV[12], ARGV[13] == '1', audience_of(ARGV[11]), {''})
end
return {whole and 1 or 0, last or '', found}
