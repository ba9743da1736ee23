// One run of a behaviour case: its stores, what is open on them, and the names it has given.
#ifndef KV_BEHAVIOUR_RUN_HPP
#define KV_BEHAVIOUR_RUN_HPP

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "given.hpp"

namespace behaviour {

// The values of the typed stores.
struct record {
    std::string name;
    std::int64_t count = 0;
};
inline void to_json(json &tree, const record &record) {
    tree = {{"name", record.name}, {"count", record.count}};
}
inline void from_json(const json &tree, record &record) {
    tree.at("name").get_to(record.name);
    tree.at("count").get_to(record.count);
}

struct typed_store {
    kv::typed<record> values;
    std::shared_ptr<std::vector<std::string>> trace;
};

class run {
public:
    explicit run(std::string base) : base_(std::move(base)) {}

    void open(const std::string &name, const std::string &options) {
        const std::string location = options.empty() ? base_ : base_ + "?" + options;
        stores.insert_or_assign(name, kv::store(location));
    }

    template <class Named>
    static typename Named::mapped_type &find(Named &named, const std::string &name) {
        const auto found = named.find(name);
        if (found == named.end()) throw broken("nothing is called " + name);
        return found->second;
    }

    kv::store &store(given &call) {
        return find(stores, call.has("store") ? call.text("store") : "main");
    }

    // A version or token: a number, or the name of one.
    std::uint64_t version(const json &written) {
        if (written.is_string()) return find(saved, written.get<std::string>());
        return written.get<std::uint64_t>();
    }

    void save(given &call, std::uint64_t number) {
        if (call.has("save")) saved.insert_or_assign(call.text("save"), number);
    }

    kv::put_options options(given &call) {
        kv::put_options options;
        if (call.has("if")) {
            const std::string required = call.text("if");
            if (required == "absent") options.condition = kv::if_absent;
            else if (required == "present") options.condition = kv::if_present;
            else if (required == "version")
                options.condition = kv::if_version(version(call.at("version")));
            else throw broken("there is no condition " + required);
        }
        if (call.has("ttl")) options.expiry = kv::expires_after(call.ttl());
        if (call.has("expires_at")) {
            std::optional<kv::time_point> time;
            if (call.at("expires_at") != "never")
                time = kv::time_point(std::chrono::milliseconds(call.integer("expires_at")));
            options.expiry = kv::expires_at(time);
        }
        if (call.has("keep_ttl")) options.expiry = kv::keep_expiry;
        if (call.has("durability")) {
            const std::string wanted = call.text("durability");
            if (wanted == "normal") options.durability = kv::durability::normal;
            else if (wanted == "full") options.durability = kv::durability::full;
            else throw broken("there is no durability " + wanted);
        }
        return options;
    }

    // In the order in which one may refer to another: the last is destroyed first.
    std::map<std::string, kv::store> stores;
    std::map<std::string, kv::transaction> transactions;
    std::map<std::string, kv::watch> watches;
    std::map<std::string, kv::writer> writers;
    std::map<std::string, kv::reader> readers;
    std::map<std::string, kv::lock> locks;
    std::map<std::string, typed_store> typed;
    std::map<std::string, std::uint64_t> saved;

private:
    std::string base_;
};

// A reply is an object of what a call returned, in the words of tests/behaviour/README.md; its
// texts are bytes.
inline json status(const char *name) {
    return {{"status", name}};
}
inline json ok_if(bool found) {
    return status(found ? "ok" : "not_found");
}
inline json status_of(kv::outcome outcome) {
    if (outcome == kv::outcome::conflict) return status("conflict");
    return ok_if(outcome == kv::outcome::ok);
}
inline json value_of(const std::optional<std::string> &found) {
    json reply = ok_if(found.has_value());
    if (found) reply["value"] = *found;
    return reply;
}
inline json number_of(const char *name, std::uint64_t number) {
    return {{"status", "ok"}, {name, number}};
}
inline json ttl_of(std::optional<kv::ttl> left) {
    json reply = ok_if(left.has_value());
    if (left && left->is_never()) reply["ttl"] = "never";
    else if (left) reply["ttl"] = left->duration().value().count();
    return reply;
}
inline json written_of(run &run, given &call, const kv::put_result &put) {
    if (put) run.save(call, put.version);
    else call.has("save");
    return {{"status", put ? "ok" : "conflict"}, {"version", put.version}};
}
inline json instant_of(std::optional<kv::time_point> time) {
    if (!time) return "never";
    return time->time_since_epoch().count();
}

// The status that an error stands for.
inline json status_of(const kv::error &error) {
    static const std::map<kv_status, const char *> names = {
        {KV_ERR_ARGUMENT, "argument"},       {KV_ERR_HANDLE, "handle"},
        {KV_ERR_CLOSED, "closed"},           {KV_ERR_BUSY, "busy"},
        {KV_ERR_QUOTA, "quota"},             {KV_ERR_FULL, "full"},
        {KV_ERR_TOO_LARGE, "too_large"},     {KV_ERR_NOT_INTEGER, "not_integer"},
        {KV_ERR_NOT_JSON, "not_json"},       {KV_ERR_READ_ONLY, "read_only"},
        {KV_ERR_UNSUPPORTED, "unsupported"},
    };
    if (error.code() == kv::typed_errc::decode) return status("decode");
    if (error.code() == kv::typed_errc::refused) return status("hook");
    const auto name = names.find(error.code().value());
    if (error.code().category() != kv::category() || name == names.end())
        throw broken(std::string("no status is known for: ") + error.what());
    return status(name->second);
}

using calls = std::map<std::string, json (*)(run &, given &)>;

}  // namespace behaviour

#endif
