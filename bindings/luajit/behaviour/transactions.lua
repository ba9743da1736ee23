-- Transactions of the behaviour cases.

local ffi = require("ffi")
local abi = require("kv").abi
local scans = require("behaviour.scans")
local values = require("behaviour.values")

local at, ttl_of, put_options, int64 = values.at, values.ttl_of, values.put_options, values.int64
local decimal, valued, problem = values.decimal, values.valued, values.problem

local transactions = {}

function transactions.txn_begin(run, line)
    local txn, name = ffi.new("kv_txn"), line:take("txn")
    local status = abi.kv_txn_begin(run:handle(line), txn, problem)
    if status == abi.KV_OK then
        run.transactions[name] = txn
    end
    return status
end

function transactions.txn_get(run, line)
    return valued(abi.kv_txn_get, run.transactions[line:take("txn")], at(line))
end

function transactions.txn_scan(run, line)
    return scans.scan(abi.kv_txn_scan, run.transactions[line:take("txn")], line)
end

function transactions.txn_set(run, line)
    local group, group_len, key, key_len = at(line)
    local value, txn = line:bytes("value"), run.transactions[line:take("txn")]
    return abi.kv_txn_set(txn, group, group_len, key, key_len, value, #value, put_options(run, line), problem)
end

-- Calls on a key in a transaction that return nothing but a status.
for _, name in ipairs({ "txn_exists", "txn_delete" }) do
    transactions[name] = function(run, line)
        local group, group_len, key, key_len = at(line)
        local txn = run.transactions[line:take("txn")]
        return abi["kv_" .. name](txn, group, group_len, key, key_len, problem)
    end
end

function transactions.txn_ttl(run, line)
    local group, group_len, key, key_len = at(line)
    local txn, ttl = run.transactions[line:take("txn")], ffi.new("int64_t[1]")
    local status = abi.kv_txn_ttl(txn, group, group_len, key, key_len, ttl, problem)
    return status, { ttl = status == abi.KV_OK and values.time(ttl[0]) or nil }
end

function transactions.txn_increment(run, line)
    local group, group_len, key, key_len = at(line)
    local txn = run.transactions[line:take("txn")]
    local sum, delta = ffi.new("int64_t[1]"), int64(line:take("delta"))
    local status = abi.kv_txn_increment(txn, group, group_len, key, key_len, delta, ttl_of(line), sum,
        problem)
    return status, { sum = decimal(sum[0]) }
end

function transactions.txn_append(run, line)
    local group, group_len, key, key_len = at(line)
    local txn = run.transactions[line:take("txn")]
    local value, length = line:bytes("value"), ffi.new("size_t[1]")
    local status = abi.kv_txn_append(txn, group, group_len, key, key_len, value, #value, ttl_of(line),
        length, problem)
    return status, { length = decimal(length[0]) }
end

function transactions.txn_expire(run, line)
    local group, group_len, key, key_len = at(line)
    return abi.kv_txn_expire(run.transactions[line:take("txn")], group, group_len, key, key_len,
        ttl_of(line), values.expire_flags(line), problem)
end

function transactions.txn_commit(run, line)
    return abi.kv_txn_commit(run.transactions[line:take("txn")], problem)
end

function transactions.txn_abort(run, line)
    return abi.kv_txn_abort(run.transactions[line:take("txn")], problem)
end

return transactions
