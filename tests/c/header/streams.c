#include "example.h"

/* In the header: */
// Writes all of a file as one value. Nothing of it is seen before the commit.
static kv_status upload(kv_store store, const char *name, FILE *file, kv_error *error)
{
    char part[65536];
    kv_writer to;
    kv_status status = kv_writer_open(store, "files", KV_NUL, name, KV_NUL, NULL, &to, error);
    for (size_t len; status == KV_OK && (len = fread(part, 1, sizeof part, file)) > 0;)
        status = kv_writer_write(to, part, len, error);
    if (status == KV_OK) status = kv_writer_commit(to, NULL, error);
    if (status != KV_OK) kv_writer_abort(to, NULL);
    return status;
}

// Writes all bytes of a value to a file.
static kv_status download(kv_store store, const char *name, FILE *file, kv_error *error)
{
    char part[65536];
    kv_reader from;
    size_t len = 1;
    kv_status status = kv_reader_open(store, "files", KV_NUL, name, KV_NUL, &from, error);
    for (uint64_t at = 0; status == KV_OK && len > 0; at += len) {
        status = kv_reader_read(from, at, part, sizeof part, &len, error);
        if (status == KV_OK && fwrite(part, 1, len, file) != len) status = KV_ERR_IO;
    }
    kv_reader_close(from, NULL);
    return status;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    FILE *file = tmpfile(), *copy = tmpfile();
    if (!file || !copy) return 1;
    for (int line = 0; line < 100000; line++) fprintf(file, "line %d\n", line);
    rewind(file);
    EXPECT_OK(upload(store, "lines", file, &error));
    EXPECT_OK(download(store, "lines", copy, &error));
    if (ftell(copy) != ftell(file)) return 1;
    rewind(file);
    rewind(copy);
    int byte;
    while ((byte = getc(file)) == getc(copy)) {
        if (byte == EOF) break;
    }
    if (byte != EOF) return 1;
    EXPECT_STATUS(KV_NOT_FOUND, download(store, "other", copy, &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
