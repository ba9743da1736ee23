// Walks as ranges: what iterators promise, in C++17 and in C++20.
#include <algorithm>
#include <iterator>
#include <memory>
#include <type_traits>

#include "fixture.hpp"

namespace {

struct counted {
    std::unique_ptr<std::string> text;
};
struct counted_codec {
    static kv::result<std::string> encode(const counted &value) { return *value.text; }
    static kv::result<counted> decode(std::string_view stored) {
        return counted{std::make_unique<std::string>(stored)};
    }
};
using typed_cursor = kv::typed_cursor<counted, counted_codec>;

// The requirements of an input iterator of C++17, `*it++` among them.
template <class Iterator>
constexpr bool is_input_iterator =
    std::is_base_of_v<std::input_iterator_tag,
                      typename std::iterator_traits<Iterator>::iterator_category> &&
    std::is_copy_constructible_v<Iterator> && std::is_copy_assignable_v<Iterator> &&
    std::is_default_constructible_v<Iterator> &&
    std::is_same_v<decltype(*std::declval<Iterator &>()),
                   typename std::iterator_traits<Iterator>::reference> &&
    std::is_same_v<decltype(++std::declval<Iterator &>()), Iterator &> &&
    std::is_convertible_v<decltype(*std::declval<Iterator &>()++),
                          const typename std::iterator_traits<Iterator>::value_type &> &&
    std::is_convertible_v<decltype(std::declval<Iterator>() == std::declval<Iterator>()), bool> &&
    std::is_convertible_v<decltype(std::declval<Iterator>() != std::declval<Iterator>()), bool>;

template <class Range>
constexpr bool is_walked = is_input_iterator<decltype(std::declval<Range &>().begin())>;
template <class Range>
constexpr bool is_walked_with_results =
    is_walked<Range> && is_walked<decltype(std::declval<Range &>().results())>;

static_assert(is_walked_with_results<kv::cursor>);
static_assert(is_walked_with_results<kv::group_names>);
static_assert(is_walked_with_results<kv::parts>);
static_assert(is_walked_with_results<kv::watch>);
static_assert(is_walked_with_results<kv::queued_events>);
static_assert(is_walked_with_results<kv::change_cursor>);
static_assert(is_walked_with_results<typed_cursor>);
static_assert(is_walked<kv::page> && is_walked<kv::event_page>);

#if __cplusplus >= 202002L
template <class Range>
constexpr bool is_input_range =
    std::ranges::input_range<Range> &&
    std::ranges::input_range<decltype(std::declval<Range &>().results())>;
static_assert(is_input_range<kv::cursor>);
static_assert(is_input_range<kv::group_names>);
static_assert(is_input_range<kv::parts>);
static_assert(is_input_range<kv::watch>);
static_assert(is_input_range<kv::queued_events>);
static_assert(is_input_range<kv::change_cursor>);
static_assert(is_input_range<typed_cursor>);
static_assert(std::ranges::forward_range<kv::page> && std::ranges::forward_range<kv::event_page>);
#endif

class Range : public StoreTest {
protected:
    Range() {
        for (const char *key : {"a", "b", "c", "d"}) store.set("g", key, "v"s + key);
    }
};

}  // namespace

TEST_F(Range, an_element_left_by_postfix_increment_is_still_whole) {
    kv::cursor cursor = store.scan("g");
    auto it = cursor.begin();
    std::string all;
    while (it != cursor.end()) {
        auto &&left = it++;
        const kv::entry &entry = *left;
        all.append(entry.key).append("=").append(entry.value).append(" ");
    }
    EXPECT_EQ(all, "a=va b=vb c=vc d=vd ");
}

TEST_F(Range, algorithms_of_c_plus_plus_17_walk_it) {
    store.set("h", "k", "v");
    kv::group_names names = store.groups();
    const std::vector<std::string> copied(names.begin(), names.end());
    EXPECT_EQ(copied, (std::vector<std::string>{"g", "h"}));

    kv::cursor cursor = store.scan("g");
    std::vector<std::string> keys;
    std::transform(cursor.begin(), cursor.end(), std::back_inserter(keys),
                   [](const kv::entry &entry) { return std::string(entry.key); });
    EXPECT_EQ(keys, (std::vector<std::string>{"a", "b", "c", "d"}));

    kv::cursor searched = store.scan("g");
    auto it = std::find_if(searched.begin(), searched.end(),
                           [](const kv::entry &entry) { return entry.key == "b"; });
    ASSERT_NE(it, searched.end());
    EXPECT_EQ(it->value, "vb");
    EXPECT_EQ(std::distance(it, searched.end()), 3);
}

TEST_F(Range, copies_of_an_iterator_are_at_one_element) {
    kv::cursor cursor = store.scan("g");
    auto it = cursor.begin();
    const auto copy = it;
    EXPECT_EQ(copy->key, "a");
    ++it;
    ++it;
    EXPECT_EQ(it->key, "c");
    EXPECT_EQ(copy->key, "c");
    EXPECT_EQ(it, copy);
    ++it;
    ++it;
    EXPECT_EQ(it, cursor.end());
    EXPECT_EQ(copy, cursor.end());
}

TEST_F(Range, begin_and_next_go_on_where_a_walk_was_left) {
    kv::cursor cursor = store.scan("g");
    auto it = cursor.begin();
    EXPECT_EQ(it->key, "a");
    ++it;
    // The step of ++ is taken by the next look, and that is this one.
    EXPECT_EQ(cursor.begin()->key, "b");
    EXPECT_EQ(cursor.next()->key, "c");
    EXPECT_EQ(cursor.begin()->key, "d");
    EXPECT_EQ(cursor.begin(), cursor.end());
    EXPECT_EQ(cursor.begin(), cursor.end());
}

TEST_F(Range, results_and_values_walk_the_same_cursor) {
    kv::cursor cursor = store.scan("g");
    for (kv::result<kv::entry> &entry : cursor.results()) {
        EXPECT_EQ(entry->key, "a");
        break;
    }
    for (const kv::entry &entry : cursor) {
        EXPECT_EQ(entry.key, "b");
        break;
    }
    auto results = cursor.results();
    auto it = results.begin();
    EXPECT_EQ((*it++)->key, "c");
    EXPECT_EQ((*it)->key, "d");
    EXPECT_EQ(++it, results.end());
}

TEST_F(Range, the_look_that_takes_a_step_throws_and_the_walk_is_then_over) {
    kv::cursor cursor = store.scan("g");
    auto it = cursor.begin();
    EXPECT_EQ(it->key, "a");
    store.close();
    EXPECT_NO_THROW(++it);
    refused(kv::errc::closed, [&] { (void)(it == cursor.end()); });
    EXPECT_EQ(it, cursor.end());
    refused(kv::errc::closed, [&] { (void)cursor.begin(); });
    refused(kv::errc::closed, [&] { (void)cursor.next(); });
}

TEST_F(Range, of_results_moves_and_leaves_its_element_behind) {
    kv::cursor cursor = store.scan("g");
    auto results = cursor.results();
    EXPECT_EQ((*results.begin())->key, "a");
    auto moved = std::move(results);
    EXPECT_EQ((*moved.begin())->key, "b");
    moved = cursor.results();
    EXPECT_EQ((*moved.begin())->key, "c");
}

TEST_F(Range, values_that_only_move_are_moved_out) {
    const kv::typed<counted, counted_codec> texts(store, "g");
    auto cursor = texts.scan();
    auto it = cursor.begin();
    std::vector<counted> moved;
    moved.push_back(std::move((*it++).value));
    moved.push_back(std::move(it->value));
    EXPECT_EQ(*moved[0].text, "va");
    EXPECT_EQ(*moved[1].text, "vb");
}

TEST_F(Range, pages_are_walked_any_number_of_times) {
    char buffer[1000];
    kv::cursor cursor = store.scan("g");
    const kv::page page = cursor.fill(buffer, sizeof buffer);
    auto it = page.begin();
    const auto first = it++;
    EXPECT_EQ(first->key, "a");
    EXPECT_EQ(it->key, "b");
    EXPECT_EQ((*it++).value, "vb");
    EXPECT_EQ(it->key, "c");
    EXPECT_NE(first, it);
    EXPECT_EQ(std::distance(page.begin(), page.end()), 4);
    EXPECT_EQ(std::distance(page.begin(), page.end()), 4);
}

#if __cplusplus >= 202002L
TEST_F(Range, ranges_of_c_plus_plus_20_walk_it) {
    kv::cursor cursor = store.scan("g");
    const auto found =
        std::ranges::find_if(cursor, [](const kv::entry &entry) { return entry.value == "vc"; });
    ASSERT_NE(found, cursor.end());
    EXPECT_EQ(found->key, "c");
    kv::cursor counted = store.scan("g");
    EXPECT_EQ(std::ranges::distance(counted.results()), 4);
}
#endif
