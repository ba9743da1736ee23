// The calls on one key.
#ifndef KV_BEHAVIOUR_ENTRY_CALLS_HPP
#define KV_BEHAVIOUR_ENTRY_CALLS_HPP

#include "run.hpp"

namespace behaviour {

inline json entry(run &run, given &call) {
    const auto found = run.store(call).get<kv::value>(call.group(), call.key());
    if (!found) return status("not_found");
    run.save(call, found->version());
    return {{"status", "ok"},
            {"value", found->str()},
            {"version", found->version()},
            {"expires_at", instant_of(found->expires_at())}};
}

inline json info_of(const kv::entry_info &entry) {
    return {{"status", "ok"},
            {"size", entry.size},
            {"version", entry.version},
            {"expires_at", instant_of(entry.expires_at)}};
}

inline json info(run &run, given &call) {
    const std::optional<kv::entry_info> found = run.store(call).info(call.group(), call.key());
    return found ? info_of(*found) : status("not_found");
}

inline const calls entry_calls = {
    {"set",
     [](run &run, given &call) {
         run.store(call).set(call.group(), call.key(), call.value(), call.ttl());
         return status("ok");
     }},
    {"put",
     [](run &run, given &call) {
         const kv::put_options options = run.options(call);
         return written_of(run, call, run.store(call).put(call.group(), call.key(), call.value(),
                                                          options));
     }},
    {"get",
     [](run &run, given &call) {
         return value_of(run.store(call).get(call.group(), call.key()));
     }},
    {"entry", entry},
    {"info", info},
    {"exists",
     [](run &run, given &call) { return ok_if(run.store(call).exists(call.group(), call.key())); }},
    {"delete",
     [](run &run, given &call) { return ok_if(run.store(call).erase(call.group(), call.key())); }},
    {"delete_version",
     [](run &run, given &call) {
         const std::uint64_t version = run.version(call.at("version"));
         return status_of(run.store(call).erase_version(call.group(), call.key(), version));
     }},
    {"take",
     [](run &run, given &call) {
         return value_of(run.store(call).take(call.group(), call.key()));
     }},
    {"increment",
     [](run &run, given &call) -> json {
         const std::int64_t sum = run.store(call).increment(call.group(), call.key(),
                                                            call.integer("delta"), call.ttl());
         return {{"status", "ok"}, {"sum", sum}};
     }},
    {"append",
     [](run &run, given &call) {
         return number_of("length", run.store(call).append(call.group(), call.key(), call.value(),
                                                           call.ttl()));
     }},
    {"ttl",
     [](run &run, given &call) { return ttl_of(run.store(call).ttl(call.group(), call.key())); }},
    {"expire",
     [](run &run, given &call) {
         return status_of(run.store(call).expire(call.group(), call.key(), call.ttl(),
                                                 call.flags()));
     }},
    {"persist",
     [](run &run, given &call) { return ok_if(run.store(call).persist(call.group(), call.key())); }},
    {"set_json",
     [](run &run, given &call) {
         run.store(call).set_json(call.group(), call.key(), call.value());
         return status("ok");
     }},
    {"get_json",
     [](run &run, given &call) {
         return value_of(run.store(call).get_json(call.group(), call.key(), call.text("path")));
     }},
};

}  // namespace behaviour

#endif
