-- Reads live entries of a group in key order, at one moment.
-- ARGV: bucket, name, lower and upper bound for ZRANGEBYLEX, reverse, limit (0: none), values, the
-- most entries and bytes to read, whether more of them are an error; then channel, origin and
-- in_cluster of a barrier message, or an empty channel for none. Returns whether that was all, the
-- last key, and keys, values (or versions) and expiries.
local bucket, name, lower, upper = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local reverse, limit, values = ARGV[5] == '1', tonumber(ARGV[6]), ARGV[7]
local entries_max, bytes_max, strict = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10] == '1'
local index, hash = bucket .. 'i:' .. name, bucket .. 'h:' .. name
local found, visited, bytes, whole = {}, 0, 0, true
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
  if visited + #page > entries_max or bytes > bytes_max then
    if strict then return {-1, call('ZLEXCOUNT', index, ARGV[3], ARGV[4]), bytes} end
    whole = false
    break
  end
  visited = visited + #page
  for id, field in ipairs(call('HMGET', hash, unpack(page))) do
    if field then
      local expiry, from = head(field)
      if not expiry or expiry > now then
        local value = string.sub(field, from)
        value = described(value, values)
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
  publish(ARGV[11], ARGV[12], ARGV[13] == '1', count_subscribers(ARGV[11]), {''})
end
return {whole and 1 or 0, last or '', found}
