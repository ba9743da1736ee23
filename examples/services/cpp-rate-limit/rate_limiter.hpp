// A token bucket for each client, exact for all threads and processes with one store.
//
// The state of a bucket is one number: the time at which it will be full again. A token taken moves
// that time by the interval in which a token comes back, and a full bucket has no entry. The number
// is written by compare-and-set: if another caller was faster, the bucket is read again. Each such
// defeat is a token that another one has taken, so an empty bucket ends the loop at the latest.
//
// The clock is that of the system, which processes share; the zero of std::chrono::steady_clock
// differs between machines. Machines that share a Redis need clocks that agree to within the time in
// which a bucket fills: one that is ahead by a second finds, once, the tokens of one second more.

#ifndef RATE_LIMITER_HPP
#define RATE_LIMITER_HPP

#include <kv.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

class rate_limiter {
public:
    using duration = std::chrono::microseconds;

    struct decision {
        bool is_allowed;
        std::int64_t remaining;  // Tokens that are left.
        duration full_after;     // Until the bucket is full.
        duration retry_after;    // Until there is a token; 0 if the request is allowed.
    };

    /// Buckets of `capacity` tokens, of which one comes back in each interval.
    rate_limiter(kv::store_ref store, std::int64_t capacity, duration interval)
        : store_(store), capacity_(capacity), interval_(interval) {}

    std::int64_t capacity() const { return capacity_; }

    /// Takes a token from the bucket of a client, if there is one. Throws kv::error.
    decision take(std::string_view client) const {
        for (;;) {
            const auto found = store_->get<kv::value>(group, client);
            // After the entry, so that the time is not before that of the caller that has written it.
            const duration now = std::chrono::duration_cast<duration>(
                std::chrono::system_clock::now().time_since_epoch());
            const duration missing = found ? missing_at(now, found->view()) : duration(0);
            const duration taken = missing + interval_;
            if (taken > capacity_ * interval_)
                return {false, 0, missing, taken - capacity_ * interval_};
            // 0 is the version of an absent entry. The entry ends when the bucket is full.
            const kv::condition is_unchanged = kv::if_version(found ? found->version() : 0);
            const auto lifetime = std::chrono::ceil<std::chrono::milliseconds>(taken);
            if (store_->put(group, client, std::to_string((now + taken).count()),
                            {is_unchanged, kv::expires_after(lifetime)}))
                return {true, capacity_ - (taken + interval_ - duration(1)) / interval_, taken, {}};
        }
    }

private:
    static constexpr std::string_view group = "buckets";

    /// Returns the time that a bucket needs to fill. That of an empty bucket is the longest: a number
    /// beyond it is from before the system's clock was set back, and the bucket begins full.
    duration missing_at(duration now, std::string_view stored) const {
        const duration missing = duration(std::stoll(std::string(stored))) - now;
        return missing > capacity_ * interval_ ? duration(0) : std::max(missing, duration(0));
    }

    kv::store_ref store_;
    std::int64_t capacity_;
    duration interval_;
};

#endif
