// The same as consumer.cpp on kv.hpp.
#include <iostream>
#include <kv.hpp>

int main(int argc, char **argv) try {
    if (argc != 2) {
        throw std::invalid_argument("one FILE is expected");
    }
    kv::store store(argv[1]);
    store.set("", "greeting", "hello");
    const auto found = store.get("", "greeting");
    const kv::stats statistics = store.stats();
    store.close();
    std::cout << "greeting=" << found.value() << " kv=" << kv::version()
              << " sqlite=" << statistics.sqlite_version << "\n";
    const auto closed = store.try_close();
    return !closed && closed.error().code() == kv::errc::handle ? 0 : 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
