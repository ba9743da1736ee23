/* The calls of the behaviour cases on values in pieces. */

#ifndef BEHAVIOUR_STREAM_H
#define BEHAVIOUR_STREAM_H

#include "behaviour_entry.h"

static kv_writer writer_of(struct line *line)
{
    return (kv_writer){number_named(WRITER, text_of(line, "writer"))};
}

static kv_reader reader_of(struct line *line)
{
    return (kv_reader){number_named(READER, text_of(line, "reader"))};
}

static kv_status call_writer_open(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    kv_put_options options = put_options_of(line);
    const char *name = text_of(line, "writer");
    kv_writer writer;
    kv_status status = kv_writer_open(store_of(line), AT(at), &options, &writer, &error);
    if (status == KV_OK) name_number(WRITER, name, writer.id);
    return status;
}

static kv_status call_writer_write(struct call *call)
{
    struct bytes value = bytes_of(&call->line, "value");
    return kv_writer_write(writer_of(&call->line), value.data, value.len, &error);
}

static kv_status call_writer_size(struct call *call)
{
    uint64_t size = 0;
    kv_status status = kv_writer_size(writer_of(&call->line), &size, &error);
    give_number("size", (int64_t)size);
    return status;
}

static kv_status call_writer_commit(struct call *call)
{
    uint64_t version = 0;
    kv_status status = kv_writer_commit(writer_of(&call->line), &version, &error);
    save_as_asked(&call->line, status, version);
    give_version(version);
    return status;
}

static kv_status call_writer_abort(struct call *call)
{
    return kv_writer_abort(writer_of(&call->line), &error);
}

static kv_status call_reader_open(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    const char *name = text_of(line, "reader");
    kv_reader reader;
    kv_status status = kv_reader_open(store_of(line), AT(at), &reader, &error);
    if (status == KV_OK) name_number(READER, name, reader.id);
    return status;
}

static kv_status call_reader_info(struct call *call)
{
    kv_value value;
    return give_info(kv_reader_info(reader_of(&call->line), &value, &error), &value);
}

static kv_status call_reader_read(struct call *call)
{
    struct line *line = &call->line;
    uint64_t offset = (uint64_t)number_of(line, "offset");
    size_t capacity = (size_t)number_of(line, "length"), len = 0;
    void *buffer = keep(capacity);
    kv_status status = kv_reader_read(reader_of(line), offset, buffer, capacity, &len, &error);
    if (status == KV_OK) give("value", hex(buffer, len));
    return status;
}

static kv_status call_reader_close(struct call *call)
{
    return kv_reader_close(reader_of(&call->line), &error);
}

#endif
