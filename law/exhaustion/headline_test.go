package exhaustion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/law/capacity"
)

// many are facts of 50 connections that carried a million requests in 10 s.
func many(change func(*Facts)) Facts {
	f := facts(Finding{Outcome: Undecided}, settings(nil), 50, 10)
	f.Use, f.Requests, f.Connected = ManyRequests, 1_000_000, 50
	return changed(f, change)
}

// holding are facts of 200 connections that were held for 12 s.
func holding(change func(*Facts)) Facts {
	f := facts(Finding{Outcome: Undecided}, settings(nil), 200, 12)
	f.Use, f.Connected = Held, 200
	return changed(f, change)
}

// plannedAt are facts of an open loop that opened 4000 connections in 2 s.
func plannedAt(p Plan, change func(*Facts)) Facts {
	f := facts(Finding{Outcome: Undecided}, settings(nil), 4000, 2)
	f.Plan, f.PeakHeld, f.PeakKnown = &p, 4000, true
	return changed(f, change)
}

func changed(f Facts, change func(*Facts)) Facts {
	if change != nil {
		change(&f)
	}
	return f
}

func TestHeadlineIsInWhatConnectionsAreFor(t *testing.T) {
	steady := Plan{From: 2000, To: 2000, Planned: 4000, Started: 4000}
	tests := []struct {
		name  string
		facts Facts
		want  string
	}{
		{"requests", many(nil), "Done: 50 connections carried 1000000 requests in 10 s (100000/s); no failure."},
		{"requests at a planned rate", many(func(f *Facts) {
			f.Plan = &Plan{From: 100_000, To: 100_000, Planned: 1_000_001, Started: 1_000_000}
		}), "Done: 50 connections carried 1000000 requests in 10 s (100000/s; 100000/s offered); no failure."},
		{"requests, some of which were answered by errors",
			many(func(f *Facts) { f.BadAnswers, f.Status = 20, map[string]int64{"200": 999_980, "503": 20} }),
			"Done: 50 connections carried 1000000 requests in 10 s (100000/s); no connection failed; 20 of 1000000 " +
				"answers were errors, HTTP status 503."},
		{"requests that were all answered by errors",
			many(func(f *Facts) { f.BadAnswers, f.Status = 1e6, map[string]int64{"429": 700_000, "502": 300_000} }),
			"Failed: all 1000000 answers were errors, HTTP status 429 700000 times, 502 300000 times. Done: 50 " +
				"connections carried 1000000 requests in 10 s (100000/s); no connection failed."},
		{"connections, one of which was answered by an error",
			plannedAt(steady, func(f *Facts) {
				f.Prediction, f.PeakKnown = capacity.Prediction{Reason: "RST close leaves no TIME_WAIT"}, false
				f.Requests, f.BadAnswers, f.Status = 4000, 1, map[string]int64{"200": 3999, "404": 1}
			}),
			"Done: 4000 connections in 2 s at 2000/s (2000/s offered); 1 of 4000 answers was an error, HTTP status " +
				"404."},
		{"a sustained rate of refusals",
			plannedAt(steady, func(f *Facts) {
				f.Finding.Outcome, f.PeakKnown = Sustained, false
				f.Requests, f.BadAnswers, f.Status = 4000, 4000, map[string]int64{"404": 4000}
			}),
			"Failed: all 4000 answers were errors, HTTP status 404. Sustained: 2000 connections/s (2000/s offered) " +
				"(TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only)."},
		{"one refusal, of a version that did not count by status",
			many(func(f *Facts) { f.Requests, f.BadAnswers, f.Seconds = 1, 1, 1 }),
			"Failed: the only answer was an error, HTTP status 400 or above. Done: 50 connections carried 1 request " +
				"in 1 s (1/s); no connection failed."},
		{
			"requests, and connections that failed in one way",
			many(func(f *Facts) {
				f.Attempted, f.Connected, f.Errors = 53, 53,
					map[string]int64{"recv: ECONNRESET": 3}
			}),
			"Done: 53 connections carried 1000000 requests in 10 s (100000/s); 3 connections failed: recv: ECONNRESET.",
		},
		{
			"requests, and connections that failed in several ways",
			many(func(f *Facts) {
				f.Attempted, f.Connected, f.Errors = 53, 52, map[string]int64{"recv: ECONNRESET": 2,
					"connect: TIMEOUT": 1}
			}),
			"Done: 52 connections carried 1000000 requests in 10 s (100000/s); 3 connections failed, 2 of them: " +
				"recv: ECONNRESET.",
		},
		{
			"requests for which ports were to run out, and did not",
			many(func(f *Facts) {
				f.Aimed, f.Finding.Outcome, f.Steady, f.PeakHeld, f.PeakKnown = true, Sustained, 5, 50, true
			}),
			"Sustained: 50 connections carried 1000000 requests in 10 s (100000/s); no failure, " +
				"and the ports held stopped growing, at most 50 of 28232, for 5 s.",
		},
		{
			"requests on connections that are opened again and again",
			many(func(f *Facts) {
				f.Finding.Outcome, f.Attempted, f.Succeeded, f.Connected = Sustained, 4000,
					4000, 4000
			}),
			"Sustained: 100000 requests/s on 400 connections/s (TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only).",
		},
		{"held", holding(nil), "Done: 200 connections held for 12 s, none lost."},
		{"held, and opened one after the other", holding(func(f *Facts) { f.ByTurns = true }),
			"Done: 200 connections held for up to 12 s, none lost."},
		{
			"held, and some lost",
			holding(func(f *Facts) { f.Succeeded, f.Errors = 150, map[string]int64{"recv: EOF": 50} }),
			"Done: 200 connections held for 12 s, 50 of them lost; recv: EOF, 50 times.",
		},
		{
			"held until the link was cut",
			holding(func(f *Facts) {
				f.Succeeded, f.Cut = 0, &Cut{AtSeconds: 6, Dead: 200, HalfSeconds: 3.6, LastSeconds: 4.08}
			}),
			"Done: 200 connections held, and the link cut at 6 s: all were found dead, half of them within 3.6 s and " +
				"the last after 4.08 s.",
		},
		{
			"held until the link was cut, and some not found",
			holding(func(f *Facts) {
				f.Succeeded, f.Cut = 120, &Cut{AtSeconds: 6, Dead: 80, HalfSeconds: 3.6, LastSeconds: 4.08}
			}),
			"Done: 200 connections held, and the link cut at 6 s: 80 of them were found dead, " +
				"half of them within 3.6 s and the last after 4.08 s.",
		},
		{
			"held, and nobody noticed the cut",
			holding(func(f *Facts) { f.Cut = &Cut{AtSeconds: 2} }),
			"Done: 200 connections held, and the link cut at 2 s: none was found dead in the 10 s to the end.",
		},
		{
			"none held to the end",
			holding(func(f *Facts) { f.Succeeded, f.Errors = 0, map[string]int64{"recv: EOF": 200} }),
			"Failed: none of 200 connections was held to the end; recv: EOF, 200 times (the server ended connections " +
				"that were held: as it does when its idle timeout is shorter than the run, or when it ends itself).",
		},
		{
			"a planned rate",
			plannedAt(steady, nil),
			"Done: 4000 connections in 2 s at 2000/s (2000/s offered).",
		},
		{
			"a planned rate that somebody ended before its time",
			plannedAt(steady, func(f *Facts) { f.Interrupted = true }),
			"Interrupted: 4000 connections in 2 s at 2000/s (2000/s offered).",
		},
		{
			"held, until somebody ended it",
			aimed(holding(func(f *Facts) { f.Interrupted = true })),
			"Interrupted: 200 connections held for 12 s, none lost.",
		},
		{
			"ports that ran out before somebody ended it",
			func() Facts {
				f := facts(ranOut("connect", "EADDRNOTAVAIL", 28232, 12.48), settings(nil), 28232, 12.48)
				f.Interrupted = true
				return f
			}(),
			`Out of local ports: connect(2) failed with EADDRNOTAVAIL ("cannot assign requested address") after ` +
				`28232 connections, at 12.5 s; exactly as predicted (28232 ports x 1 source x 1 destination, each ` +
				`held 60 s: TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only).`,
		},
		{
			"a planned rate at which ports were to run out",
			plannedAt(steady, func(f *Facts) { f.Aimed = true }),
			"Undecided: 4000 connections in 2 s at 2000/s (2000/s offered), with no failure for lack of a port; at " +
				"most 4000 of 28232 ports were held when an interval ended.",
		},
		{
			"a ramp that was not held",
			plannedAt(Plan{From: 100, To: 60_000, Planned: 60_100, Started: 4000},
				func(f *Facts) { f.Prediction = capacity.Prediction{Reason: "RST close leaves no TIME_WAIT"} }),
			"Done: 4000 connections in 2 s at 2000/s (100/s to 60000/s offered, 4000 of 60100 starts took place).",
		},
		{
			"a sustained rate",
			plannedAt(steady, func(f *Facts) {
				f.Finding.Outcome, f.Steady = Sustained, 5
				f.Prediction.HoldSeconds, f.Prediction.SustainableCPS = 1, 28232
			}),
			"Sustained: 2000 connections/s (2000/s offered), and the ports held stopped growing, " +
				"at most 4000 of 28232, for 5 s (TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only).",
		},
		{
			"a rate that the law sustains, before any port came free",
			plannedAt(Plan{From: 300, To: 300, Planned: 600, Started: 600}, func(f *Facts) {
				f.Finding.Outcome, f.Steady, f.Succeeded, f.PeakHeld = Sustained, 5, 600, 600
			}),
			"Sustained: 300 connections/s (300/s offered), below the 432/s that always hold; 600 of 28232 ports were " +
				"held so far (TIME_WAIT; tcp_tw_reuse=2 reuses on loopback only).",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Judge(tt.facts).Headline); diff != "" {
				t.Errorf("Judge().Headline (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatARunWasToSeeIsNoLimit(t *testing.T) {
	f := holding(func(f *Facts) {
		f.Succeeded, f.Errors = 0, map[string]int64{"recv: ETIMEDOUT": 200}
		f.Cut = &Cut{AtSeconds: 6, Dead: 200, HalfSeconds: 3.6, LastSeconds: 4.08}
	})
	if got := Judge(f).OtherLimits; got != nil {
		t.Errorf("Judge(link cut).OtherLimits = %v, want none", got)
	}
	f.Cut, f.Succeeded = nil, 1
	got := Judge(f).OtherLimits
	if len(got) != 1 || !strings.Contains(got[0].Text, "the peer is gone") {
		t.Errorf("Judge(link not cut).OtherLimits = %v, want recv: ETIMEDOUT", got)
	}
}
