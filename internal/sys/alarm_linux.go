package sys

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Alarm wakes a goroutine on time, and leaves its thread to others meanwhile.
// It is not safe for concurrent use.
//
// Note: tried Go's timers, which count in milliseconds while a processor is
// idle (netpoll), and nanosleep(2), which takes a processor of Go's along until
// its monitor sees that, up to 10 ms later.
type Alarm struct {
	fd   int
	file *os.File
}

// NewAlarm makes an alarm, which its user closes.
func NewAlarm() (*Alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an alarm: %w", os.NewSyscallError("timerfd_create", err))
	}
	return &Alarm{fd, os.NewFile(uintptr(fd), "timerfd")}, nil
}

// Wait returns after d. While all processors are busy it is Go's timer that
// ends it: they look at those first.
func (a *Alarm) Wait(d time.Duration) {
	if d <= 0 {
		return // timerfd_settime(2): 0 disarms
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	_ = unix.TimerfdSettime(a.fd, 0, &spec, nil) // it fails for a bad time or descriptor only
	_ = a.file.SetReadDeadline(time.Now().Add(d))
	_, _ = a.file.Read(make([]byte, 8)) // either of the two has come
}

// Close frees the alarm.
func (a *Alarm) Close() { _ = a.file.Close() }
