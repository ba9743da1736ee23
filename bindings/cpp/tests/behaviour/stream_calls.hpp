// Values in pieces.
#ifndef KV_BEHAVIOUR_STREAM_CALLS_HPP
#define KV_BEHAVIOUR_STREAM_CALLS_HPP

#include "entry_calls.hpp"

namespace behaviour {

inline kv::writer &writer_of(run &run, given &call) {
    return run.find(run.writers, call.text("writer"));
}

inline kv::reader &reader_of(run &run, given &call) {
    return run.find(run.readers, call.text("reader"));
}

inline json writer_open(run &run, given &call) {
    const std::string name = call.text("writer");
    const kv::put_options options = run.options(call);
    run.writers.insert_or_assign(name, run.store(call).writer(call.group(), call.key(), options));
    return status("ok");
}

inline json reader_open(run &run, given &call) {
    const std::string name = call.text("reader");
    std::optional<kv::reader> opened = run.store(call).reader(call.group(), call.key());
    if (opened) run.readers.insert_or_assign(name, *std::move(opened));
    return ok_if(opened.has_value());
}

inline json reader_read(run &run, given &call) {
    const auto offset = static_cast<std::uint64_t>(call.integer("offset"));
    std::string bytes(static_cast<std::size_t>(call.integer("length")), '\0');
    bytes.resize(reader_of(run, call).read(offset, bytes.data(), bytes.size()));
    return {{"status", "ok"}, {"value", bytes}};
}

inline const calls stream_calls = {
    {"writer_open", writer_open},
    {"writer_write",
     [](run &run, given &call) {
         writer_of(run, call).write(call.value());
         return status("ok");
     }},
    {"writer_size",
     [](run &run, given &call) { return number_of("size", writer_of(run, call).size()); }},
    {"writer_commit",
     [](run &run, given &call) { return written_of(run, call, writer_of(run, call).commit()); }},
    {"writer_abort",
     [](run &run, given &call) {
         writer_of(run, call).abort();
         return status("ok");
     }},
    {"reader_open", reader_open},
    {"reader_info",
     [](run &run, given &call) { return info_of(reader_of(run, call).info()); }},
    {"reader_read", reader_read},
    {"reader_close",
     [](run &run, given &call) {
         reader_of(run, call).close();
         return status("ok");
     }},
};

}  // namespace behaviour

#endif
