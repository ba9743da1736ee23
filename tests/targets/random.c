/*
 * The library bcryptprimitives.dll of Windows, for a wine that has none: the one function of it that
 * Rust's standard library calls, by an older one.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T len)
{
    return SystemFunction036(data, (ULONG)len);
}
