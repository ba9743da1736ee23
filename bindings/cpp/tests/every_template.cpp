// Every member of every template, in both ways of telling errors, compiled.
#include <kv.hpp>
#include <kv.hpp>  // NOLINT: it may be included twice

template class kv::basic_entry_operations<kv::returning>;
template class kv::basic_change_operations<kv::returning>;
template class kv::basic_text_operations<kv::returning>;
template class kv::basic_operations<kv::returning>;
template class kv::basic_parts<kv::returning>;
template class kv::basic_transaction<kv::returning>;
template class kv::basic_idempotency<kv::returning>;
template class kv::basic_attempt<kv::returning>;
template class kv::basic_store<kv::returning>;
template class kv::basic_store_ref<kv::returning>;
template class kv::basic_cursor<kv::returning>;
template class kv::basic_group_names<kv::returning>;
template class kv::basic_batch<kv::returning>;
template class kv::basic_watch<kv::returning>;
template class kv::basic_subscription<kv::returning>;
template class kv::basic_change_cursor<kv::returning>;
template class kv::basic_typed<std::string, kv::bytes, kv::returning>;
template class kv::basic_typed_cursor<std::string, kv::bytes, kv::returning>;
template class kv::basic_typed<int, kv::decimal<int>, kv::returning>;
template class kv::result<std::string>;

#if KV_HAS_EXCEPTIONS
template class kv::basic_entry_operations<kv::throwing>;
template class kv::basic_change_operations<kv::throwing>;
template class kv::basic_text_operations<kv::throwing>;
template class kv::basic_operations<kv::throwing>;
template class kv::basic_parts<kv::throwing>;
template class kv::basic_transaction<kv::throwing>;
template class kv::basic_idempotency<kv::throwing>;
template class kv::basic_attempt<kv::throwing>;
template class kv::basic_store<kv::throwing>;
template class kv::basic_store_ref<kv::throwing>;
template class kv::basic_cursor<kv::throwing>;
template class kv::basic_group_names<kv::throwing>;
template class kv::basic_batch<kv::throwing>;
template class kv::basic_watch<kv::throwing>;
template class kv::basic_subscription<kv::throwing>;
template class kv::basic_change_cursor<kv::throwing>;
template class kv::basic_typed<std::string, kv::bytes, kv::throwing>;
template class kv::basic_typed_cursor<std::string, kv::bytes, kv::throwing>;
#endif

#if KV_HAS_JSON
template class kv::basic_typed<nlohmann::json, kv::json<nlohmann::json>, kv::returning>;
template struct kv::json<std::string>;
#endif
