-- Counts the entries of a namespace, expired ones included: keys, groups and bytes.
local function count_usage(bucket, space)
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
  return keys, #groups, bytes
end
