// A payment that is made once, however often it is asked for.
//
// The client chooses a key for its order and sends it along, again with each retry. Of all callers
// with the key one starts; it makes the payment and stores the response, and every other caller
// receives that response, whether it comes while the payment runs or a day later. A request for
// something else under the same key is a mismatch. A payment that has failed is given up, so that a
// retry may start it again; one whose process has ended is given up by its ttl.

#include <array>
#include <atomic>
#include <future>
#include <iostream>
#include <kv.hpp>
#include <thread>

using namespace std::chrono_literals;

namespace {

class payments {
public:
    explicit payments(kv::store_ref store) : operations_(store->idempotency()) {}

    // Pays, or returns the response of the payment that was made under this key.
    std::string pay(std::string_view key, int amount) {
        for (;;) {
            const std::string request = "amount=" + std::to_string(amount);
            const kv::attempt attempt = operations_.begin(key, request, 24h);
            switch (attempt.state()) {
                case kv::idempotency_state::started: return run(attempt, amount);
                case kv::idempotency_state::completed: return attempt.response().str();
                case kv::idempotency_state::mismatch:
                    return "refused: the key belongs to another payment";
                case kv::idempotency_state::in_progress:
                    // A server would respond with "409, try again" instead.
                    std::this_thread::sleep_for(1ms);
            }
        }
    }

    std::atomic<int> charges = 0;
    std::atomic<int> limit = 100;

private:
    std::string run(const kv::attempt &attempt, int amount) {
        const int receipt = charge(amount);
        if (receipt == 0) {
            attempt.forget();
            return "declined";
        }
        const std::string response =
            "paid " + std::to_string(amount) + ", receipt " + std::to_string(receipt);
        // Too late if it took more than a day: then another caller may have paid, too.
        if (attempt.complete(response) != kv::outcome::ok)
            std::cerr << "another caller may have paid, too\n";
        return response;
    }

    // The part that must not happen twice; the bank refuses an amount over the limit.
    int charge(int amount) {
        if (amount > limit) return 0;
        std::this_thread::sleep_for(2ms);
        return ++charges;
    }

    kv::idempotency operations_;
};

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "payments.db");
    payments payments(store);
    std::cout << "order 1: " << payments.pay("order 1", 30) << "\n";
    std::cout << "its retry: " << payments.pay("order 1", 30) << "\n";
    std::cout << "its key for more: " << payments.pay("order 1", 31) << "\n";

    std::promise<void> start;
    const std::shared_future<void> started = start.get_future().share();
    std::array<std::future<std::string>, 2> callers;
    for (auto &caller : callers)
        caller = std::async(std::launch::async, [&, started] {
            started.wait();
            return payments.pay("order 2", 70);
        });
    start.set_value();
    for (std::size_t i = 0; i < callers.size(); ++i)
        std::cout << "order 2, caller " << i + 1 << ": " << callers[i].get() << "\n";

    std::cout << "order 3: " << payments.pay("order 3", 500) << "\n";
    payments.limit = 1000;
    std::cout << "its retry under a higher limit: " << payments.pay("order 3", 500) << "\n";
    std::cout << "one more: " << payments.pay("order 3", 500) << "\n";
    std::cout << payments.charges << " charges for 3 orders\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
