package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// recovered has a port again after so many seconds; 0 never.
func recovered(s float64) func(*results.Run) {
	return func(r *results.Run) {
		ranOutAfter(200)(r)
		r.DurationS = 80
		if s > 0 {
			r.Exhaustion.RecoveredAfterSeconds = &s
		}
	}
}

func TestFinTimeoutIsNotThatOfTimeWait(t *testing.T) {
	const wait, fin = "TIME_WAIT, tcp_fin_timeout=2", "FIN_WAIT_2, tcp_fin_timeout=2"
	wantAnswer(t, "fin-timeout", scenario.Refuted, result(wait, recovered(61)), result(fin, recovered(2.1)))
	wantAnswer(t, "fin-timeout", scenario.Refuted, result(wait, recovered(0)), result(fin, recovered(2.1)))
	wantAnswer(t, "fin-timeout", scenario.Confirmed, result(wait, recovered(2)), result(fin, recovered(2)))
	// A timeout that is not in force shortens nothing, and shows nothing.
	wantText(t, wantAnswer(t, "fin-timeout", scenario.Unclear, result(wait, recovered(61)), result(fin, recovered(61))),
		"tcp_fin_timeout=2 is in force: it ends FIN_WAIT_2\": a port was held for 61 s")
	// The end of a run that is short is not the end of TIME_WAIT.
	short := result(wait, recovered(0))
	short.DurationS = 4
	wantAnswer(t, "fin-timeout", scenario.Unclear, short, result(fin, recovered(2.1)))
	// Half of what it is with 60 is shorter.
	const usualWait, usualFin = "TIME_WAIT, tcp_fin_timeout=60", "FIN_WAIT_2, tcp_fin_timeout=60"
	wantAnswer(t, "fin-timeout", scenario.Confirmed, result(usualWait, recovered(61)), result(wait, recovered(30)),
		result(usualFin, recovered(61)), result(fin, recovered(2.1)))
	wantAnswer(t, "fin-timeout", scenario.Refuted, result(usualWait, recovered(61)), result(wait, recovered(61)),
		result(usualFin, recovered(61)), result(fin, recovered(2.1)))
	wantText(t, wantAnswer(t, "fin-timeout", scenario.Unclear, result(usualWait, recovered(10)),
		result(wait, recovered(61)), result(usualFin, recovered(61)), result(fin, recovered(2.1))), "it held one for "+
		"10 s")
	got := wantAnswer(t, "fin-timeout", scenario.Refuted, finTimeoutTruth()...)
	wantText(t, got, "TIME_WAIT held a port for 61.4 s. What it shortens is FIN_WAIT_2, the wait for the FIN of a "+
		"peer that does not close: 2.05 s; with 60, TIME_WAIT lasted 61.3 s and FIN_WAIT_2 61.2 s.")
	wantPractice(t, got, "at 2 s, a port in TIME_WAIT is still held for 61.4 s")
	// Without a failure nothing was held.
	wantAnswer(t, "fin-timeout", scenario.Unclear, result(wait, succeeded(1000)), result(fin, recovered(2)))
}
