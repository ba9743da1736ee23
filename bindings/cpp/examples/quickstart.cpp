// Opens a store, writes two values, reads one and closes it.
#include <kv.hpp>
#include <iostream>

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "app.db");
    store.set("config", "colour", "blue");
    store.set("codes", "ada", "4711", std::chrono::minutes(1));
    std::cout << "colour = " << store.get("config", "colour").value() << "\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
