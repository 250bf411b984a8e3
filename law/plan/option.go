package plan

import (
	"cmp"
	"slices"

	"tcpbench/law/capacity"
)

// Option is one way to reach a target: a change, or several together.
type Option struct {
	Changes []Change `json:"changes"`

	// Sysctls are the lines of a sysctl.conf(5) that are part of it.
	Sysctls []string `json:"sysctls,omitempty"`

	// SustainableCPS is what it holds for ever; absent when ports are no limit
	// any more.
	SustainableCPS float64 `json:"sustainable_cps,omitempty"`

	// RequestsPerConnection is for keepalive; SustainableCPS is then of requests.
	RequestsPerConnection int `json:"requests_per_connection,omitempty"`

	// Knee is where connect(2) becomes dear then, and Cores what the search
	// takes at the target, at most; absent where it is short.
	Knee  *capacity.Knee `json:"knee,omitempty"`
	Cores float64        `json:"cores,omitempty"`

	// Settings are those after it, and Now those before.
	Settings capacity.Settings `json:"-"`
	Now      capacity.Settings `json:"-"`

	cost  int
	kinds []string
}

// Change is one thing to do.
type Change struct {
	// Do is what to do, as a user would type or write it.
	Do string `json:"do"`
	// Price is what it takes, and Risk what can go wrong.
	Price string `json:"price"`
	Risk  string `json:"risk"`
}

// coreCost is what it counts that a search needs more than a core: no client
// of one thread does it.
const coreCost = 6

// options are the ways to reach q.Target, none of which has another one in
// it, cheapest first.
func options(q Question) []Option {
	var out []Option
	keep := func(o Option, ok bool) {
		if ok && !slices.ContainsFunc(out, o.contains) {
			out = append(out, o)
		}
	}
	for _, few := range subsets(switches()) {
		o, ok := start(q).all(q, few)
		keep(o, ok && o.reaches(q))
		for _, s := range scales() {
			o, ok := o.enough(q, s)
			keep(o, ok && o.reaches(q))
		}
	}
	for _, s := range others() {
		o, ok := start(q).enough(q, s)
		keep(o, ok && o.reaches(q))
	}
	for i := range out {
		out[i].finish(q)
	}
	slices.SortStableFunc(out, func(a, b Option) int { return cmp.Compare(a.cost, b.cost) })
	return out
}

// start is an option without a change.
func start(q Question) Option { return Option{Settings: q.Settings, Now: q.Settings} }

// all is o with several steps, false where one has nothing to change.
func (o Option) all(q Question, steps []step) (Option, bool) {
	for _, s := range steps {
		var ok bool
		if o, ok = o.with(q, s); !ok {
			return o, false
		}
	}
	return o, true
}

// with is o and a further step, false where that has nothing to change.
func (o Option) with(q Question, s step) (Option, bool) {
	next := o
	do, ok := s.apply(q, &next)
	if !ok {
		return o, false
	}
	next.Changes = append(slices.Clip(o.Changes), Change{do, s.price, s.risk})
	next.kinds = append(slices.Clip(o.kinds), s.kind)
	next.cost += s.cost
	return next, true
}

// enough is o and a step that takes a number: one that holds the target, or
// twice as much where the search would otherwise need more than a core, so
// that the target is below the knee.
func (o Option) enough(q Question, s step) (Option, bool) {
	next, ok := o.with(q, s)
	if !ok || next.cores(q) <= 1 {
		return next, ok
	}
	double := q
	double.Target *= 2
	if more, ok := o.with(double, s); ok {
		return more, true
	}
	return next, true
}

// cores is how much of a core the search takes at the target.
func (o Option) cores(q Question) float64 {
	k, ok := capacity.PredictKnee(o.Settings, q.Search)
	if !ok {
		return 0
	}
	return k.Cores(q.Target / float64(max(o.RequestsPerConnection, 1)))
}

// contains reports whether all that less does is part of o.
func (o Option) contains(less Option) bool {
	return !slices.ContainsFunc(less.kinds, func(k string) bool { return !slices.Contains(o.kinds, k) })
}

// reaches reports whether o holds the target.
func (o Option) reaches(q Question) bool {
	if o.RequestsPerConnection > 0 {
		return true // by its number
	}
	return holds(capacity.Predict(o.Settings), q.Target)
}

// finish fills in what follows from the settings.
func (o *Option) finish(q Question) {
	p := capacity.Predict(o.Settings)
	o.SustainableCPS = p.SustainableCPS
	if n := float64(o.RequestsPerConnection); n > 0 {
		o.SustainableCPS = n * perConnections(o.Settings, p)
	}
	for _, s := range capacity.SysctlChanges(o.Now, o.Settings) {
		o.Sysctls = append(o.Sysctls, s.String())
	}
	if k, ok := capacity.PredictKnee(o.Settings, q.Search); ok {
		o.Knee, o.Cores = &k, o.cores(q)
	}
	if o.Cores > 1 {
		o.cost += coreCost
	}
	if o.Settings.Overflows() {
		last := &o.Changes[len(o.Changes)-1]
		last.Risk += "; tcp_max_tw_buckets then drops TIME_WAITs early, so old duplicates are no longer kept out"
	}
}

// perConnections is the sustainable rate of connections where so many are
// held open besides.
func perConnections(s capacity.Settings, p capacity.Prediction) float64 {
	return float64(s.Tuples()-int64(s.InFlight)) / p.HoldSeconds
}

// subsets are all of steps, the small ones first, the empty one included.
func subsets(steps []step) [][]step {
	out := [][]step{nil}
	for _, s := range steps {
		for _, few := range slices.Clone(out) {
			out = append(out, append(slices.Clip(few), s))
		}
	}
	slices.SortStableFunc(out, func(a, b []step) int { return cmp.Compare(len(a), len(b)) })
	return out
}
