#include "example.h"

/* In the header: */
// Prints the first address of a user, whose value is {"mails": ["ada@example.org", ...]}.
static kv_status print_mail(kv_store store, const char *user, kv_error *error)
{
    kv_value mail;
    kv_status status = kv_get_json(store, "users", KV_NUL, user, KV_NUL, "/mails/0", &mail,
                                   error);
    if (status != KV_OK) return status; // KV_NOT_FOUND: no such user, or no address
    printf("%.*s\n", (int)mail.len, (const char *)mail.data); // with its quotes: it is JSON
    kv_value_free(&mail);
    return KV_OK;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    const char *ada = "{\"mails\": [\"ada@example.org\"]}";
    EXPECT_OK(kv_set_json(store, "users", KV_NUL, "ada", KV_NUL, ada, KV_NUL, &error));
    const char *bob = "{\"mails\": []}";
    EXPECT_OK(kv_set_json(store, "users", KV_NUL, "bob", KV_NUL, bob, KV_NUL, &error));
    EXPECT_OK(print_mail(store, "ada", &error));
    EXPECT_STATUS(KV_NOT_FOUND, print_mail(store, "bob", &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
