-- Counts the live entries of groups. ARGV: bucket, and the name of one group; or bucket, a prefix
-- of names, and the end of its range (empty for none).
local bucket, entries, names = ARGV[1], 0, {ARGV[2]}
if #ARGV == 3 then
  local last = ARGV[3] == '' and '+' or '(' .. ARGV[3]
  names = call('ZRANGEBYLEX', bucket .. 'g', '[' .. ARGV[2], last)
end
for _, name in ipairs(names) do
  local expired = call('ZCOUNT', bucket .. 'x:' .. name, '-inf', digits(now))
  entries = entries + call('HLEN', bucket .. 'h:' .. name) - expired
end
return entries
