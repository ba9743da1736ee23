// Typed stores.
#ifndef KV_BEHAVIOUR_TYPED_CALLS_HPP
#define KV_BEHAVIOUR_TYPED_CALLS_HPP

#include "run.hpp"

namespace behaviour {

inline record record_of(const json &written) {
    return {written.at("name").get<std::string>(), integer_of(written.at("count"))};
}

// A hook: adds itself to the trace, then maybe refuses, then maybe renames the record.
class traced {
public:
    traced(std::shared_ptr<std::vector<std::string>> trace, std::string name, const json &rename,
           const json &fail)
        : trace_(std::move(trace)), name_(std::move(name)) {
        for (const json &failing : fail) refuses_ |= failing == name_;
        if (rename.contains(name_)) renamed_ = rename[name_].get<std::string>();
    }

    kv::result<void> operator()(std::string_view key) const {
        trace_->push_back(name_ + " " + std::string(key));
        if (refuses_) return kv::failure(kv::typed_errc::refused, name_ + " refuses");
        return {};
    }
    kv::result<void> operator()(std::string_view key, const record &) const { return (*this)(key); }
    kv::result<void> operator()(std::string_view key, record &record) const {
        const kv::result<void> accepted = (*this)(key);
        if (accepted && renamed_) record.name = *renamed_;
        return accepted;
    }

private:
    std::shared_ptr<std::vector<std::string>> trace_;
    std::string name_;
    bool refuses_ = false;
    std::optional<std::string> renamed_;
};

inline json typed_open(run &run, given &call) {
    const json rename = call.has("rename") ? call.at("rename") : json::object();
    const json fail = call.has("fail") ? call.at("fail") : json::array();
    const auto trace = std::make_shared<std::vector<std::string>>();
    const auto hook = [&](const char *name) { return traced(trace, name, rename, fail); };
    kv::hooks<record> hooks;
    hooks.before_save = hook("before_save");
    hooks.after_save = hook("after_save");
    hooks.after_load = hook("after_load");
    hooks.before_delete = hook("before_delete");
    hooks.after_delete = hook("after_delete");
    const std::string name = call.text("typed");
    run.typed.insert_or_assign(
        name, typed_store{kv::typed<record>(run.store(call), call.group(), hooks), trace});
    return status("ok");
}

inline kv::typed<record> &values(run &run, given &call) {
    return run.find(run.typed, call.text("typed")).values;
}

inline json record_reply(const std::optional<record> &found) {
    json reply = ok_if(found.has_value());
    if (found) reply["record"] = *found;
    return reply;
}

inline json typed_scan(run &run, given &call) {
    json reply = {{"status", "ok"}, {"records", json::array()}};
    for (auto &[key, value] : values(run, call).scan())
        reply["records"].push_back({{"key", key}, {"record", value}});
    return reply;
}

inline json trace(run &run, given &call) {
    auto &trace = *run.find(run.typed, call.text("typed")).trace;
    return {{"status", "ok"}, {"trace", std::exchange(trace, {})}};
}

inline const calls typed_calls = {
    {"typed_open", typed_open},
    {"typed_set",
     [](run &run, given &call) {
         values(run, call).set(call.key(), record_of(call.at("record")), call.ttl());
         return status("ok");
     }},
    {"typed_put",
     [](run &run, given &call) {
         const kv::put_options options = run.options(call);
         return written_of(run, call, values(run, call).put(call.key(),
                                                            record_of(call.at("record")), options));
     }},
    {"typed_get",
     [](run &run, given &call) { return record_reply(values(run, call).get(call.key())); }},
    {"typed_take",
     [](run &run, given &call) { return record_reply(values(run, call).take(call.key())); }},
    {"typed_delete",
     [](run &run, given &call) { return ok_if(values(run, call).erase(call.key())); }},
    {"typed_scan", typed_scan},
    {"trace", trace},
};

}  // namespace behaviour

#endif
