// A program without exceptions and without run-time types: every call returns a result.
#include <cstdio>
#include <kv.hpp>
#if WITH_JSON
#include <kv/json.hpp>
#endif

#include "no_exceptions_calls.hpp"

#if KV_HAS_EXCEPTIONS
#error "this is to be compiled with -fno-exceptions"
#endif

namespace {

using no_exceptions::expect;

void use_entries(const kv::store &store) {
    using std::chrono::hours;
    expect(bool(store.try_set("g", "k", "v")), "set");
    expect(store.try_get("g", "k").value_or(std::nullopt) == "v", "get");
    expect(*store.try_exists("g", "absent") == false, "absent is an outcome");
    const kv::put_options is_new{kv::if_absent, kv::expires_after(hours(1))};
    expect(store.try_put("g", "k", "w", is_new)->is_written == false, "put refuses");
    expect(store.try_increment("g", "k").error().code() == kv::errc::not_integer, "increment fails");
    expect(store.try_set("g", "k", "v", hours(-1)).error().code() == kv::errc::argument,
           "negative ttl");
    expect(**store.try_ttl("g", "k") == kv::never, "ttl");

    auto batch = kv::batch::try_create();
    expect(bool(batch), "batch");
    expect(*batch->try_append("g", "k", "w") == 0, "step");
    expect(*store.try_commit(*batch), "commit");

    expect((*store.try_info("g", "k"))->size == 2, "info");
    expect(*store.try_erase_many("g", std::vector<std::string_view>{"k", "absent"}) ==
               std::vector<bool>{true, false},
           "erase many");
    expect(store.try_set("other", "k", "v") && *store.try_erase_all("o") == 1, "erase all");
    expect(store.try_put("g", "k", "vw", is_new.with_durability(kv::durability::full))->is_written,
           "durability");

    int seen = 0;
    kv::cursor cursor = *store.try_scan("g");
    for (kv::result<kv::entry> &entry : cursor.results()) {
        expect(entry && entry->key == "k" && entry->value == "vw", "scan");
        ++seen;
    }
    expect(seen == 1, "one entry");
    expect(!*cursor.try_next(), "the end");
    std::uint64_t pages = 0;
    const auto count = [&](std::uint64_t, std::uint64_t total) { pages = total; };
    expect(store.try_backup("x", count).error().code() == kv::errc::unsupported, "backup of memory");
}

void use_changes(const kv::store &store) {
    auto watch = store.try_watch("watched");
    int calls = 0;
    const auto subscription = store.try_on_change([&](const kv::event &) { ++calls; });
    expect(watch && subscription && store.try_set("watched", "k", "v"), "watch");
    expect((*watch->try_poll())->key == "k" && calls == 1, "event");
}

void use_updates(const kv::store &store) {
    const auto sum = store.try_update([](kv::transaction &txn) -> kv::result<int> {
        return txn.try_get("g", "k")
            .and_then([&](const std::optional<std::string> &found) {
                return txn.try_set("g", "k", found.value_or("") + "x");
            })
            .transform([] { return 7; });
    });
    expect(sum && *sum == 7 && *store.try_get("g", "k") == "vwx", "update");
    auto txn = store.try_transaction();
    expect(txn && *txn->try_increment("g", "n", 2) == 2, "increment in a transaction");
    expect((*txn->try_scan("g", kv::prefix("n"))->try_next())->value == "2", "scan in a transaction");
    expect(*txn->try_append("g", "n", "0") == 2, "append in a transaction");
    expect(*txn->try_exists("g", "n") && **txn->try_ttl("g", "n") == kv::never, "it is seen");
    expect(*txn->try_expire("g", "n", kv::never) == kv::outcome::ok, "expire in a transaction");
    expect(txn->try_increment("g", "k").error().code() == kv::errc::not_integer, "it is no number");
    expect(*txn->try_commit() && *store.try_take("g", "n") == "20", "commit");
    expect(txn->try_exists("g", "n").error().code() == kv::errc::handle, "it has ended");
    const auto refused = store.try_update([](kv::transaction &) -> kv::result<void> {
        return kv::failure(kv::errc::full, "no");
    });
    expect(refused.error().code() == kv::errc::full, "update refuses");
}

void use_scopes_and_text(const kv::store &store) {
    using std::chrono::hours;
    auto acme = store.try_scope("acme");
    expect(acme && store.try_set_quota("acme", kv::quota().with_max_keys(1)), "scope");
    expect(bool(acme->try_set("g", "k", "a b")), "set in a scope");
    expect(acme->try_set("g", "l", "").error().code() == kv::errc::quota, "quota");
    expect(store.try_quota("acme")->keys == 1, "usage");
    int count = 0;
    kv::parts parts = *acme->try_get_fields("g", "k");
    for (kv::result<std::string_view> &part : parts.results()) count += part && part->size() == 1;
    expect(count == 2 && *acme->try_render("g", "{{ k }}") == "a b", "text");
    expect(store.try_set_json("g", "j", "[1]") && *store.try_get_json("g", "j", "/0") == "1", "JSON");
    const auto attempt = store.idempotency().try_begin("pay", "request", hours(1));
    expect(attempt && attempt->state() == kv::idempotency_state::started, "attempt");
    expect(*attempt->try_complete("paid") == kv::outcome::ok, "complete");
}

void use_locks_and_snapshots(const kv::store &store) {
    using std::chrono::hours;
    {
        const auto lock = store.try_lock("job", hours(1), kv::lock_options().with_owner("worker"));
        expect(lock && *lock && *(*lock)->try_renew(hours(1)), "lock");
        expect(!*store.try_lock("job", hours(1)), "another owner holds it");
        expect((*store.try_lock_holder("job"))->owner == "worker", "holder");
        auto batch = kv::batch::try_create();
        expect(*batch->try_check_lock(**lock) == 0 && *store.try_commit(*batch), "check lock");
    }
    expect(!*store.try_lock_holder("job"), "the destructor has released it");
    expect(store.try_lock("", hours(1)).error().code() == kv::errc::argument, "a lock has a name");
    expect(store.try_adopt_lock("job", {}).error().code() == kv::errc::argument, "no lock");
    const auto then = store.try_snapshot();
    expect(then && store.try_set("g", "later", "v") && !*then->try_exists("g", "later"), "snapshot");
    expect(then->try_set("g", "k", "v").error().code() == kv::errc::read_only, "no write");
}

void use_streams(kv::store store) {
    expect(bool(store.try_set_quota("acme", kv::quota().with_max_bytes(1 << 20))), "quota");
    const kv::store acme = *store.try_scope("acme");
    const std::string bytes(700000, 'x');
    kv::result<kv::writer> writer = store.try_writer("g", "s", {kv::if_absent});
    expect(writer && writer->try_write(bytes) && *writer->try_size() == bytes.size(), "write");
    expect(writer->try_commit()->is_written, "commit of a writer");
    expect(writer->try_write("more").error().code() == kv::errc::handle, "it has ended");
    kv::reader reader = **store.try_reader("g", "s");
    char byte = 0;
    expect(*reader.try_read(bytes.size() - 1, &byte, 1) == 1 && byte == 'x', "read");
    expect(*reader.try_size() == bytes.size() && !*reader.try_expires_at(), "size");
    expect(!*store.try_reader("g", "absent"), "absent is an outcome");

    kv::write_stream out(*acme.try_writer("g", "s"));
    expect(bool(out << bytes) && !out.last_failure(), "write to a stream");
    expect(!(out << bytes), "the quota sets badbit");
    expect(out.bad() && out.last_failure()->code() == kv::errc::quota, "the quota is told");
    expect(out.try_commit().error().code() == kv::errc::quota, "no commit with a gap");
    kv::write_stream other(*acme.try_writer("g", "s"));
    other << "line " << 7;
    expect(other.try_commit()->is_written && **acme.try_get("g", "s") == "line 7", "stream");

    kv::read_stream in(std::move(reader)), iterated(**store.try_reader("g", "s")),
        first(**store.try_reader("g", "s")), whole(**store.try_reader("g", "s"));
    kv::read_stream moved = std::move(first);
    in.get();
    expect(std::string(std::istreambuf_iterator<char>(in), {}).size() == bytes.size() - 1, "copy");
    expect(in.seekg(-1, std::ios::end) && in.get() == 'x' && !in.last_failure(), "seek");
    expect(bool(store.try_close()), "close");
    expect(in.seekg(0).fail() && in.bad(), "seek in a closed store");
    expect(std::istreambuf_iterator<char>(iterated) == std::istreambuf_iterator<char>(), "an end");
    expect(iterated.bad() && iterated.last_failure()->code() == kv::errc::closed, "a failed read");
    std::string part(bytes.size(), '\0');
    whole.read(part.data(), static_cast<std::streamsize>(part.size()));
    expect(whole.bad() && whole.gcount() == 0, "a failed read of a block");
    expect(moved.get() == std::char_traits<char>::eof() && moved.bad(), "a failed read after a move");
    expect(first.get() == std::char_traits<char>::eof() &&  // NOLINT: that is the test
               first.last_failure()->code() == kv::errc::handle, "moved from");
}

void use_typed(const kv::store &store) {
    const auto refuse = [](std::string_view, long long &number) -> kv::result<void> {
        if (number < 0) return kv::failure(kv::typed_errc::refused, "it is negative");
        return {};
    };
    const kv::typed<long long, kv::decimal<>> numbers(
        store, "numbers", kv::hooks<long long>().with_before_save(refuse));
    expect(bool(numbers.try_set("k", 7)), "typed set");
    expect(**numbers.try_get("k") == 7, "typed get");
    expect(numbers.try_set("k", -7).error().code() == kv::typed_errc::refused, "typed hook");
#if WITH_JSON
    const kv::typed<nlohmann::json> trees(store, "trees");
    expect(bool(trees.try_set("k", {{"a", 1}})), "json set");
    expect((**trees.try_get("k"))["a"] == 1, "json get");
    expect(bool(store.try_set("trees", "wrong", "{")), "not json");
    expect(trees.try_get("wrong").error().code() == kv::typed_errc::decode, "json decode");
    expect(trees.try_set("k", "\xff").error().code() == kv::typed_errc::encode, "json encode");
#endif
}

}  // namespace

int main(int, char **argv) {
    auto store = kv::store::try_open("memory:");
    if (!store) {
        std::printf("%s\n", store.error().message());
        return 1;
    }
    use_entries(*store);
    use_changes(*store);
    use_updates(*store);
    use_scopes_and_text(*store);
    use_locks_and_snapshots(*store);
    use_typed(*store);
    use_streams(*kv::store::try_open("memory:"));
    expect(bool(kv::bound_store::try_bind(*store)->try_arm()), "bind");
    expect(bool(store->try_close()), "close");
    expect(store->try_get("g", "k").error().code() == kv::errc::handle, "closed");
    const auto missing = kv::store::try_open("no such directory/store.db");
    expect(!missing && missing.error().os_error() != 0, "os error");
    expect(missing.error().code() == std::errc::no_such_file_or_directory, "a code of the standard");

    const std::string path = argv[0];
    const auto file = kv::store::try_open("sqlite:" + path + ".db?changes=on");
    if (!file) {
        std::printf("%s\n", file.error().message());
        return 1;
    }
    no_exceptions::use_keys(*file);
    no_exceptions::use_steps(*file);
    no_exceptions::use_walks_and_changes(*file);
    no_exceptions::use_typed_calls(*file);
    no_exceptions::use_bound_and_locks(*file);
    no_exceptions::use_metrics(*file);
    no_exceptions::use_maintenance(*file, path);
    return no_exceptions::failures == 0 ? 0 : 1;
}
