package maxrate

import "math"

// leastLateTries is how many trials at a rate the generator must be late in, one after the
// other, before they count: a machine that stalls for 20 ms makes a trial of 2 s late, and
// one such trial would end the search there. mostLateTries is how many they are at most, on
// a machine that makes many trials late.
const (
	leastLateTries = 3
	mostLateTries  = 9
)

// answersAt are those of all trials at a rate until now.
func (f *finder) answersAt(rate float64) []answer {
	var out []answer
	for _, t := range f.trials {
		if t.Rate == rate {
			out = append(out, answered(t))
		}
	}
	return out
}

// lateInTurn is in how many trials at a rate, until now, the generator was late one after
// the other.
func (f *finder) lateInTurn(rate float64) int {
	n := 0
	for _, a := range f.answersAt(rate) {
		if n++; a != late {
			n = 0
		}
	}
	return n
}

// lateTries is how many such trials it takes. Where the generator was late in a share of
// the trials at rates that it can do, since they held, so many happen by chance in one case of 20
// at most; and a rate that held is one that it can do.
func (f *finder) lateTries(rate float64) int {
	lates, all, held := 0, 0, 0
	for _, t := range f.trials {
		if !f.held[t.Rate] {
			continue
		}
		all++
		if answered(t) == late {
			lates++
		}
		if t.Rate == rate && t.Holds {
			held++
		}
	}
	tries := leastLateTries
	if lates > 0 {
		byChance := math.Log(0.05) / math.Log(min(float64(lates)/float64(all), 0.99))
		tries = max(tries, int(math.Ceil(byChance)))
	}
	return min(tries*(1+held), mostLateTries)
}
