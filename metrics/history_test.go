package metrics

import (
	"runtime"
	"testing"
	"time"
)

const day = 86400 // intervals of 1 s

// dayWith is the history of a day at 450 connections/s, in which ports in use peak for
// one interval, connecting becomes dearer and something fails, at these times in seconds.
func dayWith(peak, dearer, fails int) *History {
	h := NewHistory()
	for i := range day {
		iv := Interval{TS: float64(i + 1), LengthS: 1, Attempted: 450, Obtained: 450, Succeeded: 450,
			ConnectionsPerSecond: 450, RequestsPerSecond: 450, InFlight: 3, TimeWait: new(27000),
			PortsInUse: new(27000 + i%7), PortsCapacity: new(28232), ConnectP50US: new(8 + float64(i%3)),
			ConnectP99US: new(40.0), CPUUserS: new(0.01), CPUSystemS: new(0.02)}
		if i == peak {
			iv.PortsInUse = new(28000)
		}
		if i >= dearer {
			iv.ConnectP50US = new(800.0)
		}
		if i >= fails {
			iv.Failed = 2
		}
		h.Add(iv)
	}
	return h
}

func TestADayOfIntervalsIsFinestAroundWhatHappened(t *testing.T) {
	h := dayWith(20_000, 40_000, 60_000)
	fine := map[int]bool{}
	all := h.All()
	for _, iv := range all {
		fine[int(iv.TS)] = iv.Merged == 0
	}
	for at, want := range map[int]bool{1: true, 20_001: false, 39_990: true, 40_001: true, 40_030: true, 59_950: true,
		60_001: true, 60_050: true, 70_000: false, day - 200: true, day: true} {
		if fine[at] != want {
			t.Errorf("the interval that ends at %d s is as it came: %t, want %t", at, fine[at], want)
		}
	}
	var sum int64
	for _, iv := range all {
		sum += iv.Succeeded
	}
	if want := int64(450 * day); sum != want || len(all) > TimelineMost {
		t.Errorf("%d intervals have %d connections, want at most %d and %d", len(all), sum, TimelineMost, want)
	}
}

func TestPeaksAreThoseOfAllIntervals(t *testing.T) {
	h := dayWith(20_000, day, day)
	inUse, ok := h.PeakInUse()
	held, _ := h.PeakHeld()
	if !ok || inUse != 28_000 || held != 28_000 {
		t.Errorf("PeakInUse() = %d, %t and PeakHeld() = %d, want 28000", inUse, ok, held)
	}
	most := 0
	for _, iv := range h.All() {
		most = max(most, *iv.Highest().PortsInUse)
	}
	if most != 28_000 {
		t.Errorf("the intervals have %d ports in use at most, want 28000", most)
	}
	if _, ok := NewHistory().PeakInUse(); ok {
		t.Error("PeakInUse() is known of no interval")
	}
}

// heap is what is in use, garbage collected.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestADayNeedsNoMoreMemoryThanItsBound(t *testing.T) {
	before := heap()
	h := dayWith(1, 2, 3)
	used := heap() - before
	t.Logf("a day at 1 s takes %d bytes", used)
	const most = 4 << 20
	if used > most {
		t.Errorf("a day at 1 s takes %d bytes, want at most %d", used, most)
	}
	runtime.KeepAlive(h)
}

func TestTenMillionConnectionsNeedNoMoreMemoryThanOne(t *testing.T) {
	before := heap()
	r := NewRecorder()
	var spare *Window
	for n := range int64(10_000_000) {
		at := time.Duration(n) * 10 * time.Microsecond
		r.Established(n, at, 8*time.Microsecond, 20*time.Microsecond)
		r.Answered(time.Duration(n%1000) * time.Microsecond)
		if n%100_000 == 0 {
			spare = r.Cut(1, spare).Window
			spare.Reset()
		}
	}
	used := heap() - before
	t.Logf("10 million connections take %d bytes", used)
	const most = 6 << 20
	if used > most {
		t.Errorf("10 million connections take %d bytes, want at most %d", used, most)
	}
	runtime.KeepAlive(r)
	runtime.KeepAlive(spare)
}
