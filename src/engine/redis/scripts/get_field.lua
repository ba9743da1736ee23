-- Returns the time of the server and a field of a hash.
return {redis.call('TIME'), redis.call('HGET', KEYS[1], ARGV[1])}
