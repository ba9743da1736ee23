/* The functions of system.h on Windows. */

#ifndef SYSTEM_WINDOWS_H
#define SYSTEM_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <io.h>
#include <unistd.h>

/* Numbers of os_error: a file is missing, a folder on the way to it is, or that is no folder. */
enum {
    OS_NO_FILE = ERROR_FILE_NOT_FOUND,
    OS_NO_FOLDER = ERROR_PATH_NOT_FOUND,
    OS_NOT_A_FOLDER = ERROR_PATH_NOT_FOUND
};

/* Swallows each write. */
#define NULL_DEVICE "NUL"

static MAYBE_UNUSED bool make_folder(const char *path)
{
    return CreateDirectoryA(path, NULL) != 0;
}

/* Returns the length of a file, or -1 if there is none: that of its handle, which a folder's entry
 * follows late. */
static MAYBE_UNUSED int64_t file_len(const char *path)
{
    const DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    LARGE_INTEGER len = {.QuadPart = -1};
    HANDLE file = CreateFileA(path, FILE_READ_ATTRIBUTES, sharing, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return -1;
    if (!GetFileSizeEx(file, &len)) len.QuadPart = -1;
    CloseHandle(file);
    return len.QuadPart;
}

/* Writes the path of a file in a folder as the library names the file. */
static MAYBE_UNUSED void full_path(const char *folder, const char *name, char *to, size_t size)
{
    char joined[4200];
    snprintf(joined, sizeof joined, "%s/%s", folder, name);
    DWORD len = GetFullPathNameA(joined, (DWORD)size, to, NULL);
    CHECK(len > 0 && len < size);
}

/* In the environment of the process, which the library reads, not in the C library's copy. */
static MAYBE_UNUSED bool set_variable(const char *name, const char *value)
{
    return SetEnvironmentVariableA(name, value) != 0;
}

static MAYBE_UNUSED void unset_variable(const char *name)
{
    SetEnvironmentVariableA(name, NULL);
}

/* Returns the milliseconds since 1970, by the clock that the library reads; that of clock_gettime
 * may be 16 ms behind it. */
static MAYBE_UNUSED int64_t wall_ms(void)
{
    const int64_t ms_from_1601_to_1970 = INT64_C(11644473600000);
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    uint64_t units = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return (int64_t)(units / 10000) - ms_from_1601_to_1970;
}

/* Returns the address of 4096 bytes that can be neither read nor written. */
static MAYBE_UNUSED const void *forbid_page(void)
{
    void *page = VirtualAlloc(NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_NOACCESS);
    CHECK(page != NULL);
    return page;
}

static MAYBE_UNUSED void free_page(const void *page)
{
    VirtualFree((void *)(uintptr_t)page, 0, MEM_RELEASE);
}

#endif
