// The arguments of a call as a behaviour case has written them, and the values in them.
#ifndef KV_BEHAVIOUR_GIVEN_HPP
#define KV_BEHAVIOUR_GIVEN_HPP

#include <cstdint>
#include <kv.hpp>
#include <kv/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

namespace behaviour {

using nlohmann::json;

// A case that this runner does not understand.
struct broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline std::string bytes_of(const json &written) {
    if (written.is_string()) return written.get<std::string>();
    std::string bytes;
    if (written.is_object() && written.size() == 1 && written.contains("hex")) {
        const std::string digits = written["hex"];
        for (std::size_t i = 0; i < digits.size(); i += 2)
            bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
        return bytes;
    }
    if (written.is_object() && written.size() == 2 && written.contains("repeat")) {
        for (int i = 0; i < written.at("times").get<int>(); ++i)
            bytes += written["repeat"].get<std::string>();
        return bytes;
    }
    throw broken(written.dump() + " is not bytes");
}

inline std::int64_t integer_of(const json &written) {
    if (written.is_number_integer()) return written.get<std::int64_t>();
    if (written.is_string()) return std::stoll(written.get<std::string>());
    throw broken(written.dump() + " is not an integer");
}

// The fields of a call or a step. One that nothing has asked for is unknown to this runner.
class given {
public:
    explicit given(const json &fields) : fields_(fields) {}

    bool has(const std::string &name) {
        used_.insert(name);
        return fields_.contains(name);
    }
    const json &at(const std::string &name) {
        if (!has(name)) throw broken("there is no " + name + " in " + fields_.dump());
        return fields_.at(name);
    }
    std::string text(const std::string &name) { return at(name).get<std::string>(); }
    std::string bytes(const std::string &name) { return bytes_of(at(name)); }
    std::string bytes_or_empty(const std::string &name) {
        return has(name) ? bytes(name) : std::string();
    }
    std::int64_t integer(const std::string &name) { return integer_of(at(name)); }
    std::string group() { return bytes_or_empty("group"); }
    std::string key() { return bytes("key"); }
    std::string value() { return bytes("value"); }

    // Left out it is the default argument of the calls, which is this.
    kv::ttl ttl() {
        if (!has("ttl")) return {};
        if (at("ttl") == "never") return kv::never;
        return std::chrono::milliseconds(integer("ttl"));
    }

    kv::expire_if flags() {
        auto rule = kv::expire_if::always;
        if (!has("flags")) return rule;
        for (const json &flag : at("flags")) {
            if (flag == "nx") rule = rule | kv::expire_if::no_expiry;
            else if (flag == "xx") rule = rule | kv::expire_if::has_expiry;
            else if (flag == "gt") rule = rule | kv::expire_if::later;
            else if (flag == "lt") rule = rule | kv::expire_if::earlier;
            else throw broken("there is no flag " + flag.dump());
        }
        return rule;
    }

    void refuse_unused() const {
        for (const auto &[name, written] : fields_.items())
            if (used_.count(name) == 0)
                throw broken("nothing knows " + name + " in " + fields_.dump());
    }

private:
    const json &fields_;
    std::set<std::string> used_ = {"call", "step", "expect"};
};

}  // namespace behaviour

#endif
