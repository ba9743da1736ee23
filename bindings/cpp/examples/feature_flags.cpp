// Feature flags that are read without a call, and are right a moment after they were switched.
//
// A thread watches the group of the flags. It receives the existing ones and, from that very moment
// on, each change, and keeps a table for the other threads. Nothing polls the store, and no change
// falls between the reading and the watching. If the thread was too slow and missed some, it
// receives a notice of that as well and begins again; until then the old table holds.
//
// With changes=on in the location, another process may switch the flags just as well.

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <iostream>
#include <kv.hpp>
#include <mutex>
#include <thread>

namespace {

enum flag : std::size_t { checkout, payment, dark_mode };
constexpr std::array<std::string_view, 3> names = {"checkout", "payment", "dark mode"};

class flags {
public:
    explicit flags(kv::store store)
        : store_(std::move(store)), follower_([this] { follow(); }) {}

    ~flags() {
        (void)store_.try_close();  // Wakes the thread, which ends.
        follower_.join();
    }

    bool is_on(flag flag) const { return (table_.load() >> flag & 1) != 0; }

    // Switches a flag, and waits until this program acts by it.
    void switch_to(flag flag, std::string_view value) {
        const std::uint64_t version = store_.put("flags", names[flag], value).version;
        std::unique_lock lock(mutex_);
        moved_.wait(lock, [&] { return seen_ >= version; });
    }

private:
    // Follows the flags until the store is closed.
    void follow() try {
        while (follow_until_lagged()) {
        }
    } catch (const kv::error &error) {
        const bool is_end = error.code() == kv::errc::handle || error.code() == kv::errc::closed;
        if (!is_end) std::cerr << error.what() << "\n";
    }

    bool follow_until_lagged() {
        const auto options = kv::watch_options().with_keys(kv::watched::any).with_existing();
        unsigned table = 0;
        bool is_synced = false;
        for (const kv::event &event : store_.watch("flags", "", options)) {
            if (event.type == kv::event_type::lagged) return true;
            if (event.type == kv::event_type::synced) {
                is_synced = true;
            } else {
                table = applied(table, event);
            }
            if (is_synced) publish(table, event.version);
        }
        return false;
    }

    static unsigned applied(unsigned table, const kv::event &event) {
        if (event.type == kv::event_type::erase_group) return 0;
        const auto found = std::find(names.begin(), names.end(), event.key);
        if (found == names.end()) return table;
        const unsigned bit = 1u << (found - names.begin());
        return event.value == "on" ? table | bit : table & ~bit;
    }

    void publish(unsigned table, std::uint64_t version) {
        table_ = table;
        const std::lock_guard lock(mutex_);
        seen_ = version;
        moved_.notify_all();
    }

    kv::store store_;
    std::atomic<unsigned> table_ = 0;  // A bit for each that is on.
    std::mutex mutex_;
    std::condition_variable moved_;
    std::uint64_t seen_ = 0;  // The newest change that the table has.
    std::thread follower_;
};

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "flags.db");
    store.set("flags", "payment", "on");
    flags flags(std::move(store));
    const auto show = [&](flag flag, std::string_view value) {
        flags.switch_to(flag, value);
        std::cout << names[flag] << " " << value << ": checkout " << flags.is_on(checkout)
                  << ", payment " << flags.is_on(payment) << ", dark mode "
                  << flags.is_on(dark_mode) << "\n";
    };
    show(checkout, "on");
    show(dark_mode, "on");
    show(payment, "off");
    show(checkout, "off");
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
