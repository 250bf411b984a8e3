package metrics

// How many items a [Timeline] has, and how many of them are not joined.
const (
	// TimelineMost is the most that it has: half an hour of intervals of 1 s, or 5 MB.
	TimelineMost = 2000
	// timelineFreed is how many are joined away at a time, so that most calls of Add
	// join nothing.
	timelineFreed = TimelineMost / 8
	// TimelineLast is how many of the last stay as they came.
	TimelineLast = 300
	// TimelineNear is how many on either side of a mark do.
	TimelineNear = 60
)

// Mark names a moment around which a [Timeline] keeps what it was given as it came.
type Mark uint8

// The marks. The beginning is kept without one.
const (
	MarkFailed    Mark = iota // the first failure of any kind
	MarkExhausted             // the first failure for lack of a port
	MarkRecovered             // the first success after it
	MarkCut                   // the link was cut
	MarkKnee                  // connecting became dearer
	marks
)

// Timeline keeps what a run of any length gives at its intervals, in at most
// [TimelineMost] items. When it is full, neighbours are joined, the finest and oldest
// first. Those at the beginning, at the end and around each [Mark] stay as they came:
// TimelineLast, and TimelineNear on either side. The zero value has to be given Join.
type Timeline[T any] struct {
	// Join makes one of two neighbours.
	Join func(earlier, later T) T

	items []joined[T]
	given int64
	at    [marks]int64 // one more than the number of the marked one; 0 is none
}

// joined is what was made of some that were given one after the other.
type joined[T any] struct {
	of    T
	first int64 // the number of the first of them, from 0
	n     int64
}

// Add appends what came last.
func (t *Timeline[T]) Add(x T) {
	t.items = append(t.items, joined[T]{of: x, first: t.given, n: 1})
	t.given++
	if len(t.items) > TimelineMost {
		t.shrink()
	}
}

// Mark moves a mark to the one that was given so many before the last. Of those
// around it, the ones that were joined before stay joined.
func (t *Timeline[T]) Mark(m Mark, back int) { t.at[m] = max(t.given-int64(back), 1) }

// Once sets a mark to the last, unless it is set.
func (t *Timeline[T]) Once(m Mark) {
	if t.at[m] == 0 {
		t.Mark(m, 0)
	}
}

// All are the items in their order; nil without one.
func (t *Timeline[T]) All() []T {
	var out []T
	for _, x := range t.items {
		out = append(out, x.of)
	}
	return out
}

// shrink joins neighbours until some room is free again. It ends: what is not joined
// is two thirds of the items at most, in a few stretches, and so of the others some
// are neighbours.
func (t *Timeline[T]) shrink() {
	for span := int64(2); len(t.items) > TimelineMost-timelineFreed; span *= 2 {
		t.joinUpTo(span)
	}
}

// joinUpTo joins neighbours that are made of so many together at most, from the oldest
// on, until enough room is free.
func (t *Timeline[T]) joinUpTo(span int64) {
	spare := len(t.items) - (TimelineMost - timelineFreed)
	out := t.items[:0]
	for i := 0; i < len(t.items); i++ {
		x := t.items[i]
		if i+1 < len(t.items) && spare > 0 {
			if y := t.items[i+1]; x.n+y.n <= span && t.free(x) && t.free(y) {
				x.of, x.n = t.Join(x.of, y.of), x.n+y.n
				spare--
				i++
			}
		}
		out = append(out, x)
	}
	clear(t.items[len(out):])
	t.items = out
}

// free reports whether an item may be joined.
func (t *Timeline[T]) free(x joined[T]) bool {
	last := x.first + x.n - 1
	if x.first < TimelineNear || last >= t.given-TimelineLast {
		return false
	}
	for _, at := range t.at {
		if n := at - 1; at > 0 && last >= n-TimelineNear && x.first <= n+TimelineNear {
			return false
		}
	}
	return true
}
