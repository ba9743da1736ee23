// One of two units that include kv.hpp; the other is made with -DOTHER_UNIT. Inline variables must
// be one thing in both, and an error thrown in one be caught in the other.
#include <kv.hpp>

const std::error_category *other_category();
void other_fails(const kv::store &store);

#ifdef OTHER_UNIT

const std::error_category *other_category() {
    return &kv::category();
}

void other_fails(const kv::store &store) {
    store.set("g", "k", "v", std::chrono::milliseconds(-1));
}

#else

int main() {
    const kv::store store("memory:");
    try {
        other_fails(store);
    } catch (const kv::error &error) {
        return error.code() == kv::errc::argument && other_category() == &kv::category() ? 0 : 1;
    }
    return 2;
}

#endif
