-- Sets the limits of a namespace; without a limit it removes the quota. ARGV: bucket, namespace,
-- the most keys, groups and bytes. The usage of a new quota is counted by count_usage.lua.
local account = ARGV[1] .. 'q:' .. ARGV[2]
if ARGV[3] == '0' and ARGV[4] == '0' and ARGV[5] == '0' then return call('DEL', account) end
if call('EXISTS', account) == 0 then
  local epoch = clock[1] .. string.format('%06d', clock[2])
  call('HSET', account, 'keys', 0, 'groups', 0, 'bytes', 0, 'epoch', epoch)
end
return call('HSET', account, 'max_keys', ARGV[3], 'max_groups', ARGV[4], 'max_bytes', ARGV[5])
