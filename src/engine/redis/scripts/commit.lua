-- Applies a batch, by the rules of src/engine/apply; a change there needs the same change here.
-- The script checks the conditions, applies the steps to rows in memory, checks the quotas, and
-- only then writes. A batch that fails has thus changed nothing.

-- The number of arguments behind the key of a step.
local follow = {C = 1, R = 3, G = 0, S = 3, W = 5, D = 1, T = 0, I = 2, A = 2, E = 2, P = 0}
-- The position of the condition among them.
local condition_at = {C = 1, S = 2, W = 4, D = 1}
local ops = {}
while at < #ARGV do
  local code = arg()
  local op = {code = code, group = groups[tonumber(arg())], key = arg()}
  for id = 1, follow[code] do op[id] = arg() end
  op.group.uses = (op.group.uses or 0) + 1
  ops[#ops + 1] = op
end

for id, op in ipairs(ops) do
  local condition = op[condition_at[op.code]]
  if condition and condition ~= '*' then
    local row = find(op.group, op.key)
    if not holds(row, condition) then return {0, id - 1, version(row)} end
  elseif op.code == 'R' then
    local digest, keys, bytes = digest_of(op.group, op.key, op[1], op[2])
    if not digest then return {-15, id - 1, keys, bytes} end
    if digest ~= op[3] then return {0, id - 1, absent} end
  end
end

local replies = {}
for id, op in ipairs(ops) do
  local step = steps[op.code]
  replies[id] = step and step(op) or false
  if refusal then return {refusal[1], id - 1, refusal[2], refusal[3]} end
end

-- The changes of each group are computed, and the quotas checked, before the first write.
local written_groups, accounts = {}, {}
for id = 1, #groups do
  local group = groups[id]
  if group.is_unlinked then
    group.grown, group.bytes_grown, group.after = -group.count, -(group.bytes or 0), 0
    check_streams(group)
    written_groups[#written_groups + 1] = group
  elseif #group.touched > 0 then
    prepare(group)
    written_groups[#written_groups + 1] = group
  end
end
for _, group in ipairs(written_groups) do
  if group.is_first and not is_registered then return {-10, group.bucket, '', ''} end
  local account = account_of(group, accounts)
  if account then add_up(account, group) end
end
for space, account in pairs(accounts) do
  local unit, limit
  if account then unit, limit = excess(account) end
  if unit then return {-5, space, unit, digits(limit)} end
end

for _, row in ipairs(strings.touched) do
  local name, value = string_prefix .. row.key, row.value
  if row.temp and row.temp ~= name then call('RENAME', row.temp, name) end
  if not row.put then
    if row.unread or row.stored then call('DEL', name) end
  elseif not row.expiry then
    if row.rewritten and value then call('SET', name, value) else call('PERSIST', name) end
  elseif value and (row.rewritten or row.expiry - 1 <= now) then
    call('SET', name, value, 'PXAT', digits(math.max(row.expiry - 1, 1)))
  else
    call('PEXPIREAT', name, digits(math.max(row.expiry - 1, 1)))
  end
end
for _, group in ipairs(written_groups) do write_group(group) end
for _, account in pairs(accounts) do write_account(account) end
return {1, replies, publish(channel, origin, in_cluster, subscribers, changes)}
