package metric

import (
	"errors"
	"fmt"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

func count(of func(*results.Run) int64) measure {
	return func(r *results.Run) (float64, error) { return float64(of(r)), nil }
}

// ofConnections is a figure of connections, which are not counted where a user's program opens
// them to a Unix socket.
func ofConnections(of measure) measure {
	return func(r *results.Run) (float64, error) {
		if r.Uncounted() {
			return 0, errors.New("the client's program was seen from outside, where connections to a Unix socket are " +
				"not counted")
		}
		return of(r)
	}
}

// errorShare is that of failures, and of HTTP answers that are errors, in
// connections, or in requests where those are more. It is exact where the share
// is: dividing last rounds once.
func errorShare(r *results.Run) (float64, error) {
	if r.Totals.Attempted == 0 && r.Totals.Requests == 0 {
		return 0, errors.New("no connection was attempted")
	}
	bad := r.Totals.Failed + r.Totals.BadAnswers()
	return float64(100*bad) / float64(max(r.Totals.Attempted, r.Totals.Requests+r.Totals.Failed)), nil
}

func perSecond(of func(results.Rates) float64) measure {
	return func(r *results.Run) (float64, error) {
		if r.DurationS <= 0 {
			return 0, errors.New("the run was over before any time was measured")
		}
		return of(r.Rates), nil
	}
}

// ofRequests is a figure of requests, which are not known of a program of the user's.
func ofRequests(of measure) measure {
	return func(r *results.Run) (float64, error) {
		if r.FromOutside() {
			return 0, errors.New("the client's program was seen from outside, where requests are not known")
		}
		return of(r)
	}
}

// holdsRate is what a search found.
func holdsRate(r *results.Run) (float64, error) {
	switch s := r.Search; {
	case s == nil:
		return 0, errors.New("the run did not search for the highest rate that holds, as run --find-max-rate does")
	case !s.Sure:
		return 0, errors.New("the search is not sure of it")
	case s.HoldsRate == 0:
		return 0, errors.New("not even the lowest rate held")
	default:
		return s.HoldsRate, nil
	}
}

// lateness is a figure that takes so many starts.
func lateness(need int64, of func(*results.Lateness) float64) measure {
	return func(r *results.Run) (float64, error) {
		if r.Lateness == nil {
			return 0, errors.New("no start was planned: lateness is measured with a rate only")
		}
		return of(r.Lateness), enough(need, r.Lateness.Started)
	}
}

func cpu(of func(*results.CPU) *float64) measure {
	return func(r *results.Run) (float64, error) {
		if r.CPU == nil {
			return 0, errors.New("the client's CPU time was not measured")
		}
		if of(r.CPU) == nil {
			return 0, errors.New("nothing succeeded that the client's CPU time could be divided by")
		}
		return *of(r.CPU), nil
	}
}

func exhausted(r *results.Run) (float64, error) {
	switch {
	case r.Exhaustion == nil:
		return 0, errors.New("the run did not record whether ports ran out")
	case r.Exhaustion.Exhausted || len(r.RanOut()) > 0:
		return 1, nil
	case r.Exhaustion.Outcome == exhaustion.Undecided && r.PredictsExhaustion(r.Rates.ConnectionsPerSecond):
		return 0, errors.New("the run ended before it showed whether ports run out, and at its rate they are " +
			"predicted to: measure with --until exhausted")
	}
	if other, may := r.OtherMayRunOut(); may && r.Exhaustion.Outcome == exhaustion.Undecided {
		return 0, fmt.Errorf("the run ended before it showed whether the %s's ports run out, and at the rate at "+
			"which it opens connections they may: measure with --until exhausted, or for longer", other.Host)
	}
	return 0, nil
}

func afterConnections(r *results.Run) (float64, error) {
	if r.Exhaustion == nil || r.Exhaustion.AfterConnections == nil {
		if out := r.RanOut(); len(out) > 0 {
			return 0, fmt.Errorf("ports ran out on %d of %d agents alone", len(out), len(r.Agents))
		}
		return 0, errors.New("ports did not run out")
	}
	return float64(*r.Exhaustion.AfterConnections), nil
}

func kneeAfterConnections(r *results.Run) (float64, error) {
	k := r.Knee()
	if k == nil {
		return 0, errors.New("no knee was found")
	}
	return float64(*k.AfterConnections), nil
}

// handshakes is a figure of TLS handshakes that ended well.
func handshakes(of func(*results.TLS) float64) measure {
	return func(r *results.Run) (float64, error) {
		switch {
		case r.TLS == nil:
			return 0, errors.New("TLS handshakes are counted of https targets with --engine nethttp only")
		case r.TLS.Handshakes == 0:
			return 0, errors.New("no TLS handshake ended well")
		default:
			return of(r.TLS), nil
		}
	}
}

func lostBytes(r *results.Run) (float64, error) {
	if r.Delivery == nil {
		return 0, errors.New("only the embedded server in a lab reports what arrived")
	}
	return float64(r.Delivery.LostBytes), nil
}
