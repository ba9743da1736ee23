-- Appends a piece to a string key that is being written. ARGV: the length that the key has, the
-- piece, the time in ms after which the key expires. A piece that is there already is not appended
-- again. Returns whether the key had that length.
local len = redis.call('STRLEN', KEYS[1])
if len == ARGV[1] + #ARGV[2] then return 1 end
if len ~= tonumber(ARGV[1]) then return 0 end
redis.call('APPEND', KEYS[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])
