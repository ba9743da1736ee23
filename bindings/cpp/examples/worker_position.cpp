// A worker that, however often it dies, does no item twice and leaves none out.
//
// It keeps its position beside its results and writes both in one batch, so that either both are
// there or neither. Position first would skip the item that was at work in a crash; result first
// would repeat it. The batch checks that the position is still the one that was read, so that a
// second worker, or one that was thought dead and wakes up late, changes nothing.

#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <kv.hpp>
#include <stdexcept>

namespace {

constexpr int items = 10;

// The number of an item, and the version at which it was read.
struct position {
    int item = 0;
    std::uint64_t version = 0;  // 0 if there is none: then there must still be none.
};

position next_item(const kv::store &store) {
    const auto found = store.get<kv::value>("worker", "position");
    return found ? position{std::stoi(found->str()), found->version()} : position{};
}

// Writes a result and the next position, unless the position has moved.
bool finish_item(const kv::store &store, int item, std::uint64_t version) {
    const std::string next = std::to_string(item + 1);
    kv::batch batch;
    batch.check("worker", "position", version);
    batch.increment("worker", "sum", item * item);
    batch.set("results", next, std::to_string(item * item));
    batch.set("worker", "position", next);
    return store.commit(batch);
}

// Works until the items are done or, to show what a crash does, dies at item `dies_at`.
void work(const char *path, int dies_at) {
    kv::store store(path);
    position now = next_item(store);
    std::cout << "a worker begins at item " << now.item << "\n";
    for (; now.item < items; now = next_item(store)) {
        if (now.item == dies_at) {
            std::cout << "it dies at item " << now.item << std::endl;
            _exit(9);  // No close, no flush, as in a crash.
        }
        if (!finish_item(store, now.item, now.version))
            std::cout << "item " << now.item << " was done by another\n";
    }
    std::cout << "it has done the rest\n";
}

// Runs a worker in a process of its own; no store is open here, so the child may open one.
void work_in_process(const char *path, int dies_at) {
    std::cout.flush();
    const pid_t child = fork();
    if (child == 0) {
        work(path, dies_at);
        std::cout.flush();
        _exit(0);
    }
    if (child < 0 || waitpid(child, nullptr, 0) < 0) throw std::runtime_error("no process");
}

}  // namespace

int main(int argc, char **argv) try {
    const char *path = argc > 1 ? argv[1] : "worker.db";
    work_in_process(path, 4);
    work_in_process(path, 7);
    work_in_process(path, -1);

    kv::store store(path);
    const bool is_written = finish_item(store, 4, next_item(store).version - 1);
    std::cout << "a late worker repeats item 4: " << (is_written ? "written" : "refused") << "\n";
    std::cout << store.count("results") << " results, their sum is "
              << store.get("worker", "sum").value() << "\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
