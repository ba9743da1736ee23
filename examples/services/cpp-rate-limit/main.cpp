// An HTTP server whose clients have a limited rate of requests each.
//
//   rate_limit LOCATION [PORT [CAPACITY [PER_SECOND]]]
//
// LOCATION is a file or a Redis; all processes with the same one share the limits. Port 0 is any
// free port. CAPACITY is the number of requests that may come at once, PER_SECOND the rate after
// that, such as 0.5.

#include "rate_limiter.hpp"

#include <httplib.h>

#include <csignal>
#include <iostream>
#include <thread>

namespace {

constexpr const char *address = "127.0.0.1";

std::string seconds(rate_limiter::duration time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count());
}

/// Answers a request that is over the limit, and adds the state of the limit to each response.
httplib::Server::HandlerResponse limit(const rate_limiter &limiter, const httplib::Request &request,
                                       httplib::Response &response) {
    // Behind a proxy of your own: the address that it reports. Otherwise a client can invent one.
    const auto decision = limiter.take(request.remote_addr);
    response.set_header("RateLimit-Limit", std::to_string(limiter.capacity()));
    response.set_header("RateLimit-Remaining", std::to_string(decision.remaining));
    response.set_header("RateLimit-Reset", seconds(decision.full_after));
    if (decision.is_allowed) return httplib::Server::HandlerResponse::Unhandled;
    response.status = 429;
    response.set_header("Retry-After", seconds(decision.retry_after));
    response.set_content("too many requests\n", "text/plain");
    return httplib::Server::HandlerResponse::Handled;
}

/// A store that fails is status 503, and the service goes on. To let requests pass instead, catch
/// kv::error in limit().
void fail(const httplib::Request &, httplib::Response &response, std::exception_ptr thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
    }
    response.status = 503;
}

/// Returns the signals that end the service. They are blocked in this thread and in all that begin
/// later, those of the store too, and so left to the thread that waits for them.
sigset_t blocked_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void serve(const rate_limiter &limiter, int port, const sigset_t &signals) {
    httplib::Server server;
    server.new_task_queue = [] { return new httplib::ThreadPool(16); };
    server.set_pre_routing_handler([&](const auto &request, auto &response) {
        return limit(limiter, request, response);
    });
    server.set_exception_handler(fail);
    server.Get("/", [](const httplib::Request &, httplib::Response &response) {
        response.set_content("hello\n", "text/plain");
    });

    const int bound = port == 0 ? server.bind_to_any_port(address)
                                : server.bind_to_port(address, port) ? port : -1;
    if (bound < 0) throw std::runtime_error("the port " + std::to_string(port) + " is not free");
    std::cout << "listening on " << address << ":" << bound << std::endl;
    std::thread stopper([&] {
        int signal = 0;
        sigwait(&signals, &signal);
        server.stop();
    });
    // Returns when the requests that had begun are answered.
    server.listen_after_bind();
    // If the server has ended without a signal, this ends the thread.
    pthread_kill(stopper.native_handle(), SIGTERM);
    stopper.join();
}

}  // namespace

int main(int argc, char **argv) try {
    if (argc < 2)
        throw std::invalid_argument("usage: rate_limit LOCATION [PORT [CAPACITY [PER_SECOND]]]");
    const int port = argc > 2 ? std::stoi(argv[2]) : 8080;
    const std::int64_t capacity = argc > 3 ? std::stoll(argv[3]) : 100;
    const double per_second = argc > 4 ? std::stod(argv[4]) : 10;
    if (capacity < 1 || !(per_second > 0)) throw std::invalid_argument("limits are above 0");
    const sigset_t signals = blocked_signals();
    kv::store store(argv[1]);
    const std::chrono::duration<double> interval(1 / per_second);
    serve(rate_limiter(store, capacity, std::chrono::round<rate_limiter::duration>(interval)), port,
          signals);
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
