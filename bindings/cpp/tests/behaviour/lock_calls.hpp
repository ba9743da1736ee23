// Locks.
#ifndef KV_BEHAVIOUR_LOCK_CALLS_HPP
#define KV_BEHAVIOUR_LOCK_CALLS_HPP

#include "run.hpp"

namespace behaviour {

inline std::chrono::milliseconds duration(given &call, const std::string &name) {
    return std::chrono::milliseconds(call.has(name) ? call.integer(name) : 0);
}

// Calls `use` with the lock that an earlier call has saved. Under another name it is adopted, as by
// a program that has kept the lock of another name.
template <class Use>
auto with_lock(run &run, given &call, Use &&use) {
    kv::lock &saved = run.find(run.locks, call.text("lock"));
    const std::string name = call.bytes("name");
    if (name == saved.name()) return use(saved);
    kv::lock adopted = run.store(call).adopt_lock(name, saved.native());
    return use(adopted);
}

inline json lock_acquire(run &run, given &call) {
    const std::string name = call.bytes("name"), owner = call.bytes_or_empty("owner");
    const kv::lock_options options{duration(call, "wait"), owner};
    auto lock = run.store(call).lock(name, duration(call, "lease"), options);
    if (!lock) return status("conflict");
    const std::uint64_t token = lock->token();
    run.save(call, token);
    run.locks.insert_or_assign(call.text("save"), *std::move(lock));
    return {{"status", "ok"}, {"version", token}};
}

inline json lock_get(run &run, given &call) {
    const auto holder = run.store(call).lock_holder(call.bytes("name"));
    if (!holder) return status("not_found");
    const auto left = holder->expires_at.value() - std::chrono::system_clock::now();
    return {{"status", "ok"},
            {"owner", holder->owner},
            {"ttl", std::chrono::ceil<std::chrono::milliseconds>(left).count()}};
}

inline const calls lock_calls = {
    {"lock_acquire", lock_acquire},
    {"lock_renew",
     [](run &run, given &call) {
         const auto lease = duration(call, "lease");
         const bool is_renewed =
             with_lock(run, call, [&](const kv::lock &lock) { return lock.renew(lease); });
         return status(is_renewed ? "ok" : "conflict");
     }},
    {"lock_release",
     [](run &run, given &call) {
         const bool is_released =
             with_lock(run, call, [](kv::lock &lock) { return lock.release(); });
         return status(is_released ? "ok" : "conflict");
     }},
    {"lock_get", lock_get},
};

}  // namespace behaviour

#endif
