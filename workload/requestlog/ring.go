package requestlog

import "sync/atomic"

// Ring takes the rows of one worker, which is never held up: a row for which there is no
// room is counted, and lost.
type Ring struct {
	rows []Row        // a power of two of them
	full *atomic.Bool // no more lines may come

	_    [64]byte      // the sides write on lines of the cache of their own
	head atomic.Uint64 // rows that came; the worker's
	lost atomic.Int64
	late atomic.Int64 // that came when the file had all that it may have
	_    [64]byte
	tail atomic.Uint64 // rows that were taken; the writer's
}

func newRing(size int, full *atomic.Bool) *Ring { return &Ring{rows: make([]Row, size), full: full} }

// Push adds a row. Only one goroutine at a time may.
func (r *Ring) Push(row *Row) {
	if r.full.Load() {
		r.late.Add(1)
		return
	}
	head := r.head.Load()
	if head-r.tail.Load() == uint64(len(r.rows)) {
		r.lost.Add(1)
		return
	}
	r.rows[head&uint64(len(r.rows)-1)] = *row
	r.head.Store(head + 1)
}

// take hands over all rows that there are, the oldest first; it reports whether there were any.
func (r *Ring) take(write func(*Row)) bool {
	tail, head := r.tail.Load(), r.head.Load()
	for i := tail; i < head; i++ {
		write(&r.rows[i&uint64(len(r.rows)-1)])
		r.tail.Store(i + 1)
	}
	return head > tail
}
