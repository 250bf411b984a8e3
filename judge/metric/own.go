package metric

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/results"
)

const (
	// much is the share of a figure from which on it is not the target's alone.
	much = 0.1
	// trifle is a lateness that does not matter, in microseconds: a timer's.
	trifle = 100.0
	// fewStarts is the same of the starts that did not take place, and of the
	// time for which the generator was not run.
	fewStarts = 0.01
)

// Own is the generator's own part in a figure.
type Own struct {
	// What it did: [results.GeneratorLate] or [results.GeneratorStalled]; empty
	// where the figure is the target's.
	What string
	// US is how much of a time it is, in microseconds; 0 of any other figure.
	US float64
	// Share is from 0 to 1.
	Share float64
}

// Error says what the generator did, and how much of the figure it is.
func (o Own) Error() string {
	did := "the generator itself was late"
	if o.What == results.GeneratorStalled {
		did = "the generator itself was not run for a while"
	}
	if o.Share == 0 { // by an earlier version, which does not say in how much
		return did
	}
	return fmt.Sprintf("%s, which is %s of the figure", did, figure.AboutPercent(o.Share))
}

// Own is the generator's part in the metric of r. A start that is late is in
// response times, which count from the plan, and one that never was in rates;
// times that count from the real start, and what was exhausted, are the
// target's. A stall is in whatever was under way.
func (m Metric) Own(r *results.Run) Own {
	v, err := m.Measure(r)
	switch {
	case err != nil || m.Phase == "dead":
		return Own{}
	case m.Phase == "response" && r.Lateness != nil:
		return m.late(r.Lateness, v)
	case m.Phase != "":
		return m.stalled(r, v)
	case strings.HasSuffix(m.Name, "_per_second"):
		return missed(r)
	default:
		return Own{}
	}
}

// late is the part of the generator's lateness in a response time.
func (m Metric) late(l *results.Lateness, v float64) Own {
	own := l.OwnP99US
	if l.Own == nil { // of an earlier version, which knew no more
		if l.Valid {
			return Own{}
		}
	} else {
		at, err := m.Measure(&results.Run{Latency: results.Latency{Response: l.Own}})
		if err != nil || at <= max(trifle, much*v) {
			return Own{}
		}
		own = at
	}
	return Own{results.GeneratorLate, own, min(own/max(v, own), 1)}
}

// missed is the part of a rate that the generator did not begin.
func missed(r *results.Run) Own {
	l := r.Lateness
	switch {
	case l == nil:
		if share := r.StalledShare(); share > fewStarts {
			return Own{What: results.GeneratorStalled, Share: share}
		}
	case l.Own == nil && !l.Valid:
		return Own{What: results.GeneratorLate, Share: float64(l.Planned-l.Started) / float64(max(l.Planned, 1))}
	default:
		if share := float64(l.MissedByGenerator) / float64(max(l.Planned, 1)); share > fewStarts {
			return Own{What: results.GeneratorLate, Share: share}
		}
	}
	return Own{}
}

// stalled is the part of the generator's stalls in a latency.
func (m Metric) stalled(r *results.Run, v float64) Own {
	touched, sum := touchedByStalls(r, m.Phase), r.Latency.Phase(m.Phase)
	us := 0.0
	switch stat := strings.TrimPrefix(m.Name, m.Phase+"_"); stat {
	case "min":
		return Own{}
	case "mean":
		for _, t := range touched {
			us += t.us * t.times / float64(sum.Count)
		}
	case "max":
		us = longestWithin(touched, 0, v)
	default:
		if p, err := parsePercentile(stat); err == nil {
			us = longestWithin(touched, (1-p/100)*float64(sum.Count), v)
		}
	}
	if us <= max(trifle, much*v) {
		return Own{}
	}
	return Own{results.GeneratorStalled, us, min(us/v, 1)}
}

// Validity says which figures of the table have the generator's own doing in
// them.
func Validity(r *results.Run) *results.Validity {
	v := &results.Validity{Valid: true, Reasons: []results.Reason{}}
	for _, what := range []string{results.GeneratorLate, results.GeneratorStalled} {
		reason := results.Reason{What: what}
		for _, m := range Table() {
			if own := m.Own(r); own.What == what {
				reason.Metrics = append(reason.Metrics, m.Name)
				reason.Share = max(reason.Share, own.Share)
			}
		}
		if len(reason.Metrics) == 0 {
			continue
		}
		switch what {
		case results.GeneratorLate:
			reason.ByUS = r.Lateness.OwnP99US
		case results.GeneratorStalled:
			reason.ByUS = r.Stalls.TotalUS
		}
		v.Valid, v.Reasons = false, append(v.Reasons, reason)
	}
	return v
}
