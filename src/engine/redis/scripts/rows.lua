-- Shared by all scripts: the server's clock, the fields of a group's hash, and messages. A field
-- is EXPIRY;VALUE, the expiry in milliseconds since 1970, or empty for never. That of a value in
-- pieces is EXPIRY!STREAM; a stream is VERSION:SIZE.
local call = redis.call
local clock = call('TIME')
-- An expiry up to `now` has passed. A ttl counts from `written`, so that an entry lives at least
-- as long.
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local written = clock[1] * 1000 + math.ceil(clock[2] / 1000)

-- Returns the expiry of a field, or nil, the position of its value, the length of the value, and
-- its stream if it is in pieces.
local function head(field)
  local expiry, mark, from = string.match(field, '^(%d*)([;!])()')
  if mark == '!' then
    local size = string.match(field, '^%x+:(%d+)$', from)
    if size and string.byte(field, from + 16) == 58 then
      return tonumber(expiry), from, tonumber(size), string.sub(field, from)
    end
  elseif mark then
    return tonumber(expiry), from, #field - from + 1
  end
  return nil, 1, #field
end

local function digits(number)
  return string.format('%.0f', number)
end

-- The bytes of a piece of a value, and those beyond which the version of a string is made of the
-- hashes of its pieces, because the hash of the whole would hold up other calls.
local piece_len, parted_len = 262144, 16777216

-- Returns the version of a value: 16 hexadecimal digits, never all 0.
local function version_of(value)
  if #value > parted_len then
    local hashes = {}
    for at = 1, #value, piece_len do
      hashes[#hashes + 1] = redis.sha1hex(string.sub(value, at, at + piece_len - 1))
    end
    value = table.concat(hashes)
  end
  local version = string.sub(redis.sha1hex(value), 1, 16)
  return version == '0000000000000000' and '0000000000000001' or version
end

-- Returns the part of a value that a scan returns: 'b' its bytes, 'u' and a number its bytes if
-- they are at most so many, 's' its version and size, 'v' its version. In the place of bytes that
-- are left out, or in pieces, is a list with version and size.
local function described(value, values, stream)
  if values == 'b' and not stream then return value end
  local kind, most = string.match(values, '^(.)(%d*)$')
  if kind == 'u' and not stream and #value <= tonumber(most) then return value end
  local text = stream or version_of(value) .. ':' .. #value
  if kind == 'v' then return string.sub(text, 1, 16) end
  return kind == 's' and text or {text}
end

-- Returns whether a string key is a piece of a value. Without a prefix it resembles those of
-- entries.
local function is_piece(prefix, key)
  return prefix == '' and string.find(key, '^{%w%w%w}p:') ~= nil
end

-- Returns the pattern of SCAN for all keys that begin with these bytes.
local function beginning_with(bytes)
  return (string.gsub(bytes, '[%*%?%[%]\\]', '\\%0')) .. '*'
end

-- Returns a change of a message: KIND:GROUP LENGTH:KEY LENGTH:VALUE LENGTH; group, key and value.
-- A value in pieces has no bytes; :SIZE:VERSION follows their number.
local function change(kind, group, key, value, pieces)
  local more = pieces and ':' .. digits(pieces.size) .. ':' .. pieces.version or ''
  local lengths = #group .. ':' .. #key .. ':' .. #value .. more
  return kind .. ':' .. lengths .. ';' .. group .. key .. value
end

-- Returns the message of changes: ORIGIN NODE MICROSECONDS, a line end, and the changes. Publishes
-- it if there are subscribers; returns an empty string without changes. The changes are made
-- already, so a refusal to publish is no error.
local function publish(channel, origin, in_cluster, subscribers, changes)
  if #changes == 0 then return '' end
  local node = in_cluster and redis.pcall('CLUSTER', 'MYID') or '-'
  if type(node) ~= 'string' then node = '-' end
  local time = clock[1] .. string.format('%06d', clock[2])
  local message = origin .. ' ' .. node .. ' ' .. time .. '\n' .. table.concat(changes)
  if subscribers > 0 then redis.pcall('PUBLISH', channel, message) end
  return message
end

-- Publishes a barrier message, which has no changes: its receiver has all earlier messages. This
-- does fail where the user may not publish.
local function publish_barrier(channel, origin, in_cluster)
  local node = in_cluster and call('CLUSTER', 'MYID') or '-'
  local time = clock[1] .. string.format('%06d', clock[2])
  return call('PUBLISH', channel, origin .. ' ' .. node .. ' ' .. time .. '\n')
end

-- Returns the number of subscribers of a channel.
local function count_subscribers(channel)
  return call('PUBSUB', 'NUMSUB', channel)[2]
end
