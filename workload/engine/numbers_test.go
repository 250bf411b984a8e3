package engine

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// planOf is one of so many sources and destinations, shared by threads.
func planOf(sources, destinations, threads int) *Plan {
	p := &Plan{Threads: threads}
	for i := range sources {
		p.Sources = append(p.Sources, netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}))
	}
	for i := range destinations {
		p.Destinations = append(p.Destinations, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, 1}), uint16(i+1)))
	}
	return p
}

func TestAThreadHasPortsOfItsOwnWhereThereAreSeveral(t *testing.T) {
	tests := []struct {
		name                           string
		sources, destinations, threads int
		reserves                       bool
		want                           Part // of the first thread
		pairs                          string
	}{
		{"one thread has all", 4, 1, 1, false, Part{}, "[0 1 2 3]"},
		{"a source each", 2, 1, 2, false, Part{Sources: 1}, "[0] [1]"},
		{"two sources each, towards all destinations", 4, 2, 2, false, Part{Sources: 2}, "[0 1 4 5] [2 3 6 7]"},
		{"sources that do not divide evenly", 3, 1, 2, false, Part{Sources: 1}, "[0] [1 2]"},
		{"a destination each, with the kernel's source", 0, 2, 2, false, Part{Destinations: 1}, "[0] [1]"},
		{"a destination each, of one source", 1, 4, 2, false, Part{Destinations: 2}, "[0 1] [2 3]"},
		{"pairs, where there are more threads than sources", 2, 2, 3, false, Part{Pairs: 1}, "[0] [1] [2 3]"},
		{"one port space for all", 1, 1, 2, false, Part{}, "[0]"},
		{"two threads on each of two sources", 2, 1, 4, false, Part{}, "[0] [1]"},
		{"a source's port is taken for every destination", 2, 2, 4, true, Part{}, "[0 2] [1 3]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := planOf(tt.sources, tt.destinations, tt.threads)
			p.Reserves = tt.reserves
			if got := p.PartOf(0); got != tt.want {
				t.Errorf("PartOf(0) = %+v, want %+v", got, tt.want)
			}
			if got := pairsOf(p); got != tt.pairs {
				t.Errorf("the parts have the pairs %s, want %s", got, tt.pairs)
			}
		})
	}
}

// pairsOf are those whose numbers each part has.
func pairsOf(p *Plan) string {
	text := ""
	n := newNumbers(p)
	for i := range n.parts {
		var pairs []int
		for at := range p.tuples() {
			if pair := int(n.parts[i].number(at, n.lanes) % p.tuples()); !slices.Contains(pairs, pair) {
				pairs = append(pairs, pair)
			}
		}
		slices.Sort(pairs)
		text += fmt.Sprint(pairs) + " "
	}
	return text[:max(len(text)-1, 0)]
}

// drawNumbers are those of any plan, and how many numbers of a lane are before failures.
func drawNumbers(t *rapid.T) (n *numbers, p *Plan) {
	draw := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(t, name) }
	p = planOf(draw("sources", 0, 5), draw("destinations", 1, 4), draw("threads", 1, 6))
	p.Reserves = rapid.Bool().Draw(t, "reserves")
	n = newNumbers(p)
	n.loosen(int64(draw("loose", 0, 4000)))
	return n, p
}

// steps are the least and the most that the parts are at.
func (n *numbers) steps() (least, most int64) {
	least = math.MaxInt64
	for i := range n.parts {
		at := n.parts[i].taken.Load()
		least = min(least, n.parts[i].step(at))
		if at > 0 {
			most = max(most, n.parts[i].step(at-1))
		}
	}
	return least, most
}

// Whichever threads take numbers, and however often: each number is handed out once, none
// of a step before all of the steps before it where a failure is possible, and before
// that none that is further ahead than agreed.
func TestNumbersAreHandedOutEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, p := drawNumbers(t)
		seen := map[int64]bool{}
		for range rapid.IntRange(1, 3000).Draw(t, "numbers") {
			// One thread may be much quicker than the others.
			thread := max(rapid.IntRange(-6, p.Threads-1).Draw(t, "thread"), 0)
			number := n.take(thread)
			if seen[number] {
				t.Fatalf("number %d was handed out twice", number)
			}
			seen[number] = true
			least, most := n.steps()
			bound := n.lead
			if most >= n.loose {
				bound = 1
			}
			if most-least >= bound {
				t.Fatalf("step %d was handed out when a part was at %d, with %d steps before failures and a lead of %d",
					most, least, n.loose, n.lead)
			}
		}
		share := make([]int64, p.tuples())
		for number := range seen {
			share[number%p.tuples()]++
		}
		if d := slices.Max(share) - slices.Min(share); d > n.lead {
			t.Fatalf("pairs had %v connections, want none more than %d ahead", share, n.lead)
		}
	})
}

// So that the count at the first failure is exact: every pair has had all its ports by
// then, for any number of threads at a time.
func TestAtTheFirstFailureEveryPairHasHadItsPorts(t *testing.T) {
	for _, tt := range []struct{ sources, destinations, threads int }{
		{1, 1, 4}, {2, 1, 2}, {4, 1, 4}, {3, 1, 2}, {4, 2, 3}, {1, 2, 4}, {2, 2, 4}, {1, 8, 8},
	} {
		t.Run(fmt.Sprintf("%d sources, %d destinations, %d threads", tt.sources, tt.destinations, tt.threads),
			func(t *testing.T) {
				const ports = 1000
				p := planOf(tt.sources, tt.destinations, tt.threads)
				if got, want := fill(p, ports), ports*p.tuples(); got != want {
					t.Errorf("%d connections found a port before the first that did not, want %d", got, want)
				}
			})
	}
}

// fill takes numbers, each of which takes a port of its pair, with all threads at a time
// until one finds none, and returns how many found one. Whoever has a number by then
// tries it, as an engine does.
func fill(p *Plan, ports int64) int64 {
	n := newNumbers(p)
	n.loosen(ports * p.tuples() * 7 / 8)
	taken := make([]counter, p.tuples())
	var failed, found counter
	var threads sync.WaitGroup
	for thread := range p.Threads {
		threads.Go(func() {
			for failed.Load() == 0 {
				pair := n.take(thread) % p.tuples()
				if taken[pair].Add(1) > ports {
					failed.Store(1)
				} else {
					found.Add(1)
				}
			}
		})
	}
	threads.Wait()
	return found.Load()
}

func TestASourceIsUsedLittleMoreThanAnother(t *testing.T) {
	for _, tt := range []struct {
		name        string
		loose, want int64 // connections
	}{
		{"by none where ports can run out from the first connection on", 0, 1},
		{"by three of a thousand ports", 2 * 875, 3},
		{"by 64 of those of the default range", 2 * 24703, 64},
		{"by 64 where they never run out", math.MaxInt64, 64},
	} {
		n := newNumbers(planOf(2, 1, 2))
		n.loosen(tt.loose)
		share := [2]int64{}
		for range 2 * tt.want {
			share[n.take(0)%2]++
		}
		if n.lead != tt.want || share[0]-share[1] > tt.want {
			t.Errorf("%s: a lead of %d, and %v connections of the sources; want a lead of %d", tt.name, n.lead, share,
				tt.want)
		}
	}
}

// A thread that others do not hold up connects from its own ports alone.
func TestThreadsOfEqualSpeedKeepToTheirOwn(t *testing.T) {
	p := planOf(4, 1, 4)
	n := newNumbers(p)
	n.loosen(math.MaxInt64)
	for i := range 10_000 {
		thread := i % 4
		if number := n.take(thread); number%4 != int64(thread) {
			t.Fatalf("thread %d has number %d, of source %d", thread, number, number%4)
		}
	}
}

// A part whose thread stands still is served by others.
func TestAThreadThatStandsStillHoldsUpNobody(t *testing.T) {
	for _, loose := range []int64{0, math.MaxInt64} {
		p := planOf(2, 1, 2)
		n := newNumbers(p)
		n.loosen(loose)
		share := [2]int{}
		for range 10_000 {
			share[n.take(0)%2]++
		}
		if share[1] < 10_000/2-mostAhead {
			t.Errorf("loose before %d: the sources had %v connections, want as many each", loose, share)
		}
	}
}
