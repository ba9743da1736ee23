-- Reads a field of a hash, and what time it is.
return {redis.call('TIME'), redis.call('HGET', KEYS[1], ARGV[1])}
