package engine

import (
	"math"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

// numbers hands out the numbers of a run's connections, each once. A number's
// remainder is its pair of source and destination, so that whoever takes numbers in
// turn uses every pair evenly.
//
// Numbers lie in lanes, one a source or one a pair, and lanes in parts: each thread
// takes those of a part of its own, and meets no other where the kernel searches for a
// port, and at its locks. The step of a number is how many its lane had before. A part
// may be some steps ahead of another, as long as no port can have run out; from then on
// no number of a step is handed out before all of the steps before it, so that at the
// first failure every pair has had its share, for any number of threads. Whoever finds
// its part too far ahead takes a number of the part that is behind.
//
// Note: tried one counter for all, by which threads meet at each source. Two of them on two
// processors, which the server needs too, took as much CPU with two sources: 1.00 of it
// (quartiles 0.93 to 1.06). It is for more threads, and more processors.
// Note: no bound on how far parts may be apart was not an option: a source of a quick
// thread would run out of ports at a rate that the law says lasts.
type numbers struct {
	lanes int64
	loose int64 // from this step on, no part is ahead of another
	lead  int64 // how many steps one may be ahead before
	parts []part

	floor counter // at most the least step that any part is at
}

// part are some lanes next to each other.
type part struct {
	taken counter // numbers of it
	first int64   // lane
	lanes int64
}

// counter is one that has a cache line for itself: threads count at the same time.
type counter struct {
	_ cpu.CacheLinePad
	atomic.Int64
	_ cpu.CacheLinePad
}

// mostAhead is how many steps a part may be ahead: the less, the more often does a quick
// thread take a number of another's part, with 64 each hundredth time. It is never more
// than aheadShare of the steps that have no failure, by which a source is used more than
// others within the time that ports are held for.
const (
	mostAhead  = 64
	aheadShare = 1.0 / 256
)

// newNumbers are those of a run of p.
func newNumbers(p *Plan) *numbers {
	n := &numbers{lanes: p.lanes()}
	threads := int64(max(p.Threads, 1))
	parts := min(threads, n.lanes)
	for i := range parts {
		first, end := i*n.lanes/parts, (i+1)*n.lanes/parts
		n.parts = append(n.parts, part{first: first, lanes: end - first})
	}
	n.loosen(0)
	return n
}

// lanes is how many parts threads could have, each with ports of its own: those of a
// source, or where there are more threads than sources, those of a pair.
func (p *Plan) lanes() int64 {
	sources := int64(max(len(p.Sources), 1))
	if sources >= int64(p.Threads) || p.Reserves {
		return sources
	}
	return p.tuples()
}

// Part are the ports that a thread has for itself: those of so many sources towards every
// destination, of destinations, or of pairs of both. All are 0 where threads share ports,
// and of one thread. Others take of them where they would else be too far ahead.
type Part struct{ Sources, Destinations, Pairs int }

// PartOf is what a thread of the plan has for itself.
func (p *Plan) PartOf(thread int) Part {
	n := newNumbers(p)
	if p.Threads < 2 || len(n.parts) < p.Threads {
		return Part{}
	}
	own := int(n.parts[thread].lanes)
	switch {
	case len(p.Sources) >= p.Threads:
		return Part{Sources: own}
	case len(p.Sources) <= 1:
		return Part{Destinations: own}
	default:
		return Part{Pairs: own}
	}
}

// loosen lets parts be ahead of each other before a number.
func (n *numbers) loosen(before int64) {
	n.loose = before / n.lanes
	n.lead = int64(min(max(float64(n.loose)*aheadShare, 1), mostAhead))
}

// take takes the next number of a thread.
func (n *numbers) take(thread int) int64 {
	own := &n.parts[thread%len(n.parts)]
	if len(n.parts) == 1 {
		return own.taken.Add(1) - 1
	}
	for {
		p, at := own, own.taken.Load()
		if !n.permits(own.step(at)) {
			if behind := n.behind(thread); !n.permits(own.step(at)) {
				p, at = behind, behind.taken.Load()
			}
		}
		if n.permits(p.step(at)) && p.taken.CompareAndSwap(at, at+1) {
			return p.number(at, n.lanes)
		}
	}
}

// permits reports whether a number of a step may be handed out.
func (n *numbers) permits(step int64) bool {
	ahead := int64(1)
	if step < n.loose {
		ahead = n.lead
	}
	return step < n.floor.Load()+ahead
}

// behind is the part that is furthest behind, a thread's own first; the floor rises to it.
func (n *numbers) behind(thread int) *part {
	var least *part
	floor := int64(math.MaxInt64)
	for i := range n.parts {
		p := &n.parts[(thread+i)%len(n.parts)]
		if step := p.step(p.taken.Load()); step < floor {
			least, floor = p, step
		}
	}
	for now := n.floor.Load(); now < floor && !n.floor.CompareAndSwap(now, floor); now = n.floor.Load() {
	}
	return least
}

// step is that of the part's number at a position, from 0.
func (p *part) step(at int64) int64 { return at / p.lanes }

// number is the one at a position, of so many lanes in all.
func (p *part) number(at, lanes int64) int64 { return at/p.lanes*lanes + p.first + at%p.lanes }
