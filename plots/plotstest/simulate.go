package plotstest

import (
	"math/rand/v2"
	"syscall"
	"time"

	"tcpbench/metrics"
	"tcpbench/results"
)

// load is one client thread that opens connections one after the other.
type load struct {
	cell
	random *rand.Rand
	rec    *metrics.Recorder
	now    time.Duration
	opened int

	intervals []results.Interval
	cutAt     time.Duration
}

// sustainedFor is how long a cell runs that never runs out.
const sustainedFor = 6 * time.Second

func newLoad(c cell) *load {
	seed := uint64(c.lo + c.reuse)
	return &load{cell: c, random: rand.New(rand.NewPCG(1, seed)), rec: metrics.NewRecorder()}
}

// run opens connections until the ports or the time run out.
func (l *load) run() {
	for l.more() {
		l.open()
		if l.now >= l.cutAt+time.Second {
			l.cut()
		}
	}
	if l.exhausts() {
		l.rec.Attempted++
		l.rec.Fail(metrics.CallConnect, syscall.EADDRNOTAVAIL)
	}
	if l.now > l.cutAt {
		l.cut()
	}
}

func (l *load) more() bool {
	if l.exhausts() {
		return l.opened < l.ports()
	}
	return l.now < sustainedFor
}

// open opens, uses and closes one connection.
func (l *load) open() {
	call := l.jitter(l.call(l.opened))
	l.now += call + l.jitter(l.rest())
	r := l.rec
	r.Established(int64(l.opened), l.now, call, call+l.jitter(60*time.Microsecond))
	first := l.jitter(110 * time.Microsecond)
	r.FirstByte.Record(first)
	r.Request.Record(first + l.jitter(3*time.Microsecond))
	r.Close.Record(l.jitter(14 * time.Microsecond))
	r.Attempted++
	r.Obtained++
	r.Succeeded++
	r.Requests++
	r.BytesSent += 64
	r.BytesReceived += 64
	l.opened++
}

// jitter spreads d: mostly near it, one in a thousand far above.
func (l *load) jitter(d time.Duration) time.Duration {
	f := 0.85 + 0.3*l.random.Float64()
	if l.random.IntN(1000) == 0 {
		f += 20 * l.random.ExpFloat64()
	}
	return time.Duration(f * float64(d))
}

// cut ends an interval.
func (l *load) cut() {
	part := l.rec.Cut(50, nil)
	seconds := (l.now - l.cutAt).Seconds()
	used, capacity, waiting := l.inUse(l.opened), l.ports(), max(l.inUse(l.opened)-50, 0)
	p50 := part.Connect.Percentile(50).Seconds() * 1e6
	p99 := part.Connect.Percentile(99).Seconds() * 1e6
	l.intervals = append(l.intervals, results.Interval{
		TS:                   l.now.Seconds(),
		Attempted:            part.Attempted,
		Obtained:             part.Obtained,
		Succeeded:            part.Succeeded,
		Failed:               part.Failed,
		ConnectionsPerSecond: float64(part.Succeeded) / seconds,
		RequestsPerSecond:    float64(part.Requests) / seconds,
		InFlight:             part.InFlight,
		TimeWait:             &waiting,
		PortsInUse:           &used,
		PortsCapacity:        &capacity,
		ConnectP50US:         &p50,
		ConnectP99US:         &p99,
	})
	l.cutAt = l.now
}
