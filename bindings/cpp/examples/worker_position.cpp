// Workers that, however often they are killed and however many there are, do no item twice and
// leave none out.
//
// The position, the results and the sum are written in one transaction. Position first would skip
// the item that was at work in a crash; result first would repeat it. The transaction is refused
// if the position is not the one that was read: of two workers at one item one writes, and one
// that was thought lost and wakes up late changes nothing. An item may act again outside of the
// store after a crash; there, ask as idempotent_payment.cpp does.

#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <kv.hpp>
#include <stdexcept>

namespace {

constexpr int items = 100;

// Reads a number that the transaction relies on from then on; 0 if there is none.
int number(kv::transaction &txn, std::string_view name) {
    return std::stoi(txn.get("worker", name).value_or("0"));
}

// Does an item and commits the result with the next position; false if another has done it.
bool finish_item(kv::transaction &txn, int item) {
    txn.set("results", std::to_string(item), std::to_string(item * item));
    txn.set("worker", "sum", std::to_string(number(txn, "sum") + item * item));
    txn.set("worker", "position", std::to_string(item + 1));
    return txn.commit();
}

// Works until the items are done or, to show what a crash does, ends at item `crashes_at`.
void work(const char *path, int crashes_at) {
    const kv::store store(path);
    for (;;) {
        kv::transaction txn = store.transaction();
        const int item = number(txn, "position");
        if (item == crashes_at) _exit(9);  // No close, no flush, as in a crash.
        if (item == items) return;
        finish_item(txn, item);
    }
}

// Runs workers in processes of their own; no store is open here, so they may open one.
void work_in_processes(int workers, const char *path, int crashes_at) {
    std::cout.flush();
    for (int i = 0; i < workers; ++i) {
        const pid_t child = fork();
        if (child < 0) throw std::runtime_error("no process");
        if (child == 0) {
            work(path, crashes_at);
            _exit(0);
        }
    }
    for (int i = 0, status = 0; i < workers; ++i) {
        if (wait(&status) < 0) throw std::runtime_error("no process");
        std::cout << "a worker " << (status == 0 ? "has nothing left to do" : "crashes at its item")
                  << "\n";
    }
}

void show(const kv::store &store) {
    kv::transaction txn = store.transaction();
    std::cout << "position " << number(txn, "position") << ", " << store.count("results")
              << " results, their sum is " << number(txn, "sum") << "\n";
}

void finish_the_same_item(const kv::store &store) {
    kv::transaction late = store.transaction(), other = store.transaction();
    const int item = number(late, "position");
    const bool is_written = finish_item(other, number(other, "position"));
    std::cout << "item " << item << ": " << (is_written ? "written" : "refused") << "\n";
    std::cout << "item " << item << ", from one that comes late: "
              << (finish_item(late, item) ? "written" : "refused") << "\n";
}

}  // namespace

int main(int argc, char **argv) try {
    const char *path = argc > 1 ? argv[1] : "worker.db";
    work_in_processes(1, path, 40);
    work_in_processes(1, path, 70);
    {
        const kv::store store(path);
        show(store);
        finish_the_same_item(store);
    }
    work_in_processes(2, path, -1);
    show(kv::store(path));
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
