package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// The steps that each in flight goes through, in the plural.
const (
	Connects   = "connects"
	Handshakes = "TLS handshakes"
	Answers    = "answers"
	Closes     = "closes"
)

// Step is one of them.
type Step struct {
	Name string
	// Mean is how long it takes, in seconds.
	Mean float64
	Times
	// Quick counts those that took less than three quarters of the median.
	Quick int64
}

// Times are how long the quickest took, and a tenth, half and nine tenths of all at
// most, in seconds.
type Times struct{ Quickest, Tenth, Median, NineTenths float64 }

// QuickBelow is the time below which [Step.Quick] counts.
func (t Times) QuickBelow() float64 { return quicker * t.Median }

func (t Times) text() string {
	return fmt.Sprintf("%s in the median, %s the quickest", figure.Seconds(t.Median), figure.Seconds(t.Quickest))
}

// alone reports whether nearly all took as long as the quickest, which waited for no
// other: in the median, and on average, where some waited.
func (s Step) alone() bool { return s.within(alike) }

// within reports whether they took no more than so many times as long as the quickest.
func (s Step) within(times float64) bool { return max(s.Median, s.Mean) < times*s.Quickest }

// wait reports whether nearly all waited for as many others: they took as
// long as each other, and longer than the quickest, which waited for none. What
// takes longer than all in flight, one after the other, waits for something else. So
// does what is quick again and again: only the first of all in flight find the queue
// short.
func (s Step) wait(inFlight int) bool {
	ratio := s.Median / s.Quickest
	return ratio >= queued && ratio <= 2*float64(inFlight) && s.NineTenths <= even*s.Tenth &&
		s.Quick <= 2*int64(inFlight) && s.Mean < fewSlow*s.Median
}

// allInFlight reports whether as many were in flight as may be.
func (w Work) allInFlight() bool { return w.Rate*w.Mean >= mostInFlight*float64(w.Concurrency) }

// made is the rate that as many make.
func (w Work) made() string {
	return fmt.Sprintf("%d in flight, each for %s, make %s/s", w.Concurrency, figure.Seconds(w.Mean),
		figure.Number(float64(w.Concurrency)/w.Mean))
}

// byFlight is Little's law: so many in flight, each for so long, make that rate.
// Where more of them would not make more, they wait for each other.
func byFlight(f Facts, w Work) *Bound {
	if !w.allInFlight() {
		return nil
	}
	s, made := w.Longest, w.made()
	if s.Name != Answers && s.Name != "" {
		made += ", and " + s.Name + " take the most of it"
	}
	idle := "; " + w.threads()
	switch {
	case s.Times == (Times{}):
		return uncertain("because %s, and how long each step of it took was not measured%s", made, idle)
	case f.times() < rounds*int64(w.Concurrency):
		return uncertain("because %s, and %d are too few to tell whether %s wait for each other: a longer run tells%s",
			made, f.times(), s.Name, idle)
	case w.awaitsACKs(f.Requests):
		return uncertain("because %s, and answers take %s, about as long as Linux delays an ACK "+
			"(%s): %d were delayed for %d answers. A server that writes an answer in two parts without TCP_NODELAY "+
			"waits for that ACK; if this one does not, more --concurrency shows what it can do", made, s.text(),
			figure.Seconds(delayedACK), w.DelayedACKs, f.Requests)
	case s.Name == Connects && w.Overflows > 0 && s.Mean >= retried*s.Quickest:
		return limitedBy(ByTarget, "%s, and an accept queue on its host was full %s, which drops what a client then "+
			"sends again after 1 s%s", made, figure.Plural(w.Overflows, "time"), idle)
	case w.Concurrency == 1:
		return uncertain("because %s, and one at a time does not show whether two would make more: --concurrency 2 "+
			"does%s", made, idle)
	case s.Name != Connects && s.wait(w.Concurrency): // connects do not wait for each other
		return limitedBy(ByTarget, "%s, and nearly all %s wait for others: %s%s%s", made, s.Name, s.text(), idle,
			w.clientFrom())
	case s.alone() && w.Warmed:
		return uncertain("because %s, and whether %s wait for each other is not known: the warm-up has the first "+
			"ones, which would have waited for fewer (%s). Twice the --concurrency tells: the same rate is the "+
			"target's, twice the rate is theirs%s", made, s.Name, s.text(), idle)
	case s.alone():
		return limitedBy(ByConcurrency, "%s, and %s do not wait for each other: %s%s%s", made, s.Name, s.text(), idle,
			w.clientFrom())
	default:
		return uncertain("because %s, and it is not known why %s take longer than the "+
			"quickest (%s). Twice the --concurrency tells: the same rate is the target's, twice the rate is theirs%s",
			made, s.Name, s.text(), idle)
	}
}

// byBacklog is a plan of which answers came later and later, though there were connections
// for all of it.
func byBacklog(f Facts, w Work) *Bound {
	p := f.Plan
	if p == nil || p.Behind == 0 || !p.few(p.Waited) {
		return nil
	}
	return limitedBy(ByTarget, "of %s/s that were begun it answered %s/s, so that each second answers took %s more; "+
		"%s%s", figure.Number(w.Rate*(1+p.Behind)), figure.Number(w.Rate), figure.Seconds(p.Behind), w.threads(),
		w.clientFrom())
}

// clientFrom says from which rate on a client of one thread with little time to spare is the
// limit. Of several the others may have more.
func (w Work) clientFrom() string {
	if w.Threads != 1 || w.Client.Ran < busyNearly || w.Client.Waited >= worthTelling {
		return ""
	}
	return fmt.Sprintf("; from about %s times this rate on the client's thread is the limit",
		figure.Number(1/w.Client.share()))
}

// awaitsACKs reports whether answers may wait for delayed ACKs.
func (w Work) awaitsACKs(answers int64) bool {
	s := w.Longest
	return s.Name == Answers && 2*w.DelayedACKs >= answers && s.Median >= delayedACK && s.Median <= delayedAbout
}
