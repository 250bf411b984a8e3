package headroom

import (
	"math"
	"time"

	"tcpbench/law/capacity"
)

// others are what else takes TIME_WAITs of the network namespace that a pair is in: those
// that tcp_max_tw_buckets keeps are of all pairs together, and of what has no local port of
// the range, as a server (inet_twsk_alloc).
type others struct {
	// ages are those of all other pairs, and unseen counts those of no pair.
	ages   Ages
	unseen float64
	// rate is how many of other pairs begin a second, or would if they were kept, and growth
	// by how much more each second, where that is known; all is the rate with the pair's own.
	rate, growth, all float64
	growthKnown       bool
	// excess is how much of rate ends when those pairs have used up their own ports.
	excess float64
	// full tells that the namespace has, or had of late, as many as it keeps: of those that
	// end at once, nothing is seen.
	full bool
}

// room is what there is for TIME_WAITs of one pair.
type room struct {
	most         float64 // of the namespace; infinite where that is not known
	others       *Ages
	hold         time.Duration // for which those are kept
	unseen       float64
	rate, growth float64 // of others that begin
}

// room is what there is if others go on as they did.
func (o *others) room(law capacity.Settings) room {
	hold := capacity.Settings{HZ: law.HZ}.HoldMax()
	r := room{most: math.Inf(1), others: &o.ages, hold: hold, unseen: o.unseen, rate: o.rate}
	if law.MaxTimeWaits != 0 {
		r.most = float64(max(law.MaxTimeWaits, 0))
	}
	return r
}

// What others do may be off by a quarter, and the rate of others, which is a difference, by
// some of the whole.
const (
	rateOff  = 1.25
	wholeOff = 0.05
)

// widest is the room if others take as little of it as can be.
func (o *others) widest(law capacity.Settings) room {
	r := o.room(law)
	r.hold = capacity.TimeWait
	r.unseen, r.rate = o.unseen/rateOff, max((o.rate-o.excess)/rateOff-wholeOff*o.all, 0)
	return r
}

// narrowest is the room if they take as much.
func (o *others) narrowest(law capacity.Settings) room {
	r := o.room(law)
	r.rate, r.growth = o.rate*rateOff+wholeOff*o.all, max(o.growth, 0)
	if !o.growthKnown { // it may have come to be that in as few seconds
		r.growth = r.rate / surely
	}
	return r
}

// given is how many of the TIME_WAITs that a pair begins until d from now are kept, beside so
// many that it has then of before. Where there is no room for all, the pair and the others
// have shares of it as they begin.
func (r room) given(d time.Duration, begun, kept float64) float64 {
	more := grown(r.rate, r.growth, d) - grown(r.rate, r.growth, d-r.hold)
	free := max(r.most-kept-r.unseen-r.others.Younger(r.hold-d), 0)
	if begun+more <= free {
		return begun
	}
	return min(begun, free*(begun/(begun+more)))
}

// namespace is the past of all TIME_WAITs of a network namespace.
type namespace struct {
	all   Use // of every pair, added up
	track track
	rates rates
	count int // of TIME_WAITs, those of no pair too
	// excess is how much of the rate no pair has the ports for.
	excess float64
	// full is for how many more readings what they tell of rates is not all.
	full int
	// before is what went on before it was full.
	before rates
}

// observe adds up what a reading has.
func (n *namespace) observe(r Reading) {
	n.all, n.excess = Use{}, 0
	for i := range r.Uses {
		u := &r.Uses[i]
		n.all.Open += u.Open
		n.all.TimeWait += u.TimeWait
		if u.TimeWait > 0 { // of many pairs, most have none
			n.all.Ages.plus(&u.Ages)
		}
	}
	n.track.add(r.At, &n.all, known(r.Law, &n.all))
	n.rates = n.track.rates(r.Law, &n.all)
	n.count = max(r.TimeWaits, n.all.TimeWait)
	n.fill(r.Law.MaxTimeWaits)
	if n.full == 0 {
		n.before = n.rates
	}
}

// fill tells whether there are as many TIME_WAITs as are kept. Their timers end hundreds at
// once, and for a moment there is room; where none comes to take it, they do come no more.
func (n *namespace) fill(most int) {
	const nearly, idle = 100, 4 // a hundredth less; readings of which one without any counts for so many
	switch begun := n.track.begun; {
	case most > 0 && n.count >= most-most/nearly:
		n.full = memory
	case len(begun) > 1 && begun[len(begun)-1].y == begun[len(begun)-2].y:
		n.full = max(n.full-idle, 0)
	default:
		n.full = max(n.full-1, 0)
	}
}

// unused is how much of a pair's rate ends with its own ports, where its share of all
// TIME_WAITs that are kept is more than those, or nearly so.
func (n *namespace) unused(law capacity.Settings, r rates) float64 {
	ports := float64(law.Ports)
	if n.rates.timeWaits <= 0 || rateOff*float64(law.MaxTimeWaits)*r.timeWaits/n.rates.timeWaits < ports {
		return 0
	}
	return max(r.timeWaits-ports/capacity.TimeWait.Seconds(), 0)
}

// beside is what there is beside one pair, whose past gets what it would take.
func (n *namespace) beside(law capacity.Settings, u *Use, t *track) *others {
	r := &t.now
	o := &others{ages: n.all.Ages, full: n.full > 0}
	o.ages.minus(&u.Ages)
	kept := n.all.TimeWait
	if !law.FinTwice {
		kept += u.Half.Count
	}
	o.unseen = float64(max(n.count-kept, 0))
	if !o.full {
		t.before = *r
		o.all, o.rate, o.growth = n.rates.timeWaits, max(n.rates.timeWaits-r.timeWaits, 0), n.rates.growth-r.growth
		o.excess, o.growthKnown = n.excess-n.unused(law, *r), n.rates.growthKnown
		return o
	}
	// There is room by fits and starts, which is no growth.
	r.offered, r.growth, r.growthMost = t.before.timeWaits, 0, 0
	own := max(r.offered, r.timeWaits)
	o.all = max(n.before.timeWaits, n.rates.timeWaits, own)
	o.rate = o.all - own
	if mine, all := t.lately(len(t.begun)), n.track.lately(len(t.begun)); all >= enough && mine > 0 {
		o.rate = own * max(all/mine-1, 0) // they took room in shares as they began
		o.all = own + o.rate
	}
	return o
}

// lately is how many TIME_WAITs have begun in so many of the last readings.
func (t *track) lately(readings int) float64 {
	last := len(t.begun) - 1
	return t.begun[last].y - t.begun[max(last+1-readings, 0)].y
}
