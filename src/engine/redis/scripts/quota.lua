-- Sets the quota of a namespace and counts what it holds; without a limit it is not counted any more.
-- ARGV: home, namespace, most keys, groups and bytes.
local home, space = ARGV[1], ARGV[2]
local account = home .. 'q:' .. space
if ARGV[3] == '0' and ARGV[4] == '0' and ARGV[5] == '0' then return call('DEL', account) end
local keys, bytes = 0, 0
local groups = call('ZRANGEBYLEX', home .. 'g', '[' .. space .. ':', '(' .. space .. ';')
for _, name in ipairs(groups) do
  local cursor = '0'
  local hash, seen = home .. 'h:' .. name, {}
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
