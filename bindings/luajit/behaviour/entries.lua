-- The calls of the behaviour cases on one entry, of a store and, with the prefix txn_, of a
-- transaction. Each returns its status, and its results in the flat form.

local kv = require("kv")
local values = require("behaviour.values")

local abi, at, ttl_of = kv.abi, values.at, values.ttl_of
local through, finding, numbered = values.through, values.finding, values.numbered

-- Calls that stores and transactions have alike; `owner` is one of them.
local shared = {}

function shared.get(owner, line)
    local status, value = finding(owner.get, owner, at(line))
    return status, { value = values.bytes(value) }
end

function shared.ttl(owner, line)
    local status, ttl = finding(owner.ttl, owner, at(line))
    return status, { ttl = ttl and values.time(ttl) }
end

function shared.exists(owner, line)
    return (finding(owner.has, owner, at(line)))
end

function shared.delete(owner, line)
    return (finding(owner.delete, owner, at(line)))
end

function shared.increment(owner, line)
    local group, key = at(line)
    local delta = values.int64(line:take("delta"))
    return numbered("sum", through(owner.increment, owner, group, key, delta, ttl_of(line)))
end

function shared.append(owner, line)
    local group, key = at(line)
    return numbered("length", through(owner.append, owner, group, key, line:bytes("value"), ttl_of(line)))
end

function shared.expire(owner, line)
    local group, key = at(line)
    return (finding(owner.expire, owner, group, key, ttl_of(line), values.expire_flags(line)))
end

local entries = {}
for name, call in pairs(shared) do
    entries[name] = function(run, line) return call(run:store(line), line) end
    entries["txn_" .. name] = function(run, line) return call(run.transactions[line:take("txn")], line) end
end

function entries.set(run, line)
    local store, group, key = run:store(line), at(line)
    return (through(store.set, store, group, key, line:bytes("value"), ttl_of(line)))
end

function entries.put(run, line)
    local store, group, key = run:store(line), at(line)
    local options = values.put_options(run, line)
    return values.versioned(run, line, store.put, store, group, key, line:bytes("value"), options)
end

function entries.entry(run, line)
    local store = run:store(line)
    local status, entry = finding(store.entry, store, at(line))
    run:save(line, status, entry and entry.version)
    return status, entry and {
        value = values.bytes(entry.value), version = values.decimal(entry.version),
        expires_at = values.time(entry.expires_at_ms),
    }
end

function entries.info(run, line)
    local store = run:store(line)
    local status, entry = finding(store.info, store, at(line))
    return status, entry and {
        size = values.decimal(entry.size), version = values.decimal(entry.version),
        expires_at = values.time(entry.expires_at_ms),
    }
end

function entries.delete_version(run, line)
    local store, group, key = run:store(line), at(line)
    return (finding(store.delete_version, store, group, key, run:version(line:take("version"))))
end

function entries.persist(run, line)
    local store = run:store(line)
    return (finding(store.persist, store, at(line)))
end

function entries.take(run, line)
    local store = run:store(line)
    local status, value = finding(store.take, store, at(line))
    return status, { value = values.bytes(value) }
end

function entries.txn_begin(run, line)
    local store, name = run:store(line), line:take("txn")
    local status, txn = through(store.transaction, store)
    run.transactions[name] = txn
    return status
end

function entries.txn_set(run, line)
    local txn, group, key = run.transactions[line:take("txn")], at(line)
    return (through(txn.set, txn, group, key, line:bytes("value"), values.put_options(run, line)))
end

function entries.txn_commit(run, line)
    local txn = run.transactions[line:take("txn")]
    return (through(txn.commit, txn))
end

function entries.txn_abort(run, line)
    local txn = run.transactions[line:take("txn")]
    return (through(txn.abort, txn))
end

return entries
