package headroom

import (
	"fmt"

	"tcpbench/internal/figure"
)

// Outlook is the forecast in a few words.
func (f Forecast) Outlook() string {
	switch {
	case f.Outcome == Exhausted:
		return "none left"
	case f.Outcome == RunningOut:
		return "out in " + f.span()
	case f.Outcome == Uncertain && f.GrowthPerSecond == nil && *f.ExhaustedSeconds > 0:
		return "uncertain, perhaps out in " + figure.Span(*f.ExhaustedSeconds) + " or sooner"
	case f.Outcome == Uncertain:
		return "uncertain, out in " + figure.Span(*f.ExhaustedSeconds) + " at the earliest"
	case f.Outcome == Full: // of what comes, no more is seen than that it is not kept
		return fmt.Sprintf("%d %% held, TIME_WAITs are at tcp_max_tw_buckets", f.HeldPercent())
	case f.Outcome == Unknown:
		return "too soon to tell"
	case f.Outcome == Steady && f.percent(f.Settled) < f.HeldPercent(): // what is over comes free
		return fmt.Sprintf("falls to %d %%", f.percent(f.Settled))
	case f.Outcome == Steady:
		return fmt.Sprintf("steady at %d %%", f.percent(float64(f.Held)))
	case f.KneeSeconds == nil:
		return fmt.Sprintf("settles at %d %%", f.percent(f.Settled))
	case *f.KneeSeconds == 0:
		return fmt.Sprintf("settles at %d %%, past the knee", f.percent(f.Settled))
	default:
		return fmt.Sprintf("settles at %d %%, knee in %s", f.percent(f.Settled), figure.Span(*f.KneeSeconds))
	}
}

// span is when no port is left: a time, or from when to when. Before one can tell whether
// the rate grows, it may do.
func (f Forecast) span() string {
	first, last := *f.ExhaustedSeconds, *f.ExhaustedSecondsMax
	const apart = 1.15 // less is the noise of counts
	switch {
	case f.GrowthPerSecond == nil:
		return figure.Span(last) + " or sooner"
	case last > apart*first+1:
		return figure.Span(first) + " to " + figure.Span(last)
	default:
		return figure.Span(first)
	}
}

// Ports are how many each pair has: "1000", "998 or 999".
func (v View) Ports() string {
	if v.CapacitySafe < v.Capacity {
		return fmt.Sprintf("%d or %d", v.CapacitySafe, v.Capacity)
	}
	return fmt.Sprint(v.Capacity)
}

// percent is a number of ports as a share of the capacity.
func (f Forecast) percent(ports float64) int { return int(100*ports/float64(max(f.Capacity, 1)) + 0.5) }

// HeldPercent is how much of the capacity is held now.
func (f Forecast) HeldPercent() int { return f.percent(float64(f.Held)) }
