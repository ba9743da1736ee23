-- Lists the first expiry of a page of the groups of a bucket, where that could not be done when it
-- was set, because the list was on another node. ARGV: bucket, lower and upper bound of the names
-- for ZRANGEBYLEX, the length of the page. Returns the last name, empty at the end.
local bucket, length, last = ARGV[1], tonumber(ARGV[4]), ''
local names = call('ZRANGEBYLEX', bucket .. 'g', ARGV[2], ARGV[3], 'LIMIT', 0, length)
for _, name in ipairs(names) do
  local group = new_group(bucket, name)
  if type(redis.pcall('EXISTS', group.hash, bucket .. 'g')) == 'number' then
    prepare(load(group))
    write_group(group)
  end
  last = name
end
return #names == length and last or ''
