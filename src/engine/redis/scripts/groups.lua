-- Lists the groups of a home that hold a live entry. ARGV: home, prefix of the names, what follows it
-- or nothing.
local home, live = ARGV[1], {}
local last = ARGV[3] == '' and '+' or '(' .. ARGV[3]
for _, name in ipairs(call('ZRANGEBYLEX', home .. 'g', '[' .. ARGV[2], last)) do
  local dead = call('ZCOUNT', home .. 'x:' .. name, '-inf', digits(now))
  if call('HLEN', home .. 'h:' .. name) > dead then live[#live + 1] = name end
end
return live
