package record

import (
	"syscall"
	"unsafe"
)

// Now is the time of the monotonic clock, which all processes of a machine share.
func Now() int64 {
	const monotonic = 1
	var now syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&now)), 0)
	if errno != 0 {
		panic(errno)
	}
	return now.Nano()
}
