// Walks in pipelines of std::views, in C++20 and C++23.
#include <algorithm>
#include <ranges>

#include "fixture.hpp"

template <class Range>
constexpr bool is_piped = std::ranges::input_range<Range> && std::ranges::viewable_range<Range> &&
                          std::ranges::viewable_range<Range &> && std::movable<Range>;
template <class Range>
constexpr bool is_piped_with_results =
    is_piped<Range> && is_piped<decltype(std::declval<Range &>().results())>;

static_assert(is_piped_with_results<kv::cursor>);
static_assert(is_piped_with_results<kv::group_names>);
static_assert(is_piped_with_results<kv::parts>);
static_assert(is_piped_with_results<kv::watch>);
static_assert(is_piped_with_results<kv::queued_events>);
static_assert(is_piped_with_results<kv::change_cursor>);
static_assert(is_piped_with_results<kv::typed_cursor<std::string, kv::bytes>>);
static_assert(is_piped<kv::page> && is_piped<kv::event_page>);

class Pipeline : public StoreTest {
protected:
    Pipeline() {
        for (const char *key : {"a", "b", "c", "d"}) store.set("g", key, "v"s + key);
    }
};

constexpr auto is_not_b = [](const auto &entry) { return entry.key != "b"; };

TEST_F(Pipeline, takes_a_scan) {
    std::string seen;
    for (const std::string_view key : store.scan("g") | std::views::filter(is_not_b) |
                                          std::views::transform(&kv::entry::key) |
                                          std::views::take(2))
        seen += key;
    EXPECT_EQ(seen, "ac");
}

TEST_F(Pipeline, takes_a_cursor_with_a_name_and_leaves_the_others_in_it) {
    kv::cursor cursor = store.scan("g");
    for (const kv::entry &entry : cursor | std::views::take(2)) EXPECT_LT(entry.key, "c");
    EXPECT_EQ(std::ranges::distance(cursor), 2);
}

TEST_F(Pipeline, takes_groups_and_parts) {
    store.set("h", "hosts", "alpha,beta,gamma");
    std::string names;
    for (const std::string &name : store.groups() | std::views::transform([](std::string_view it) {
                                       return std::string(it) + "!";
                                   }))
        names += name;
    EXPECT_EQ(names, "g!h!");
    EXPECT_EQ(std::ranges::distance(store.get_split("h", "hosts", ",") | std::views::drop(1)), 2);
}

TEST_F(Pipeline, takes_changes_and_events) {
    const kv::store logged("sqlite:" + directory.file("log.db") + "?changes=on");
    kv::watch watch = logged.watch("g");
    logged.set("g", "a", "1");
    logged.set("g", "b", "2");
    const auto is_a = [](const kv::event &event) { return event.key == "a"; };
    EXPECT_EQ(std::ranges::distance(logged.changes() | std::views::filter(is_a)), 1);
    EXPECT_EQ(std::ranges::distance(watch.queued() | std::views::filter(is_a)), 1);
    EXPECT_EQ(std::ranges::distance(watch.queued()), 0);
    logged.set("g", "a", "3");
    for (const kv::event &event : watch | std::views::take(1)) EXPECT_EQ(event.value, "3");
}

TEST_F(Pipeline, takes_the_values_of_a_typed_store_and_moves_them) {
    const kv::typed<std::string, kv::bytes> texts(store, "g");
    std::vector<std::string> values;
    for (auto &stored : texts.scan() | std::views::filter(is_not_b))
        values.push_back(std::move(stored.value));
    EXPECT_EQ(values, (std::vector{"va"s, "vc"s, "vd"s}));
}

TEST_F(Pipeline, takes_a_page_any_number_of_times) {
    char buffer[1000];
    kv::cursor cursor = store.scan("g");
    const kv::page page = cursor.fill(buffer, sizeof buffer);
    EXPECT_EQ(std::ranges::distance(page | std::views::filter(is_not_b)), 3);
    EXPECT_EQ(std::ranges::distance(page | std::views::filter(is_not_b)), 3);
    EXPECT_EQ(std::ranges::distance(store.scan("g").fill(buffer, sizeof buffer) |
                                    std::views::drop(1)),
              3);
}

TEST_F(Pipeline, passes_a_failure_on_and_is_over) {
    auto others = store.scan("g") | std::views::filter(is_not_b);
    std::string seen;
    auto it = others.begin();
    const std::string message = refused(kv::errc::closed, [&] {
        for (; it != others.end(); ++it) {
            seen += it->key;
            store.close();
        }
    });
    EXPECT_EQ(seen, "a");
    EXPECT_EQ(it, others.end());
}

TEST_F(Pipeline, of_results_ends_with_the_failure) {
    kv::cursor cursor = store.scan("g");
    std::vector<bool> seen;
    for (const bool is_value : cursor.results() | std::views::transform([](auto &entry) {
                                   return entry.has_value();
                               })) {
        seen.push_back(is_value);
        if (seen.size() == 2) store.close();
    }
    EXPECT_EQ(seen, (std::vector{true, true, false}));
}

TEST_F(Pipeline, gives_the_keys_of_many) {
    // Each key is made on the way and gone after its step; std::views::filter has no const begin().
    const auto named = [](int number) { return std::string(1, static_cast<char>('a' + number)); };
    auto keys = std::views::iota(0, 6) | std::views::transform(named) |
                std::views::filter([](const std::string &key) { return key != "b"; });
    const auto values = store.get_many("g", keys);
    EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"va", "vc", "vd", {}, {}}));
    EXPECT_EQ(store.erase_many("g", std::views::iota(2, 5) | std::views::transform(named)),
              (std::vector{true, true, false}));
    EXPECT_EQ(store.count("g"), 2u);
}
