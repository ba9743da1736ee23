-- Sets the quota of a namespace and counts its usage; without a limit it removes both.
-- ARGV: bucket, namespace, the most keys, groups and bytes.
local bucket, space = ARGV[1], ARGV[2]
local account = bucket .. 'q:' .. space
if ARGV[3] == '0' and ARGV[4] == '0' and ARGV[5] == '0' then return call('DEL', account) end
local keys, bytes = 0, 0
local groups = call('ZRANGEBYLEX', bucket .. 'g', '[' .. space .. ':', '(' .. space .. ';')
for _, name in ipairs(groups) do
  local cursor = '0'
  local hash, seen = bucket .. 'h:' .. name, {}
  repeat
    local page = call('HSCAN', hash, cursor, 'COUNT', 1000)
    cursor = page[1]
    for id = 1, #page[2], 2 do
      local key, field = page[2][id], page[2][id + 1]
      if not seen[key] then
        local _, from = head(field)
        seen[key], keys = true, keys + 1
        bytes = bytes + #name + #key + #field - from + 1
      end
    end
  until cursor == '0'
end
return call('HSET', account, 'max_keys', ARGV[3], 'max_groups', ARGV[4], 'max_bytes', ARGV[5],
  'keys', digits(keys), 'groups', digits(#groups), 'bytes', digits(bytes))
