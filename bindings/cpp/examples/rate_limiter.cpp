// At most `limit` calls in each window, however many threads and processes ask.
//
// One increment does all of it: it counts, it begins a window by setting the ttl of an
// absent key, and it keeps the expiry of a running window. Reading, comparing and writing back would
// lose counts; setting the ttl in a second call would leave a counter that never ends, should the
// process end between the two. The sum that comes back is this caller's own number in the window,
// so exactly the first `limit` callers are allowed.

#include <atomic>
#include <iostream>
#include <kv.hpp>
#include <thread>
#include <vector>

namespace {

constexpr int limit = 100, threads_count = 8, calls = 50;
constexpr std::chrono::seconds window{60};

bool is_allowed(const kv::store &store, std::string_view client) {
    return store.increment("rate", client, 1, window) <= limit;
}

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "rate.db");

    std::atomic<int> allowed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_count; ++i)
        threads.emplace_back([&] {
            for (int call = 0; call < calls; ++call) allowed += is_allowed(store, "client 1");
        });
    for (std::thread &thread : threads) thread.join();
    std::cout << threads_count << " threads made " << calls << " calls each: " << allowed
              << " allowed\n";

    const kv::ttl left = store.ttl("rate", "client 1").value();
    const bool ends = !left.is_never() && left.duration() <= window;
    std::cout << "counted: " << store.get("rate", "client 1").value() << "\n"
              << "the window ends by itself: " << (ends ? "yes" : "no") << "\n"
              << "another client: " << (is_allowed(store, "client 2") ? "allowed" : "refused")
              << "\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
