package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
)

// foundDead reports whether connections were found dead whose link was cut.
func (f Facts) foundDead() bool { return f.Cut != nil && f.Cut.Dead > 0 }

// reconnects reports whether connections were opened one after the other, so
// that ports can run out.
func (f Facts) reconnects() bool {
	switch f.Use {
	case Held:
		return false
	case ManyRequests:
		return f.Attempted > int64(f.Settings.InFlight)
	default:
		return true
	}
}

func sustained(f Facts) string {
	s := "Sustained: "
	switch {
	case !f.reconnects():
		return s + carried(f) + stoppedGrowing(f) + "."
	case f.Use == ManyRequests:
		s += fmt.Sprintf("%s requests/s on %s connections/s", perSecond(f.Requests, f.Seconds),
			perSecond(f.Succeeded, f.Seconds))
	default:
		s += perSecond(f.Succeeded, f.Seconds) + " connections/s"
	}
	if f.Plan != nil {
		s += fmt.Sprintf(" (%s)", offered(f.Plan))
	}
	return s + stoppedGrowing(f) + " (" + f.Prediction.Reason + ")" + badAnswers(f) + "."
}

// stoppedGrowing is the proof that ports do not run out, where it was measured.
func stoppedGrowing(f Facts) string {
	if !f.PeakKnown {
		return ""
	}
	if p := f.Prediction; f.reconnects() && p.Exhausts() && f.Seconds < p.HoldSeconds {
		// No port has come free yet: it is the law that says so.
		return fmt.Sprintf(", below the %s/s that always hold; %s of %s ports were held so far",
			figure.Limit(p.Complete().SafeCPS), number(int64(f.PeakHeld)), number(f.Settings.Tuples()))
	}
	return fmt.Sprintf(", and the ports held stopped growing, at most %s of %s, for %s", number(int64(f.PeakHeld)),
		number(f.Settings.Tuples()), figure.Seconds(f.Steady))
}

// done tells of a run in which ports neither ran out nor were proved to last.
func done(f Facts) string {
	word := "Done"
	switch {
	case f.Interrupted:
		word = "Interrupted"
	case f.Aimed:
		word = "Undecided"
	}
	switch {
	case f.uncounted():
		return word + ": " + f.onSocket() + "."
	case f.Use == ManyRequests:
		return word + ": " + carried(f) + underCut(f) + "."
	case f.Use == Held:
		return word + ": " + heldText(f) + "."
	default:
		return word + ": " + opened(f) + failedToo(f) + badAnswers(f) + underCut(f) + "."
	}
}

// failedToo names connections that failed for another cause than ports.
func failedToo(f Facts) string {
	if n := f.Attempted - f.Succeeded; n > 0 {
		return "; " + failures(f, n)
	}
	return ""
}

// underCut tells when the link was cut under connections at work.
func underCut(f Facts) string {
	if f.Cut == nil {
		return ""
	}
	s := fmt.Sprintf("; the link was cut at %s, and nothing is served from then on", figure.Seconds(f.Cut.AtSeconds))
	if c := f.Cut; c.Dead > 0 {
		s += fmt.Sprintf("; %s found dead, half of them within %s and the last after %s",
			figure.Plural(c.Dead, "connection"), figure.Seconds(c.HalfSeconds), figure.Seconds(c.LastSeconds))
	}
	return s
}

// opened tells of connections that carried one request.
func opened(f Facts) string {
	s := fmt.Sprintf("%s in %s at %s/s", figure.Plural(f.Succeeded, "connection"), figure.Seconds(f.Seconds),
		perSecond(f.Succeeded, f.Seconds))
	if f.Plan != nil {
		s += fmt.Sprintf(" (%s)", offered(f.Plan))
	}
	return s + f.untilNow()
}

// untilNow tells how far it came of a run that was to see ports run out, and that the
// client's program said so where they had not.
func (f Facts) untilNow() string {
	switch {
	case f.Settings.NoPorts:
		return ""
	case !f.Aimed && f.Finding.Refused != nil && f.Program != nil:
		return f.notHeard()
	case !f.Aimed:
		return ""
	}
	s, p := f.notHeard(), f.Prediction
	if !p.Exhausts() {
		return s + " (predicted: none, " + p.Reason + ")"
	}
	if f.PeakKnown {
		s += fmt.Sprintf("; at most %s of %s ports were held when an interval ended", number(int64(f.PeakHeld)),
			number(f.Settings.Tuples()))
	}
	if _, ok := f.farewells(); ok {
		return s + "; they last longer than the law says, since RSTs end connections of TLS"
	}
	if _, ok := f.race(); ok {
		return s + "; whether they run out depends on who closes first"
	}
	if p.SustainableCPS == 0 {
		return s + "; they run out " + p.WhenOpen()
	}
	return s
}

// carried tells of connections that carried many requests.
func carried(f Facts) string {
	s := fmt.Sprintf("%s%s carried %s in %s (%s/s", figure.Plural(f.Connected, "connection"), unused(f.Unused),
		figure.Plural(f.Requests, "request"), figure.Seconds(f.Seconds), perSecond(f.Requests, f.Seconds))
	if f.Plan != nil {
		s += "; " + offered(f.Plan)
	}
	s += ")"
	if n := f.Attempted - f.Succeeded; n > 0 {
		return s + "; " + failures(f, n) + badAnswers(f)
	}
	if f.BadAnswers > 0 {
		return s + "; no connection failed" + badAnswers(f)
	}
	return s + "; no failure"
}

// unused tells of connections that carried nothing.
func unused(n int64) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (1 more was opened and never used)"
	default:
		return fmt.Sprintf(" (%d more were opened and never used)", n)
	}
}

// failures names the worst of n connections that failed.
func failures(f Facts, n int64) string {
	worst, times := worstError(f.Errors)
	s := figure.Plural(n, "connection") + " failed"
	switch {
	case worst == "":
		return s
	case times == n:
		return s + ": " + worst
	case times > n: // of a library, whose requests fail one after the other on a connection
		return s + fmt.Sprintf("; %s, %s", worst, figure.Plural(times, "time"))
	default:
		return s + fmt.Sprintf(", %s of them: %s", number(times), worst)
	}
}

// offered is the rate that was planned, and how much of it took place.
func offered(p *Plan) string {
	s := figure.Exact(p.From) + "/s offered"
	if p.From != p.To {
		s = fmt.Sprintf("%s/s to %s/s offered", figure.Exact(p.From), figure.Exact(p.To))
	}
	if !metrics.AllStarted(p.Started, p.Planned) {
		s += fmt.Sprintf(", %s of %s starts took place", number(p.Started), number(p.Planned))
	}
	return s
}

// heldText tells of connections that were held for their own sake.
func heldText(f Facts) string {
	if f.Cut != nil {
		return cutText(f)
	}
	upTo := ""
	if f.ByTurns {
		upTo = "up to "
	}
	s := fmt.Sprintf("%s held for %s%s, ", figure.Plural(f.Connected, "connection"), upTo, figure.Seconds(f.Seconds))
	lost := f.Connected - f.Succeeded
	if lost <= 0 {
		s += "none lost"
	} else {
		s += number(lost) + " of them lost"
	}
	if n := f.Attempted - f.Succeeded; n > 0 {
		worst, times := worstError(f.Errors)
		s += fmt.Sprintf("; %s, %s", worst, figure.Plural(times, "time"))
	}
	return s
}

// cutText tells how long it took to find out that the link was cut.
func cutText(f Facts) string {
	c := f.Cut
	s := fmt.Sprintf("%s held, and the link cut at %s: ", figure.Plural(f.Connected, "connection"),
		figure.Seconds(c.AtSeconds))
	switch {
	case c.Dead == 0:
		return s + fmt.Sprintf("none was found dead in the %s to the end", figure.Seconds(f.Seconds-c.AtSeconds))
	case c.Dead < f.Connected:
		s += fmt.Sprintf("%s of them were", number(c.Dead))
	default:
		s += "all were"
	}
	return s + fmt.Sprintf(" found dead, half of them within %s and the last after %s", figure.Seconds(c.HalfSeconds),
		figure.Seconds(c.LastSeconds))
}

func nothingSucceeded(f Facts) string {
	worst, n := worstError(f.Errors)
	if worst == "" {
		return fmt.Sprintf("Failed: no connection succeeded, and none failed, in %s.", figure.Seconds(f.Seconds))
	}
	did := "succeeded"
	switch {
	case f.Use == Held:
		did = "was held to the end"
	case f.Use == ManyRequests && f.Requests > 0:
		did = "lasted to the end"
	}
	s := fmt.Sprintf("Failed: none of %s %s; %s, %s%s", figure.Plural(f.Attempted, "connection"), did, worst,
		figure.Plural(n, "time"), hint(f, worst))
	if f.Requests > 0 {
		s += fmt.Sprintf("; %s had been answered", figure.Plural(f.Requests, "request"))
	}
	return s + "."
}
