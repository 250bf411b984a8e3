package capacity

import "time"

// usualHZ are how many ticks a second kernels are built with (kernel/Kconfig.hz).
func usualHZ() []int { return []int{100, 250, 300, 1000} }

// wheelRounding is by how much a kernel of hz ticks a second may end a timer of
// length d late. Its wheel (kernel/time/timer.c) has levels of 64 slots, a slot
// of level n being 8^n ticks; a timer goes into the lowest level that reaches it
// (LVL_START: 63 ticks, 504, 4032, ..), and up to the end of the slot after its
// own (calc_index). It is never early.
func wheelRounding(d time.Duration, hz int) time.Duration {
	ticks := wholeTicks(d, hz)
	slot := int64(1)
	for start := int64(63); ticks >= start; start *= 8 {
		slot *= 8
	}
	return duration(ticks+slot, hz) - d
}

// wholeTicks is how many there are in d, rounded up.
func wholeTicks(d time.Duration, hz int) int64 {
	part := int64(d%time.Second) * int64(hz)
	return int64(d/time.Second)*int64(hz) + (part+int64(time.Second)-1)/int64(time.Second)
}

// duration is how long so many ticks take, rounded up.
func duration(ticks int64, hz int) time.Duration {
	part := ticks % int64(hz) * int64(time.Second)
	return time.Duration(ticks/int64(hz))*time.Second + time.Duration((part+int64(hz)-1)/int64(hz))
}

// timerLate is wheelRounding; where hz is not known, 0, the worst of the usual.
func timerLate(d time.Duration, hz int) time.Duration {
	if hz > 0 {
		return wheelRounding(d, hz)
	}
	var worst time.Duration
	for _, hz := range usualHZ() {
		worst = max(worst, wheelRounding(d, hz))
	}
	return worst
}
