package view

import (
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// ended is a run of a cell that ended so, with the given rate.
func ended(linger, reuse string, outcome exhaustion.Outcome, cps float64) *results.Run {
	r := &results.Run{
		DurationS:  1,
		Cell:       map[string]string{"linger": linger, "sysctl.net.ipv4.tcp_tw_reuse": reuse},
		Totals:     results.Totals{Counts: metrics.Counts{Succeeded: 1}},
		Rates:      results.Rates{ConnectionsPerSecond: cps},
		Exhaustion: &exhaustion.Finding{Outcome: outcome},
	}
	if outcome == exhaustion.Exhausted {
		n := int64(1000)
		r.Exhaustion.Exhausted, r.Exhaustion.AfterConnections = true, &n
		r.Exhaustion.Call, r.Exhaustion.Errno = "connect", "EADDRNOTAVAIL"
		r.Prediction.ConnectionsUntilExhaustion = n
	}
	return r
}

// spelled are all sentences of a conclusion.
func spelled(parts []Part) string {
	var out []string
	for _, p := range parts {
		for _, s := range p.Sentences {
			out = append(out, s.Text)
		}
	}
	return strings.Join(out, " ")
}

func TestSummary(t *testing.T) {
	exhausted, sustained, undecided := exhaustion.Exhausted, exhaustion.Sustained, exhaustion.Undecided
	wrong := ended("off", "0", exhausted, 10)
	wrong.Prediction.ConnectionsUntilExhaustion = 999
	silent := ended("off", "0", exhausted, 10)
	silent.Exhaustion.Evidence = &exhaustion.Evidence{States: map[string]int{"SYN_SENT": 1000}}
	busy := ended("off", "0", exhausted, 10)
	busy.Options.Concurrency = 600
	busy.Exhaustion.Evidence = &exhaustion.Evidence{States: map[string]int{"ESTABLISHED": 600, "TIME_WAIT": 400}}
	dead := ended("off", "0", undecided, 0)
	dead.Totals.Succeeded = 0
	before, after, share := 14000.0, 700.0, 0.5
	knee := ended("off", "0", exhausted, 10)
	knee.Exhaustion.Knee = exhaustion.Knee{Found: true, RateBefore: &before, RateAfter: &after, Occupancy: &share}
	slow := ended("off", "1", undecided, 10)
	slow.Exhaustion.Knee = exhaustion.Knee{Found: true, RateBefore: &before, RateAfter: &after, Occupancy: &share}
	odd := ended("off", "0", exhausted, 10)
	odd.Prediction.ConnectionsUntilExhaustion, odd.Prediction.ConnectionsAtLeast = 1001, 1000
	unjudged := ended("off", "0", undecided, 10)
	unjudged.Exhaustion = nil
	plain := ended("off", "0", undecided, 10)
	plain.Options.Until = scenario.UntilDuration
	tests := []struct {
		name string
		runs []*results.Run
		want string
	}{
		{
			"a setting that sustains wherever it is set",
			[]*results.Run{ended("off", "0", exhausted, 10), ended("off", "1", sustained, 14000.7),
				ended("0", "0", sustained, 18000), ended("0", "1", sustained, 19000)},
			"Of 4 cells, 1 ran out of local ports and 3 sustained their load. " +
				"Where ports ran out, connect(2) failed with EADDRNOTAVAIL after 1000 connections, " +
				"exactly as many as predicted. " +
				"Sustained were every cell with linger=0 (18000 to 19000 connections/s) and linger=off " +
				"tcp_tw_reuse=1 " +
				"(14001 connections/s).",
		},
		{
			"all sustained",
			[]*results.Run{ended("off", "1", sustained, 500), ended("0", "1", sustained, 500)},
			"Of 2 cells, 2 sustained their load. They sustained 500 connections/s.",
		},
		{
			"the law was wrong in one case, and one run failed",
			[]*results.Run{wrong, ended("off", "1", exhausted, 10), dead},
			"Of 3 cells, 2 ran out of local ports and 1 failed. Where ports ran out, " +
				"connect(2) failed with EADDRNOTAVAIL after 1000 connections, in 1 of 2 cases exactly as " +
				"many as predicted.",
		},
		{
			"of an odd range one less is as predicted too",
			[]*results.Run{odd},
			"Of 1 cell, 1 ran out of local ports. Where ports ran out, connect(2) failed with EADDRNOTAVAIL after " +
				"1000 connections, exactly as many as predicted.",
		},
		{
			"a knee, and ports that did not run out",
			[]*results.Run{slow},
			"Of 1 cell, 1 ended before ports ran out or were proved to last. In 1 cell there was a knee, at 50 % of " +
				"the ports in use: throughput fell 20-fold, from 14000/s to 700/s.",
		},
		{
			"more connections in flight than TIME_WAITs",
			[]*results.Run{busy},
			"Of 1 cell, 1 ran out of local ports. Where ports ran out, connect(2) failed with EADDRNOTAVAIL after " +
				"1000 connections, exactly as many as predicted.",
		},
		{
			"ports that were not held as the law has it",
			[]*results.Run{silent, odd},
			"Of 2 cells, 2 ran out of local ports. Where ports ran out, connect(2) failed with EADDRNOTAVAIL after " +
				"1000 connections, in 1 of 2 cases exactly as many as predicted.",
		},
		{
			"runs without a finding",
			[]*results.Run{unjudged, unjudged},
			"Of 2 cells, 2 were not judged.",
		},
		{
			"loads of which nobody asked whether ports run out",
			[]*results.Run{plain, plain},
			"Of 2 cells, 2 ran as long as asked.",
		},
		{
			"the knee",
			[]*results.Run{knee, ended("off", "1", undecided, 10)},
			"Of 2 cells, 1 ran out of local ports and 1 ended before ports ran out or were proved to last. " +
				"Where ports ran out, connect(2) failed with EADDRNOTAVAIL after 1000 connections, " +
				"exactly as many as predicted. " +
				"In 1 cell the knee came first, at 50 % of the ports in use: throughput fell 20-fold, " +
				"from 14000/s to 700/s.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spelled(ConclusionOf(tt.runs, nil)); got != tt.want {
				t.Errorf("ConclusionOf() =\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
