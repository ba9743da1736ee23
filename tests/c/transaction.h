/* The parts that the tests of transactions share: a store, a transaction of it, and what that sees. */

#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "check.h"

static kv_store store;

static kv_txn begin(void)
{
    kv_txn txn;
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    CHECK(txn.id != 0);
    return txn;
}

static void set(const char *key, const char *value)
{
    EXPECT(kv_set(store, "t", 1, key, KV_NUL, value, KV_NUL, &error), KV_OK);
}

/* A transaction sees a value, or nothing for NULL. */
static void check_seen(kv_txn txn, const char *key, const char *text)
{
    kv_value value;
    kv_status expected = text == NULL ? KV_NOT_FOUND : KV_OK;
    EXPECT(kv_txn_get(txn, "t", 1, key, KV_NUL, &value, &error), expected);
    if (text != NULL) CHECK_BYTES(value.data, value.len, text);
    else CHECK(value.data == NULL && value.len == 0 && value.owner == 0);
    kv_value_free(&value);
}

#endif
