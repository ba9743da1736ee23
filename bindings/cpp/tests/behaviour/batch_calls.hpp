// Batches and transactions.
#ifndef KV_BEHAVIOUR_BATCH_CALLS_HPP
#define KV_BEHAVIOUR_BATCH_CALLS_HPP

#include "lock_calls.hpp"

namespace behaviour {

// The kind of value that the result of a step has.
enum class holds { no_value, what_was_found, a_number };

inline holds add(run &run, kv::batch &batch, given &step) {
    const std::string name = step.text("step"), group = step.group();
    if (name == "delete_prefix") {
        batch.erase_prefix(group, step.bytes("prefix"));
        return holds::a_number;
    }
    if (name == "check_lock") {
        with_lock(run, step, [&](const kv::lock &lock) { return batch.check_lock(lock); });
        return holds::no_value;
    }
    const std::string key = step.key();
    if (name == "check") {
        batch.check(group, key, run.version(step.at("version")));
    } else if (name == "set") {
        batch.set(group, key, step.value(), run.options(step));
    } else if (name == "delete") {
        batch.erase(group, key);
    } else if (name == "expire") {
        batch.expire(group, key, step.ttl(), step.flags());
    } else if (name == "get" || name == "take") {
        name == "get" ? batch.get(group, key) : batch.take(group, key);
        return holds::what_was_found;
    } else if (name == "increment") {
        batch.increment(group, key, step.integer("delta"), step.ttl());
        return holds::a_number;
    } else if (name == "append") {
        batch.append(group, key, step.value(), step.ttl());
        return holds::a_number;
    } else {
        throw broken("there is no step " + name);
    }
    return holds::no_value;
}

inline json commit(const kv::store &store, const kv::batch &batch, const std::vector<holds> &steps) {
    if (!store.commit(batch)) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto failed = batch.try_result(i);
            if (failed && failed->outcome == kv::outcome::conflict)
                return {{"status", "conflict"}, {"failed", i}};
        }
        throw broken("a conflict without a step");
    }
    json reply = {{"status", "ok"}, {"results", json::array()}};
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const kv::step_result found = batch.result(i);
        json result = status_of(found.outcome);
        if (steps[i] == holds::a_number || (steps[i] == holds::what_was_found && found))
            result["value"] = found.value.str();
        reply["results"].push_back(result);
    }
    return reply;
}

inline json batch(run &run, given &call) {
    const kv::store &store = run.store(call);
    kv::batch batch;
    std::vector<holds> steps;
    for (const json &fields : call.at("steps")) {
        given step(fields);
        steps.push_back(add(run, batch, step));
        step.refuse_unused();
    }
    return commit(store, batch, steps);
}

inline kv::transaction &transaction(run &run, given &call) {
    return run.find(run.transactions, call.text("txn"));
}

inline const calls batch_calls = {
    {"batch", batch},
    {"txn_begin",
     [](run &run, given &call) {
         const std::string name = call.text("txn");
         run.transactions.insert_or_assign(name, run.store(call).transaction());
         return status("ok");
     }},
    {"txn_get",
     [](run &run, given &call) {
         return value_of(transaction(run, call).get(call.group(), call.key()));
     }},
    {"txn_set",
     [](run &run, given &call) {
         const kv::put_options options = run.options(call);
         const bool is_kept =
             transaction(run, call).put(call.group(), call.key(), call.value(), options);
         return status(is_kept ? "ok" : "conflict");
     }},
    {"txn_exists",
     [](run &run, given &call) {
         return ok_if(transaction(run, call).exists(call.group(), call.key()));
     }},
    {"txn_ttl",
     [](run &run, given &call) {
         return ttl_of(transaction(run, call).ttl(call.group(), call.key()));
     }},
    {"txn_increment",
     [](run &run, given &call) -> json {
         const std::int64_t sum = transaction(run, call).increment(
             call.group(), call.key(), call.integer("delta"), call.ttl());
         return {{"status", "ok"}, {"sum", sum}};
     }},
    {"txn_append",
     [](run &run, given &call) {
         return number_of("length", transaction(run, call).append(call.group(), call.key(),
                                                                  call.value(), call.ttl()));
     }},
    {"txn_expire",
     [](run &run, given &call) {
         return status_of(transaction(run, call).expire(call.group(), call.key(), call.ttl(),
                                                        call.flags()));
     }},
    {"txn_delete",
     [](run &run, given &call) {
         return ok_if(transaction(run, call).erase(call.group(), call.key()));
     }},
    {"txn_commit",
     [](run &run, given &call) {
         return status(transaction(run, call).commit() ? "ok" : "conflict");
     }},
    {"txn_abort",
     [](run &run, given &call) {
         transaction(run, call).abort();
         return status("ok");
     }},
};

}  // namespace behaviour

#endif
