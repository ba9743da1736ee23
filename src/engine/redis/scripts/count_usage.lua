-- Counts a page of the groups of a namespace that are not in its usage yet. ARGV: bucket,
-- namespace, lower bound of the names for ZRANGEBYLEX, the length of the page. Returns the last
-- name, empty at the end.
local bucket, space, length = ARGV[1], ARGV[2], tonumber(ARGV[4])
local account = read_account(bucket, space)
if not account then return '' end
local last = ''
local names = call('ZRANGEBYLEX', bucket .. 'g', ARGV[3], '(' .. space .. ';', 'LIMIT', 0, length)
for _, name in ipairs(names) do
  local group = load(new_group(bucket, name, space))
  if group.count > 0 and group.epoch ~= account.epoch then
    if not group.bytes then
      group.bytes = 0
      for key, field in pairs(read_small(group)) do
        local _, _, len = head(field)
        group.bytes = group.bytes + #name + #key + len
      end
    end
    group.epoch = account.epoch
    write_header(group)
    call('HINCRBY', account.name, 'keys', group.count)
    call('HINCRBY', account.name, 'groups', 1)
    call('HINCRBY', account.name, 'bytes', digits(group.bytes))
  end
  last = name
end
return #names == length and last or ''
