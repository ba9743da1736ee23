// Writes a value into the file that it is given, reads it back and prints it.
#include <iostream>
#include <kv.hpp>

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " FILE\n";
        return 2;
    }
    kv::store store(argv[1]);
    store.set("config", "colour", "blue");
    std::cout << "colour = " << store.get("config", "colour").value() << ", from C++ and kv "
              << kv::version() << "\n";
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
