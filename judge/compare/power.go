package compare

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/aclements/go-moremath/stats"

	"tcpbench/internal/figure"
)

// Power is what repeats can tell, whatever came out: that a change is not
// significant says little where only a large one would have been.
type Power struct {
	// LoPercent and HiPercent bound the changes that the repeats do not rule out:
	// by any of them the base's values would come to differ from the new ones by
	// no more than chance. HiPercent is absent where there is no bound, as from 0
	// in some repeats; both are where it was 0 and rose in all that count.
	LoPercent *float64 `json:"lo_percent,omitempty"`
	HiPercent *float64 `json:"hi_percent,omitempty"`
	// FoundPercent is the least change that would have been significant, with the
	// values of each side as far apart as they are; absent where values are 0, from
	// and to which no change is a share.
	FoundPercent *float64 `json:"found_percent,omitempty"`
}

// newPower turns the U test around: of the ratios of each new value to each of
// the base it leaves out as many at either end as the test permits (Hodges and
// Lehmann 1963). Four and four leave out none.
func newPower(base, candidate []float64) *Power {
	var ratios []float64
	for _, b := range base {
		for _, c := range candidate {
			ratios = append(ratios, ratio(b, c))
		}
	}
	slices.Sort(ratios)
	if slices.Max(base) == 0 && slices.Max(candidate) == 0 {
		return &Power{LoPercent: new(float64), HiPercent: new(float64)}
	}
	k := critical(len(base), len(candidate))
	lo, hi := ratios[k], ratios[len(ratios)-1-k]
	middle := (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2
	return &Power{percentFrom(lo), percentFrom(hi), percentFrom(max(hi/middle, middle/lo))}
}

func ratio(base, candidate float64) float64 {
	if base == candidate {
		return 1 // 0 and 0 too
	}
	return candidate / base
}

// percentFrom is how much a ratio is above 1; nil where that is no number.
func percentFrom(ratio float64) *float64 {
	if math.IsInf(ratio, 0) || math.IsNaN(ratio) {
		return nil
	}
	percent := (ratio - 1) * 100
	return &percent
}

// critical is the largest U of n and m values that is significant at 5 %. The
// exact distribution takes n²m² steps, and of 900 pairs hardly differs from the
// normal one.
func critical(n, m int) int {
	const alpha, exact = 0.05, 900
	pairs := float64(n * m)
	if pairs > exact {
		return int(pairs/2 - 1.96*math.Sqrt(pairs*float64(n+m+1)/12) - 0.5)
	}
	d := stats.UDist{N1: n, N2: m}
	return max(sort.Search(n*m, func(u int) bool { return 2*d.CDF(float64(u)) > alpha })-1, 0)
}

// RulesOut reports whether the repeats rule out that the figure changed by more
// than so many percent: fell, where fall is true, else rose.
func (p *Power) RulesOut(percent float64, fall bool) bool {
	if fall {
		return p.LoPercent == nil || *p.LoPercent >= percent
	}
	return p.HiPercent != nil && *p.HiPercent <= percent
}

// Bounds says what the change is between.
func (p *Power) Bounds() string {
	switch {
	case p.LoPercent == nil:
		return "a rise from 0"
	case p.HiPercent == nil:
		return fmt.Sprintf("%+.3g %% or more", *p.LoPercent)
	default:
		return fmt.Sprintf("%+.3g %% to %+.3g %%", *p.LoPercent, *p.HiPercent)
	}
}

// Found says which changes the repeats would have shown.
func (p *Power) Found() string {
	switch {
	case p.FoundPercent == nil && p.HiPercent != nil && *p.HiPercent == 0:
		return "it is 0 in every repeat"
	case p.FoundPercent == nil:
		return "from or to 0, how large a change these repeats find is no percentage"
	case *p.FoundPercent == 0:
		return "these repeats find any change, as they do not vary"
	default:
		return "these repeats find a change of " + figure.Percent(*p.FoundPercent)
	}
}

// FoundOneWay says the same of falls or of rises alone, and whether one of so many percent
// is among them. A fall from 120 to 100 is a smaller share than the rise back.
func (p *Power) FoundOneWay(percent float64, fall bool) (text string, finds bool) {
	if p.FoundPercent == nil || *p.FoundPercent == 0 {
		return p.Found(), true
	}
	found, way := *p.FoundPercent, "rise"
	if fall {
		found, way = 100*(1-1/(1+found/100)), "fall"
	}
	return fmt.Sprintf("these repeats find a %s of %s", way, figure.Percent(found)), found <= math.Abs(percent)
}
