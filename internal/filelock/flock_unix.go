//go:build unix && !solaris && !aix

package filelock

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lock takes f. Who looks has it for a moment, which is no reason to give up.
func lock(f *os.File) error {
	err := flock(f, syscall.LOCK_EX)
	for range 3 {
		if !errors.Is(err, errHeld) {
			break
		}
		time.Sleep(10 * time.Millisecond)
		err = flock(f, syscall.LOCK_EX)
	}
	return err
}

// look fails with errHeld where f is taken, and leaves it as it is.
func look(f *os.File) error { return flock(f, syscall.LOCK_SH) }

func flock(f *os.File, how int) error {
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return errHeld
	case errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS):
		return nil // the file system has no locks
	default:
		return err
	}
}
