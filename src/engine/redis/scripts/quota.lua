-- Sets the quota of a namespace and counts its usage; without a limit it removes both.
-- ARGV: bucket, namespace, the most keys, groups and bytes.
local account = ARGV[1] .. 'q:' .. ARGV[2]
if ARGV[3] == '0' and ARGV[4] == '0' and ARGV[5] == '0' then return call('DEL', account) end
local keys, groups, bytes = count_usage(ARGV[1], ARGV[2])
return call('HSET', account, 'max_keys', ARGV[3], 'max_groups', ARGV[4], 'max_bytes', ARGV[5],
  'keys', digits(keys), 'groups', digits(groups), 'bytes', digits(bytes))
