// Mistakes that the compiler must find, one for each value of MISTAKE; 0 is none.
#include <kv.hpp>

struct no_codec {};

#if KV_HAS_EXCEPTIONS
void mistake(kv::store &store, const kv::store &constant, kv::store_ref reference);
void mistake(kv::store &store, const kv::store &constant, kv::store_ref reference) {
    store.set("g", "k", "v");
    (void)constant;
    (void)reference;
#if MISTAKE == 1
    kv::store copy = store;
#elif MISTAKE == 2
    store.try_set("g", "k", "v");
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
    store.idempotency().begin("k", "request", kv::never).complete("response");
#elif MISTAKE == 12
    store.update([] {});
#elif MISTAKE == 13
    store.set("g", "k");
#elif MISTAKE == 14
    constant.close();
#elif MISTAKE == 15
    reference->close();
#elif MISTAKE == 16
    store.put("g", "k", "v", kv::if_absent);
#elif MISTAKE == 17
    kv::typed<std::string, kv::bytes> names(store);
    names.hooks_ = {};
#elif MISTAKE == 18
    for (auto &entry : store.scan("g").results()) (void)entry;
#elif MISTAKE == 22
    store.lock("job", std::chrono::seconds(30));
#elif MISTAKE == 23
    kv::lock first = *store.lock("job", std::chrono::seconds(30)), second = first;
#elif MISTAKE == 24
    if (auto lock = store.lock("job", std::chrono::hours(1))) lock->renew(std::chrono::hours(1));
#elif MISTAKE == 25
    (void)store.lock("job", 30);
#elif MISTAKE == 26
    kv::writer first = store.writer("g", "k"), second = first;
#elif MISTAKE == 27
    kv::reader first = *store.reader("g", "k"), second = first;
#elif MISTAKE == 28
    store.writer("g", "k").try_commit();
#endif
}
#else
void mistake(kv::store &store);
void mistake(kv::store &store) {
    (void)store.try_get("g", "k");
#if MISTAKE == 8
    (void)store.get("g", "k");
#elif MISTAKE == 19
    kv::store opened("memory:");
#elif MISTAKE == 20
    kv::cursor cursor = *store.try_scan("g");
    for (kv::entry &entry : cursor) (void)entry;
#elif MISTAKE == 21
    (void)store.try_get("g", "k").value();
#elif MISTAKE == 29
    kv::write_stream(*store.try_writer("g", "k")).commit();
#endif
}
#endif
