// One of two units that include kv.hpp; the other is made with -DOTHER_UNIT. Inline variables must
// be one thing in both, and an error thrown in one be caught in the other.
#include <kv.hpp>

const std::error_category *other_category(int os_error);
void other_fails(const kv::store &store);

#ifdef OTHER_UNIT

const std::error_category *other_category(int os_error) {
    return &kv::category(os_error);
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
        for (const int os_error : {0, 2})
            if (other_category(os_error) != &kv::category(os_error)) return 1;
        return error.code() == kv::errc::argument ? 0 : 1;
    }
    return 2;
}

#endif
