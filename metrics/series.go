package metrics

import "time"

// Series follows the cost of connect(2) over the connections of a run. It
// keeps at most [SeriesPoints] buckets of equal width: when a connection lies
// beyond the last, neighbours are joined and the width doubles. Its size, and
// the time of an Add, do not depend on the length of the run.
type Series struct {
	width   int64 // connections a bucket
	seen    int64 // one more than the highest connection number
	buckets [SeriesPoints]bucket
}

// SeriesPoints is the most points that a series has; half as many at least,
// once the run has had so many connections.
const SeriesPoints = 512

// leastApart is the least time between two connections that is believed: 10 million a
// second are more than all processors of a host open.
const leastApart = 100 * time.Nanosecond

type bucket struct {
	count   int64
	call    time.Duration // sum of the time inside connect(2)
	latency time.Duration // sum of the time until established
	begin   time.Duration // when its first connect returned
	end     time.Duration // when its last did
}

// Add records connection number n, counted from 0 over all workers: connect(2)
// returned at the time at, after call; the handshake was over after latency.
func (s *Series) Add(n int64, at, call, latency time.Duration) {
	if s.width == 0 {
		s.width = 1
	}
	for n/s.width >= SeriesPoints {
		s.widen()
	}
	s.seen = max(s.seen, n+1)
	b := &s.buckets[n/s.width]
	if b.count == 0 || at < b.begin {
		b.begin = at
	}
	b.count++
	b.call += call
	b.latency += latency
	b.end = max(b.end, at)
}

func (s *Series) widen() {
	for i := range SeriesPoints / 2 {
		s.buckets[i] = s.buckets[2*i].plus(s.buckets[2*i+1])
	}
	clear(s.buckets[SeriesPoints/2:])
	s.width *= 2
}

func (b bucket) plus(o bucket) bucket {
	begin := min(b.begin, o.begin)
	if b.count == 0 || o.count == 0 {
		begin = max(b.begin, o.begin) // of the one that has any
	}
	return bucket{b.count + o.count, b.call + o.call, b.latency + o.latency, begin, max(b.end, o.end)}
}

// Merge adds what another worker of the same run recorded.
func (s *Series) Merge(o *Series) {
	if o.width == 0 {
		return
	}
	s.width = max(s.width, 1)
	s.seen = max(s.seen, o.seen)
	merged := *o
	for merged.width < s.width {
		merged.widen()
	}
	for s.width < merged.width {
		s.widen()
	}
	for i := range s.buckets {
		s.buckets[i] = s.buckets[i].plus(merged.buckets[i])
	}
}

// Point is one stretch of a run.
type Point struct {
	// AfterConnections is how many connections had begun at its end.
	AfterConnections int64 `json:"after_connections"`

	// AtSeconds is when its last connect(2) returned.
	AtSeconds float64 `json:"at_s"`

	// CallUS is the mean time inside connect(2): the port search and the SYN.
	// Of a library that does not tell it apart, it is ConnectUS.
	CallUS float64 `json:"call_us"`

	// ConnectUS is the mean time until the connection was established.
	ConnectUS float64 `json:"connect_us"`

	// ConnectionsPerSecond is the rate since the point before. It is absent where the two
	// took place at one time: of several workers, each has numbers of its own.
	ConnectionsPerSecond float64 `json:"connections_per_second,omitempty"`
}

// Points returns the stretches that have at least one established connection.
func (s *Series) Points() []Point { return s.points(0) }

// after returns the points of early, which is what s was at some time and finer than it
// is, and those of what came later; and how many the first are. Where early is empty, or
// as coarse, they are the points of s alone.
func (s *Series) after(early *Series) ([]Point, int) {
	if early.seen == 0 || early.width == s.width {
		points := s.Points()
		return points, len(points)
	}
	joined, rest := *early, *s
	for joined.width < s.width {
		joined.widen()
	}
	for i, b := range joined.buckets {
		rest.buckets[i] = rest.buckets[i].less(b)
	}
	points := early.Points()
	last := time.Duration(points[len(points)-1].AtSeconds * float64(time.Second))
	return append(points, rest.points(last)...), len(points)
}

// less is b without what another one has of it.
func (b bucket) less(o bucket) bucket {
	return bucket{b.count - o.count, b.call - o.call, b.latency - o.latency, max(b.begin, o.end), b.end}
}

// points are those of s, the first of which begins at the time last.
func (s *Series) points(last time.Duration) []Point {
	var points []Point
	for i, b := range s.buckets {
		if b.count == 0 {
			continue
		}
		p := Point{
			AfterConnections: int64(i+1) * s.width,
			AtSeconds:        b.end.Seconds(),
			CallUS:           b.call.Seconds() * 1e6 / float64(b.count),
			ConnectUS:        b.latency.Seconds() * 1e6 / float64(b.count),
		}
		if d := b.end - last; d > time.Duration(b.count)*leastApart && last-b.begin < d/10 {
			p.ConnectionsPerSecond = float64(b.count) / d.Seconds()
		}
		last = max(last, b.end)
		points = append(points, p)
	}
	if n := len(points); n > 0 {
		points[n-1].AfterConnections = min(points[n-1].AfterConnections, s.seen)
	}
	return points
}
