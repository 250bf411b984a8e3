package live

import "strings"

// sparkMost is the most values that a sparkline keeps: more than a terminal has columns.
const sparkMost = 512

// spark keeps a figure over a run of any length, in stretches of equal length: when they
// are too many, neighbours become one.
type spark struct {
	values []float64 // the mean of each stretch that is over
	per    int       // how many were given to each
	sum    float64   // of the stretch that goes on
	n      int
}

func (s *spark) add(v float64) {
	s.per = max(s.per, 1)
	s.sum += v
	if s.n++; s.n < s.per {
		return
	}
	s.values = append(s.values, s.sum/float64(s.n))
	s.sum, s.n = 0, 0
	if len(s.values) == sparkMost {
		s.values = means(s.values, sparkMost/2)
		s.per *= 2
	}
}

// means are as many values, each the mean of its part of those given; columns is at most
// their number.
func means(values []float64, columns int) []float64 {
	out := make([]float64, columns)
	for i := range out {
		part := values[i*len(values)/columns : (i+1)*len(values)/columns]
		for _, v := range part {
			out[i] += v / float64(len(part))
		}
	}
	return out
}

// draw is the figure in so many columns at most: the lowest bar is none, the highest the
// most that there was.
func (s *spark) draw(columns int, g Glyphs) string {
	values := s.values
	if columns <= 0 || len(values) == 0 {
		return ""
	}
	if len(values) > columns {
		values = means(values, columns)
	}
	most := 0.0
	for _, v := range values {
		most = max(most, v)
	}
	var b strings.Builder
	for _, v := range values {
		i := 0
		if most > 0 {
			i = int(v/most*float64(len(g.bars)-1) + 0.5)
		}
		b.WriteString(g.bars[min(max(i, 0), len(g.bars)-1)])
	}
	return b.String()
}
