// Sessions that end by themselves, stay ended, and are found by user.
//
// Beside the group of all sessions each user has a group with the ids of that user's: an index, so
// that to list or end them costs what one user has, however many sessions there are. A session and
// its place in the index are written together, with one ttl: neither is ever there alone.
//
// A refresh is the dangerous call. It reads a session and writes it back; if the user logs out in
// between, a plain write would bring the session back to life. An update commits only if what it
// has read is still so; otherwise it is made again, of what is there now.

#include <iostream>
#include <kv.hpp>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr int others = 500;

class sessions {
public:
    explicit sessions(kv::store_ref store) : store_(store) {}

    // An id that is in use is not taken over.
    bool begin(std::string_view id, std::string_view user, kv::ttl ttl) const {
        const kv::put_options is_new{kv::if_absent, kv::expires_after(ttl)};
        kv::batch batch;
        batch.set(group, id, user, is_new);
        batch.set(index_of(user), id, "", is_new);
        return store_->commit(batch);
    }

    // Lets a live session last for `ttl` from now.
    bool refresh(std::string_view id, kv::ttl ttl) const {
        return store_->update([&](kv::transaction &txn) {
            const auto user = txn.get(group, id);
            if (!user) return false;
            txn.set(group, id, *user, ttl);
            txn.set(index_of(*user), id, "", ttl);
            return true;
        });
    }

    bool end(std::string_view id) const {
        return store_->update([&](kv::transaction &txn) {
            const auto user = txn.get(group, id);
            return user && txn.erase(group, id) && txn.erase(index_of(*user), id);
        });
    }

    std::vector<std::string> of(std::string_view user) const {
        std::vector<std::string> ids;
        for (const kv::entry &entry : store_->scan(index_of(user))) ids.emplace_back(entry.key);
        return ids;
    }

    // Ends all sessions of a user at once, and returns their ids.
    std::vector<std::string> end_all(std::string_view user) const {
        std::vector<std::string> ids = of(user);
        kv::batch batch;
        for (const std::string &id : ids) {
            batch.erase(group, id);
            batch.erase(index_of(user), id);
        }
        store_->commit(batch);
        return ids;
    }

    std::uint64_t count() const { return store_->count(group); }

private:
    static constexpr std::string_view group = "sessions";
    static std::string index_of(std::string_view user) { return "sessions of " + std::string(user); }

    kv::store_ref store_;
};

void report(const char *what, bool is_done, const char *otherwise) {
    std::cout << what << ": " << (is_done ? "ok" : otherwise) << "\n";
}

void report(const char *what, const std::vector<std::string> &ids) {
    std::cout << what << ":";
    for (const std::string &id : ids) std::cout << " " << id;
    std::cout << "\n";
}

}  // namespace

int main(int argc, char **argv) try {
    kv::store store(argc > 1 ? argv[1] : "sessions.db");
    const sessions sessions(store);
    for (int i = 0; i < others; ++i)
        sessions.begin("o" + std::to_string(i), "user " + std::to_string(i), 1h);

    report("begin phone", sessions.begin("phone", "ada", 1h), "taken");
    report("begin laptop", sessions.begin("laptop", "ada", 1h), "taken");
    report("begin phone, of another", sessions.begin("phone", "mallory", 1h), "taken");
    report("begin kiosk, for a moment", sessions.begin("kiosk", "ada", 20ms), "taken");
    while (store.exists("sessions", "kiosk")) std::this_thread::sleep_for(1ms);
    report("refresh kiosk", sessions.refresh("kiosk", 1h), "ended already");
    report("refresh phone", sessions.refresh("phone", 2h), "ended already");
    report("sessions of ada", sessions.of("ada"));

    report("begin tablet", sessions.begin("tablet", "ada", 1h), "taken");
    report("end laptop", sessions.end("laptop"), "ended already");
    report("late refresh of laptop", sessions.refresh("laptop", 1h), "ended already");
    report("logged out everywhere, ada", sessions.end_all("ada"));
    report("late refresh of phone", sessions.refresh("phone", 1h), "ended already");
    report("sessions of ada", sessions.of("ada"));
    std::cout << "the " << others << " others: " << sessions.count() << "\n";
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}
