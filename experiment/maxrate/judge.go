package maxrate

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tcpbench/judge/metric"
	"tcpbench/judge/slo"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

const (
	// fewStarts is the share of planned starts that may be missing in a rate that
	// holds.
	fewStarts = 0.01
	// fewWaits is the share that may find every connection in use. A rate above what
	// the target does has them all in use until the trial's end; a stall of it, which
	// no limit is about, for as long as it takes.
	fewWaits = 0.1
)

// answer is what a trial says about its rate.
type answer uint8

const (
	holds answer = iota
	broken
	late
	missing
)

// answered reads a judged trial.
func answered(t results.Trial) answer {
	switch {
	case t.GeneratorLate:
		return late
	case len(t.Broken) > 0:
		return broken
	case len(t.Missing) > 0:
		return missing
	default:
		return holds
	}
}

// lateness is the generator's own: which share of the starts was late, and by how many
// microseconds at most.
type lateness struct{ share, longest float64 }

// judge says of a run at a rate whether it kept the limits. borne is with which
// lateness a rate like it held before.
func judge(r *results.Run, rate float64, limits slo.Limits, borne lateness) results.Trial {
	t := results.Trial{Rate: rate, Values: values(r, limits)}
	l, findings := r.Lateness, limits.Check(r)
	if l == nil {
		t.Missing = append(t.Missing, "no planned start was recorded")
	} else {
		t.Planned, t.Started, t.GeneratorLate = l.Planned, l.Started, generatorsOwn(r, findings, borne)
	}
	if t.GeneratorLate {
		return t // a limit that it broke may be the generator's doing
	}
	for _, f := range findings {
		switch f.Answer {
		case slo.Broken:
			t.Broken = append(t.Broken, f.String())
		case slo.Missing:
			t.Missing = append(t.Missing, f.String())
		}
	}
	if l != nil {
		t.Broken = append(t.Broken, notOffered(r)...)
	}
	t.Holds = answered(t) == holds
	return t
}

// generatorsOwn reports whether what a trial came to may be the generator's
// doing: it did not offer the rate, or a limit is about a figure that it is in.
// Where the lateness is in no such figure, it does not matter; nor are failures its
// doing where a rate like this one held with about as much of it.
func generatorsOwn(r *results.Run, findings slo.Findings, borne lateness) bool {
	failures, err := metric.MustFind("errors").Measure(r)
	if err == nil && failures == 100 {
		return false // no lateness makes every connection fail
	}
	if burstTookPorts(r) {
		return true
	}
	if outOfPorts(r) && (brokenUntouched(findings) || many(r.Lateness.Planned-r.Lateness.Started, r.Lateness)) {
		return false // ports are held for far longer than a burst takes
	}
	if metric.MustFind("connections_per_second").Own(r).What != "" {
		return true
	}
	late := own(r)
	for _, f := range findings {
		inBursts := failures > 0 && failures <= 100*late.share &&
			(late.share > alike*borne.share || late.longest > borne.longest)
		if f.Own.What != "" || f.Answer == slo.Broken && inBursts {
			return true
		}
	}
	return false
}

// brokenUntouched reports whether a limit is broken that is about a figure
// the generator's lateness is not in.
func brokenUntouched(findings slo.Findings) bool {
	return slices.ContainsFunc(findings, func(f slo.Finding) bool { return f.Answer == slo.Broken && f.Own.What == "" })
}

const (
	// alike is how many times one share of late starts may be the other, where both
	// are about the same.
	alike = 2
	// near is how much higher a rate may be than one that is like it: its bursts are
	// as large.
	near = 1.5
	// bunched is from which lateness on starts come in bursts that a server may
	// refuse, where it would have taken them in time; and by which part of the time
	// between two a start comes nearer to the next one than a limit may allow.
	bunched = time.Millisecond
	nearer  = 0.5
)

// own is how many of the starts the generator itself began so late that they came in
// bursts; at most, where that was not kept.
func own(r *results.Run) lateness {
	l := r.Lateness
	if l.Own == nil {
		if l.Valid {
			return lateness{}
		}
		return lateness{1, l.MaxUS}
	}
	h, err := l.Own.Histogram()
	if err != nil {
		return lateness{1, l.Own.MaxUS}
	}
	least := max(bunched, time.Duration(nearer*float64(time.Second)/max(r.Options.Rate.From, 1)))
	return lateness{float64(h.Above(least)) / float64(max(h.Count(), 1)), l.Own.MaxUS}
}

// burstTookPorts reports whether ports ran out because the generator began many starts
// at once: as they were planned, there were enough. Where ports are held for a minute,
// a burst makes no difference; with tcp_tw_reuse they are held for a second.
func burstTookPorts(r *results.Run) bool {
	p, rate, whose := scarce(r)
	if !outOfPorts(r) || whose != "" || p.HoldSecondsMax == 0 {
		return false
	}
	lasts := p.HoldSecondsMax
	if s := r.Latency.Service; s != nil {
		lasts += s.MeanUS / 1e6
	}
	ports, burst := float64(p.ConnectionsAtLeast), own(r).longest/1e6
	return rate*lasts < ports && rate*(lasts+burst) >= ports
}

// values are what was measured of what the limits are about.
func values(r *results.Run, limits slo.Limits) map[string]float64 {
	out := map[string]float64{}
	for _, l := range limits {
		if m, err := metric.Find(l.Metric); err == nil {
			if v, err := m.Measure(r); err == nil {
				out[l.Metric] = v
			}
		}
	}
	return out
}

// notOffered says why a rate was not offered in full; nothing when it was.
func notOffered(r *results.Run) []string {
	l, c := r.Lateness, r.Options.Concurrency
	missed, waited := l.Planned-l.Started, l.WaitedForConnection
	if !outOfPorts(r) {
		missed -= l.MissedByGenerator
	}
	switch {
	case many(missed, l):
		return []string{fmt.Sprintf("%d of %d starts did not take place: %s", missed, l.Planned, hindrance(r))}
	case l.Behind > 0:
		return []string{fmt.Sprintf("answers fell behind: %s", l.FellBehind())}
	case waitedLong(r):
		return []string{fmt.Sprintf("%d of %d starts found all %d connections in use (-c %d)", waited, l.Planned, c, c)}
	default:
		return nil
	}
}

// waitedLong reports whether too many starts found every connection in use, of which
// as many as the generator began late may have come in its own bursts: those it
// offered in full all the same, and more than was asked for at a time.
func waitedLong(r *results.Run) bool {
	waited, planned := float64(r.Lateness.WaitedForConnection), float64(r.Lateness.Planned)
	return waited > fewWaits*planned && waited > own(r).share*planned
}

// many reports whether n starts are too many for a rate that holds.
func many(n int64, l *results.Lateness) bool { return float64(n) > fewStarts*float64(l.Planned) }

func outOfPorts(r *results.Run) bool { return r.Exhaustion != nil && r.Exhaustion.Exhausted }

// hindrance is what kept most starts from taking place. The generator itself
// is not it.
func hindrance(r *results.Run) string {
	l := r.Lateness
	switch {
	case outOfPorts(r):
		return "ports had run out"
	case pastHalf(r) != nil:
		s := pastHalf(r)
		return fmt.Sprintf("%d of %d ports were in use, and past half of them each connect(2) searches long for a "+
			"free one", s.Most, s.Capacity)
	case l.BlockedByConnect > l.WaitedForConnection:
		return "each connect(2) took long"
	case l.WaitedForConnection > 0:
		return fmt.Sprintf("all %d connections were in use (-c %d)", r.Options.Concurrency, r.Options.Concurrency)
	default:
		return "what kept them was not measured"
	}
}

// searched is the share of the threads' time from which on connect(2) may be what keeps
// starts from taking place.
const searched = 0.2

// pastHalf is when the most ports were in use, if those were so many that the search
// for a free one is long, where there is such a search and connects took long; else nil.
func pastHalf(r *results.Run) *exhaustion.Sample {
	if c := r.Latency.Connect; c != nil && c.MeanUS/1e6*float64(c.Count) < searched*r.ServedS()*r.Generators() {
		return nil
	}
	var most *exhaustion.Sample
	for _, s := range r.Samples() {
		if 2*s.Most > s.Capacity && (most == nil || s.Most > most.Most) {
			most = &s
		}
	}
	if r.Options.PortSelect == scenario.PortSelectWalk {
		return nil
	}
	return most
}

// longer is how long a trial must be for every limit to be judged; 0 where
// time is not what is missing.
func longer(r *results.Run, limits slo.Limits) time.Duration {
	var out time.Duration
	for _, l := range limits {
		m, err := metric.Find(l.Metric)
		if err != nil {
			continue
		}
		_, err = m.Measure(r)
		if few := (*metric.TooFewError)(nil); errors.As(err, &few) && few.Have > 0 {
			needed := float64(r.Options.TimeLimit()) * float64(few.Need) / float64(few.Have)
			out = max(out, roundUp(time.Duration(needed)))
		}
	}
	return out
}

// roundUp leaves some room: a tenth more, in whole seconds.
func roundUp(d time.Duration) time.Duration {
	return (d + d/10 + time.Second - 1).Truncate(time.Second)
}
