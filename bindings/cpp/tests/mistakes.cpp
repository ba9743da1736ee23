// Mistakes that the compiler must find. A line above `refused: NAME: WORDS` has one, and the words, an
// extended regular expression, are in the compiler's message about it; see mistakes.sh.
#include <kv.hpp>

struct no_codec {};

void mistakes(kv::store &store, const kv::store &constant, kv::store_ref reference);
void mistakes(kv::store &store, const kv::store &constant, kv::store_ref reference) {
    using std::chrono::hours;
    using std::chrono::seconds;
    kv::cursor cursor = store.scan("g");
    kv::transaction txn = store.transaction();
    std::optional<kv::lock> lock = store.lock("job", hours(1));
    kv::writer writer = store.writer("g", "k");
    std::optional<kv::reader> reader = store.reader("g", "k");
    kv::typed<std::string, kv::bytes> names(store);

    kv::store store_2 = store;
    // refused: a copy of a store: deleted
    kv::cursor cursor_2 = cursor;
    // refused: a copy of a cursor: deleted
    kv::transaction txn_2 = txn;
    // refused: a copy of a transaction: deleted
    kv::lock lock_2 = *lock;
    // refused: a copy of a lock: deleted
    kv::writer writer_2 = writer;
    // refused: a copy of a writer: deleted
    kv::reader reader_2 = *reader;
    // refused: a copy of a reader: deleted
    auto results_2 = cursor.results(), results_3 = results_2;
    // refused: a copy of results: deleted

    store.try_set("g", "k", "v");
    // refused: a result that is ignored: nodiscard
    store.transaction().commit();
    // refused: a commit that is ignored: nodiscard
    store.idempotency().begin("k", "r", kv::never).complete("");
    // refused: an outcome that is ignored: nodiscard
    store.lock("job", seconds(30));
    // refused: a lock that is ignored: nodiscard
    lock->renew(hours(1));
    // refused: a renewal that is ignored: nodiscard
    store.writer("g", "k").try_commit();
    // refused: a result of a writer that is ignored: nodiscard

    store.set("g", "k", "v", std::chrono::microseconds(1));
    // refused: a ttl in microseconds: no viable conversion.* to 'kv::ttl'|to ‘kv::ttl’
    store.set("g", "k", "v", 60);
    // refused: a ttl without a unit: from 'int' to 'kv::ttl'|‘int’ to ‘kv::ttl’
    (void)store.lock("job", 30);
    // refused: a lease without a unit: no viable conversion from 'int'|‘int’ to
    kv::store converted = "app.db";
    // refused: text that becomes a store: to 'kv::store'|‘kv::store’ requested
    store.put("g", "k", "v", kv::if_absent);
    // refused: a condition for options: to [^a-z]*const kv::put_options

    kv::typed<no_codec> values(store);
    // refused: a type without a codec: needs #include <kv/json.hpp>, or a codec
    store.update([] {});
    // refused: an update of nothing: no type|no matching
    store.set("g", "k");
    // refused: a set without a value: ‘kv::store::set\(|too few arguments
    (void)store.get_many("g", "ab");
    // refused: one string for many keys: get_many takes a range of strings as keys
    store.erase_many("g", std::string());
    // refused: a deletion of one string: erase_many takes a range of strings as keys
    constant.close();
    // refused: closing a const store: discards qualifiers|not viable|marked const
    reference->close();
    // refused: closing a reference: discards qualifiers|not viable|marked const
    names.hooks_ = {};
    // refused: hooks that change: private
    for (auto &entry : store.scan("g").results()) (void)entry;
    // refused: results of a walk without a name: rvalue|discards qualifiers
    for (auto &event : store.watch().queued()) (void)event;
    // refused: events of a watch without a name: rvalue|discards qualifiers
}
