// Usage, metrics and their text.
#include "fixture.hpp"

namespace {

class Metrics : public StoreTest {};

std::uint64_t sum(const kv::call_metrics &metrics) {
    std::uint64_t calls = 0;
    for (std::uint64_t bucket : metrics.buckets) calls += bucket;
    return calls;
}

TEST_F(Metrics, usage_counts_the_entries_of_the_store_and_of_a_namespace) {
    store.set("g", "k", "value");
    store.put("g", "old", "v", {.expiry = kv::expires_at(kv::time_point(1ms))});
    const kv::store acme = store.scope("acme");
    acme.set("g", "k", "v");
    const kv::usage all = store.usage(), inside = acme.usage();
    EXPECT_EQ(all.entries, 2u);
    EXPECT_EQ(all.bytes, "gkvalue"sv.size() + "acme:gkv"sv.size());
    EXPECT_EQ(all.expired_entries, 1u);
    EXPECT_EQ(inside.entries, 1u);
    EXPECT_EQ(inside.bytes, "acme:gkv"sv.size());
    EXPECT_EQ(inside.expired_entries, 0u);
    EXPECT_EQ(store.try_usage()->entries, 2u);
}

TEST_F(Metrics, count_what_the_engine_does) {
    const kv::metrics before = store.metrics();
    for (int i = 0; i < 5; ++i) store.set("g", "k", "v");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(store.get("g", "k"), "v");
    EXPECT_FALSE(store.exists("g", "absent"));
    const kv::metrics after = store.metrics();
    EXPECT_EQ(after.commits - before.commits, 5u);
    EXPECT_EQ(after.transactions - before.transactions, 5u);
    EXPECT_EQ(after.group_sizes.front() - before.group_sizes.front(), 5u);
    EXPECT_EQ(after.largest_group, 1u);
    EXPECT_EQ(after.hits - before.hits, 10u);
    EXPECT_EQ(after.misses - before.misses, 1u);
    EXPECT_GT(after.cache_hits, before.cache_hits);
    EXPECT_GT(after.cache_bytes, 0u);
    EXPECT_GT(after.file_bytes + after.wal_bytes, 0u);
    EXPECT_EQ(after.file_bytes, std::filesystem::file_size(directory.file("store.db")));
    EXPECT_EQ(after.wal_bytes, std::filesystem::file_size(directory.file("store.db-wal")));
    EXPECT_FALSE(after.read_only);
    EXPECT_FALSE(after.poisoned);
    EXPECT_EQ(after.connections + after.connects + after.failovers + after.max_memory, 0u);
}

TEST_F(Metrics, measure_watches_and_snapshots) {
    kv::watch watch = store.watch("g", "", kv::watch_options().with_keys(kv::watched::any).with_capacity(16));
    const kv::subscription subscription = store.on_change([](const kv::event &) {});
    for (int i = 0; i < 20; ++i) store.set("g", std::to_string(i), "v");
    const kv::store snapshot = store.snapshot();
    std::this_thread::sleep_for(5ms);
    const kv::metrics during = store.metrics();
    EXPECT_EQ(during.watches, 1u);
    EXPECT_EQ(during.callbacks, 1u);
    EXPECT_GE(during.queued_events, 16u);
    EXPECT_EQ(during.longest_queue, during.queued_events);
    EXPECT_EQ(during.lost_events, 4u);
    EXPECT_GE(during.watch_lag_ms, 4u);
    EXPECT_GT(during.event_bytes, 0u);
    EXPECT_GE(during.oldest_snapshot_ms, 5u);
    watch.close();
    EXPECT_EQ(store.metrics().watches, 0u);
}

TEST_F(Metrics, of_a_log_and_of_memory_have_the_memory_of_their_entries) {
    const std::string large(100000, 'x');
    for (const std::string &location : {"memory:"s, "log:" + directory.file("log")}) {
        const kv::store rows(location);
        const std::uint64_t before = rows.metrics().row_bytes;
        rows.set("g", "k", large);
        EXPECT_GE(rows.metrics().row_bytes, before + large.size()) << location;
    }
}

TEST_F(Metrics, of_calls_are_counted_by_their_kind) {
    for (int i = 0; i < 3; ++i) store.set("g", "k", "v");
    refused(kv::errc::too_large, [&] { store.set("g", std::string(65536, 'k'), "v"); });
    EXPECT_EQ(store.count("g"), 1u);
    const kv::call_metrics sets = store.call_metrics(kv::call_kind::set);
    EXPECT_EQ(sets.kind, kv::call_kind::set);
    EXPECT_EQ(sets.calls, 4u);
    EXPECT_EQ(sets.errors, 1u);
    EXPECT_EQ(sum(sets), sets.calls);
    EXPECT_GT(sets.longest_ns, 0u);
    EXPECT_LE(sets.longest_ns, sets.total_ns);
    EXPECT_EQ(store.try_call_metrics(kv::call_kind::count)->calls, 1u);
    EXPECT_EQ(store.call_metrics(kv::call_kind::copy).calls, 0u);
}

TEST_F(Metrics, of_reads_of_a_key_stand_for_64_each) {
    for (int i = 0; i < 6400; ++i) EXPECT_FALSE(store.exists("g", "k"));
    EXPECT_EQ(store.call_metrics(kv::call_kind::get).calls, 6400u);
}

TEST_F(Metrics, of_an_unknown_kind_are_refused) {
    const auto unknown = static_cast<kv::call_kind>(kv::call_kinds);
    refused(kv::errc::argument, [&] { store.call_metrics(unknown); });
    EXPECT_EQ(kv::call_name(unknown), "unknown");
    EXPECT_EQ(store.try_call_metrics(static_cast<kv::call_kind>(-1)).error().code(),
              kv::errc::argument);
}

TEST_F(Metrics, kinds_have_names) {
    EXPECT_EQ(kv::call_name(kv::call_kind::get), "get");
    EXPECT_EQ(kv::call_name(kv::call_kind::erase), "delete");
    EXPECT_EQ(kv::call_name(kv::call_kind::erase_range), "delete_range");
    EXPECT_EQ(kv::call_name(kv::call_kind::scope), "namespace");
    for (int kind = 0; kind < kv::call_kinds; ++kind)
        EXPECT_NE(kv::call_name(static_cast<kv::call_kind>(kind)), "unknown");
}

TEST_F(Metrics, text_is_for_prometheus) {
    store.set("g", "k", "v");
    const std::string text = store.metrics_text();
    EXPECT_NE(text.find("# TYPE kv_commits_total counter\n"), std::string::npos);
    EXPECT_NE(text.find("kv_call_duration_seconds_count{store=\""), std::string::npos);
    EXPECT_NE(text.find("store.db\",kind=\"set\"} 1\n"), std::string::npos);
    EXPECT_EQ(text.back(), '\n');
    const kv::value pinned = store.metrics_text<kv::value>();
    EXPECT_EQ(std::string_view(pinned).substr(0, 7), "# HELP ");
    EXPECT_EQ(pinned.version(), 0u);
    EXPECT_GT(store.try_metrics_text()->size(), 1000u);
}

TEST_F(Metrics, of_a_scope_and_a_bound_store_are_those_of_the_store) {
    const kv::store acme = store.scope("acme");
    const kv::bound_store bound(store);
    acme.set("g", "k", "v");
    bound.set("g", "k", "v");
    EXPECT_EQ(acme.metrics().commits, 2u);
    EXPECT_EQ(bound.metrics().commits, 2u);
    EXPECT_EQ(acme.call_metrics(kv::call_kind::set).calls, 2u);
}

TEST_F(Metrics, of_a_snapshot_are_refused) {
    const kv::store snapshot = store.snapshot();
    refused(kv::errc::unsupported, [&] { snapshot.metrics(); });
    refused(kv::errc::unsupported, [&] { snapshot.metrics_text(); });
    refused(kv::errc::unsupported, [&] { snapshot.usage(); });
    EXPECT_GE(snapshot.call_metrics(kv::call_kind::scan).calls, 1u);
}

TEST_F(Metrics, of_a_closed_store_are_refused) {
    const kv::bound_store bound(store);
    store.close();
    refused(kv::errc::handle, [&] { store.usage(); });
    refused(kv::errc::handle, [&] { store.metrics(); });
    refused(kv::errc::handle, [&] { store.metrics_text(); });
    refused(kv::errc::handle, [&] { store.call_metrics(kv::call_kind::get); });
    refused(kv::errc::closed, [&] { bound.metrics(); });
}

TEST_F(Metrics, usage_ends_by_the_deadline) {
    kv::bound_store bound(store);
    bound.arm(0ms);
    refused(kv::errc::deadline, [&] { bound.usage(); });
}

}  // namespace
