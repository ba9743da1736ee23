// Ends while threads write through a store that is a static object, as its callback is: the
// destructors end what is left of their calls.
//
//   exits LOCATION
#include <atomic>
#include <kv.hpp>
#include <thread>

namespace {

std::atomic<int> calls{0};

struct objects {
    kv::store store;
    kv::subscription subscription;
    kv::watch watch;

    explicit objects(const char *location)
        : store(location),
          subscription(store.on_change([](const kv::event &) { ++calls; })),
          watch(store.watch()) {}
};

void write_on(kv_store store) {
    while (kv_set(store, "g", 1, "k", 1, "v", 1, nullptr) == KV_OK) {}
}

}  // namespace

int main(int argc, char **argv) {
    static objects all(argc > 1 ? argv[1] : "memory:");
    for (int i = 0; i < 3; ++i) std::thread(write_on, all.store.native()).detach();
    while (calls < 100) std::this_thread::yield();
    return 0;
}
