/*
 * Values in pieces. A call on a writer may commit the batches of other threads with its own, and so
 * may run callbacks, as those of write.h; so may the close of a reader, which may remove a value.
 */
#ifndef KV_GO_STREAM_H
#define KV_GO_STREAM_H

#include "write.h"

/* The result of beginning a value; of a failed call the error is as in write.h. */
typedef struct go_opened {
    kv_status status;
    kv_writer writer;
    kv_error *failure;
} go_opened;

static inline go_opened go_writer_open(kv_store store, GO_PLACE, kv_put_options options)
{
    kv_error error;
    go_opened opened;
    opened.status = kv_writer_open(store, GO_HERE, &options, &opened.writer, &error);
    opened.failure = go_keep_failure(opened.status, &error);
    return opened;
}

static inline go_written go_writer_write(kv_writer writer, GO_BYTES(data))
{
    kv_error error;
    kv_status status = kv_writer_write(writer, data, data_len, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_writer_commit(kv_writer writer)
{
    kv_error error;
    uint64_t version = 0;
    kv_status status = kv_writer_commit(writer, &version, &error);
    return go_wrote(status, version, &error);
}

static inline go_written go_writer_abort(kv_writer writer)
{
    kv_error error;
    kv_status status = kv_writer_abort(writer, &error);
    return go_wrote(status, 0, &error);
}

/* After a failure the reader, if it is not zero, is to be closed. */
static inline kv_status go_reader_open(kv_store store, GO_PLACE, kv_reader *reader,
                                       kv_value *info, kv_error *error)
{
    kv_status status = kv_reader_open(store, GO_HERE, reader, error);
    return status == KV_OK ? kv_reader_info(*reader, info, error) : status;
}

static inline kv_status go_reader_read(kv_reader reader, uint64_t offset, uint8_t *buffer,
                                       size_t capacity, size_t *len, kv_error *error)
{
    return kv_reader_read(reader, offset, buffer, capacity, len, error);
}

static inline go_written go_reader_close(kv_reader reader)
{
    kv_error error;
    kv_status status = kv_reader_close(reader, &error);
    return go_wrote(status, 0, &error);
}

#endif
