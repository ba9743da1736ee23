# Declares kv::kv and kv::static, in the build tree and after an installation alike.
#
# Expects KV_INCLUDE_DIR, KV_LIBRARY_DIR, KV_SHARED_FILE, KV_SONAME, KV_NATIVE_LIBRARIES,
# KV_SYSTEM_SQLITE, and KV_TARGET_SCOPE, which is GLOBAL or empty.

if(NOT TARGET kv::kv)
  add_library(kv::kv SHARED IMPORTED ${KV_TARGET_SCOPE})
  set_target_properties(kv::kv PROPERTIES
    IMPORTED_LOCATION "${KV_LIBRARY_DIR}/${KV_SHARED_FILE}"
    IMPORTED_SONAME "${KV_SONAME}"
    INTERFACE_INCLUDE_DIRECTORIES "${KV_INCLUDE_DIR}")
endif()

if(NOT TARGET kv::static)
  set(_kv_links ${KV_NATIVE_LIBRARIES})
  list(REMOVE_ITEM _kv_links pthread)
  list(INSERT _kv_links 0 Threads::Threads)
  if(KV_SYSTEM_SQLITE)
    list(INSERT _kv_links 0 SQLite::SQLite3)
  endif()
  add_library(kv::static STATIC IMPORTED ${KV_TARGET_SCOPE})
  set_target_properties(kv::static PROPERTIES
    IMPORTED_LOCATION "${KV_LIBRARY_DIR}/libkv.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${KV_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${_kv_links}")
  unset(_kv_links)
endif()
