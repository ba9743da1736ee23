-- Counts the usage of a namespace with a quota. ARGV: bucket, namespace. Returns the recorded keys,
-- groups and bytes, then the counted ones; nothing without a quota.
local read = call('HMGET', ARGV[1] .. 'q:' .. ARGV[2], 'keys', 'groups', 'bytes')
if not read[1] then return {} end
local keys, groups, bytes = count_usage(ARGV[1], ARGV[2])
return {read[1], read[2], read[3], digits(keys), digits(groups), digits(bytes)}
