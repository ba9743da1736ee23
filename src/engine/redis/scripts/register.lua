-- Adds a bucket to the list of those in use, and the version of the layout if there is none.
-- KEYS: the layout's own hash. ARGV: the version, and the number of the bucket. Returns the version
-- that is there; if it is another one, nothing is added.
local version = ARGV[1]
if redis.call('HSETNX', KEYS[1], 'version', version) == 0 then
  version = redis.call('HGET', KEYS[1], 'version')
  if version ~= ARGV[1] then return version end
end
-- The list has a bit for each bucket: of the first byte, the lowest bit is that of bucket 0.
local bits, at = redis.call('HGET', KEYS[1], 'buckets') or '', math.floor(ARGV[2] / 8) + 1
bits = bits .. string.rep('\0', at - #bits)
local byte = bit.bor(string.byte(bits, at), bit.lshift(1, ARGV[2] % 8))
bits = string.sub(bits, 1, at - 1) .. string.char(byte) .. string.sub(bits, at + 1)
redis.call('HSET', KEYS[1], 'buckets', bits)
return version
