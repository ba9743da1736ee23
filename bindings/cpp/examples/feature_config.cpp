// A configuration of features that several programs read and change.
//
// A feature is changed from what was read: its version goes along, and the write is refused if
// another writer was faster; then the change is made again on what is there now. No lock is held
// while a human or a program thinks, and no change is lost. A reload reads all flags with one
// scan, which is one snapshot: a release that changes two flags in one batch is seen whole or not
// at all.

#include <array>
#include <iostream>
#include <kv.hpp>
#include <thread>

namespace {

constexpr int steps = 25;

void reload(const kv::store &store) {
    for (auto [flag, value] : store.scan("flags"))
        std::cout << "  " << flag << " = " << value << "\n";
}

// Raises the percentage of a rollout by one, whatever other writers do.
void raise_rollout(const kv::store &store, std::string_view flag) {
    for (;;) {
        const auto found = store.get<kv::value>("flags", flag);
        const int percent = found ? std::stoi(found->str()) : 0;
        // 0 for a flag that is not there: then it must still not be there.
        const auto unchanged = kv::if_version(found ? found->version() : 0);
        if (store.put("flags", flag, std::to_string(percent + 1) + "%", {unchanged})) return;
    }
}

// Two flags that must change together.
void release(const kv::store &store) {
    kv::batch batch;
    batch.set("flags", "checkout", "new");
    batch.set("flags", "payment", "new");
    store.commit(batch);
}

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "flags.db");
    store.set("flags", "checkout", "old");
    store.set("flags", "dark mode", "on");
    store.set("flags", "payment", "old");
    std::cout << "at first:\n";
    reload(store);

    std::array<std::thread, 2> writers;
    for (std::thread &writer : writers)
        writer = std::thread([&] {
            for (int i = 0; i < steps; ++i) raise_rollout(store, "search rollout");
        });
    for (std::thread &writer : writers) writer.join();
    release(store);
    std::cout << "after " << writers.size() << " writers with " << steps
              << " steps each, and a release:\n";
    reload(store);
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
