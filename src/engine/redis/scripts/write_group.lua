-- Writes the touched rows of a group. A row has `key`; `stored`, `len`, `was` (its expiry) and
-- `pieces` (its stream) as it is stored; and `put`, `value` or `stream` and `size`, and `expiry`
-- as it will be. `prepare` makes each check that can end the script, so that a script that fails
-- has written nothing: it prepares all groups before it writes the first.

-- Returns whether a key of the bucket of a group exists. In a slot that moves, the script ends
-- here if the key is on the other node, or may be.
local function exists(key, group)
  return call('ZCARD', key) > 0 or call('EXISTS', key, group.hash) == 2
end

-- Ends the script if a stream of a group that is removed may be on another node.
local function check_streams(group)
  each(group.streams, nil, false, function(stream) are_there(names_of(group.bucket, stream)) end)
end

-- Computes the changes of a group by its touched rows.
local function prepare(group)
  load(group)
  local grown, bytes, due = 0, 0
  for _, row in ipairs(group.touched) do
    local names = #group.name + #row.key
    if row.stored then grown, bytes = grown - 1, bytes - names - row.len end
    if row.put then
      grown, bytes = grown + 1, bytes + names + (row.size or #row.value)
      if row.expiry and (not due or row.expiry < due) then due = row.expiry end
    end
  end
  group.grown, group.bytes_grown, group.after = grown, bytes, group.count + grown
  group.is_new = group.count == 0 and group.after > 0
  group.is_first = group.is_new and not exists(group.bucket .. 'g', group)
  if group.after == 0 then return check_streams(group) end
  for _, row in ipairs(group.touched) do
    local stream = row.pieces
    if stream and stream ~= row.stream then are_there(names_of(group.bucket, stream)) end
  end
  if due and (not group.due or due < group.due) then group.due = due end
  if group.due and (not group.listed or group.due < group.listed) then
    -- If the list is on another node, a later write lists the expiry.
    local is_here, reason = pcall(exists, group.bucket .. 'd', group)
    if is_here then
      group.listed, group.is_late = group.due, true
    elseif not string.find(type(reason) == 'table' and reason.err or reason, 'non local key') then
      error(reason)
    end
  end
end

-- Builds the trees of a group that is small no longer.
local function grow(group)
  group.keys, group.expiries, group.bytes = new_tree(group, '\0k'), new_tree(group, '\0x'), 0
  local entries = read_small(group)
  for _, key in ipairs(sorted_keys(entries)) do
    local expiry, _, len = head(entries[key])
    insert(group.keys, key)
    if expiry then insert(group.expiries, item_of(expiry, key)) end
    group.bytes = group.bytes + #group.name + #key + len
  end
end

-- Writes the header if it has changed or is needed now, and the trees.
local function write_header(group)
  local streams = group.streams.root
  if not (group.packed or group.keys or streams or group.due or group.epoch ~= 0) then return end
  flush(group.streams)
  if group.keys then
    flush(group.keys)
    flush(group.expiries)
  end
  if not group.packed then group.fields = group.fields + 1 end
  local packed = cmsgpack.pack(group.fields, group.due or 0, group.bytes or -1, group.epoch,
    group.next_id, group.keys and group.keys.root or 0, group.expiries and group.expiries.root or 0,
    group.listed or 0, streams or 0)
  if packed ~= group.packed then call('HSET', group.hash, '\0', packed) end
  group.packed = packed
end

-- Lets the pieces of a stream expire.
local function retire(group, stream)
  for _, name in ipairs(names_of(group.bucket, stream)) do call('PEXPIRE', name, lease) end
end

-- Removes a group with all entries. The lists may name groups that are gone, so it does not matter
-- that these may be on another node.
local function unlink(group)
  each(group.streams, nil, false, function(stream) retire(group, stream) end)
  call('UNLINK', group.hash)
  redis.pcall('ZREM', group.bucket .. 'g', group.name)
  redis.pcall('ZREM', group.bucket .. 'd', group.name)
end

-- Collects in `gone` what the trees lose, which is removed as a whole.
local function write_row(group, row, gone)
  local field, was, expiry = field_of(row.key), row.stored and row.was, row.put and row.expiry
  if row.put then
    local value = row.stream and '!' .. row.stream or ';' .. row.value
    call('HSET', group.hash, field, (expiry and digits(expiry) or '') .. value)
    if #row.key + #value > small_bytes + 1 then group.is_large = true end
  elseif row.stored then
    gone.fields[#gone.fields + 1] = field
  end
  local stream = row.put and row.stream or nil
  if stream ~= row.pieces then
    if stream then
      for _, name in ipairs(names_of(group.bucket, stream)) do call('PERSIST', name) end
      insert(group.streams, stream)
    end
    if row.pieces then
      retire(group, row.pieces)
      gone.streams[#gone.streams + 1] = row.pieces
    end
  end
  if not group.keys then return end
  if row.put and not row.stored then insert(group.keys, row.key) end
  if row.stored and not row.put then gone.keys[#gone.keys + 1] = row.key end
  if was ~= expiry then
    if was then gone.expiries[#gone.expiries + 1] = item_of(was, row.key) end
    if expiry then insert(group.expiries, item_of(expiry, row.key)) end
  end
end

-- Writes the touched rows of a prepared group.
local function write_group(group)
  if group.after == 0 then
    if group.count > 0 then unlink(group) end
    return
  end
  local gone = {fields = {}, keys = {}, expiries = {}, streams = {}}
  for _, row in ipairs(group.touched) do write_row(group, row, gone) end
  -- Lua passes at most some 8,000 arguments to a call.
  for from = 1, #gone.fields, 5000 do
    call('HDEL', group.hash, unpack(gone.fields, from, math.min(from + 4999, #gone.fields)))
  end
  remove(group.streams, gone.streams)
  if group.keys then
    remove(group.keys, gone.keys)
    remove(group.expiries, gone.expiries)
  end
  if group.bytes then group.bytes = group.bytes + group.bytes_grown end
  if not group.keys and (group.is_large or group.after > small_entries) then grow(group) end
  write_header(group)
  if group.is_new then call('ZADD', group.bucket .. 'g', 0, group.name) end
  if group.is_late then call('ZADD', group.bucket .. 'd', digits(group.listed), group.name) end
end
