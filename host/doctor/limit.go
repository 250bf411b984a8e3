package doctor

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"tcpbench/law/capacity"
)

// Limit is one thing that ends how many connections there can be.
type Limit struct {
	Name string `json:"name"`
	// Value is how many there can be, InUse how many there are now; each in
	// what Counts says. InUse is absent where each pair or process has its own number.
	Value  int64  `json:"value"`
	InUse  *int64 `json:"in_use,omitempty"`
	Counts string `json:"counts"`

	// HoldSeconds is for how long a connection counts at least, from its
	// beginning, and HoldSecondsMax at most; absent where that is as long as it is
	// open, and no --open says it, or where the law holds no port.
	HoldSeconds    float64 `json:"hold_seconds,omitempty"`
	HoldSecondsMax float64 `json:"hold_seconds_max,omitempty"`
	// SafeCPS is the rate that never reaches it, beside what is in use now, and
	// above SustainableCPS one always does; absent where no rate does, or only
	// how long connections stay open decides.
	SafeCPS        float64 `json:"safe_cps,omitempty"`
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`
	// ReachedSeconds is when the rate that was asked for reaches it, at the
	// earliest; absent when it never does, and without a rate. Uncertain tells
	// that it may never do.
	ReachedSeconds *float64 `json:"reached_seconds,omitempty"`
	Uncertain      bool     `json:"uncertain,omitempty"`

	// Effect is what happens then.
	Effect string `json:"effect"`
	// Harmless tells that nothing fails by it.
	Harmless bool `json:"harmless,omitempty"`
	// Remedies raise it, cheapest first.
	Remedies []capacity.Remedy `json:"remedies,omitempty"`
	// Knee is where what comes before it becomes dear: the search for a port; absent
	// where nothing does. Cores is how much of a core that takes at the rate that was
	// asked for, at most, and CoresLeast at least; absent below the knee.
	Knee       *capacity.Knee `json:"knee,omitempty"`
	Cores      float64        `json:"cores,omitempty"`
	CoresLeast float64        `json:"cores_least,omitempty"`

	// RandomSafeCPS is SafeCPS of starts that come at random, as those of users, and not
	// evenly; absent where that is.
	RandomSafeCPS float64 `json:"random_safe_cps,omitempty"`

	// missed is how many of Value may not be found.
	missed int
	// late is what may last up to HoldSecondsMax: "the kernel may end a connection's TIME_WAIT".
	late string
}

// limits are all limits: those that come first are first.
func limits(f Facts, q Question) []Limit {
	all := []Limit{ports(f, q)}
	takenOver := f.Law.Reuses() && f.Law.Ports <= f.Law.MaxTimeWaits // before they are as many
	if f.Law.MaxTimeWaits != 0 && !takenOver {
		all = append(all, timeWaits(f, q))
	}
	if f.Conntrack != nil && f.Conntrack.tracks(f.View.InUse) {
		all = append(all, conntrack(*f.Conntrack, q))
	}
	if f.Files != nil && f.Files.Soft != 0 {
		all = append(all, files(*f.Files, f.Subject, q))
	}
	for i := range all {
		all[i].apply(q)
	}
	slices.SortStableFunc(all, func(a, b Limit) int {
		return cmp.Or(cmp.Compare(a.reached(), b.reached()), cmp.Compare(a.safe(), b.safe()))
	})
	return all
}

// apply fills in what rate never reaches the limit, and when q's does.
func (l *Limit) apply(q Question) {
	free := float64(l.Value)
	if l.InUse != nil {
		free = float64(max(l.Value-*l.InUse, 0))
	}
	safe := max(free-float64(l.missed), 0)
	if l.HoldSeconds == 0 {
		return
	}
	l.HoldSecondsMax = max(l.HoldSecondsMax, l.HoldSeconds)
	l.SafeCPS, l.SustainableCPS = safe/l.HoldSecondsMax, free/l.HoldSeconds
	l.RandomSafeCPS = capacity.Prediction{SafeCPS: l.SafeCPS, HoldSeconds: l.HoldSeconds,
		HoldSecondsMax: l.HoldSecondsMax}.SafeAtRandom()
	if q.Rate > l.SafeCPS {
		seconds := safe / q.Rate
		l.ReachedSeconds, l.Uncertain = &seconds, q.Rate <= l.SustainableCPS
	}
}

func (l Limit) reached() float64 {
	if l.ReachedSeconds == nil {
		return math.Inf(1)
	}
	return *l.ReachedSeconds
}

func (l Limit) safe() float64 {
	if l.HoldSeconds == 0 {
		return math.Inf(1)
	}
	return l.SafeCPS
}

// ports are those of one source towards one destination that has none in use.
func ports(f Facts, q Question) Limit {
	law := f.Law
	law.Sources, law.Destinations = 1, 1
	l := Limit{
		Name: "local ports", Value: int64(law.Ports), Counts: "for each source and destination" + apart(law),
		Effect: "connect(2) fails with EADDRNOTAVAIL",
		missed: law.Ports - law.SafePorts(), late: timeWaitEnds,
	}
	law.InFlight = int(math.Ceil(q.Rate * q.Open.Seconds()))
	p := capacity.Predict(law)
	l.HoldSeconds, l.HoldSecondsMax = p.HoldSeconds, p.HoldSecondsMax
	if p.OpenUntilExhaustion > 0 && max(law.MaxTimeWaits, 0)+max(law.InFlight, 1) > law.SafePorts() {
		// The kernel drops TIME_WAITs, but those it keeps and the open ones are all.
		l.HoldSeconds, l.HoldSecondsMax = law.Hold().Seconds(), law.HoldMax().Seconds()
	}
	if p.NoPort() {
		l.HoldSeconds = law.Hold().Seconds()
		l.Effect = "connect(2) fails with EADDRNOTAVAIL at once: " + p.Reason
	}
	l.HoldSeconds += q.Open.Seconds()
	l.HoldSecondsMax += q.Open.Seconds()
	client := capacity.TypicalClient()
	client.CPUs = f.CPUs
	if k, ok := capacity.PredictKnee(law, client.Search); ok {
		l.Knee = &k
		l.CoresLeast, l.Cores = k.Cores(q.Rate)
	}
	l.Remedies = capacity.Remedies(law, client)
	return l
}

const timeWaitEnds = "the kernel may end a connection's TIME_WAIT"

// apart is said of a destination where ports on loopback last for longer.
func apart(law capacity.Settings) string {
	if law.ReusesOnLoopbackAlone() {
		return " that is not on loopback"
	}
	return ""
}

func timeWaits(f Facts, q Question) Limit {
	hold := capacity.Settings{HZ: f.Law.HZ}.HoldMax()
	most := raised(f.View.TimeWait, q.Rate, hold, f.Law.MaxTimeWaits)
	return Limit{
		Name: "TIME_WAITs", Value: int64(max(f.Law.MaxTimeWaits, 0)), InUse: new(int64(f.View.TimeWait)),
		Counts:      "of all destinations (tcp_max_tw_buckets)",
		HoldSeconds: capacity.TimeWait.Seconds(), HoldSecondsMax: hold.Seconds(), late: timeWaitEnds,
		Effect: "the kernel ends TIME_WAITs early (TCPTimeWaitOverflow): " +
			"ports come free, old duplicates are no longer kept out",
		Harmless: true,
		Remedies: []capacity.Remedy{{
			Change:  "raise tcp_max_tw_buckets",
			Sysctls: []string{fmt.Sprintf("net.ipv4.tcp_max_tw_buckets = %d", most)},
			Price:   "about 250 bytes of kernel memory for each TIME_WAIT",
		}},
	}
}

func conntrack(c Conntrack, q Question) Limit {
	hold := c.TimeWait + q.Open
	most := raised(c.Count, q.Rate, hold+trackedLate, c.Max)
	l := Limit{
		Name: "tracked connections", Value: int64(c.Max), InUse: new(int64(c.Count)),
		Counts:      "of the host (nf_conntrack_max), where a firewall or NAT tracks them",
		HoldSeconds: hold.Seconds(), HoldSecondsMax: (hold + trackedLate).Seconds(),
		late: "the kernel may stop counting one that is over",
		Effect: "packets of new connections are dropped (\"nf_conntrack: table full\" in dmesg), " +
			"and connect(2) waits",
	}
	if c.Count == 0 { // nor is a port in use: see tracks
		l.Effect = "if a firewall rule has connections tracked here, which none in use shows, " + l.Effect
	}
	if c.TimeWait > shortTrack {
		l.Remedies = append(l.Remedies, capacity.Remedy{
			Change: "track closed connections for less time",
			Sysctls: []string{fmt.Sprintf("net.netfilter.nf_conntrack_tcp_timeout_time_wait = %.0f",
				shortTrack.Seconds())},
			Price: "a setting of this host",
			Risk: "a late packet of a closed connection is taken for a new one's, " +
				"and firewalls drop it as invalid",
		})
	}
	l.Remedies = append(l.Remedies, capacity.Remedy{
		Change:  "track more connections",
		Sysctls: []string{fmt.Sprintf("net.netfilter.nf_conntrack_max = %d", most)},
		Price:   "about 320 bytes of kernel memory for each",
	})
	return l
}

// trackedLate is how long a connection is counted, at most, after the time for which it is
// tracked: until the kernel next looks through its table (GC_SCAN_INTERVAL_MAX in
// nf_conntrack_core.c). A table that is full until then drops packets all the same.
const trackedLate = 60 * time.Second

// shortTrack is for how long a closed connection has to be tracked at least.
const shortTrack = 30 * time.Second

// raised is a value that holds what is in use and the rate, with half as much
// again, and never less than twice what there is.
func raised(inUse int, rate float64, hold time.Duration, now int) int {
	need := int(math.Ceil(1.5 * (float64(inUse) + rate*hold.Seconds())))
	return max(need, 2*max(now, 1024))
}
