package metrics

// Sum is a histogram of intervals, as [Interval] has them, in as much memory as the bars
// between its least and its longest latency need. The zero value is empty. An [Adder]
// fills and reads it.
type Sum struct {
	low  int // the first bar that it has room for
	bars []int64
}

// Adder adds histograms of intervals up. It is not safe for concurrent use.
type Adder struct{ scratch *Histogram }

// NewAdder returns one of about 37 KB.
func NewAdder() *Adder { return &Adder{scratch: newCoarseHistogram()} }

// Add adds a histogram of an interval to a sum; where it is none, nothing.
func (a *Adder) Add(to *Sum, text string) error {
	a.scratch.Reset()
	if err := a.scratch.AddHDR(text); err != nil {
		return err
	}
	for bar, n := range a.scratch.bars[:a.scratch.top] {
		if n > 0 {
			to.add(bar, n)
		}
	}
	return nil
}

// Merge adds what another one has.
func (s *Sum) Merge(o *Sum) {
	for i, n := range o.bars {
		if n > 0 {
			s.add(o.low+i, n)
		}
	}
}

// Empty reports whether it has no latency.
func (s *Sum) Empty() bool { return len(s.bars) == 0 }

// HDR is the sum as an interval keeps it, "" when it is empty.
func (a *Adder) HDR(s *Sum) string { return a.whole(s).HDR() }

// Percentile is a latency of the sum in microseconds; nil when it is empty.
func (a *Adder) Percentile(s *Sum, p float64) *float64 {
	if s.Empty() {
		return nil
	}
	return new(float64(a.whole(s).Percentile(p)) / 1e3)
}

// whole is the sum as a histogram, until the next use of a.
func (a *Adder) whole(s *Sum) *Histogram {
	a.scratch.Reset()
	for i, n := range s.bars {
		if n > 0 {
			a.scratch.add(s.low+i, n)
		}
	}
	return a.scratch
}

func (s *Sum) add(bar int, n int64) {
	if len(s.bars) == 0 {
		s.low = bar
	}
	if bar < s.low {
		s.bars = append(make([]int64, s.low-bar, s.low-bar+len(s.bars)), s.bars...)
		s.low = bar
	}
	if more := bar - s.low + 1 - len(s.bars); more > 0 {
		s.bars = append(s.bars, make([]int64, more)...)
	}
	s.bars[bar-s.low] += n
}
