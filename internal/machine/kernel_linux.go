package machine

import "golang.org/x/sys/unix"

// Kernel is the kernel's name and release, as in "Linux 6.18.5".
func Kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown" // it fails for a bad pointer only
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}
