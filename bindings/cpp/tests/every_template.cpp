// Every template with its members, compiled in each standard.
#include <kv.hpp>
#include <kv.hpp>  // NOLINT: it may be included twice

#if WITH_JSON
#include <kv/json.hpp>
template class kv::typed<nlohmann::json>;
template class kv::typed<std::string, kv::json<std::string>>;
template struct kv::json<std::string>;
#endif

template class kv::typed<std::string, kv::bytes>;
template class kv::typed_cursor<std::string, kv::bytes>;
template class kv::typed<int, kv::decimal<int>>;
template struct kv::hooks<std::string>;
template class kv::result<std::string>;
template class kv::detail::range<kv::cursor, kv::entry>;
template class kv::detail::results<kv::cursor, kv::entry>;
template class kv::detail::range<kv::watch, kv::event>;
template class kv::detail::range<kv::queued_events, kv::event>;

#if KV_HAS_EXCEPTIONS
void members_of_stores(kv::store &store, const kv::store &other);
void members_of_stores(kv::store &store, const kv::store &other) {
    using namespace std::chrono_literals;
    store.set("g", "k", "v", 5min);
    store.put("g", "k", "v", {kv::if_absent, kv::expires_after(kv::never)});
    store.put("g", "k", "v", kv::put_options().with_expiry(kv::keep_expiry));
    (void)store.get<kv::value>("g", "k");
    (void)store.take<kv::value>("g", "k");
    (void)store.get_many("g", std::vector<std::string_view>{"k"});
    store.erase_many("g", {"k", "l"});
    for (auto [key, value] : store.scan("g", kv::prefix("k").with_limit(1).with_reverse()))
        store.erase("g", key);
    (void)store.watch("g", "k", kv::watch_options().with_keys(kv::watched::prefix));
    store.set_quota("acme", kv::quota().with_max_keys(1).with_max_groups(1).with_max_bytes(1));
    (void)store.render<kv::value>("g", "");
    (void)store.get_json<kv::value>("g", "k");
    store.backup("path");
    store.backup("path", [](std::uint64_t, std::uint64_t) { return true; });
    store.restore("path");
    store.restore("path", [](std::uint64_t, std::uint64_t) { return true; });
    store.copy(other);
    store.copy(other, kv::copy_options().with_existing(kv::existing::keep));
    store.copy(other, {}, [](const kv::copy_state &) {});
    store.on_change([](const kv::event &) {}).release();
    store.on_change([](const kv::event &) {}, [](std::exception_ptr) {}).release();
    store.update([](kv::transaction &txn) {
        (void)txn.get<kv::value>("g", "k");
        for (auto [key, value] : txn.scan("g", kv::prefix("k"))) txn.erase("g", key);
        if (txn.exists("g", "k") && txn.ttl("g", "k") == kv::never) txn.increment("g", "k");
        txn.append("g", "k", "v", 5min);
        (void)txn.expire("g", "k", kv::never, kv::expire_if::has_expiry | kv::expire_if::later);
    });
    if (std::optional<kv::lock> lock = store.lock("job", 30s, {1min, "worker 7"})) {
        kv::batch batch;
        batch.check_lock(*lock);
        if (store.commit(batch) && lock->renew(30s)) lock->release();
    }
    kv::writer writer = store.writer("g", "k", {kv::if_absent, kv::expires_after(5min)});
    writer.write("v");
    kv::write_stream out(std::move(writer));
    out << 7;
    if (out.commit())
        for (char byte : std::string(std::istreambuf_iterator<char>(
                             kv::read_stream(store.reader("g", "k").value()).rdbuf()), {}))
            out.put(byte);
    (void)store.snapshot().count("g");
    (void)store.metrics_text<kv::value>();
    kv::set_log(kv::log_level::info, [](const kv::log_record &) {});
    kv::set_trace([](const kv::trace_call &call) { return call.context; },
                  kv::trace_options().with_keys());
    kv::end_trace();
    kv::end_log();
    kv::bound_store bound(store);
    bound.arm(200ms);
    const kv::typed<std::string, kv::bytes> names(
        bound, "names", kv::hooks<std::string>().with_before_save([](std::string_view, std::string &) {}));
    (void)names.get("k");
}
#endif
