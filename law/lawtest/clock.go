package lawtest

import "time"

// Timers is how late the kernel's timers end.
type Timers uint8

// The ways, of which a kernel shows the first one alone.
const (
	// Wheel: as the timer wheel rounds, by the number of ticks since boot.
	Wheel Timers = iota
	// Sharp: never late, which is the least that can be.
	Sharp
	// Latest: late by a whole slot of the wheel, which is the most.
	Latest
)

// clock is a kernel's count of time.
type clock struct {
	hz     int64
	boot   time.Duration // how long the kernel had run when the play began
	timers Timers
}

// ends is when a timer of length d ends that is set at the time t. The kernel
// counts both in ticks, and files the timer by its length in a wheel whose slots
// are 1, 8, 64, .. ticks wide; it goes off when the slot after its own begins
// (kernel/time/timer.c: calc_index, LVL_START).
func (c clock) ends(t, d time.Duration) time.Duration {
	ticks := (int64(d)*c.hz + int64(time.Second) - 1) / int64(time.Second)
	slot := int64(1)
	for reach := int64(63); reach <= ticks; reach *= 8 {
		slot *= 8
	}
	switch c.timers {
	case Sharp:
		return t + d
	case Latest:
		return t + c.length(ticks+slot)
	}
	now := int64(t+c.boot) * c.hz / int64(time.Second)
	return c.length(((now+ticks)/slot+1)*slot) - c.boot
}

// length is how long so many ticks take.
func (c clock) length(ticks int64) time.Duration {
	return time.Duration(ticks * int64(time.Second) / c.hz)
}

// ms is tcp_clock_ms: whole milliseconds since boot.
func (c clock) ms(t time.Duration) int64 { return int64((t + c.boot) / time.Millisecond) }
