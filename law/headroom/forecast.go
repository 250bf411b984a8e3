package headroom

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tcpbench/law/capacity"
)

// horizon is how far a forecast looks. What is later is not reported: a trend of
// half a minute does not last for a day.
const horizon = 24 * time.Hour

// Outcome is where a pair's ports are going, in a word.
type Outcome string

const (
	// Exhausted: connect(2) finds no port now.
	Exhausted Outcome = "exhausted"
	// RunningOut: at this rate ports run out.
	RunningOut Outcome = "running out"
	// Uncertain: they do or do not, as the kernel's timers are late or not, and as more
	// connections come or fewer.
	Uncertain Outcome = "uncertain"
	// Balanced: as many ports come free as are taken, before they run out.
	Balanced Outcome = "balanced"
	// Steady: no more ports are held than were, and none by new TIME_WAITs. Connections may
	// begin and end all the same, as those that RST closes.
	Steady Outcome = "steady"
	// Unknown: ports are held by connections that are open, and there were not yet three
	// readings to tell whether more are to come.
	Unknown Outcome = "unknown"
	// Full: the network namespace has as many TIME_WAITs as tcp_max_tw_buckets keeps. Others
	// end at once and give their ports back, and how many those are is not seen.
	Full Outcome = "at tcp_max_tw_buckets"
)

// Forecast is what will become of one pair's ports if connections go on as
// they did.
type Forecast struct {
	Outcome Outcome `json:"outcome"`

	// Capacity counts the ports that connect(2) may pick from, and CapacitySafe
	// those that it finds for sure: one less where their range is odd.
	Capacity     int `json:"capacity"`
	CapacitySafe int `json:"capacity_safe"`
	// Held counts those that it cannot have now: in use, less the TIME_WAITs
	// that tcp_tw_reuse takes over.
	Held int `json:"held"`
	// HoldSeconds is how long a port is held after its connection at least, and
	// HoldSecondsMax at most; absent when it is free at once.
	HoldSeconds    float64 `json:"hold_seconds,omitempty"`
	HoldSecondsMax float64 `json:"hold_seconds_max,omitempty"`

	// TimeWaitsPerSecond is how many connections a second leave a TIME_WAIT.
	TimeWaitsPerSecond float64 `json:"time_waits_per_second"`
	// OpenPerSecond is how much the number of open connections grows, without those in
	// FIN_WAIT_2, which end by themselves; absent until there were three readings.
	OpenPerSecond *float64 `json:"open_per_second,omitempty"`
	// PortsPerSecond is how many ports a second are taken and not given back at once: by
	// TIME_WAITs, by FIN_WAIT_2, and by connections that stay open.
	PortsPerSecond float64 `json:"ports_per_second"`
	// GrowthPerSecond is by how much more each second PortsPerSecond grows, 0 where it goes up
	// and down; absent until there were six readings, be it of the past, to tell.
	GrowthPerSecond *float64 `json:"growth_per_second,omitempty"`
	// SafeCPS is how many connections a second never run out of ports, beside
	// those that are open, and above SustainableCPS they always do; absent when
	// ports do not limit them, or the number of TIME_WAITs does before.
	SafeCPS        float64 `json:"safe_cps,omitempty"`
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`
	// Settled is how many ports will be held one hold time from now, at most, be it of a
	// TIME_WAIT or of FIN_WAIT_2.
	Settled float64 `json:"settled"`

	// KneeSeconds is when half of the ports will be held, from where on each
	// connect(2) searches all of that half first; 0 is now. Absent when
	// that is not in sight.
	KneeSeconds *float64 `json:"knee_seconds,omitempty"`
	// ExhaustedSeconds is when no port will be left, at the earliest: if a rate that grows
	// goes on growing; 0 is now. Absent when that is not in sight.
	ExhaustedSeconds *float64 `json:"exhausted_seconds,omitempty"`
	// ExhaustedSecondsMax is when no port will be left at the latest, if the rate grows no
	// further. Absent where it is uncertain whether they run out.
	ExhaustedSecondsMax *float64 `json:"exhausted_seconds_max,omitempty"`
}

// Free is how many ports connect(2) can have now.
func (f Forecast) Free() int { return max(f.Capacity-f.Held, 0) }

// rates are what is taken to go on; that of open connections is 0 while it is
// not known.
type rates struct {
	timeWaits, open float64
	openKnown       bool
	half            float64 // that come to stay in FIN_WAIT_2
	// least and leastHalf are what the past says of timeWaits and half at least: random
	// arrivals are now more and now fewer.
	least, leastHalf float64
	// growth and openGrowth are by how much more each second timeWaits and open grow, which
	// is known of more readings than they are.
	growth, openGrowth float64
	growthKnown        bool
	// growthMost and openGrowthMost are those at most.
	growthMost, openGrowthMost float64
	// offered is what timeWaits would be if all were kept; less than timeWaits where all are.
	offered float64
	// more is by how much timeWaits may be higher, if it is of few that come at random.
	more float64
}

// taken is how many ports a second all of them take.
func (r rates) taken() float64 { return r.timeWaits + r.half + max(r.open, 0) }

// forecast applies the law of one source and one destination to what is used,
// beside what else takes TIME_WAITs.
func forecast(law capacity.Settings, u *Use, r rates, o *others) Forecast {
	law.Sources, law.Destinations = 1, 1
	law.Loopback = u.loopback()
	law.InFlight = u.Open - u.Half.Count
	m, p := newModel(law, u, r, o), lawOf(law, u, r)
	f := Forecast{
		Capacity:           law.Ports,
		CapacitySafe:       law.SafePorts(),
		Held:               int(m.held(0)), // a part of a port is free
		HoldSeconds:        p.HoldSeconds,
		HoldSecondsMax:     p.HoldSecondsMax,
		SafeCPS:            p.SafeCPS,
		SustainableCPS:     p.SustainableCPS,
		TimeWaitsPerSecond: r.timeWaits,
		PortsPerSecond:     r.taken(),
	}
	late := m
	late.room, late.rates.timeWaits = o.widest(law), max(r.timeWaits, r.offered)
	late.rates.growth, late.rates.openGrowth = most(r.growth, r.growthMost), most(r.openGrowth, r.openGrowthMost)
	if late.hold = law.HoldMax(); m.half > 0 {
		late.half = halfClosed(law).HoldMax()
	}
	settles := late.steady()
	settles.room = m.room
	f.Settled = settles.held(settles.settles())
	half, all := min(float64(law.Ports)/2, float64(f.CapacitySafe)), float64(f.CapacitySafe)
	first := late // few that come at random are not known to last
	if !o.full {
		first.rates.timeWaits += r.more
	}
	if f.ExhaustedSeconds = first.reaches(all); f.ExhaustedSeconds != nil {
		f.KneeSeconds = first.reaches(half)
	} else {
		f.KneeSeconds = late.reaches(half)
	}
	if r.openKnown {
		f.OpenPerSecond = &r.open
	}
	if r.growthKnown {
		f.GrowthPerSecond = new(r.growth + r.openGrowth)
	}
	early := m
	early.room = o.narrowest(law)
	early.rates.timeWaits = min(max(r.least, 0), r.timeWaits)
	early.rates.half = min(max(r.leastHalf, 0), r.half)
	early.rates.growth, early.rates.openGrowth = min(r.growth, 0), min(r.openGrowth, 0)
	if last := early.reaches(float64(law.Ports)); last != nil && f.ExhaustedSeconds != nil {
		f.ExhaustedSecondsMax = new(max(*last, *f.ExhaustedSeconds)) // which steps of a second may turn round
	}
	f.Outcome = f.outcome(r, f.ExhaustedSecondsMax != nil, u.Open > 0)
	kept := u.TimeWait > 0 || m.halfKept && u.Half.Count > 0
	if o.full && kept && slices.Contains([]Outcome{Balanced, Steady, Unknown}, f.Outcome) {
		f.Outcome, f.Settled = Full, float64(f.Held)
	}
	if f.ExhaustedSeconds == nil && settles.short() {
		f.SustainableCPS = 0
	}
	return f
}

// outcome is where that goes; sure tells that ports run out whatever the timers
// do, and open that connections are open.
func (f Forecast) outcome(r rates, sure, open bool) Outcome {
	switch {
	case f.Held >= f.Capacity:
		return Exhausted
	case sure:
		return RunningOut
	case f.ExhaustedSeconds != nil:
		return Uncertain
	case r.timeWaits == 0 && r.open == 0 && r.half == 0 && open && !r.openKnown:
		return Unknown
	case r.timeWaits == 0 && r.open == 0 && r.half == 0:
		return Steady
	default:
		return Balanced
	}
}

// model is how many ports one pair holds as time goes on.
type model struct {
	use        *Use
	rates      rates
	hold, half time.Duration // of TIME_WAITs, and of FIN_WAIT_2
	room       room
	halfKept   bool // FIN_WAIT_2 takes of that room too
}

func newModel(law capacity.Settings, u *Use, r rates, o *others) model {
	// Where the kernel drops TIME_WAITs for their number, the prediction has no
	// hold time, but those there are hold their ports all the same.
	m := model{use: u, rates: r, hold: law.Hold(), room: o.room(law), halfKept: !law.FinTwice}
	if r.half > 0 || u.Half.Count > 0 {
		m.half = halfClosed(law).Hold()
	}
	return m
}

// lawOf is what the law says of connections of which some, or all, end in FIN_WAIT_2. Each
// kind holds its port for its own time, so that a rate of both takes the sum of what their
// shares of it take.
func lawOf(law capacity.Settings, u *Use, r rates) capacity.Prediction {
	p := capacity.Predict(law)
	switch {
	case r.half == 0 && (u.Half.Count == 0 || u.TimeWait > 0 || r.timeWaits > 0):
		return p
	case r.timeWaits == 0:
		return capacity.Predict(halfClosed(law))
	}
	h := capacity.Predict(halfClosed(law))
	share := r.half / (r.half + r.timeWaits)
	takes := func(cps float64, limited bool) float64 { // of the ports, one connection a second
		if cps == 0 && limited {
			return math.Inf(1)
		}
		return 1 / cmp.Or(cps, math.Inf(1))
	}
	safe := (1-share)*takes(p.SafeCPS, p.SustainableCPS > 0) + share*takes(h.SafeCPS, h.SustainableCPS > 0)
	most := (1-share)*takes(p.SustainableCPS, false) + share*takes(h.SustainableCPS, false)
	p.HoldSeconds, p.HoldSecondsMax = min(p.HoldSeconds, h.HoldSeconds), max(p.HoldSecondsMax, h.HoldSecondsMax)
	p.SafeCPS, p.SustainableCPS = inverse(safe), inverse(most)
	return p
}

// inverse is 1/x, and 0 of 0: no limit.
func inverse(x float64) float64 {
	if x == 0 {
		return 0
	}
	return 1 / x
}

// halfClosed is the law of connections whose servers do not close them.
func halfClosed(law capacity.Settings) capacity.Settings {
	law.ServerOpen = true
	return law
}

// held is how many ports will be held at the time d from now: by open
// connections, by those of today's TIME_WAITs that are left, and by those
// that begin until then and are not over.
func (m model) held(d time.Duration) float64 {
	open := max(float64(m.use.Open-m.use.Half.Count)+m.opened(d), 0)
	left, begun := m.timeWaits(d)
	halfLeft, halved := m.halves(d)
	if m.halfKept {
		return open + left + halfLeft + m.room.given(d, begun+halved, left+halfLeft)
	}
	return open + left + halfLeft + halved + m.room.given(d, begun, left)
}

// short tells that in the end there is no room for all TIME_WAITs.
func (m model) short() bool {
	left, begun := m.timeWaits(m.settles())
	return m.room.given(m.settles(), begun, left) < begun
}

// timeWaits are those of today that are left at the time d from now, and those that begin
// until then and are not over.
func (m model) timeWaits(d time.Duration) (left, begun float64) {
	return m.use.Ages.Younger(m.hold - d), m.begun(d) - m.begun(d-m.hold)
}

// halves are the same of FIN_WAIT_2.
func (m model) halves(d time.Duration) (left, begun float64) {
	half := &m.use.Half
	left = half.younger(m.half - d)
	if d == 0 || d < m.half-half.hold { // which is how late their timers are at most
		left += float64(half.Late)
	}
	return left, m.rates.half * min(d, m.half).Seconds()
}

// begun is how many TIME_WAITs begin until d from now; none end to have begun.
func (m model) begun(d time.Duration) float64 {
	r, growth := m.rates.timeWaits, m.rates.growth
	if growth < 0 { // down to none
		d = min(d, time.Duration(min(-r/growth, 1e6)*float64(time.Second)))
	}
	return grown(r, growth, d)
}

// opened is how many more connections are open d from now. Fewer and fewer more do not
// become fewer.
func (m model) opened(d time.Duration) float64 {
	r, growth := m.rates.open, m.rates.openGrowth
	if r > 0 && growth < 0 {
		d = min(d, time.Duration(min(-r/growth, 1e6)*float64(time.Second)))
	}
	return grown(r, growth, d)
}

// most is by how much more a rate grows at most, 0 where it falls.
func most(growth, most float64) float64 {
	if growth <= 0 {
		return 0
	}
	return max(growth, most)
}

// ahead is for how long a rate is taken to go on growing: what was seen for ten seconds
// does not last for hours.
const ahead = time.Minute

// grown is how many come until d from now at a rate that grows.
func grown(rate, growth float64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	t, most := d.Seconds(), ahead.Seconds()
	sum := rate*t + growth*min(t, most)*min(t, most)/2
	return sum + growth*most*max(t-most, 0)
}

// steady is m, whose rates do not grow.
func (m model) steady() model {
	m.rates.growth, m.rates.openGrowth = 0, 0
	return m
}

// settles is when no more ports are held for what is over.
func (m model) settles() time.Duration { return max(m.hold, m.half) }

// reaches is when so many ports are held, in seconds; nil when that is not in
// sight.
func (m model) reaches(ports float64) *float64 {
	before := m.held(0)
	if before >= ports {
		return new(float64)
	}
	for at, step := time.Duration(0), time.Duration(0); at < m.linear(); at += step {
		step = m.step(at)
		after := m.held(at + step)
		if after >= ports {
			seconds := at.Seconds() + step.Seconds()*(ports-before)/(after-before)
			return &seconds
		}
		before = after
	}
	return m.reachesLater(ports)
}

// linear is from when on what is held grows evenly.
func (m model) linear() time.Duration {
	if m.rates.growth == 0 && m.rates.openGrowth == 0 {
		return m.settles()
	}
	return m.settles() + ahead
}

// step is how far from a time held is linear: ages are counted by the second, so up to
// a whole number of seconds before the end of the hold time; those of FIN_WAIT_2 by
// another part of time.
func (m model) step(at time.Duration) time.Duration {
	if at >= m.settles() { // and a rate grows
		return min(time.Second, m.linear()-at)
	}
	next := func(hold, part time.Duration) time.Duration {
		switch {
		case at >= hold:
			return m.settles() - at
		case (hold-at)%part > 0:
			return (hold - at) % part
		default:
			return part
		}
	}
	step := next(m.hold, time.Second)
	if part := m.use.Half.part(); part > 0 {
		step = min(step, next(m.half, part))
	} else if at < m.half {
		step = min(step, m.half-at)
	}
	return step
}

// reachesLater is when that is after the hold time, and after rates have grown. TIME_WAITs
// are then as many as they will be, and only open connections grow.
func (m model) reachesLater(ports float64) *float64 {
	from := m.linear()
	open := m.opened(from+time.Second) - m.opened(from)
	if open <= 0 {
		return nil
	}
	seconds := from.Seconds() + (ports-m.held(from))/open
	if seconds > horizon.Seconds() {
		return nil
	}
	return &seconds
}
