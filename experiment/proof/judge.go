package proof

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

const (
	// tolerance is how far the time of a failure may be from what is predicted:
	// as far as the rates are from the limit.
	tolerance = 0.05

	// stall is the share of the hold time for which nothing may stand still.
	stall = 0.04

	// offered is the share of the planned starts that must take place.
	offered = 0.99
)

// judged is t with what r says of it.
func (t Trial) judged(r *results.Run) Trial {
	o := outcome(r)
	t.Measured = &o
	against := t.against(o)
	excuse := cmp.Or(missing(r), otherFailures(r))
	if against != "" {
		excuse = cmp.Or(excuse, stalled(r))
	}
	switch {
	case excuse != "":
		t.Answer, t.Why = NotOffered, excuse
	case against != "":
		t.Answer, t.Why = Contradicts, against
	default:
		t.Answer, t.Why = AsPredicted, ""
	}
	return t
}

// outcome is what a run says.
func outcome(r *results.Run) Outcome {
	o := Outcome{Connections: r.Totals.Obtained}
	if f := r.Exhaustion; f != nil && f.Exhausted {
		o.Fails, o.AfterConnections, o.AfterS = true, f.AfterConnections, f.AfterSeconds
	}
	return o
}

// against says how o differs from what was predicted; "" where it does not.
func (t Trial) against(o Outcome) string {
	p := t.Predicted
	switch {
	case o.Fails && !p.Fails:
		return fmt.Sprintf("ports ran out after %d connections, at %s", *o.AfterConnections, figure.Seconds(*o.AfterS))
	case !o.Fails && p.Fails:
		return fmt.Sprintf("ports did not run out in %s", figure.Seconds(t.LongestS))
	case !p.Fails:
		return ""
	case *o.AfterConnections > *p.AfterConnections || *o.AfterConnections < *p.AfterConnections-t.early:
		return fmt.Sprintf("ports ran out after %d connections, not %d", *o.AfterConnections, *p.AfterConnections)
	case math.Abs(*o.AfterS / *p.AfterS - 1) > t.slack:
		return fmt.Sprintf("ports ran out at %s, not %s", figure.Seconds(*o.AfterS), figure.Seconds(*p.AfterS))
	}
	return ""
}

// otherFailures are those that are no want of ports; "" where there are none.
func otherFailures(r *results.Run) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(r.Totals.Errors)) {
		if !strings.HasSuffix(name, ": EADDRNOTAVAIL") && !strings.HasSuffix(name, ": EADDRINUSE") {
			names = append(names, fmt.Sprintf("%s %d times", name, r.Totals.Errors[name]))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "failed for other reasons: " + strings.Join(names, ", ")
}

// missing says how many planned starts did not take place; "" where nearly all
// did.
func missing(r *results.Run) string {
	l := r.Lateness
	switch {
	case l == nil:
		return "no start was planned"
	case float64(l.Started) < offered*float64(l.Planned):
		return fmt.Sprintf("%d of %d planned starts took place", l.Started, l.Planned)
	default:
		return ""
	}
}

// stalled says that the client or the server stood still for so long that the
// trial tells nothing; "" where neither did. A stall ends in a burst, and
// connections that it finds open hold their ports for longer: of a twentieth
// of the hold time, it brings the safe rate above the sustainable for a moment.
func stalled(r *results.Run) string {
	late := r.Lateness.MaxUS / 1e6
	if l := r.Latency.Response; l != nil {
		late = max(late, l.MaxUS/1e6)
	}
	if late <= stall*r.Prediction.HoldSeconds {
		return ""
	}
	return "a start or its answer was " + figure.Seconds(late) + " late"
}
