package metrics

import (
	"testing"

	"pgregory.net/rapid"
)

// run is numbers in a row, from one to before another.
type run struct{ from, to int64 }

func newRuns() Timeline[run] {
	return Timeline[run]{Join: func(a, b run) run { return run{a.from, b.to} }}
}

// feed adds so many, and returns those that were marked, by their mark.
func feed(t *rapid.T, line *Timeline[run]) (n int64, at map[Mark]int64) {
	at = map[Mark]int64{}
	for range rapid.IntRange(1, 6).Draw(t, "stretches") {
		for range rapid.SampledFrom([]int{0, 1, 59, 299, 1700, 2001, 5000, 30_000}).Draw(t, "added") {
			line.Add(run{n, n + 1})
			n++
		}
		if n > 0 && rapid.Bool().Draw(t, "marks") {
			m := Mark(rapid.IntRange(0, int(marks)-1).Draw(t, "mark"))
			back := rapid.IntRange(0, int(min(n-1, 100))).Draw(t, "back")
			line.Mark(m, back)
			at[m] = n - 1 - int64(back)
		}
	}
	return n, at
}

func TestATimelineIsBoundedAndHasEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := newRuns()
		n, _ := feed(t, &line)
		all := line.All()
		if len(all) > TimelineMost || int64(len(all)) < min(n, TimelineMost-timelineFreed) {
			t.Fatalf("of %d, %d are kept, want %d to %d, or all", n, len(all), TimelineMost-timelineFreed, TimelineMost)
		}
		next := int64(0)
		for _, x := range all {
			if x.from != next {
				t.Fatalf("a run from %d follows one to %d", x.from, next)
			}
			next = x.to
		}
		if next != n {
			t.Fatalf("the runs go to %d, want %d", next, n)
		}
	})
}

func TestATimelineIsFinestAroundWhatMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := newRuns()
		n, at := feed(t, &line)
		near := func(x run, to int64) bool { return x.to > to-TimelineNear && x.from <= to+TimelineNear }
		for _, x := range line.All() {
			if x.to == x.from+1 {
				continue
			}
			if x.from < TimelineNear || x.to > n-TimelineLast {
				t.Fatalf("of %d, those from %d to %d were joined", n, x.from, x.to)
			}
			for m, to := range at {
				if near(x, to) {
					t.Fatalf("those from %d to %d were joined, near mark %d at %d", x.from, x.to, m, to)
				}
			}
		}
	})
}

// What is not near a mark becomes coarser by as much as has to be.
func TestATimelineIsNoCoarserThanItHasToBe(t *testing.T) {
	line := newRuns()
	for n := range int64(200_000) {
		line.Add(run{n, n + 1})
	}
	fair := int64(200_000 / (TimelineMost - timelineFreed - TimelineNear - TimelineLast))
	for _, x := range line.All() {
		if x.to-x.from > 2*fair {
			t.Fatalf("%d were joined to one, from %d on, want at most twice the fair share of %d", x.to-x.from,
				x.from, fair)
		}
	}
}

func TestOnceSetsAMarkOnce(t *testing.T) {
	line := newRuns()
	for n := range int64(50_000) {
		line.Add(run{n, n + 1})
		if n == 10_000 || n == 20_000 {
			line.Once(MarkFailed)
		}
	}
	fine := func(at int64) bool {
		for _, x := range line.All() {
			if x.from <= at && at < x.to {
				return x.to == x.from+1
			}
		}
		return false
	}
	if !fine(10_000) || fine(20_000) {
		t.Errorf("what was marked first is kept: %t, and second: %t; want true and false", fine(10_000), fine(20_000))
	}
}

// The last stay as they came at any moment, so also just when others were joined.
func TestTheLastAreNeverJoined(t *testing.T) {
	line := newRuns()
	for n := range int64(20_000) {
		before := len(line.items)
		line.Add(run{n, n + 1})
		if len(line.items) > before {
			continue
		}
		for _, x := range line.All() {
			if x.to > n+1-TimelineLast && x.to != x.from+1 {
				t.Fatalf("when %d had come, those from %d to %d were joined", n+1, x.from, x.to)
			}
		}
	}
}
