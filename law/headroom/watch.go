package headroom

import (
	"net/netip"
	"slices"
	"time"

	"tcpbench/law/capacity"
)

// memory is how many readings of a pair its rates are drawn from, and how many
// seconds of the past when there is one reading alone.
//
// Note: with 30, a load that begins at 2000/s has used up the default range
// before most of the readings know of it.
const memory = 10

// atLeast is of how many pairs the past is kept, for what they do to the others.
const atLeast = 10

// Watch makes of readings, one after the other, what becomes of the pairs that
// use most ports. It is not safe for concurrent use.
type Watch struct {
	top    int
	tracks map[Pair]*track
	whole  namespace
}

// NewWatch watches the given number of pairs, one at least; the others are
// summed up.
func NewWatch(top int) *Watch {
	return &Watch{top: max(top, 1), tracks: map[Pair]*track{}}
}

// Status is one pair at one moment.
type Status struct {
	Source      netip.Addr     `json:"source"`
	Destination netip.AddrPort `json:"destination"`

	// InUse counts local ports taken in any state, TimeWait those of them
	// that a TIME_WAIT holds.
	InUse    int `json:"in_use"`
	TimeWait int `json:"time_wait"`

	Forecast
}

// View is what a reading comes to.
type View struct {
	At time.Time `json:"at"`
	// Capacity counts the ports that connect(2) may pick from, for each pair, and
	// CapacitySafe those that it finds for sure: one less where their range is odd.
	Capacity     int `json:"capacity"`
	CapacitySafe int `json:"capacity_safe"`
	// InUse and TimeWait are those of all pairs.
	InUse    int `json:"in_use"`
	TimeWait int `json:"time_wait"`

	// Pairs use most ports, those of most first; Other are the rest.
	Pairs []Status `json:"pairs"`
	Other Rest     `json:"other"`
}

// Observe takes a reading, which is later than the one before. It reorders
// its uses.
func (w *Watch) Observe(r Reading) View {
	w.whole.observe(r)
	first, rest := top(r.Uses, max(w.top, atLeast))
	v := View{
		At: r.At, Capacity: r.Law.Ports, CapacitySafe: r.Law.SafePorts(), Pairs: []Status{},
	}
	tracks := make(map[Pair]*track, len(first))
	for i := range first {
		u := &first[i]
		t := w.tracks[u.Pair]
		if t == nil {
			t = &track{}
		}
		tracks[u.Pair] = t
		t.add(r.At, u, known(r.Law, u))
		t.now = t.rates(r.Law, u)
		w.whole.excess += w.whole.unused(r.Law, t.now)
	}
	w.tracks = tracks // one that falls out of the first begins anew
	for i := range first {
		if u := &first[i]; i < w.top {
			v.Pairs = append(v.Pairs, w.status(r.Law, u, tracks[u.Pair]))
		} else {
			rest.add(u)
		}
	}
	v.Other = rest
	v.InUse, v.TimeWait = w.whole.all.InUse(), w.whole.all.TimeWait
	return v
}

func (w *Watch) status(law capacity.Settings, u *Use, t *track) Status {
	o := w.whole.beside(law, u, t)
	return Status{
		Source:      u.Source,
		Destination: u.Destination,
		InUse:       u.InUse(),
		TimeWait:    u.TimeWait,
		Forecast:    forecast(law, u, t.now, o),
	}
}

// track is the past of one pair.
type track struct {
	first, last time.Time
	open        []point // connections that are open, or half so
	begun       []point // TIME_WAITs that have begun since the first reading
	half        []point // connections in FIN_WAIT_2
	halved      []point // those, and those whose time has ended since the first reading
	ended       float64
	was         Half  // at the last reading
	now         rates // at the last reading
	before      rates // the last ones of which all was seen
}

// add takes a use of which all TIME_WAITs are seen that began so long ago.
func (t *track) add(at time.Time, u *Use, known time.Duration) {
	begun := 0.0
	if n := len(t.begun); n > 0 {
		since := at.Sub(t.last)
		begun = t.begun[n-1].y + u.Ages.Younger(min(since, known))*longer(since, known)
		ended := t.was.younger(t.was.hold) - t.was.younger(t.was.hold-since)
		t.ended += ended * longer(since, t.was.hold)
	} else {
		t.first = at
	}
	t.last, t.was = at, u.Half
	x := at.Sub(t.first).Seconds()
	t.open = remember(t.open, point{x, float64(u.Open)})
	t.begun = remember(t.begun, point{x, begun})
	t.half = remember(t.half, point{x, float64(u.Half.Count)})
	t.halved = remember(t.halved, point{x, float64(u.Half.Count-u.Half.Late) + t.ended})
}

// known is how long ago TIME_WAITs began of which none is missing: older ones are over,
// or taken over.
func known(law capacity.Settings, u *Use) time.Duration {
	if law.Loopback = u.loopback(); law.Reuses() {
		return min(max(law.Hold(), time.Second), capacity.TimeWait)
	}
	return capacity.TimeWait
}

// longer is how many times as long a time is as what is seen of it, 1 at least.
func longer(d, seen time.Duration) float64 {
	if d <= seen || seen <= 0 {
		return 1
	}
	return d.Seconds() / seen.Seconds()
}

func remember(points []point, p point) []point {
	if len(points) == memory {
		points = append(points[:0], points[1:]...)
	}
	return append(points, p)
}

// rates draws what goes on from the past.
func (t *track) rates(law capacity.Settings, u *Use) rates {
	begun := t.begun
	seconds := int(known(law, u) / time.Second)
	few := begun[len(begun)-1].y-begun[0].y < enough
	if len(begun) == 1 || (few || len(begun) < memory) && seconds > memory {
		begun = u.Ages.past(max(seconds, memory))
	}
	open, started := less(t.open, t.half), t.started()
	r := rates{timeWaits: max(trend(begun), 0), least: max(leastTrend(begun), 0), more: unsure(begun),
		open: sureTrend(open), openKnown: len(t.open) >= 3, half: max(sureTrend(t.halved), 0),
		growthKnown: max(len(begun), len(t.begun)) > surely}
	r.grow(begun, open, started)
	if h := t.halved; h[len(h)-1].y-h[0].y >= enough {
		r.leastHalf = leastTrend(h)
	}
	r.bound(started, t.half)
	return r
}

// grow fills in what grows: a rate of TIME_WAITs of which more connections begin, for more
// may end because they were opened earlier.
func (r *rates) grow(begun, open, started []point) {
	m := motion(begun)
	alike := r.open == 0
	if len(started) > surely {
		alike = motion(started).growth*m.growth > 0
	}
	if m.growth != 0 && alike {
		r.timeWaits, r.growth, r.growthMost = max(m.now, 0), m.growth, m.most
		r.least = min(r.least, r.timeWaits)
	}
	if m := motion(open); m.growth != 0 && r.open > 0 && m.now > 0 {
		r.open, r.openGrowth, r.openGrowthMost = m.now, m.growth, m.most
	}
}

// bound holds the rates against how many connections began, which is what they are in all.
func (r *rates) bound(started, half []point) {
	if started[len(started)-1].y-started[0].y < enough {
		return
	}
	// Where connections began to end of late, as many more will.
	began, others := sureTrend(started), max(r.open, 0)+max(sureTrend(half), 0)
	r.timeWaits = max(r.timeWaits, began-others)
	r.least = max(r.least, leastTrend(started)-others)
	if began > 0 && r.open > 0 && r.growth == 0 && r.openGrowth == 0 {
		r.open = min(r.open, max(began-r.timeWaits-r.half, 0))
	}
}

// less is a, without b at the same times.
func less(a, b []point) []point {
	out := slices.Clone(a)
	for i := range out {
		out[i].y -= b[i].y
	}
	return out
}

// started are all connections that have begun, the open ones and those that are over.
func (t *track) started() []point {
	all := slices.Clone(t.begun)
	for i := range all {
		all[i].y += t.open[i].y
	}
	return all
}

// enough is how many TIME_WAITs tell a rate; of fewer in the last readings, those
// from before are taken too.
const enough = 20

// past is what earlier readings would have been, back to the first TIME_WAIT, and no
// further than memory unless there were too few; of so many seconds all are known.
//
// Note: with tcp_tw_reuse on, TIME_WAITs that were taken over are missing
// among the older ones, so that a first reading tells too low a rate.
func (a *Ages) past(known int) []point {
	var points []point
	from := memory
	for from < known && a.Younger(time.Duration(from)*time.Second) < enough {
		from++
	}
	for s := min(from, max(a.oldest(), 1)); s >= 0; s-- {
		points = append(points, point{-float64(s), -a.Younger(time.Duration(s) * time.Second)})
	}
	return points
}

// oldest is how many seconds ago the first one began.
func (a *Ages) oldest() int {
	for i := len(a) - 1; i > 0; i-- {
		if a[i] != 0 {
			return i
		}
	}
	return 0
}
