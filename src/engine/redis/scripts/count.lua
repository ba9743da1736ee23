-- Counts the live entries of groups. ARGV: home, then the name of one group; or home, then a prefix
-- of names and what follows it, or nothing.
local home, entries, names = ARGV[1], 0, {ARGV[2]}
if #ARGV == 3 then
  local last = ARGV[3] == '' and '+' or '(' .. ARGV[3]
  names = call('ZRANGEBYLEX', home .. 'g', '[' .. ARGV[2], last)
end
for _, name in ipairs(names) do
  local dead = call('ZCOUNT', home .. 'x:' .. name, '-inf', digits(now))
  entries = entries + call('HLEN', home .. 'h:' .. name) - dead
end
return entries
