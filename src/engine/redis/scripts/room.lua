-- Returns the unit and limit of the quota that a value would exceed; nothing if it has room. ARGV:
-- bucket, group, namespace, key, the bytes of the value.
local account = read_account(ARGV[1], ARGV[3])
if not account then return {} end
local group, key, added = new_group(ARGV[1], ARGV[2]), ARGV[4], account.added
local field = call('HGET', group.hash, field_of(key))
if field then
  local _, _, len = head(field)
  added.bytes = ARGV[5] - len
else
  added.keys, added.bytes = 1, #group.name + #key + ARGV[5]
  added.groups = 1 - call('EXISTS', group.hash)
end
local unit, limit = excess(account)
return unit and {unit, digits(limit)} or {}
