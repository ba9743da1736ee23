// A cache of slow computations: read the entry, compute it on a miss, keep it for a while.
//
// When a popular entry expires, all its readers miss at once. So the first of them takes a lease, a
// key that may be created only if it is absent, and computes; the others wait for the entry. The
// lease has a ttl: if the process of its holder ends, the next one computes. The holder of the
// lease looks again before computing, because the entry may have come between its miss and its
// lease.

#include <array>
#include <atomic>
#include <iostream>
#include <kv.hpp>
#include <thread>

using namespace std::chrono_literals;

namespace {

class cache {
public:
    explicit cache(kv::store_ref store) : store_(store) {}

    std::string get(const std::string &key) {
        for (;;) {
            if (auto text = store_->get("cache", key)) return *text;
            const auto lease =
                store_->put("leases", key, "", {kv::if_absent, kv::expires_after(5s)});
            if (!lease) {
                std::this_thread::sleep_for(500us);
                continue;
            }
            std::optional<std::string> text = store_->get("cache", key);
            if (!text) {
                text = compute(key);
                store_->set("cache", key, *text, 60s);
            }
            // Its own lease: one that took too long may be another's by now.
            store_->erase_version("leases", key, lease.version);
            return *text;
        }
    }

    std::atomic<int> computed = 0;

private:
    // The slow thing.
    std::string compute(const std::string &key) {
        std::this_thread::sleep_for(2ms);
        ++computed;
        return "report on " + key;
    }

    kv::store_ref store_;
};

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "cache.db");
    cache cache(store);

    const std::array<const char *, 6> wanted = {"berlin", "paris", "berlin",
                                                "berlin", "paris", "rome"};
    for (const char *city : wanted) std::cout << cache.get(city) << "\n";
    // Each miss reads twice: before its lease and after.
    const kv::stats figures = store.stats();
    std::cout << wanted.size() << " wanted, " << cache.computed << " computed, " << figures.hits
              << " hits, " << figures.misses << " misses\n";

    cache.computed = 0;
    std::array<std::thread, 4> threads;
    for (std::thread &thread : threads) thread = std::thread([&] { cache.get("tokyo"); });
    for (std::thread &thread : threads) thread.join();
    std::cout << threads.size() << " threads want one absent entry: " << cache.computed
              << " computed\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
