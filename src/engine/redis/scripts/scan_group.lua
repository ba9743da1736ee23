-- Reads live entries of a group in key order, at one moment.
-- ARGV: bucket, name, lower and upper bound as of ZRANGEBYLEX, reverse, limit (0: none), values,
-- the most entries and bytes to read, whether more of them are an error; then channel, origin and
-- in_cluster of a barrier message, or an empty channel for none. Returns whether that was all, the
-- last key, and keys, values (or versions) and expiries.
local group = load(new_group(ARGV[1], ARGV[2]))
local reverse, limit, values = ARGV[5] == '1', tonumber(ARGV[6]), ARGV[7]
local entries_max, bytes_max, strict = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10] == '1'

local first, first_is_out = bound(reverse and ARGV[4] or ARGV[3])
local final, final_is_out = bound(reverse and ARGV[3] or ARGV[4])
local function is_beyond(key)
  if not final then return false end
  if key == final then return final_is_out end
  if reverse then return less(key, final) end
  return less(final, key)
end

local found, visited, bytes, is_whole = {}, 0, 0, true
local last = ''
-- The keys whose values are read next, and how many are read at once: few if values are long.
local keys, fields, chunk = {}, {}, 1

local function read()
  if #keys == 0 then return end
  for id, field in ipairs(call('HMGET', group.hash, unpack(fields))) do
    if not field then damaged('a key of its index has no entry') end
    local expiry, from, _, stream = head(field)
    if not expiry or expiry > now then
      local value = described(string.sub(field, from), values, stream)
      bytes = bytes + #keys[id] + #field
      found[#found + 1] = keys[id]
      found[#found + 1] = value
      found[#found + 1] = expiry and digits(expiry) or ''
    end
  end
  keys, fields = {}, {}
  chunk = bytes > visited * 4096 and 1 or math.min(chunk * 2, 100)
end

each_key(group, first, reverse, function(key)
  if key == first and first_is_out then return false end
  if is_beyond(key) then return true end
  if visited == entries_max or bytes > bytes_max then
    is_whole = false
    return true
  end
  visited, last = visited + 1, key
  keys[#keys + 1], fields[#fields + 1] = key, field_of(key)
  if #keys >= chunk or limit > 0 and #found / 3 + #keys >= limit then read() end
  return limit > 0 and #found / 3 >= limit
end)
read()
if strict and (not is_whole or bytes > bytes_max) then return {-1, group.count, bytes} end
if ARGV[11] ~= '' then publish_barrier(ARGV[11], ARGV[12], ARGV[13] == '1') end
return {is_whole and 1 or 0, last, found}
