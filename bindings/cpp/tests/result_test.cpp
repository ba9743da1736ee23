// Results, as far as they are std::expected, and where they differ.
#include <memory>

#include "fixture.hpp"

namespace {

const kv::failure busy_failure(kv::errc::busy, "the reason");

using number = kv::result<int>;
using text = kv::result<std::string>;

static_assert(std::is_same_v<number::value_type, int>);
static_assert(std::is_same_v<number::error_type, kv::failure>);
static_assert(std::is_convertible_v<int, number> && std::is_convertible_v<kv::failure, number>);
static_assert(!std::is_convertible_v<number, bool> && std::is_constructible_v<bool, number>);
// From a temporary comes the value itself, not a reference into it.
static_assert(std::is_same_v<decltype(*std::declval<text>()), std::string>);
static_assert(std::is_same_v<decltype(std::declval<text>().value()), std::string>);
static_assert(std::is_same_v<decltype(std::declval<text &>().value()), std::string &>);
static_assert(std::is_same_v<decltype(std::declval<const text &>().value()), const std::string &>);

}  // namespace

TEST(Result, has_its_value_or_why_there_is_none) {
    text good(std::string("v"));
    EXPECT_EQ(good->size(), 1u);
    EXPECT_EQ(good.value(), "v");
    EXPECT_EQ(good.value_or("other"), "v");
    good->append("w");
    good.value().append("x");
    EXPECT_EQ(*std::move(good), "vwx");
    const text bad(busy_failure);
    EXPECT_FALSE(bad.has_value());
    EXPECT_EQ(bad.value_or("other"), "other");
    EXPECT_EQ(bad.error().code(), kv::errc::busy);
    EXPECT_TRUE(kv::result<void>());
    EXPECT_NO_THROW(kv::result<void>().value());
}

TEST(Result, value_throws_what_failed) {
    EXPECT_EQ(refused(kv::errc::busy, [] { (void)number(busy_failure).value(); }), "the reason");
    const number constant(busy_failure);
    refused(kv::errc::busy, [&] { (void)constant.value(); });
    refused(kv::errc::busy, [] { kv::result<void>(busy_failure).value(); });
}

TEST(Result, and_then_goes_on_with_the_value) {
    const auto half = [](int value) -> number {
        if (value % 2 != 0) return kv::failure(kv::errc::argument, "odd");
        return value / 2;
    };
    const number eight = 8;
    EXPECT_EQ(*eight.and_then(half).and_then(half), 2);
    EXPECT_EQ(number(6).and_then(half).and_then(half).error().code(), kv::errc::argument);
    EXPECT_EQ(number(busy_failure).and_then(half).error().code(), kv::errc::busy);
    EXPECT_EQ(*number(8).and_then([](int value) -> text { return std::to_string(value); }), "8");
    EXPECT_TRUE(number(8).and_then([](int) { return kv::result<void>(); }));
    EXPECT_EQ(*kv::result<void>().and_then([] { return number(3); }), 3);
    EXPECT_FALSE(kv::result<void>(busy_failure).and_then([] { return number(3); }));
}

TEST(Result, transform_changes_the_value) {
    EXPECT_EQ(*number(8).transform([](int value) { return std::to_string(value); }), "8");
    EXPECT_EQ(number(busy_failure).transform([](int value) { return value; }).error().code(), kv::errc::busy);
    int seen = 0;
    EXPECT_TRUE(number(8).transform([&](int value) { seen = value; }));
    EXPECT_FALSE(number(busy_failure).transform([&](int) { seen = -1; }));
    EXPECT_EQ(seen, 8);
    number changed = 1;
    EXPECT_EQ(*changed.transform([](int &value) { return value = 2; }), 2);
    EXPECT_EQ(*changed, 2);
    EXPECT_EQ(*kv::result<void>().transform([] { return 5; }), 5);
    EXPECT_FALSE(kv::result<void>(busy_failure).transform([] { return 5; }));
    // A member, as std::invoke takes it.
    EXPECT_EQ(*text(std::string("abc")).transform(&std::string::size), 3u);
}

TEST(Result, or_else_goes_on_with_the_failure) {
    const auto unless_busy = [](const kv::failure &failure) -> number {
        if (failure.code() == kv::errc::busy) return 0;
        return failure;
    };
    EXPECT_EQ(*number(8).or_else(unless_busy), 8);
    const number busy(busy_failure);
    EXPECT_EQ(*busy.or_else(unless_busy), 0);
    EXPECT_FALSE(number(kv::failure(kv::errc::full, "")).or_else(unless_busy));
    EXPECT_TRUE(kv::result<void>(busy_failure).or_else([](const kv::failure &) { return kv::result<void>(); }));
}

TEST(Result, moves_what_can_only_be_moved) {
    using owned = kv::result<std::unique_ptr<int>>;
    owned first(std::make_unique<int>(7));
    EXPECT_EQ(*owned(std::make_unique<int>(8)).value(), 8);
    const auto moved = std::move(first).transform([](std::unique_ptr<int> value) { return *value; });
    EXPECT_EQ(*moved, 7);
    EXPECT_EQ(*owned(std::make_unique<int>(9))
                   .or_else([](const kv::failure &) { return owned(nullptr); })
                   .value(),
              9);
    EXPECT_EQ(**owned(busy_failure).or_else([](const kv::failure &) { return owned(std::make_unique<int>(1)); }),
              1);
}

TEST(ResultDeathTest, ends_the_program_when_a_failure_is_used) {
    const number bad(busy_failure);
    EXPECT_DEATH((void)*bad, "the reason");
    const text failed(busy_failure);
    EXPECT_DEATH((void)failed->size(), "the reason");
    EXPECT_DEATH(*kv::result<void>(busy_failure), "the reason");
    EXPECT_DEATH((void)number(1).error(), "has not failed");
    EXPECT_DEATH((void)kv::result<void>().error(), "has not failed");
}
