// Sessions that end by themselves, and stay ended.
//
// A refresh is the dangerous call: it reads a session and writes it back with a new time. If the
// user logs out in between, a plain set would bring the session back to life. So every write says
// what it expects: a new session that its key is absent, a refresh that the session is still there,
// a change that it is still the one that was read. The condition is checked in the transaction that
// writes, so there is no moment between the two. Expired sessions count as absent at once, whether
// or not they have been purged.

#include <iostream>
#include <kv.hpp>
#include <thread>

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

class sessions {
public:
    explicit sessions(kv::store_ref store) : store_(store) {}

    // An id that is in use is not taken over.
    bool begin(std::string_view id, std::string_view user, milliseconds ttl) const {
        return store_.put(group, id, user, {kv::if_absent, kv::expires_after(ttl)}).is_written;
    }

    // Gives a live session more time; its data is neither read nor written back.
    bool refresh(std::string_view id, milliseconds ttl) const {
        return store_.expire(group, id, ttl) == kv::outcome::ok;
    }

    // Replaces the data of the session that was read, keeping the time it has left.
    bool change(std::string_view id, std::uint64_t version, std::string_view data) const {
        return store_.put(group, id, data, {kv::if_version(version), kv::keep_expiry}).is_written;
    }

    bool end(std::string_view id) const { return store_.erase(group, id); }

    // Prints a session and returns its version, 0 if there is none.
    std::uint64_t show(std::string_view id) const {
        const auto session = store_.get<kv::value>(group, id);
        std::cout << id << ": " << (session ? session->view() : "none") << "\n";
        return session ? session->version() : 0;
    }

private:
    static constexpr std::string_view group = "sessions";
    kv::store_ref store_;
};

void tell(const char *what, bool done, const char *otherwise) {
    std::cout << what << ": " << (done ? "ok" : otherwise) << "\n";
}

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "sessions.db");
    const sessions sessions(store);

    tell("begin s1", sessions.begin("s1", "ada", 60s), "taken");
    tell("begin s1 again", sessions.begin("s1", "mallory", 60s), "taken");
    std::uint64_t version = sessions.show("s1");
    tell("refresh", sessions.refresh("s1", 2min), "ended");
    tell("change", sessions.change("s1", version, "ada, cart of 3"), "stale");
    tell("change from what was read before", sessions.change("s1", version, "ada, cart of 1"),
         "stale");
    version = sessions.show("s1");

    // The user logs out while another request is still at work on the session.
    tell("end", sessions.end("s1"), "ended already");
    tell("late refresh", sessions.refresh("s1", 2min), "ended");
    tell("late change", sessions.change("s1", version, "ada"), "stale");
    sessions.show("s1");

    sessions.begin("s2", "grace", 20ms);
    std::this_thread::sleep_for(40ms);
    tell("refresh of an expired one", sessions.refresh("s2", 60s), "ended");
    sessions.show("s2");
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
