-- Runs the behaviour cases, which tests/behaviour/README.md describes, and their controls, in the
-- flat form.
--
--   luajit behaviour/run.lua CASES PLANTED DIRECTORY

local kv = require("kv")
local lines = require("behaviour.lines")
local values = require("behaviour.values")

-- The calls by their names, those of one theme in each file.
local calls = {}
for _, theme in ipairs({ "calls", "entries", "ranges", "streams", "locks" }) do
    for name, call in pairs(require("behaviour." .. theme)) do
        calls[name] = call
    end
end

local abi = kv.abi
local cases, planted, directory = arg[1], arg[2], arg[3]
local SLACK_MS = 60000

-- The names of statuses by their numbers.
local STATUSES = {}
for name in ([[OK NOT_FOUND CONFLICT DONE TIMEOUT TOO_SMALL ERR_ARGUMENT ERR_HANDLE ERR_CLOSED ERR_BUSY ERR_QUOTA
    ERR_FULL ERR_TOO_LARGE ERR_NOT_INTEGER ERR_NOT_JSON ERR_IO ERR_READ_ONLY ERR_UNSUPPORTED ERR_COMPACTED
]]):gmatch("%S+") do
    STATUSES[abi["KV_" .. name]] = name:gsub("^ERR_", ""):lower()
end

-- One run of a case: its stores, transactions, watches, readers, writers and saved versions by
-- their names.
local Run = {}
Run.__index = Run
local runs = 0

function Run.status_name(status)
    return STATUSES[status] or tostring(status)
end

local function new_run(engine)
    runs = runs + 1
    local base = engine == "memory" and "memory:" or ("%s:%s/behaviour-%d.db"):format(engine, directory, runs)
    return setmetatable({ base = base, stores = {}, transactions = {}, watches = {}, saved = {},
        locks = {}, readers = {}, writers = {} }, Run)
end

function Run:open(name, options)
    self.stores[name] = kv.open(options == "" and self.base or self.base .. "?" .. options)
end

function Run:store(line)
    local name = line:find("store") or "main"
    return self.stores[name] or error("there is no store " .. name, 0)
end

-- A version or token: a number, or the name of a saved one.
function Run:version(text)
    if text:find("^%d") then
        return values.int64(text)
    end
    return self.saved[text] or error("nothing was saved as " .. text, 0)
end

function Run:lock(name)
    return self.locks[name] or error("no lock was saved as " .. name, 0)
end

function Run:save(line, status, number)
    local name = line:find("save")
    if name and status == abi.KV_OK then
        self.saved[name] = number + 0ULL
    end
end

-- Ends what the run has left open.
function Run:finish()
    for _, open in ipairs({ self.transactions, self.watches, self.writers, self.readers, self.stores }) do
        for _, object in pairs(open) do
            (object.abort or object.close)(object)
        end
    end
end

-- Raises the difference between the expected value of a field and the returned one.
local function differ(line, field, expected, found)
    local text = ("%s: %s: expected %s, returned %s"):format(line.word, field, expected, tostring(found))
    error({ difference = text:sub(1, 1000) }, 0)
end

local function is_within(expected, found)
    if expected == "never" or found == "never" then
        return expected == found
    end
    local written, left = tonumber(expected), tonumber(found)
    return left >= written - SLACK_MS and left <= written + 1
end

local function is_same(run, field, expected, found)
    if found == nil then
        return false
    elseif field == "status" then
        return ("," .. expected .. ","):find("," .. found .. ",", 1, true) ~= nil
    elseif field == "ttl" then
        return is_within(expected, found)
    elseif field == "version" then
        return values.int64(found) == run:version(expected)
    elseif field == "newer_than" then
        return values.int64(found) > run:version(expected)
    end
    return found == expected
end

local function compare_list(line, wanted, list)
    if #list ~= #wanted then
        differ(line, "elements", #wanted, #list)
    end
    for i, element in ipairs(wanted) do
        if list[i] ~= element then
            differ(line, "element " .. i, element, list[i])
        end
    end
end

-- Makes a call and compares its results. The status comes first: other differences follow from it.
local function make(run, call)
    local line, parts = lines.call(call)
    local how = calls[line.word] or error("there is no call " .. line.word, 0)
    local status, returned = how(run, line, parts)
    returned = returned or {}
    returned.status = Run.status_name(status)
    local names = { "status" }
    for name in pairs(line.fields) do
        local field = name:match("^expect%.(.+)$")
        if field and field ~= "status" and field ~= "list" then
            table.insert(names, field)
        end
    end
    for _, field in ipairs(names) do
        local found = returned[field == "newer_than" and "version" or field]
        local expected = line:take("expect." .. field)
        if not is_same(run, field, expected, found) then
            differ(line, field, expected, found)
        end
    end
    if line:find("expect.state") and not line:find("expect.response") and returned.response then
        differ(line, "response", "none", returned.response)
    end
    if line:find("expect.list") then
        compare_list(line, call.wanted, returned.list or {})
    end
    line:refuse_unused()
end

-- Runs a case; returns nothing if all is as expected, else the difference and whether the last
-- call made it.
local function run_case(case, engine)
    local run, made = new_run(engine), 0
    local fine, why = pcall(function()
        run:open("main", case.options)
        for _, call in ipairs(case.calls) do
            make(run, call)
            made = made + 1
        end
    end)
    run:finish()
    if not fine then
        return why, made == #case.calls - 1
    end
end

local failed = 0
local function report(name, why)
    if why then
        failed = failed + 1
        local text = type(why) == "table" and why.difference or tostring(why)
        print(("FAILED behaviour: %s: %s"):format(name, text))
    else
        print("ok behaviour: " .. name)
    end
end

local counted, all = 0, lines.read(cases)
for _, case in ipairs(all) do
    for _, engine in ipairs(case.engines) do
        report(("%s (%s)"):format(case.name, engine), (run_case(case, engine)))
        counted = counted + 1
    end
end
for _, case in ipairs(lines.read(planted)) do
    for _, engine in ipairs(case.engines) do
        local why, is_at_last = run_case(case, engine)
        local is_right = is_at_last and type(why) == "table" and why.difference
        report(("%s (%s) fails"):format(case.name, engine), not is_right and (why or "it passes") or nil)
    end
end
print(("# %d runs of %d cases"):format(counted, #all))
os.exit(failed == 0 and 0 or 1)
