-- Ordered sets of strings: B+-trees, whose nodes are fields of the hash of a group. A leaf is a
-- list of items in byte order. An inner node is a list with an item for each child, which is at
-- most the child's first (the first child has all smaller items too), and a list of the children's
-- numbers. A node is read once, changed in memory, and written by `flush`.

-- A node is split beyond this number of items, or of bytes. No tree is higher than `height_max`.
local node_items, node_bytes, height_max = 64, 8192, 16

local function less_by_bytes(a, b)
  for at = 1, math.min(#a, #b) do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- Whether the operator < compares bytes: it follows the locale of the server.
local is_native = 'B' < 'a' and '_' < 'a' and '-' < '0' and 'z' < '\195\169'
  and '\195\169' < '\255'

-- Returns whether a string precedes another in the order of bytes.
local function less(a, b)
  if is_native then return a < b end
  return less_by_bytes(a, b)
end

local function sort(items)
  if is_native then table.sort(items) else table.sort(items, less_by_bytes) end
end

local function damaged(what)
  error({err = 'KVCORRUPT ' .. what})
end

-- Returns the values in a packed field.
local function unpacked(packed)
  local values = {pcall(cmsgpack.unpack, packed)}
  if not values[1] then damaged('a field of its index has another form') end
  return unpack(values, 2)
end

-- Returns a tree whose nodes are the fields `prefix` NUMBER of the hash of a group.
local function new_tree(group, prefix, root)
  return {group = group, prefix = prefix, root = root, nodes = {}, changed = {}, dropped = {}}
end

local function node_at(tree, id)
  local node = tree.nodes[id]
  if not node then
    local packed = call('HGET', tree.group.hash, tree.prefix .. id)
    if not packed then damaged('a part of its index is missing') end
    local items, children = unpacked(packed)
    if type(items) ~= 'table' then damaged('a field of its index has another form') end
    node = {id = id, items = items, children = children, size = #packed}
    tree.nodes[id] = node
  end
  return node
end

local function new_node(tree, items, children)
  local group, size = tree.group, 0
  for _, item in ipairs(items) do size = size + #item + 3 end
  local node = {id = group.next_id, items = items, children = children, size = size}
  group.next_id, group.fields = group.next_id + 1, group.fields + 1
  tree.nodes[node.id], tree.changed[node.id] = node, node
  return node
end

local function drop_node(tree, node)
  tree.group.fields = tree.group.fields - 1
  tree.changed[node.id], tree.dropped[node.id] = nil, true
end

-- Returns the position of the first item that is not less than `item`.
local function position(items, item)
  local low, high = 1, #items + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    local is_less
    if is_native then
      is_less = items[middle] < item
    else
      is_less = less_by_bytes(items[middle], item)
    end
    if is_less then low = middle + 1 else high = middle end
  end
  return low
end

-- Returns the position of the child that may have `item`.
local function child_for(node, item)
  local at = position(node.items, item)
  return node.items[at] == item and at or math.max(at - 1, 1)
end

-- Returns the nodes from the root to the leaf that may have `item`, and the position of each node
-- but the root in its parent.
local function path_to(tree, item)
  local node = node_at(tree, tree.root)
  local path, positions = {node}, {0}
  while node.children do
    local at = child_for(node, item)
    node = node_at(tree, node.children[at])
    path[#path + 1], positions[#path + 1] = node, at
    if #path > height_max then damaged('its index is in circles') end
  end
  return path, positions
end

-- Moves the items from a position on to a new node, and returns that.
local function split(tree, node, from)
  local items, children = {}, node.children and {}
  for at = from, #node.items do
    items[#items + 1], node.items[at] = node.items[at], nil
    if children then children[#children + 1], node.children[at] = node.children[at], nil end
  end
  local right = new_node(tree, items, children)
  node.size = node.size - right.size
  return right
end

-- Inserts an item that the tree does not have.
local function insert(tree, item)
  if not tree.root then
    tree.root = new_node(tree, {item}).id
    return
  end
  local path, positions = path_to(tree, item)
  local node = path[#path]
  local at = position(node.items, item)
  if node.items[at] == item then return end
  table.insert(node.items, at, item)
  node.size, tree.changed[node.id] = node.size + #item + 3, node
  for level = #path, 1, -1 do
    node = path[level]
    local count = #node.items
    if count <= node_items and (node.size <= node_bytes or count <= 4) then return end
    -- Items that come in order leave full nodes behind.
    local right = split(tree, node, at == count and count or math.floor(count / 2) + 1)
    local first = right.items[1]
    if level == 1 then
      tree.root = new_node(tree, {node.items[1], first}, {node.id, right.id}).id
      return
    end
    local parent = path[level - 1]
    at = positions[level] + 1
    table.insert(parent.items, at, first)
    table.insert(parent.children, at, right.id)
    parent.size, tree.changed[parent.id] = parent.size + #first + 3, parent
  end
end

local function forget_child(tree, parent, at)
  parent.size = parent.size - #parent.items[at] - 3
  table.remove(parent.items, at)
  table.remove(parent.children, at)
  tree.changed[parent.id] = parent
end

-- Joins the children at `at` and behind it, if one node has room for both.
local function join(tree, parent, at)
  if at < 1 or at >= #parent.children then return end
  local left = node_at(tree, parent.children[at])
  local right = node_at(tree, parent.children[at + 1])
  if #left.items + #right.items > node_items * 3 / 4 or left.size + right.size > node_bytes then
    return
  end
  -- The first child of an inner node has items from the bound in the parent on.
  if right.children then right.items[1] = parent.items[at + 1] end
  for id, item in ipairs(right.items) do
    left.items[#left.items + 1] = item
    if right.children then left.children[#left.children + 1] = right.children[id] end
  end
  left.size, tree.changed[left.id] = left.size + right.size, left
  drop_node(tree, right)
  forget_child(tree, parent, at + 1)
end

-- Returns the first item behind a leaf, as its ancestors name it; nil at the end of the tree.
local function bound_of(path, positions)
  for level = #path - 1, 1, -1 do
    local bound = path[level].items[positions[level + 1] + 1]
    if bound then return bound end
  end
end

-- Drops the nodes of a path that are empty, and joins those that have few items.
local function shrink(tree, path, positions)
  for level = #path, 2, -1 do
    local node, parent = path[level], path[level - 1]
    if #node.items == 0 then
      drop_node(tree, node)
      forget_child(tree, parent, positions[level])
    elseif #node.items < node_items / 4 then
      local count = #parent.children
      join(tree, parent, positions[level])
      if #parent.children == count then join(tree, parent, positions[level] - 1) end
    end
  end
  local root = path[1]
  for _ = 1, height_max do
    if not root.children or #root.children > 1 then break end
    drop_node(tree, root)
    root = node_at(tree, root.children[1])
    tree.root = root.id
  end
  if #root.items == 0 then
    drop_node(tree, root)
    tree.root = nil
  end
end

-- Removes items, leaf by leaf.
local function remove(tree, items)
  if #items > 1 then sort(items) end
  local at = 1
  while tree.root and at <= #items do
    local path, positions = path_to(tree, items[at])
    local leaf, bound, gone = path[#path], bound_of(path, positions), {}
    repeat
      gone[items[at]] = true
      at = at + 1
    until at > #items or bound and not less(items[at], bound)
    local left = {}
    for _, item in ipairs(leaf.items) do
      if gone[item] then leaf.size = leaf.size - #item - 3 else left[#left + 1] = item end
    end
    if #left < #leaf.items then
      leaf.items, tree.changed[leaf.id] = left, leaf
      shrink(tree, path, positions)
    end
  end
end

-- Calls `visit` with the items in order, backwards if `reverse`, from the item `start` on or from
-- the end, until it returns true.
local function each(tree, start, reverse, visit)
  local entered = 0
  local function enter(id, from)
    local node = node_at(tree, id)
    entered = entered + 1
    if entered > tree.group.fields then damaged('its index is in circles') end
    local items, children = node.items, node.children
    local first, last, step = 1, #items, 1
    if from and children then first = child_for(node, from) end
    if from and not children then first = position(items, from) end
    if reverse then
      if from and not children and items[first] ~= from then first = first - 1 end
      first, last, step = from and first or #items, 1, -1
    end
    for at = first, last, step do
      -- The bound is within the first child only.
      if children then
        if enter(children[at], at == first and from) then return true end
      elseif visit(items[at]) then
        return true
      end
    end
  end
  if tree.root then enter(tree.root, start) end
end

-- Writes the changed nodes.
local function flush(tree)
  for id, node in pairs(tree.changed) do
    call('HSET', tree.group.hash, tree.prefix .. id, cmsgpack.pack(node.items, node.children))
  end
  for id in pairs(tree.dropped) do call('HDEL', tree.group.hash, tree.prefix .. id) end
end
