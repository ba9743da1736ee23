// How a store applies many steps together, and runs an operation once.
#ifndef KV_STORE_BATCHES_HPP
#define KV_STORE_BATCHES_HPP

#include <kv/batch.hpp>
#include <kv/idempotency.hpp>
#include <kv/store_streams.hpp>
#include <kv/update.hpp>

namespace kv {

/// The part of a store that applies many steps together, and runs an operation once; see kv::store.
class store_batches : public store_streams {
public:
    /// Applies a batch and says whether its conditions held; if one did not, nothing is written and
    /// batch.result() has the step. The batch keeps its steps.
    KV_THROWS bool commit(const batch &batch) const { return detail::value_of(try_commit(batch)); }
    result<bool> try_commit(const batch &batch) const {
        return detail::call(
            [&](kv_error *error) { return kv_batch_commit(handle_, batch.native(), error); },
            detail::is_ok);
    }

    /// Begins a transaction. update() is what most programs want.
    KV_THROWS kv::transaction transaction() const { return detail::value_of(try_transaction()); }
    result<kv::transaction> try_transaction() const {
        kv_txn handle{};
        return detail::call([&](kv_error *error) { return kv_txn_begin(handle_, &handle, error); },
                            [&](kv_status) { return kv::transaction(handle); });
    }

    /// Runs `function(transaction &)`, commits what it has written, and runs the whole again if
    /// another writer has changed what it has read; returns what it returned, a T or a result<T>.
    ///
    ///     store.update([](kv::transaction &txn) { txn.set("g", "to", *txn.get("g", "from")); });
    ///
    /// After `tries_max` tries, between which it waits a little, update_errc::conflict. Nothing is
    /// written if the callable throws, returns a failed result, or aborts the transaction. It may
    /// run more than once, so it should do nothing else that lasts; and it may see two keys on
    /// either side of another's commit, in a try that is then not committed.
    template <class Function>
    KV_THROWS detail::updated_t<Function> update(Function &&function,
                                                 int tries_max = update_tries) const {
        return detail::value_of(try_update(function, tries_max));
    }
    template <class Function>
    result<detail::updated_t<Function>> try_update(Function &&function,
                                                   int tries_max = update_tries) const {
        return detail::update(handle_, function, tries_max);
    }

    /// The idempotency records, for operations that must run once.
    kv::idempotency idempotency() const noexcept { return kv::idempotency(handle_); }

protected:
    using store_streams::store_streams;
};

}  // namespace kv

#endif
