#include "example.h"

/* In the header: */
// For a program that loads the library at run time.
static int can_use_library(void)
{
    if (kv_abi_version() != KV_ABI_VERSION) {
        fprintf(stderr, "kv %s has another interface than kv.h\n", kv_version());
        return 0;
    }
    return kv_version_number() >= KV_VERSION_NUMBER;
}
/* Until here. */

int main(void)
{
    EXPECT(can_use_library());
    return 0;
}
