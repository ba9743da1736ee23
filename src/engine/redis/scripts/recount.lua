-- Adds up the usage of a page of the groups of a namespace with a quota. ARGV: bucket, namespace,
-- lower bound of the names for ZRANGEBYLEX, the length of the page. Returns the recorded keys,
-- groups and bytes, those of the page, and the last name, empty at the end; nothing without a
-- quota.
local account = read_account(ARGV[1], ARGV[2])
if not account then return {} end
local length, used = tonumber(ARGV[4]), account.used
local keys, groups, bytes, last = 0, 0, 0, ''
local list, upper = ARGV[1] .. 'g', '(' .. ARGV[2] .. ';'
local names = call('ZRANGEBYLEX', list, ARGV[3], upper, 'LIMIT', 0, length)
for _, name in ipairs(names) do
  local group = load(new_group(ARGV[1], name, ARGV[2]))
  if group.count > 0 and group.epoch == account.epoch then
    keys, groups, bytes = keys + group.count, groups + 1, bytes + (group.bytes or 0)
  end
  last = name
end
return {digits(used.keys), digits(used.groups), digits(used.bytes), digits(keys), digits(groups),
  digits(bytes), #names == length and last or ''}
