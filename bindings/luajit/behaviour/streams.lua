-- Values in pieces of the behaviour cases, by the writers and readers of the binding.

local kv = require("kv")
local lines = require("behaviour.lines")
local values = require("behaviour.values")

local abi, hex, decimal, through = kv.abi, lines.hex, values.decimal, values.through

local streams = {}

function streams.writer_open(run, line)
    local store, name, options = run:store(line), line:take("writer"), values.put_options(run, line)
    local status, writer = through(store.open_writer, store, line:bytes("group"), line:bytes("key"), options)
    if status == abi.KV_OK then
        run.writers[name] = writer
    end
    return status
end

function streams.writer_write(run, line)
    local writer = run.writers[line:take("writer")]
    return (through(writer.write, writer, line:bytes("value")))
end

function streams.writer_size(run, line)
    local writer = run.writers[line:take("writer")]
    local status, size = through(writer.size, writer)
    return status, { size = status == abi.KV_OK and ("%d"):format(size) or nil }
end

function streams.writer_commit(run, line)
    local writer = run.writers[line:take("writer")]
    return values.versioned(run, line, writer.commit, writer)
end

function streams.writer_abort(run, line)
    local writer = run.writers[line:take("writer")]
    return (through(writer.abort, writer))
end

function streams.reader_open(run, line)
    local store, name = run:store(line), line:take("reader")
    local status, reader = through(store.open_reader, store, line:bytes("group"), line:bytes("key"))
    if status == abi.KV_OK and reader == nil then
        return abi.KV_NOT_FOUND
    end
    run.readers[name] = reader
    return status
end

function streams.reader_info(run, line)
    local reader = run.readers[line:take("reader")]
    return abi.KV_OK, {
        size = ("%d"):format(reader.size), version = decimal(reader.version),
        expires_at = reader.expires_at_ms == kv.NEVER and "never" or ("%d"):format(reader.expires_at_ms),
    }
end

function streams.reader_read(run, line)
    local reader = run.readers[line:take("reader")]
    reader:seek("set", tonumber(line:take("offset")))
    local status, value = through(reader.read, reader, tonumber(line:take("length")))
    return status, { value = hex(value or "") }
end

function streams.reader_close(run, line)
    local reader = run.readers[line:take("reader")]
    return (through(reader.close, reader))
end

return streams
