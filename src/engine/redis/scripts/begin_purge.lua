-- Begins a purge, unless another process has begun one less than an interval ago. KEYS: the layout's
-- own hash. ARGV: the interval in milliseconds. Returns whether it has begun.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[1], 'purged') or 0)
-- The timers of a process are not exact, and the clock may have been set back.
if last <= now and now - last < ARGV[1] * 0.9 then return 0 end
redis.call('HSET', KEYS[1], 'purged', string.format('%.0f', now))
return 1
