package target

import (
	"sync/atomic"
	"time"

	"tcpbench/scenario"
)

// Meters are what the threads of a server report while they serve. They may lie in
// memory that another process reads: see [MapMeters].
type Meters [scenario.MaxThreads]meter

// meter is what one thread reports.
type meter struct {
	// thread is its number in its own pid namespace (gettid(2)); 0 where there is none.
	thread atomic.Int64
	// spun is for how long it has looked for events instead of sleeping, in ns.
	spun atomic.Int64
}

func (m *meter) spent(looking time.Duration) { m.spun.Add(int64(looking)) }

// Spun is for how long each thread has looked for events instead of sleeping, which is
// part of its CPU time, by its number in the server's pid namespace.
func (m *Meters) Spun() map[int]time.Duration {
	out := map[int]time.Duration{}
	for i := range m {
		if id := m[i].thread.Load(); id != 0 {
			out[int(id)] = time.Duration(m[i].spun.Load())
		}
	}
	return out
}
