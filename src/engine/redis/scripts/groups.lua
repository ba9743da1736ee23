-- Counts the live entries of a page of the groups of a bucket. ARGV: bucket, lower and upper bound
-- of the names for ZRANGEBYLEX, the length of the page. Returns each name and its count; a count of
-- -1 says that the group is on another node, or may be, because its slot moves.
local list, page = ARGV[1] .. 'g', {}
for _, name in ipairs(call('ZRANGEBYLEX', list, ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])) do
  local group = new_group(ARGV[1], name)
  local is_here = type(redis.pcall('EXISTS', group.hash, list)) == 'number'
  page[#page + 1] = name
  page[#page + 1] = is_here and count_live(group) or -1
end
return page
