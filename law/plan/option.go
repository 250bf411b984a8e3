package plan

import (
	"cmp"
	"slices"

	"tcpbench/law/capacity"
)

// Option is one way to reach a target: a change, or several together.
type Option struct {
	Changes []Change `json:"changes"`

	// Sysctls are the settings that are part of it.
	Sysctls []capacity.Line `json:"sysctls,omitempty"`

	// Offer is what it gives: connections, or with RequestsPerConnection requests
	// per second.
	capacity.Offer
	RequestsPerConnection int `json:"requests_per_connection,omitempty"`

	// Cores are what the search for a port takes at the target, at most, and CoresLeast at
	// least; absent below the knee.
	Cores      float64 `json:"cores,omitempty"`
	CoresLeast float64 `json:"cores_least,omitempty"`

	// Settings are those after it, and Now those before.
	Settings capacity.Settings `json:"-"`
	Now      capacity.Settings `json:"-"`
	// Kept tells that connections are not opened again.
	Kept bool `json:"-"`

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

// options are the ways to reach q.Target, cheapest first, those included that
// the client cannot afford. None has another one in it, unless that is such a one.
func options(q Question) []Option {
	var out []Option
	keep := func(o Option, ok bool) {
		if !ok || len(o.Changes) == 0 || !o.lasts(q) {
			return
		}
		o.finish(q)
		affordable := o.affordable(q)
		if !slices.ContainsFunc(out, func(less Option) bool {
			return o.contains(less) && (less.affordable(q) || !affordable)
		}) {
			out = append(out, o)
		}
	}
	for _, few := range subsets(changes(capacity.Switch)) {
		o, ok := start(q).all(q, few)
		if !ok {
			continue
		}
		keep(o, true)
		for _, c := range changes(capacity.Scale) {
			keep(o.enough(q, c))
		}
	}
	for _, c := range changes(capacity.Alone) {
		keep(start(q).enough(q, c))
	}
	slices.SortStableFunc(out, func(a, b Option) int { return cmp.Compare(a.cost, b.cost) })
	return out
}

// changes are those of one part.
func changes(part capacity.Part) []capacity.Change {
	return slices.DeleteFunc(capacity.Changes(), func(c capacity.Change) bool { return c.Part != part })
}

// start is an option without a change.
func start(q Question) Option { return Option{Settings: q.Settings, Now: q.Settings} }

// all is o with several changes, false where one has nothing to change.
func (o Option) all(q Question, changes []capacity.Change) (Option, bool) {
	for _, c := range changes {
		var ok bool
		if o, ok = o.with(q, c); !ok {
			return o, false
		}
	}
	return o, true
}

// with is o and a further change, false where that has nothing to change.
func (o Option) with(q Question, c capacity.Change) (Option, bool) {
	step, ok := c.Apply(q.Target, o.Settings)
	if !ok {
		return o, false
	}
	o.Changes = append(slices.Clip(o.Changes), Change{step.Do, step.Price, step.Risk})
	o.Sysctls = append(slices.Clip(o.Sysctls), step.Sysctls...)
	o.Settings, o.RequestsPerConnection, o.Kept = step.Settings, step.RequestsPerConnection, step.Kept
	o.kinds = append(slices.Clip(o.kinds), c.Kind)
	o.cost += c.Cost
	return o, true
}

// enough is o and a change that takes a number: one that holds the target, or
// twice as much where the search would otherwise need more than the client's
// threads have, so that the target is below the knee.
func (o Option) enough(q Question, c capacity.Change) (Option, bool) {
	ask := q
	if safe, each := capacity.Predict(o.Settings).SafeCPS, o.eachNAT(q); each > 0 && safe > each {
		ask.Target *= safe / each // what the ports hold is not enough
	}
	next, ok := o.with(ask, c)
	if _, most := next.cores(q); !ok || q.Client.Affords(most) {
		return next, ok
	}
	double, inFlight := ask, o.Settings.InFlight
	double.Target *= 2
	o.Settings.InFlight *= 2 // half of the ports hold them too
	more, ok := o.with(double, c)
	if more.Settings.InFlight = inFlight; ok {
		return more, true
	}
	return next, true
}

// cores is how much of a core the search takes at the target.
func (o Option) cores(q Question) (least, most float64) {
	k, ok := o.knee(q)
	if !ok {
		return 0, 0
	}
	return k.Cores(q.Target / float64(max(o.RequestsPerConnection, 1)))
}

// knee is where the search becomes dear, false where it does not.
func (o Option) knee(q Question) (capacity.Knee, bool) {
	if o.Kept {
		return capacity.Knee{}, false
	}
	return capacity.PredictKnee(o.Settings, q.Client.Search)
}

// contains reports whether all that less does is part of o.
func (o Option) contains(less Option) bool {
	return !slices.ContainsFunc(less.kinds, func(k string) bool { return !slices.Contains(o.kinds, k) })
}

// lasts reports whether o has ports for the target for ever.
func (o Option) lasts(q Question) bool {
	p := capacity.Predict(o.Settings)
	if o.RequestsPerConnection > 0 || o.Kept {
		return !p.NoPort() // by its number, or whatever the target
	}
	return p.Lasting(q.Target) == capacity.ForEver
}

// affordable reports whether the client can have the target of o: it has the
// time to search for ports, and to open connections, and its NAT lets them through.
func (o Option) affordable(q Question) bool {
	most, _ := q.Client.Most()
	switch {
	case !o.passes(q):
		return false
	case o.Kept:
		return q.Target <= q.clientRPS()
	case o.GivesCPS > 0 && q.Target > o.GivesCPS*(1+rounding):
		return false
	case o.RequestsPerConnection > 0:
		return q.Target <= q.clientRPS() && q.Target/float64(o.RequestsPerConnection) <= most
	default:
		return q.Target <= most
	}
}

// rounding is what dividing and multiplying may lose.
const rounding = 1e-9

// finish fills in what follows from the settings.
func (o *Option) finish(q Question) {
	if !o.Kept {
		o.Offer = capacity.NewOffer(o.Settings, q.Client)
	}
	if each := o.eachNAT(q); each > 0 && !o.Kept && (o.GivesCPS == 0 || o.GivesCPS > each) {
		o.GivesCPS = each
	}
	if n := float64(o.RequestsPerConnection); n > 0 {
		o.SafeCPS, o.SustainableCPS = n*o.SafeCPS, n*o.SustainableCPS
		o.GivesCPS = min(n*o.GivesCPS, q.clientRPS())
	}
	o.CoresLeast, o.Cores = o.cores(q)
	if o.Cores > 1 {
		o.cost += coreCost
	}
}

// subsets are all of changes, the small ones first, the empty one included.
func subsets(changes []capacity.Change) [][]capacity.Change {
	out := [][]capacity.Change{nil}
	for _, c := range changes {
		for _, few := range slices.Clone(out) {
			out = append(out, append(slices.Clip(few), c))
		}
	}
	slices.SortStableFunc(out, func(a, b []capacity.Change) int { return cmp.Compare(len(a), len(b)) })
	return out
}
