-- Reads a part of a string key. ARGV: the first and last byte; without them, nothing is read.
-- Returns a stamp, which is another when the value has changed, but for one of the same size with
-- the same bytes in all of 32 places; then the bytes, or version, size and expiry; nothing if
-- there is no such key.
local size, parts = call('STRLEN', KEYS[1]), {}
for id = 0, 31 do
  local at = math.floor(math.max(size - 64, 0) * id / 31)
  parts[id + 1] = call('GETRANGE', KEYS[1], at, at + 63)
end
local stamp = redis.sha1hex(size .. ':' .. table.concat(parts))
if ARGV[1] then return {stamp, call('GETRANGE', KEYS[1], ARGV[1], ARGV[2])} end
local value = call('GET', KEYS[1])
if not value then return {} end
local expiry = call('PEXPIRETIME', KEYS[1])
return {stamp, version_of(value), size, expiry}
