# Removes the files that the last installation from a build tree has copied, within DESTDIR, and
# kv's own directories if no file of anybody else is in them.
#
#   cmake -DKV_MANIFEST=BUILD/install_manifest.txt [-DKV_PREFIX=PREFIX] -P uninstall.cmake
#
# A KV_PREFIX that is not empty must be that of the last installation.

set(listed "")
if(EXISTS "${KV_MANIFEST}")
  file(STRINGS "${KV_MANIFEST}" listed)
endif()
if(NOT listed)
  message(FATAL_ERROR
    "${KV_MANIFEST} lists no file: nothing was installed from this build tree, or it was cleaned since. "
    "To remove another installation, install once more to the same PREFIX and DESTDIR, and then uninstall.")
endif()

if(KV_PREFIX)
  get_filename_component(prefix "${KV_PREFIX}" ABSOLUTE)
  foreach(path IN LISTS listed)
    string(FIND "${path}" "${prefix}/" at)
    if(NOT at EQUAL 0)
      message(FATAL_ERROR
        "The last installation from this build tree was not to ${prefix}: it has copied ${path}. To remove the one "
        "in ${prefix}, install once more to it, and then uninstall.")
    endif()
  endforeach()
endif()

set(removed 0)
set(directories "")
foreach(path IN LISTS listed)
  set(path "$ENV{DESTDIR}${path}")
  # EXISTS is false of a link whose file has gone already.
  if(EXISTS "${path}" OR IS_SYMLINK "${path}")
    file(REMOVE "${path}")
    if(EXISTS "${path}" OR IS_SYMLINK "${path}")
      message(FATAL_ERROR "${path} cannot be removed; `sudo make uninstall` removes what root installed")
    endif()
    math(EXPR removed "${removed} + 1")
  endif()
  get_filename_component(directory "${path}" DIRECTORY)
  list(APPEND directories "${directory}")
endforeach()

list(REMOVE_DUPLICATES directories)
foreach(directory IN LISTS directories)
  get_filename_component(name "${directory}" NAME)
  file(GLOB left LIST_DIRECTORIES TRUE "${directory}/*" "${directory}/.[!.]*")
  if(name STREQUAL "kv" AND IS_DIRECTORY "${directory}" AND NOT left)
    file(REMOVE_RECURSE "${directory}")
  endif()
endforeach()
list(LENGTH listed count)
message(STATUS "removed ${removed} of ${count} files that were installed")
