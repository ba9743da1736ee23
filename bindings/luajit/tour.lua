-- Runs the snippets of a document one after the other, and compares what they print with the words
-- behind `-->` in them.
--
--   luajit tour.lua DOCUMENT

local printed, expected, snippets = {}, {}, {}

local file = assert(io.open(arg[1], "rb"))
for snippet in file:read("*a"):gmatch("\n```lua\n(.-)\n```") do
    table.insert(snippets, snippet)
    for line in snippet:gmatch("[^\n]+") do
        table.insert(expected, line:match("%-%-> (.*)$"))
    end
end
file:close()

-- The snippets see the variables of those before them, and this print.
local world = setmetatable({
    print = function(...)
        local words = { ... }
        for i = 1, select("#", ...) do
            words[i] = tostring(words[i])
        end
        table.insert(printed, table.concat(words, " "))
    end,
}, { __index = _G })

for i, snippet in ipairs(snippets) do
    -- A local of a snippet is a global of the tour.
    local run = assert(loadstring(("\n" .. snippet):gsub("\nlocal (%a[%w_, ]* = )", "\n%1"), "snippet " .. i))
    local fine, why = xpcall(setfenv(run, world), debug.traceback)
    print((fine and "ok" or "FAILED") .. (" snippet %d runs"):format(i) .. (fine and "" or ": " .. why))
end

local is_same = #printed == #expected and #expected > 0
for i, line in ipairs(expected) do
    if printed[i] ~= line then
        io.stderr:write(("expected %s, printed %s\n"):format(line, tostring(printed[i])))
        is_same = false
    end
end
print((is_same and "ok" or "FAILED") .. (" the snippets print %d lines as they say"):format(#expected))
os.exit(is_same and 0 or 1)
