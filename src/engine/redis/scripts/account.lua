-- Quotas: the account of a namespace, BUCKETq:NAMESPACE, has the limits and the usage. `epoch` is
-- the time at which the quota was set; a group whose header has it is counted in the usage.

local units = {'keys', 'groups', 'bytes'}

-- Returns the account of a namespace; nil without a quota.
local function read_account(bucket, space)
  local name = bucket .. 'q:' .. space
  local read = call('HMGET', name, 'max_keys', 'max_groups', 'max_bytes', 'keys', 'groups', 'bytes',
    'epoch')
  if not read[1] then return nil end
  local account = {name = name, epoch = tonumber(read[7]), limits = {}, used = {}, added = {}}
  for id, unit in ipairs(units) do
    account.limits[unit], account.used[unit] = tonumber(read[id]), tonumber(read[id + 3])
    account.added[unit] = 0
  end
  return account
end

-- Returns the account in which a prepared group is counted; nil without one. `accounts` has those
-- that were read, or false.
local function account_of(group, accounts)
  if group.space == '' or not group.is_new and group.epoch == 0 then return nil end
  local account = accounts[group.space]
  if account == nil then
    account = read_account(group.bucket, group.space) or false
    -- In a slot that moves, the script ends here if the account may be on the other node.
    if not account then call('EXISTS', group.bucket .. 'q:' .. group.space, group.hash) end
    accounts[group.space] = account
  end
  if not account then return nil end
  if group.is_new then group.epoch, group.bytes = account.epoch, 0 end
  return group.epoch == account.epoch and account or nil
end

-- Adds the changes of a prepared group to those of its account.
local function add_up(account, group)
  local added = account.added
  added.keys, added.bytes = added.keys + group.grown, added.bytes + group.bytes_grown
  if group.is_new then added.groups = added.groups + 1 end
  if group.count > 0 and group.after == 0 then added.groups = added.groups - 1 end
end

-- Returns the unit and limit that the changes exceed, if there is one.
local function excess(account)
  for _, unit in ipairs(units) do
    local limit, added = account.limits[unit], account.added[unit]
    if limit > 0 and added > 0 and account.used[unit] + added > limit then return unit, limit end
  end
end

local function write_account(account)
  for unit, added in pairs(account and account.added or {}) do
    if added ~= 0 then call('HINCRBY', account.name, unit, digits(added)) end
  end
end
