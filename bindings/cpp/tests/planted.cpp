// Bugs that the sanitizers must find; a tool that misses them proves nothing.
//
//   planted freed|leaked|overflow
#include <climits>
#include <cstdio>
#include <cstring>
#include <kv.hpp>

int main(int argc, char **argv) {
    const char *bug = argc > 1 ? argv[1] : "";
    kv::store store("memory:");
    store.set("g", "k", std::string(100, 'x'));
    if (std::strcmp(bug, "freed") == 0) {
        // The bytes of a pinned value, after it.
        const char *data = store.get<kv::value>("g", "k")->data();
        store.erase("g", "k");
        std::printf("%c\n", data[argc]);
    } else if (std::strcmp(bug, "leaked") == 0) {
        // Many, because one may still be found on the stack.
        std::size_t sum = 0;
        for (int i = 0; i < 100; ++i) sum += (new std::string(*store.get("g", "k")))->size();
        std::printf("%zu\n", sum);
    } else if (std::strcmp(bug, "overflow") == 0) {
        int most = INT_MAX;
        most += argc;
        std::printf("%d\n", most);
    }
    return 0;
}
