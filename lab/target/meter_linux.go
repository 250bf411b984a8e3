package target

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// metersSize is in bytes.
const metersSize = unsafe.Sizeof(Meters{})

// MetersFile opens memory for [MapMeters], here and in a process that inherits it
// (memfd_create(2), Linux 3.17). It is freed with the last that has it open or mapped.
func MetersFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("tcpbench-meters", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make memory for meters: %w", os.NewSyscallError("memfd_create", err))
	}
	f := os.NewFile(uintptr(fd), "meters")
	if err := f.Truncate(int64(metersSize)); err != nil {
		f.Close()
		return nil, fmt.Errorf("make memory for meters: %w", err)
	}
	return f, nil
}

// MapMeters returns the meters that lie in a [MetersFile], for as long as the process
// lives. The file may be closed.
func MapMeters(f *os.File) (*Meters, error) {
	p, err := unix.Mmap(int(f.Fd()), 0, int(metersSize), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the memory of meters: %w", os.NewSyscallError("mmap", err))
	}
	return (*Meters)(unsafe.Pointer(&p[0])), nil
}
