// A callable of the program's on its way through the library.
#ifndef KV_PROGRESS_HPP
#define KV_PROGRESS_HPP

#include <kv/error.hpp>

#include <cstdint>
#include <type_traits>

#if KV_HAS_EXCEPTIONS
#include <exception>
#endif

namespace kv::detail {

/// Carries a callable through kv_backup, and what it throws around the library.
template <class Progress>
class progress_bridge {
public:
    explicit progress_bridge(Progress &progress) : progress_(progress) {}

    static std::int32_t call(void *self, std::uint64_t done, std::uint64_t total) noexcept {
        auto &bridge = *static_cast<progress_bridge *>(self);
#if KV_HAS_EXCEPTIONS
        try {
            return bridge.ask(done, total);
        } catch (...) {
            bridge.thrown_ = std::current_exception();
            return 1;
        }
#else
        return bridge.ask(done, total);
#endif
    }

    void rethrow() const {
#if KV_HAS_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    std::int32_t ask(std::uint64_t done, std::uint64_t total) {
        using answer = std::invoke_result_t<Progress &, std::uint64_t, std::uint64_t>;
        if constexpr (std::is_void_v<answer>) {
            progress_(done, total);
            return 0;
        } else {
            return progress_(done, total) ? 0 : 1;
        }
    }

    Progress &progress_;
#if KV_HAS_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};

}  // namespace kv::detail

#endif
