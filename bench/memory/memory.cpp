/*
 * Stores whose entries are in memory beside maps under a lock: time of gets and sets, and memory for an
 * entry. 1,000,000 keys of 17 bytes in no order, values of 100 bytes that change with each write.
 *
 *   memory NAME LOCATION [TTL]     a store; with TTL each entry has one
 *   memory NAME map|hash           std::map or std::unordered_map under a std::shared_mutex
 */
#include <kv.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t KEYS = 1000000, HOT = 10000, KEY = 17, VALUE = 100, THREADS = 16;
/* A number without a common divisor with the number of keys, so that they come in no order. */
constexpr std::size_t STRIDE = 7919;

/* A store under comparison. */
struct peer {
    virtual ~peer() = default;
    virtual bool get(const char *key, char *value) = 0;
    virtual void set(const char *key, const char *value) = 0;
};

struct store : peer {
    kv_store handle{};
    long long ttl;

    store(const char *location, long long ttl_ms) : ttl(ttl_ms)
    {
        kv_error error;
        if (kv_open(location, &handle, &error) != KV_OK) {
            std::fprintf(stderr, "%s\n", error.message);
            std::exit(1);
        }
    }
    ~store() override { kv_close(handle, nullptr); }
    bool get(const char *key, char *value) override
    {
        std::size_t len;
        return kv_get_into(handle, "", 0, key, KEY, value, VALUE, &len, nullptr) == KV_OK;
    }
    void set(const char *key, const char *value) override
    {
        if (kv_set_ttl(handle, "", 0, key, KEY, value, VALUE, ttl, nullptr) != KV_OK) std::exit(1);
    }
};

template <typename map> struct locked : peer {
    map entries;
    std::shared_mutex mutex;

    bool get(const char *key, char *value) override
    {
        std::shared_lock lock(mutex);
        auto found = entries.find(std::string(key, KEY));
        if (found == entries.end()) return false;
        std::memcpy(value, found->second.data(), VALUE);
        return true;
    }
    void set(const char *key, const char *value) override
    {
        std::string copy(value, VALUE);
        std::unique_lock lock(mutex);
        entries[std::string(key, KEY)].swap(copy);
    }
};

std::vector<char> names(KEYS * (KEY + 1));

const char *name(std::size_t at) { return &names[at * (KEY + 1)]; }

long resident()
{
    long pages = 0, all;
    if (FILE *file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
        std::fclose(file);
    }
    return pages * 4096;
}

/* Microseconds of each of `count` calls. */
double time_of(std::size_t count, const std::function<void(std::size_t)> &call)
{
    auto begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; i++) call(i);
    std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begun;
    return spent.count() / static_cast<double>(count);
}

struct random_numbers {
    unsigned long long state;
    std::size_t below(std::size_t bound)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state % bound;
    }
};

/* Gets of hot keys by all threads, in millions a second. */
double threads_per_us(peer &peer, std::size_t threads)
{
    std::vector<std::thread> running;
    constexpr std::size_t count = 500000;
    double us = time_of(1, [&](std::size_t) {
        for (std::size_t at = 0; at < threads; at++)
            running.emplace_back([&peer, at] {
                random_numbers random{at * 1234567 + 99};
                char value[VALUE];
                for (std::size_t i = 0; i < count; i++) peer.get(name(random.below(HOT)), value);
            });
        for (auto &it : running) it.join();
    });
    return static_cast<double>(threads * count) / us;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    std::unique_ptr<peer> peer;
    for (std::size_t at = 0; at < KEYS; at++)
        std::snprintf(&names[at * (KEY + 1)], KEY + 1, "key-%013zu", at * STRIDE % 10000019);
    std::string what = argv[2];
    long before = resident();
    if (what == "map") peer = std::make_unique<locked<std::map<std::string, std::string>>>();
    else if (what == "hash")
        peer = std::make_unique<locked<std::unordered_map<std::string, std::string>>>();
    else peer = std::make_unique<store>(argv[2], argc > 3 ? std::atoll(argv[3]) : 0);
    char value[VALUE];
    std::memset(value, 'x', VALUE);
    random_numbers random{88172645463325252ULL};
    auto write = [&](std::size_t key, std::size_t stamp) {
        std::memcpy(value, &stamp, sizeof stamp);
        peer->set(name(key), value);
    };
    double load = time_of(KEYS, [&](std::size_t i) { write(i, i); });
    double bytes = static_cast<double>(resident() - before) / KEYS - (KEY + VALUE);
    auto gets = [&](std::size_t keys) {
        return time_of(KEYS, [&](std::size_t) { peer->get(name(random.below(keys)), value); });
    };
    auto sets = [&](std::size_t keys) {
        return time_of(KEYS, [&](std::size_t i) { write(random.below(keys), i); });
    };
    double hot = gets(HOT), uniform = gets(KEYS), hot_set = sets(HOT), uniform_set = sets(KEYS);
    double one = threads_per_us(*peer, 1), all = threads_per_us(*peer, THREADS);
    std::printf("| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f | %.1f | %.0f |\n", argv[1], hot,
                uniform, hot_set, uniform_set, load, one, all, bytes);
    return 0;
}
