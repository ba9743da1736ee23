// A program without exceptions and without run-time types: every call answers with a result.
#include <cstdio>
#include <kv.hpp>

#if KV_HAS_EXCEPTIONS
#error "this is to be compiled with -fno-exceptions"
#endif

namespace {

int failures = 0;

void expect(bool holds, const char *what) {
    if (!holds) {
        std::printf("not so: %s\n", what);
        ++failures;
    }
}

void use(const kv::nothrow::store &store) {
    using std::chrono::hours;
    expect(bool(store.set("g", "k", "v")), "set");
    expect(store.get("g", "k").value_or(std::nullopt) == "v", "get");
    expect(*store.exists("g", "absent") == false, "absent is an answer");
    expect(store.put("g", "k", "w", {kv::if_absent, kv::expires_after(hours(1))})->is_written == false,
           "put refuses");
    expect(store.increment("g", "k").error().code() == kv::errc::not_integer, "increment fails");
    expect(store.set("g", "k", "v", hours(-1)).error().code() == kv::errc::argument, "negative ttl");

    auto batch = kv::nothrow::batch::create();
    expect(bool(batch), "batch");
    expect(*batch->append("g", "k", "w") == 0, "step");
    expect(*store.commit(*batch), "commit");

    int seen = 0;
    for (kv::result<kv::entry> &entry : *store.scan("g")) {
        expect(entry && entry->key == "k" && entry->value == "vw", "scan");
        ++seen;
    }
    expect(seen == 1, "one entry");
    std::uint64_t pages = 0;
    const auto count = [&](std::uint64_t, std::uint64_t total) { pages = total; };
    expect(store.backup("x", count).error().code() == kv::errc::unsupported, "backup of memory");

    auto watch = store.watch("watched");
    int told = 0;
    const auto subscription = store.on_change([&](const kv::event &) { ++told; });
    expect(watch && subscription && store.set("watched", "k", "v"), "watch");
    expect((*watch->poll())->key == "k" && told == 1, "event");

    const auto sum = store.update([](kv::nothrow::transaction &txn) -> kv::result<int> {
        const auto found = txn.get("g", "k");
        if (!found) return found.error();
        const auto kept = txn.set("g", "k", found->value_or("") + "x");
        if (!kept) return kept.error();
        return 7;
    });
    expect(sum && *sum == 7 && *store.get("g", "k") == "vwx", "update");
    const auto refused = store.update([](kv::nothrow::transaction &) -> kv::result<void> {
        return kv::failure(kv::errc::full, "no");
    });
    expect(refused.error().code() == kv::errc::full, "update refuses");

    auto acme = store.scope("acme");
    kv::quota quota;
    quota.max_keys = 1;
    expect(acme && store.set_quota("acme", quota) && acme->set("g", "k", "a b"), "scope");
    expect(acme->set("g", "l", "").error().code() == kv::errc::quota, "quota");
    expect(store.quota("acme")->keys == 1, "usage");
    int parts = 0;
    for (kv::result<std::string_view> &part : *acme->get_fields("g", "k"))
        parts += part && part->size() == 1;
    expect(parts == 2 && *acme->render("g", "{{ k }}") == "a b", "text");
    expect(store.set_json("g", "j", "[1]") && *store.get_json("g", "j", "/0") == "1", "JSON");
    const auto attempt = store.idempotency().begin("pay", "request", hours(1));
    expect(attempt && attempt->state() == kv::attempt_state::started, "attempt");
    expect(*attempt->complete("paid") == kv::outcome::ok, "complete");

    kv::nothrow::typed<long long, kv::decimal<>> numbers(store, "numbers");
    numbers.hooks.before_save = [](std::string_view, long long &number) -> kv::result<void> {
        if (number < 0) return kv::failure(kv::typed_errc::refused, "it is negative");
        return {};
    };
    expect(bool(numbers.set("k", 7)), "typed set");
    expect(numbers.get("k")->value() == 7, "typed get");
    expect(numbers.set("k", -7).error().code() == kv::typed_errc::refused, "typed hook");
#if KV_HAS_JSON
    kv::nothrow::typed<nlohmann::json> trees(store, "trees");
    expect(bool(trees.set("k", {{"a", 1}})), "json set");
    expect(trees.get("k")->value()["a"] == 1, "json get");
    expect(bool(store.set("trees", "wrong", "{")), "not json");
    expect(trees.get("wrong").error().code() == kv::typed_errc::decode, "json decode");
    expect(trees.set("k", "\xff").error().code() == kv::typed_errc::encode, "json encode");
#endif
}

}  // namespace

int main() {
    auto store = kv::nothrow::store::open("memory:");
    if (!store) {
        std::printf("%s\n", store.error().message());
        return 1;
    }
    use(*store);
    expect(bool(store->close()), "close");
    expect(store->get("g", "k").error().code() == kv::errc::handle, "closed");
    const auto missing = kv::nothrow::store::open("no such directory/store.db");
    expect(!missing && missing.error().os_error() != 0, "os error");
    return failures == 0 ? 0 : 1;
}
