// A progress function of the program on its way through the library.
#ifndef KV_PROGRESS_HPP
#define KV_PROGRESS_HPP

#include <kv/error.hpp>

#include <cstdint>
#include <type_traits>

#if KV_HAS_EXCEPTIONS
#include <exception>
#endif

namespace kv::detail {

/// The default of calls that report their progress.
struct no_progress {
    template <class... Report>
    void operator()(const Report &...) const noexcept {}
};

/// Carries a callable of `Report` through kv_backup or kv_copy, and its exception around the
/// library.
template <class Progress, class... Report>
class progress_bridge {
public:
    explicit progress_bridge(Progress &progress) : progress_(progress) {}

    static std::int32_t call(void *self, Report... report) noexcept {
        auto &bridge = *static_cast<progress_bridge *>(self);
#if KV_HAS_EXCEPTIONS
        try {
            return bridge.ask(report...);
        } catch (...) {
            bridge.thrown_ = std::current_exception();
            return 1;
        }
#else
        return bridge.ask(report...);
#endif
    }

    void rethrow() const {
#if KV_HAS_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    std::int32_t ask(Report... report) {
        if constexpr (std::is_void_v<std::invoke_result_t<Progress &, Report...>>) {
            progress_(report...);
            return 0;
        } else {
            return progress_(report...) ? 0 : 1;
        }
    }

    Progress &progress_;
#if KV_HAS_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};

}  // namespace kv::detail

#endif
