package metrics

import "time"

// Lateness is by how much starts missed their plan, in an open loop.
type Lateness struct {
	// Late runs from the planned start to the real one.
	Late *Histogram
	// Own is the part of Late that nothing but the generator explains: every
	// connection was not in use, and no connect(2) before took long.
	Own *Histogram

	// Planned counts the starts planned, Started those that took place.
	Planned, Started int64
	// Waited counts starts for which no connection was free, and Blocked those
	// that a connect(2) before them held up, whether or not they took place.
	Waited, Blocked int64
	// Missed counts those that did not take place for the generator's sake alone.
	Missed int64

	// Behind is how the time of answers grew with their planned starts.
	Behind Trend
}

func newLateness() Lateness { return Lateness{Late: NewHistogram(), Own: NewHistogram()} }

// Cause is what a start that is late waited for.
type Cause uint8

// The causes.
const (
	// CauseGenerator: nothing but the generator.
	CauseGenerator Cause = iota
	// CauseConnections: all connections were in use.
	CauseConnections
	// CauseConnect: a connect(2) before it took long, as a port search does.
	CauseConnect
)

// Start records a start that was late by so much, own of it the generator's
// doing.
func (l *Lateness) Start(late, own time.Duration, cause Cause) {
	l.Started++
	l.Late.Record(late)
	l.Own.Record(own)
	l.count(cause)
}

// Leave records a planned start that did not take place before the end.
func (l *Lateness) Leave(cause Cause) {
	l.Planned++
	l.count(cause)
	if cause == CauseGenerator {
		l.Missed++
	}
}

// mostStarts is the share of planned starts that is as good as all of them: those
// of the last moment find the run over.
const mostStarts = 0.99

// AllStarted reports whether so many starts are as good as all that were planned.
func AllStarted(started, planned int64) bool { return float64(started) >= mostStarts*float64(planned) }

// Kept reports whether there was a plan and its starts took place.
func (l *Lateness) Kept() bool { return l.Planned > 0 && AllStarted(l.Started, l.Planned) }

// FellBehind is by how many seconds more answers took for each second that they were planned
// later; 0 where they kept up, or where starts are missing, which then tell.
func (l *Lateness) FellBehind() float64 {
	if !l.Kept() {
		return 0
	}
	return l.Behind.Growth()
}

func (l *Lateness) count(cause Cause) {
	switch cause {
	case CauseConnections:
		l.Waited++
	case CauseConnect:
		l.Blocked++
	}
}

func (l *Lateness) merge(o Lateness) {
	l.Late.Merge(o.Late)
	l.Own.Merge(o.Own)
	l.Planned += o.Planned
	l.Started += o.Started
	l.Waited += o.Waited
	l.Blocked += o.Blocked
	l.Missed += o.Missed
	l.Behind.merge(o.Behind)
}
