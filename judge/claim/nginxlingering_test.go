package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// losing had no answer to some of 200 requests, and some connections reset.
func losing(lost, resets int64) func(*results.Run) {
	return func(r *results.Run) {
		r.Totals.Attempted, r.Totals.Requests = 200, 200-lost
		r.Kernel.Client["TcpEstabResets"] = resets
	}
}

// lingeringRuns are those of all cases, with the answers that each is about.
func lingeringRuns(itself, buffered, off, kept, always, reader func(*results.Run)) []*results.Run {
	runs := []*results.Run{
		result("off, nginx answers 413 itself", itself),
		result("off, a backend answers 403, body buffered", buffered),
		result("off, a backend answers 403, body passed on", off),
		result("on, a backend answers 403, body passed on", kept),
		result("always, a backend answers 403, body passed on", always),
		result("off, the same, to a client that reads first", reader),
	}
	for i, r := range runs {
		code := "403"
		if i == 0 {
			code = "413"
		}
		r.Totals.Status = map[string]int64{code: r.Totals.Requests}
	}
	return runs
}

func TestLingeringCloseMattersWhereABodyIsPassedOn(t *testing.T) {
	runs := lingeringRuns
	none, all, one := losing(0, 0), losing(170, 180), losing(1, 1)
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"as nginx does", runs(none, none, all, none, none, losing(0, 40)), scenario.Depends,
			"off lost 170 of 200 answers with 180 connections reset, on 0 of 200, always 0 of 200. Off lost 0 of " +
				"200 where nginx answered 413 itself"},
		{"only a buffered body spares them", runs(all, none, all, none, none, all), scenario.Depends,
			"Off lost 170 of 200 where nginx answered 413 itself, 0 of 200 where it had buffered"},
		{"off loses everywhere", runs(all, all, all, none, none, all), scenario.Confirmed,
			"off lost 170 of 200 answers with 180 connections reset, on 0 of 200"},
		{"one that is lost with always is none to speak of", runs(none, none, all, none, one, none), scenario.Depends,
			"always 1 of 200"},
		{"always loses as well, on does not", runs(all, all, all, none, all, all), scenario.Depends,
			"off lost 170 of 200 answers with 180 connections reset, on 0 of 200, always 170 of 200"},
		{"on and always lose as well", runs(all, all, all, all, all, all), scenario.Refuted,
			"it is not lingering_close: where nginx passed the body on and the backend answered early, off lost " +
				"170 of 200 answers with 180 connections reset, on 170 of 200"},
		{"nothing is reset", runs(none, none, none, none, none, none), scenario.Unclear,
			"nginx resets a client that is still sending\": off, a backend answers 403, body passed on: 0 of 200"},
		{"nothing is lost by resets", runs(none, none, losing(0, 40), none, none, none), scenario.Refuted,
			"0 of 200 answers lost, 40 connections reset"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantText(t, wantAnswer(t, "nginx-lingering", tt.want, tt.runs...), tt.text)
		})
	}
	wantPractice(t, wantAnswer(t, "nginx-lingering", scenario.Depends, nginxLingeringTruth()...),
		"off lost 170 of 200 answers there, on 0 of 200")
	wantPractice(t, wantAnswer(t, "nginx-lingering", scenario.Depends, runs(none, none, all, all, none, none)...),
		"set lingering_close always where answers must arrive: on, its default, lost 170 of 200 of them, always "+
			"0 of 200.")
	// A proxy that answers something else has not done what the case is about.
	broken := nginxLingeringTruth()
	broken[3].Totals.Status = map[string]int64{"502": 200}
	wantText(t, wantAnswer(t, "nginx-lingering", scenario.Unclear, broken...), "all answers are 403\": 0 of 200")
}
