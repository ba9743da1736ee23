-- Lists the groups of a bucket that have a live entry. ARGV: bucket, prefix of the names, end of
-- its range (empty for none).
local bucket, live = ARGV[1], {}
local last = ARGV[3] == '' and '+' or '(' .. ARGV[3]
for _, name in ipairs(call('ZRANGEBYLEX', bucket .. 'g', '[' .. ARGV[2], last)) do
  local expired = call('ZCOUNT', bucket .. 'x:' .. name, '-inf', digits(now))
  if call('HLEN', bucket .. 'h:' .. name) > expired then live[#live + 1] = name end
end
return live
