-- The rows of a batch between two keys, and the digest by which they are compared. Returns the
-- rows of a group whose keys begin with `prefix`, from the key `first` on to the first one that
-- `is_beyond`; nil, and the numbers of their keys and bytes, if those are too many to scan.
local function select_rows(group, prefix, first, is_beyond, bytes_max)
  local rows, seen, bytes = {}, {}, 0
  local function is_within(key)
    return string.sub(key, 1, #prefix) == prefix and not less(key, first) and not is_beyond(key)
  end
  local function take(key)
    if not seen[key] then
      seen[key] = true
      local row = find(group, key)
      local size = row.value and #row.value or row.temp and row.size or 0
      rows[#rows + 1], bytes = row, bytes + #key + size
    end
    return bytes > bytes_max
  end
  if group.is_default then
    if call('DBSIZE') > scan_max then return nil, call('DBSIZE'), 0 end
    -- In a slot that moves, the script ends here: some keys may be on the other node.
    if in_cluster then call('EXISTS', string_prefix .. '?', string_prefix .. '*') end
    local cursor = '0'
    repeat
      local page = call('SCAN', cursor, 'MATCH', beginning_with(string_prefix .. prefix),
        'COUNT', 1000, 'TYPE', 'string')
      cursor = page[1]
      for _, name in ipairs(page[2]) do
        local key = string.sub(name, #string_prefix + 1)
        local is_row = is_within(key) and not is_piece(string_prefix, key)
        if is_row and take(key) then return nil, #rows, bytes end
      end
    until cursor == '0'
  else
    local keys, fields = {}, {}
    each_key(load(group), first, false, function(key)
      if is_beyond(key) then return true end
      if not less(key, first) then keys[#keys + 1], fields[#fields + 1] = key, field_of(key) end
      return #keys > scan_max
    end)
    if #keys > scan_max then return nil, group.count, 0 end
    for from = 1, #keys, 100 do
      local page = call('HMGET', group.hash, unpack(fields, from, math.min(from + 99, #keys)))
      for id, field in ipairs(page) do
        local row = unread_row(group, keys[from + id - 1])
        if row.unread and not row.touched then read_row(row, field) end
        if take(row.key) then return nil, #keys, bytes end
      end
    end
  end
  for key in pairs(group.rows) do
    if is_within(key) then take(key) end
  end
  if group.is_default then
    table.sort(rows, function(a, b) return less(a.key, b.key) end)
  end
  return rows
end

-- Returns the rows of a group whose keys begin with `prefix`.
local function beginning(group, prefix)
  if prefix == '' and not group.is_default and load(group).count > scan_max then
    return nil, group.count, 0
  end
  local function is_beyond(key) return string.sub(key, 1, #prefix) ~= prefix end
  return select_rows(group, prefix, prefix, is_beyond, math.huge)
end

-- Returns the digest of the live rows of a range, as RangeHasher of src/model/key_range.rs does.
local function digest_of(group, prefix, lower, upper)
  local first, first_is_out = bound(lower)
  local final, final_is_out = bound(upper)
  if first_is_out then first = first .. '\0' end
  local rows, keys, bytes = select_rows(group, prefix, first or '', function(key)
    return final and (less(final, key) or final_is_out and key == final)
  end, scan_bytes_max)
  if not rows then return nil, keys, bytes end
  local parts = {}
  for _, row in ipairs(rows) do
    if row.live then parts[#parts + 1] = #row.key .. ':' .. row.key .. version(row) end
  end
  return redis.sha1hex(table.concat(parts))
end
