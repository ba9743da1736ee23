// Mistakes that the compiler must find, one for each value of MISTAKE; 0 is none.
#include <kv.hpp>

struct no_codec {};

#if KV_HAS_EXCEPTIONS
void mistake(kv::store &store) {
    store.set("g", "k", "v");
#if MISTAKE == 1
    kv::store copy = store;
#elif MISTAKE == 2
    store.nothrow().set("g", "k", "v");
#elif MISTAKE == 3
    kv::cursor first = store.scan("g"), second = first;
#elif MISTAKE == 4
    kv::typed<no_codec> values(store);
    (void)values.get("k");
#elif MISTAKE == 5
    store.set("g", "k", "v", std::chrono::microseconds(1));
#elif MISTAKE == 6
    store.set("g", "k", "v", 60);
#elif MISTAKE == 7
    kv::store converted = "app.db";
#elif MISTAKE == 9
    kv::transaction first = store.transaction(), second = first;
#elif MISTAKE == 10
    store.transaction().commit();
#elif MISTAKE == 11
    store.idempotency().begin("k", "request", kv::forever).complete("response");
#elif MISTAKE == 12
    store.update([] {});
#endif
}
#else
#if MISTAKE == 8
void mistake(kv::store &store);
#endif
#endif
