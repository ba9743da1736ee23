-- What all scripts share: the server's clock, and how a field of a group's hash is read.
-- A field is EXPIRY;VALUE, the expiry in milliseconds since 1970 or nothing.
local call = redis.call
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Returns the expiry of a field, or nil, and where its value begins.
local function head(field)
  local expiry, from = string.match(field, '^(%d*);()')
  return tonumber(expiry), from or 1
end

local function digits(number)
  return string.format('%.0f', number)
end

-- Returns the version of a value: 16 hexadecimal digits, never all 0.
local function version_of(value)
  local version = string.sub(redis.sha1hex(value), 1, 16)
  return version == '0000000000000000' and '0000000000000001' or version
end

-- Returns what a walk gives of a value: 'b' its bytes, 's' its version and size, 'v' its version.
local function given(value, values)
  if values == 'b' then return value end
  return version_of(value) .. (values == 's' and ':' .. #value or '')
end

-- Returns a pattern of SCAN for all keys that begin with these bytes.
local function beginning_with(bytes)
  return (string.gsub(bytes, '[%*%?%[%]\\]', '\\%0')) .. '*'
end

-- Changes are told as KIND:GROUP LENGTH:KEY LENGTH:VALUE LENGTH; and the three, one after the other.
local function change(kind, group, key, value)
  return kind .. ':' .. #group .. ':' .. #key .. ':' .. #value .. ';' .. group .. key .. value
end

-- A message is ORIGIN NODE MICROSECONDS and a line end, then changes. Returns it, and sends it to
-- who listens: a subscriber of every process that watches.
local function tell(channel, origin, in_cluster, audience, changes)
  if #changes == 0 then return '' end
  local node = in_cluster and call('CLUSTER', 'MYID') or '-'
  local time = clock[1] .. string.format('%06d', clock[2])
  local message = origin .. ' ' .. node .. ' ' .. time .. '\n' .. table.concat(changes)
  if audience > 0 then call('PUBLISH', channel, message) end
  return message
end

local function audience_of(channel)
  return call('PUBSUB', 'NUMSUB', channel)[2]
end
