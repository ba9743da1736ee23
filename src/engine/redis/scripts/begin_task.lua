-- Begins a task, unless another process has begun it less than an interval ago. KEYS: the layout's
-- own hash. ARGV: the field with the time of the last one, and the interval in milliseconds.
-- Returns whether it has begun.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
-- The timers of a process are not exact, and the clock may have been set back.
if last <= now and now - last < ARGV[2] * 0.9 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now))
return 1
