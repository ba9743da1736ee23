// A one-time password that works once, and cannot be guessed.
//
// Taking the code out before comparing it would let any caller burn it with a wrong guess. So a
// guess is counted first, then the code is read with its version and compared, and only a right
// guess deletes it, at the version that was compared. Of any number of threads and processes that
// come with the right code, the delete succeeds for one; the others see that it was used. Counting
// is one atomic call, so parallel guesses cannot slip past the limit. The counter belongs to the
// code: issuing a new code sets both in one batch.

#include <array>
#include <iostream>
#include <kv.hpp>
#include <thread>

using namespace std::chrono_literals;

namespace {

constexpr int guesses_max = 5;
constexpr auto ttl = 5min;
constexpr std::string_view codes = "otp", guesses = "otp guesses";

void issue(const kv::store &store, std::string_view user, std::string_view code) {
    kv::batch batch;
    batch.set(codes, user, code, kv::put_options().with_expiry(kv::expires_after(ttl)));
    batch.erase(guesses, user);
    store.commit(batch);
}

// Takes the same time wherever the first difference is; only the length may show.
bool equal(std::string_view code, std::string_view guess) {
    if (code.size() != guess.size()) return false;
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < code.size(); ++i)
        difference = static_cast<unsigned char>(difference | (code[i] ^ guess[i]));
    return difference == 0;
}

std::string_view verify(const kv::store &store, std::string_view user, std::string_view guess) {
    if (store.increment(guesses, user, 1, ttl) > guesses_max) return "too many guesses";
    const auto code = store.get<kv::value>(codes, user);
    if (!code) return "no code";
    if (!equal(*code, guess)) return "wrong";
    // Not there any more: used. At another version: a new code was issued meanwhile.
    const bool is_ours = store.erase_version(codes, user, code->version()) == kv::outcome::ok;
    return is_ours ? "welcome" : "used already";
}

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "otp.db");

    issue(store, "ada", "123456");
    std::cout << "wrong guess: " << verify(store, "ada", "000000") << "\n"
              << "too short a guess: " << verify(store, "ada", "1234") << "\n";
    std::cout << "right guess: " << verify(store, "ada", "123456") << "\n";
    std::cout << "the same again: " << verify(store, "ada", "123456") << "\n";

    int both = 0;
    for (int round = 0; round < 50; ++round) {
        issue(store, "ada", "246810");
        std::array<bool, 2> welcome{};
        std::array<std::thread, 2> threads;
        for (std::size_t i = 0; i < threads.size(); ++i)
            threads[i] = std::thread(
                [&, i] { welcome[i] = verify(store, "ada", "246810") == "welcome"; });
        for (std::thread &thread : threads) thread.join();
        both += welcome[0] + welcome[1];
    }
    std::cout << "50 codes, each tried by two threads at once: " << both << " welcomes\n";

    issue(store, "grace", "999999");
    for (int i = 0; i < guesses_max; ++i) verify(store, "grace", "111111");
    std::cout << "right, but after " << guesses_max
              << " wrong ones: " << verify(store, "grace", "999999") << "\n";
    issue(store, "grace", "777777");
    std::cout << "with a new code: " << verify(store, "grace", "777777") << "\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
