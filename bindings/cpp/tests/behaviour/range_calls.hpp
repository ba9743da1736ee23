// The calls on many keys, and those on stores and namespaces.
#ifndef KV_BEHAVIOUR_RANGE_CALLS_HPP
#define KV_BEHAVIOUR_RANGE_CALLS_HPP

#include "run.hpp"

namespace behaviour {

// There is no call that sets many: a batch is what a program would write.
inline json set_many(run &run, given &call) {
    const std::string group = call.group();
    const kv::put_options options = kv::put_options().with_expiry(kv::expires_after(call.ttl()));
    const kv::store &store = run.store(call);
    kv::batch batch;
    for (const json &fields : call.at("entries")) {
        given entry(fields);
        batch.set(group, entry.key(), entry.value(), options);
        entry.refuse_unused();
    }
    return status(store.commit(batch) ? "ok" : "conflict");
}

inline json delete_many(run &run, given &call) {
    std::vector<std::string> keys;
    for (const json &key : call.at("keys")) keys.push_back(bytes_of(key));
    const std::vector<bool> were_there = run.store(call).erase_many(call.group(), keys);
    json deleted = json::array();
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (were_there[i]) deleted.push_back(keys[i]);
    return {{"status", "ok"}, {"count", deleted.size()}, {"deleted", deleted}};
}

inline json get_many(run &run, given &call) {
    std::vector<std::string> keys;
    for (const json &key : call.at("keys")) keys.push_back(bytes_of(key));
    const auto values = run.store(call).get_many(call.group(), keys);
    json reply = {{"status", "ok"}, {"entries", json::array()}};
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (values[i]) reply["entries"].push_back({{"key", keys[i]}, {"value", *values[i]}});
    return reply;
}

inline json groups(run &run, given &call) {
    json reply = {{"status", "ok"}, {"groups", json::array()}};
    for (std::string_view name : run.store(call).groups(call.bytes_or_empty("prefix")))
        reply["groups"].push_back(std::string(name));
    return reply;
}

inline json quota_get(run &run, given &call) {
    const kv::quota_usage usage = run.store(call).quota(call.bytes("name"));
    return {{"status", "ok"},
            {"max_keys", usage.quota.max_keys},
            {"max_groups", usage.quota.max_groups},
            {"max_bytes", usage.quota.max_bytes},
            {"keys", usage.keys},
            {"groups", usage.groups},
            {"bytes", usage.bytes}};
}

inline const calls range_calls = {
    {"open",
     [](run &run, given &call) {
         const std::string options = call.has("options") ? call.text("options") : std::string();
         run.open(call.text("store"), options);
         return status("ok");
     }},
    {"scope",
     [](run &run, given &call) {
         const std::string as = call.text("as");
         run.stores.insert_or_assign(as, run.store(call).scope(call.bytes("name")));
         return status("ok");
     }},
    {"snapshot",
     [](run &run, given &call) {
         run.stores.insert_or_assign(call.text("as"), run.store(call).snapshot());
         return status("ok");
     }},
    {"close",
     [](run &run, given &call) {
         run.store(call).close();
         return status("ok");
     }},
    {"set_many", set_many},
    {"get_many", get_many},
    {"delete_many", delete_many},
    {"groups", groups},
    {"count",
     [](run &run, given &call) { return number_of("count", run.store(call).count(call.group())); }},
    {"count_all",
     [](run &run, given &call) {
         return number_of("count", run.store(call).count_all(call.bytes_or_empty("prefix")));
     }},
    {"delete_group",
     [](run &run, given &call) {
         return number_of("count", run.store(call).erase_group(call.group()));
     }},
    {"delete_prefix",
     [](run &run, given &call) {
         return number_of("count",
                          run.store(call).erase_prefix(call.group(), call.bytes("prefix")));
     }},
    {"delete_all",
     [](run &run, given &call) {
         return number_of("count", run.store(call).erase_all(call.bytes_or_empty("prefix")));
     }},
    {"purge_expired",
     [](run &run, given &call) { return number_of("count", run.store(call).purge_expired()); }},
    {"quota_set",
     [](run &run, given &call) {
         const kv::quota quota{call.integer("max_keys"), call.integer("max_groups"),
                               call.integer("max_bytes")};
         run.store(call).set_quota(call.bytes("name"), quota);
         return status("ok");
     }},
    {"quota_get", quota_get},
};

}  // namespace behaviour

#endif
