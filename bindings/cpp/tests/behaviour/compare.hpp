// Compares the reply of a call with what the case expects.
#ifndef KV_BEHAVIOUR_COMPARE_HPP
#define KV_BEHAVIOUR_COMPARE_HPP

#include <set>

#include "typed_calls.hpp"

namespace behaviour {

// A reply differs from what is expected.
struct difference : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline std::string shown(const json &fields) {
    std::string text = fields.dump(-1, ' ', false, json::error_handler_t::replace);
    return text.size() > 500 ? text.substr(0, 500) + "..." : text;
}

// Each element of a list, or field of an object, as `of` reads it.
template <class Of>
json each(const json &written, Of &&of) {
    json read = written.is_object() ? json::object() : json::array();
    for (const auto &[name, element] : written.items()) {
        if (written.is_object()) read[name] = of(element, name);
        else read.push_back(of(element, name));
    }
    return read;
}

// An expectation as the reply to compare it with has it.
inline json expected(const std::string &name, const json &written) {
    static const std::set<std::string> integers = {"sum",        "length",    "count", "failed",
                                                   "max_keys",   "max_groups", "max_bytes",
                                                   "bytes",      "size"};
    const auto record = [](const json &fields, const std::string &) -> json {
        return record_of(fields);
    };
    const auto field = [&](const json &fields, const std::string &part) -> json {
        if (part == "type" || part == "status") return fields;
        if (part == "size") return integer_of(fields);
        return part == "record" ? record(fields, part) : json(bytes_of(fields));
    };
    const auto fields = [&](const json &element, const std::string &) { return each(element, field); };
    const auto bytes = [](const json &element, const std::string &) { return json(bytes_of(element)); };
    if (integers.count(name) != 0) return integer_of(written);
    if (name == "keys" || name == "groups" || name == "deleted")
        return written.is_array() ? each(written, bytes) : json(integer_of(written));
    if (name == "value" || name == "response" || name == "owner") return bytes_of(written);
    if (name == "entries" || name == "results" || name == "records") return each(written, fields);
    if (name == "event") return each(written, field);
    if (name == "record") return record(written, name);
    if (name == "state" || name == "trace") return written;
    if (name == "expires_at") return written == "never" ? written : json(integer_of(written));
    throw broken("there is no expectation " + name);
}

inline bool is_ttl(const json &returned, const json &written) {
    constexpr std::int64_t slack_ms = 60000;
    if (written == "never" || !returned.is_number_integer()) return returned == written;
    const std::int64_t left = returned.get<std::int64_t>();
    return left >= integer_of(written) - slack_ms && left <= integer_of(written) + 1;
}

inline bool is_one_of(const json &wanted, const json &status) {
    static const std::set<std::string> known = {
        "ok",        "not_found", "conflict",    "closed",   "handle",    "argument",    "busy",   "quota",
        "full",      "too_large", "not_integer", "not_json", "read_only", "unsupported", "decode", "hook"};
    bool is_found = false;
    for (const json &one : wanted.is_array() ? wanted : json::array({wanted})) {
        if (known.count(one.get<std::string>()) == 0) throw broken("there is no status " + one.dump());
        is_found |= one == status;
    }
    return is_found;
}

inline void compare(run &run, const json &call, const json &reply) {
    const json expect = call.value("expect", json::object());
    const json wanted = expect.value("status", json("ok"));
    const auto differ = [&](const std::string &name, const json &written, const json &returned) {
        throw difference(shown(call) + "\n    " + name + ": expected " + shown(written) +
                         ", returned " + shown(returned));
    };
    // The status first: what else differs follows from it.
    if (!is_one_of(wanted, reply.at("status"))) differ("status", wanted, reply["status"]);
    for (const auto &[name, written] : expect.items()) {
        if (name == "status") continue;
        const json returned = reply.value(name == "newer_than" ? "version" : name, json());
        bool holds = false;
        if (name == "ttl") holds = is_ttl(returned, written);
        else if (name == "version") holds = returned == run.version(written);
        else if (name == "newer_than")
            holds = returned.is_number() && returned.get<std::uint64_t>() > run.version(written);
        else holds = returned == expected(name, written);
        if (!holds) differ(name, written, returned);
    }
    // Without a response that is expected there must be none.
    if (expect.contains("state") && !expect.contains("response") && reply.contains("response"))
        differ("response", json(), reply["response"]);
}

}  // namespace behaviour

#endif
