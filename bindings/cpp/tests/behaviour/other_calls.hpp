// Watches and idempotency records.
#ifndef KV_BEHAVIOUR_OTHER_CALLS_HPP
#define KV_BEHAVIOUR_OTHER_CALLS_HPP

#include "run.hpp"

namespace behaviour {

// How one of the two names of a watch selects: by "group" exactly, by "group_prefix", or any.
inline kv::watched selected(given &call, const std::string &name, std::string &bytes) {
    const std::string prefix = name + "_prefix";
    bytes = call.has(prefix) ? call.bytes(prefix) : call.bytes_or_empty(name);
    if (call.has(prefix)) return kv::watched::prefix;
    return call.has(name) ? kv::watched::exact : kv::watched::any;
}

inline json watch(run &run, given &call) {
    kv::watch_options options;
    std::string group, key;
    options.groups = selected(call, "group", group);
    options.keys = selected(call, "key", key);
    const std::string name = call.text("watch");
    run.watches.insert_or_assign(name, run.store(call).watch(group, key, options));
    return status("ok");
}

inline json event_of(const kv::event &event) {
    json fields = {{"group", std::string(event.group)}};
    switch (event.type) {
        case kv::event_type::set: fields["type"] = "set"; break;
        case kv::event_type::set_large: fields["type"] = "set_large"; break;
        case kv::event_type::erase: fields["type"] = "delete"; break;
        case kv::event_type::erase_group: fields["type"] = "delete_group"; break;
        case kv::event_type::expire: fields["type"] = "expire"; break;
        default: throw broken("an event of another type");
    }
    if (event.type != kv::event_type::erase_group) fields["key"] = std::string(event.key);
    if (event.type == kv::event_type::set) fields["value"] = std::string(event.value);
    if (event.type == kv::event_type::set_large) fields["size"] = event.value_size;
    return fields;
}

inline json poll(run &run, given &call) {
    const auto event = run.find(run.watches, call.text("watch")).poll(std::chrono::seconds(10));
    if (!event) return status("timeout");
    return {{"status", "ok"}, {"event", event_of(*event)}};
}

inline json attempt_of(kv::idempotency_state state, const kv::value &response) {
    static const std::map<kv::idempotency_state, const char *> names = {
        {kv::idempotency_state::started, "started"},
        {kv::idempotency_state::in_progress, "in_progress"},
        {kv::idempotency_state::completed, "completed"},
        {kv::idempotency_state::mismatch, "mismatch"},
    };
    json reply = {{"status", "ok"}, {"state", names.at(state)}};
    if (state == kv::idempotency_state::completed) reply["response"] = response.str();
    else if (!response.empty()) throw broken("a response of what is not completed");
    return reply;
}

inline const calls other_calls = {
    {"watch", watch},
    {"poll", poll},
    {"idempotency_begin",
     [](run &run, given &call) {
         const kv::attempt attempt = run.store(call).idempotency().begin(
             call.key(), call.bytes("request"), call.ttl());
         run.save(call, attempt.token());
         return attempt_of(attempt.state(), attempt.response());
     }},
    {"idempotency_get",
     [](run &run, given &call) {
         const auto found = run.store(call).idempotency().get(call.key());
         return found ? attempt_of(found->state, found->response) : status("not_found");
     }},
    {"idempotency_complete",
     [](run &run, given &call) {
         const std::uint64_t token = run.version(call.at("token"));
         return status_of(run.store(call).idempotency().complete(call.key(), token,
                                                                 call.bytes("response")));
     }},
    {"idempotency_forget",
     [](run &run, given &call) {
         const std::uint64_t token = run.version(call.at("token"));
         return status_of(run.store(call).idempotency().forget(call.key(), token));
     }},
};

}  // namespace behaviour

#endif
