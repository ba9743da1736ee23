-- Returns the numbers of those of some commands that the user may not run, or the server does not
-- know. KEYS: a key. ARGV: a channel, and the commands with arguments, in which KEY and CHANNEL
-- stand for these. Their arguments are complete, because a server may crash at the check of others.
local refused = {}
if not redis.acl_check_cmd then return refused end
for id = 2, #ARGV do
  local words = {}
  for word in string.gmatch(ARGV[id], '%S+') do
    words[#words + 1] = word == 'KEY' and KEYS[1] or word == 'CHANNEL' and ARGV[1] or word
  end
  local is_known, is_allowed = pcall(redis.acl_check_cmd, unpack(words))
  if is_known and not is_allowed and words[1] ~= 'PUBLISH' then
    -- The command is not run here, because it is refused. A user may have rights to some keys only.
    local reason = redis.pcall(unpack(words))
    is_allowed = type(reason) == 'table' and string.find(reason.err or '', 'access') ~= nil
  end
  if not is_known or not is_allowed then refused[#refused + 1] = id - 1 end
end
return refused
