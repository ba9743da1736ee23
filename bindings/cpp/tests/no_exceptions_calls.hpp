// The calls without exceptions that no_exceptions.cpp has not made, of a store in a file.
#ifndef KV_TESTS_NO_EXCEPTIONS_CALLS_HPP
#define KV_TESTS_NO_EXCEPTIONS_CALLS_HPP

#include <cstdio>
#include <kv.hpp>

namespace no_exceptions {

inline int failures = 0;

inline void expect(bool holds, const char *what) {
    if (!holds) {
        std::printf("not so: %s\n", what);
        ++failures;
    }
}

inline void use_keys(const kv::store &store) {
    char buffer[8];
    expect(store.try_set("k", "a", "1") && store.try_set("k", "b", "22"), "set");
    expect(**store.try_get_into("k", "b", buffer, sizeof buffer) == 2, "get into");
    const auto many = store.try_get_many("k", {"a", "none"});
    expect(many && many->front() == "1" && !many->back(), "get many");
    expect(*store.try_count("k") == 2 && *store.try_count_all("k") == 2, "count");
    expect(*store.try_persist("k", "a") && !*store.try_persist("k", "none"), "persist");
    expect(*store.try_erase_version("k", "a", 1) == kv::outcome::conflict, "erase version");
    expect(*store.try_erase("k", "a") && *store.try_erase_prefix("k", "b") == 1, "erase");
    expect(*store.try_erase_group("k") == 0 && *store.try_purge_expired() == 0, "erase group");
    kv::group_names groups = *store.try_groups();
    expect(!*groups.try_next() && groups.try_close(), "groups");
    expect(!store.try_get_split("k", "none", ",")->is_found(), "split");
}

inline void use_steps(const kv::store &store) {
    kv::batch batch = *kv::batch::try_create();
    expect(*batch.try_check("b", "a", 0) == 0 && *batch.try_set("b", "a", "1") == 1, "steps");
    expect(*batch.try_check_present("b", "a") == 2 && !*store.try_commit(batch), "refused");
    expect(batch.try_result(2)->outcome == kv::outcome::not_found ||
               batch.try_result(2)->outcome == kv::outcome::conflict, "its step");
    expect(batch.try_clear() && batch.try_add_flat("x").error().code() == kv::errc::argument, "flat");
    expect(*batch.try_increment("b", "n", 2) == 0 && *batch.try_erase_prefix("b", "n") == 1, "more");
    expect(*batch.try_expire("b", "a", kv::never) == 2 && *batch.try_take("b", "a") == 3, "others");
    expect(*batch.try_get("b", "a") == 4 && *store.try_commit(batch), "commit");
    kv::transaction txn = *store.try_transaction();
    expect(*txn.try_put("b", "a", "1", {kv::if_absent}) && *txn.try_erase("b", "a"), "transaction");
    expect(bool(txn.try_abort()), "abort");
    kv::writer writer = *store.try_writer("b", "w");
    expect(writer.try_write("v") && writer.try_abort(), "abort of a writer");
    kv::write_stream out(*store.try_writer("b", "w"));
    out << "value";
    expect(out.try_commit()->is_written, "commit of a stream");
    kv::reader reader = **store.try_reader("b", "w");
    expect(*reader.try_version() != 0 && reader.try_info()->size == 5 && reader.try_close(), "reader");
    const kv::idempotency operations = store.idempotency();
    const kv::attempt attempt = *operations.try_begin("op", "request", std::chrono::hours(1));
    expect(*attempt.try_forget() == kv::outcome::ok && !*operations.try_get("op"), "forget");
}

inline void use_walks_and_changes(const kv::store &store) {
    char buffer[256];
    kv::cursor cursor = *store.try_scan("b");
    expect(*cursor.try_is_snapshot() && !cursor.try_fill(buffer, sizeof buffer)->empty(), "a page");
    expect(bool(cursor.try_close()), "close of a cursor");
    kv::watch watch = *store.try_watch("c");
    expect(*watch.try_fd() >= 0 && watch.try_fill(buffer, sizeof buffer)->empty(), "no event");
    expect(bool(store.try_set("c", "k", "v")), "a change");
    int queued = 0;
    kv::queued_events events = watch.queued();
    for (kv::result<kv::event> &event : events.results()) queued += event && event->key == "k";
    expect(queued == 1 && watch.try_close(), "a queued event");
    kv::change_cursor changes = *store.try_changes(*store.try_changes_oldest());
    expect((*changes.try_next()).has_value() && changes.try_close(), "changes");
    kv::result<kv::subscription> subscription = store.try_on_change([](const kv::event &) {});
    expect(bool(subscription->try_close()), "close of a subscription");
}

inline void use_typed_calls(const kv::store &store) {
    const kv::typed<std::string, kv::bytes> texts(store, "texts");
    expect(texts.try_put("k", "v", {kv::if_absent})->is_written && *texts.try_exists("k"), "typed put");
    expect((*texts.try_entry("k"))->value == "v" && *texts.try_count() == 1, "typed entry");
    auto cursor = *texts.try_scan();
    expect((*cursor.try_next())->key == "k", "typed scan");
    expect(*texts.try_take("k") == "v" && !*texts.try_erase("k") && *texts.try_clear() == 0, "typed");
}

inline void use_bound_and_locks(const kv::store &store) {
    kv::bound_store bound = *kv::bound_store::try_bind(store);
    expect(bound.try_cancel(*bound.try_arm()) &&
               bound.try_get("g", "k").error().code() == std::errc::operation_canceled, "cancel");
    expect(bound.try_arm(std::chrono::milliseconds(-1)) &&
               bound.try_get("g", "k").error().code() == std::errc::timed_out, "deadline");
    expect(bound.try_arm() && bound.try_arm_poll([](void *) { return std::int32_t{0}; }), "poll");
    std::optional<kv::lock> lock = *store.try_lock("job", std::chrono::hours(1));
    const kv::lock_holder holder = **store.try_lock_holder("job");
    expect(holder.owner.empty() && *lock->try_renew(std::chrono::hours(1)), "lock");
    kv::batch batch = *kv::batch::try_create();
    expect(batch.try_check_lock(*lock) && *store.try_commit(batch), "check lock");
    kv::lock adopted = *store.try_adopt_lock("job", lock->detach());
    expect(*adopted.try_release(), "release");
}

inline void use_maintenance(const kv::store &store, const std::string &file) {
    expect(store.try_usage()->entries > 0 && store.try_check() && store.try_compact(), "maintenance");
    expect(store.try_flush() && store.try_backup(file + "-backup"), "backup");
    expect(bool(store.try_restore(file + "-backup")), "restore");
    const kv::store other = *kv::store::try_open("memory:");
    expect(store.try_copy(other)->entries > 0, "copy");
    expect(store.try_snapshot()->try_set("g", "k", "v").error().code() == kv::errc::read_only,
           "snapshot");
    expect(kv::store::try_open_config(file + "-none", "s").error().code() ==
               std::errc::no_such_file_or_directory, "config");
}

inline void use_metrics(const kv::store &store) {
    expect(store.try_stats()->commits > 0 && store.try_metrics()->commits > 0, "figures");
    expect(!store.try_set("g", std::string(65536, 'k'), "v"), "a key over the limit");
    expect(store.try_call_metrics(kv::call_kind::set)->errors == 1, "errors of calls");
    expect(store.try_metrics_text()->substr(0, 7) == "# HELP ", "metrics as text");
    int records = 0;
    std::uint64_t calls = 0;
    expect(bool(kv::try_set_log(kv::log_level::info, [&](const kv::log_record &) { ++records; })), "log");
    expect(kv::store::try_open("memory:")->try_close() && kv::try_end_log() && records == 2, "records");
    expect(bool(kv::try_set_trace([&](const kv::trace_call &call) { return call.context + ++calls; })),
           "trace");
    expect(*store.try_exists("g", "none") == false && kv::try_end_trace() && calls == 2, "traced");
}

}  // namespace no_exceptions

#endif
