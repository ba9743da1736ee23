# Declares kv::kv, kv::static and the two with kv.hpp, in the build tree and after an installation
# alike.
#
# Expects KV_INCLUDE_DIR, KV_CPP_INCLUDE_DIR, KV_LIBRARY_DIR, KV_SHARED_FILE, KV_SONAME, KV_NATIVE_LIBRARIES,
# KV_STATIC_FLAGS, KV_SYSTEM_SQLITE, and KV_TARGET_SCOPE, which is GLOBAL or empty.

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
  list(APPEND _kv_links ${KV_STATIC_FLAGS})
  add_library(kv::static STATIC IMPORTED ${KV_TARGET_SCOPE})
  set_target_properties(kv::static PROPERTIES
    IMPORTED_LOCATION "${KV_LIBRARY_DIR}/libkv.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${KV_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${_kv_links}")
  unset(_kv_links)
endif()

# No library of their own: kv.hpp is all header.
if(NOT TARGET kv::cpp)
  add_library(kv::cpp INTERFACE IMPORTED ${KV_TARGET_SCOPE})
  add_library(kv::cpp_static INTERFACE IMPORTED ${KV_TARGET_SCOPE})
  set_target_properties(kv::cpp kv::cpp_static PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${KV_CPP_INCLUDE_DIR}"
    INTERFACE_COMPILE_FEATURES cxx_std_17)
  set_target_properties(kv::cpp PROPERTIES INTERFACE_LINK_LIBRARIES kv::kv)
  set_target_properties(kv::cpp_static PROPERTIES INTERFACE_LINK_LIBRARIES kv::static)
endif()
