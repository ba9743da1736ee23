-- Reads a part of a string key. ARGV: the first and last byte, and for the hashes of its pieces a
-- third; without any, nothing is read. Returns a stamp, which is another when the value has
-- changed, but for one of the same size with the same bytes in all of 32 places; then the bytes or
-- hashes, or version (empty if it takes long), size and expiry; nothing if there is no such key.
local key, size, parts = KEYS[1], call('STRLEN', KEYS[1]), {}
for id = 0, 31 do
  local at = math.floor(math.max(size - 64, 0) * id / 31)
  parts[id + 1] = call('GETRANGE', key, at, at + 63)
end
local stamp = redis.sha1hex(size .. ':' .. table.concat(parts))
if ARGV[3] then
  local hashes, last = {}, tonumber(ARGV[2])
  for at = tonumber(ARGV[1]), last, piece_len do
    local piece = call('GETRANGE', key, at, math.min(at + piece_len - 1, last))
    hashes[#hashes + 1] = redis.sha1hex(piece)
  end
  return {stamp, table.concat(hashes)}
end
if ARGV[1] then return {stamp, call('GETRANGE', key, ARGV[1], ARGV[2])} end
if call('EXISTS', key) == 0 then return {} end
local version = size > parted_len and '' or version_of(call('GET', key))
return {stamp, version, size, call('PEXPIRETIME', key)}
