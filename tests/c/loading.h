/* Loading a library at run time. */

#ifndef LOADING_H
#define LOADING_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#define LIBRARY_NAME "kv.dll"

static void *load_library(const char *path)
{
    HMODULE library = LoadLibraryA(path);
    if (library == NULL) FAIL("%s cannot be loaded: error %lu", path, GetLastError());
    return library;
}

static void *symbol_of(void *library, const char *name)
{
    return (void *)(uintptr_t)GetProcAddress(library, name);
}

static bool unload_library(void *library)
{
    return FreeLibrary(library) != 0;
}

#else

#include <dlfcn.h>

#define LIBRARY_NAME "libkv.so"

static void *load_library(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) FAIL("%s", dlerror());
    return library;
}

static void *symbol_of(void *library, const char *name)
{
    return dlsym(library, name);
}

static bool unload_library(void *library)
{
    return dlclose(library) == 0;
}

#endif

#endif
