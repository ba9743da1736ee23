// The same as consumer.c from C++; what goes wrong is thrown, past no frame of the library.
#include <kv.h>

#include <iostream>
#include <stdexcept>
#include <string>

static void check(kv_status status, const kv_error &error) {
    if (status != KV_OK) {
        throw std::runtime_error(std::string(kv_strerror(status)) + ": " + error.message);
    }
}

int main(int argc, char **argv) try {
    if (argc != 2) {
        throw std::invalid_argument("one FILE is expected");
    }
    kv_error error{};
    kv_store store{};
    check(kv_open(argv[1], &store, &error), error);
    const std::string text = "hello";
    check(kv_set(store, nullptr, 0, "greeting", KV_NUL, text.data(), text.size(), &error), error);

    kv_value value{};
    check(kv_get(store, nullptr, 0, "greeting", KV_NUL, &value, &error), error);
    const std::string found(reinterpret_cast<const char *>(value.data), value.len);
    kv_value_free(&value);
    kv_stats statistics = KV_STATS_INIT;
    check(kv_stats_get(store, &statistics, &error), error);
    check(kv_close(store, &error), error);

    std::cout << "greeting=" << found << " kv=" << kv_version()
              << " sqlite=" << statistics.sqlite_version << "\n";

    // The unwinder that both languages use still works beside the library's.
    try {
        check(kv_close(store, &error), error);
    } catch (const std::runtime_error &) {
        return found == text ? 0 : 1;
    }
    throw std::logic_error("a store was closed twice");
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
