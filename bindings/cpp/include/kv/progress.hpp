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

/// Carries a callable that is told `Told` through kv_backup or kv_copy, and what it throws around the
/// library.
template <class Progress, class... Told>
class progress_bridge {
public:
    explicit progress_bridge(Progress &progress) : progress_(progress) {}

    static std::int32_t call(void *self, Told... told) noexcept {
        auto &bridge = *static_cast<progress_bridge *>(self);
#if KV_HAS_EXCEPTIONS
        try {
            return bridge.ask(told...);
        } catch (...) {
            bridge.thrown_ = std::current_exception();
            return 1;
        }
#else
        return bridge.ask(told...);
#endif
    }

    void rethrow() const {
#if KV_HAS_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    std::int32_t ask(Told... told) {
        if constexpr (std::is_void_v<std::invoke_result_t<Progress &, Told...>>) {
            progress_(told...);
            return 0;
        } else {
            return progress_(told...) ? 0 : 1;
        }
    }

    Progress &progress_;
#if KV_HAS_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};

}  // namespace kv::detail

#endif
