package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// A tenth of other failures is a busy machine's; more is not what the case is about.
func TestFailuresBesideThePointAreNoEvidence(t *testing.T) {
	failing := func(name string, n int64) []*results.Run {
		runs := twBucketsTruth()
		runs[0].Totals.Attempted, runs[0].Totals.Failed = 1000+n, n
		runs[0].Totals.Errors = map[string]int64{name: n}
		return runs
	}
	answering := func(bad int64) []*results.Run {
		runs := twBucketsTruth()
		runs[1].Totals.Requests, runs[1].Totals.Status = 5000, map[string]int64{"200": 5000 - bad, "500": bad}
		return runs
	}
	for _, tt := range []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"a few were refused", failing("connect: ECONNREFUSED", 100), scenario.Depends, "4900 of 5000 TIME_WAITs"},
		{"many were refused", failing("connect: ECONNREFUSED", 112), scenario.Unclear, `case "the default": 112 of ` +
			"1112 connections failed, which it is not about: connect: ECONNREFUSED"},
		{"many found no port, as they were to", failing("connect: EADDRNOTAVAIL", 9000), scenario.Depends, "4900 of"},
		{"a few answers are errors", answering(500), scenario.Depends, "4900 of 5000 TIME_WAITs"},
		{"many answers are errors", answering(501), scenario.Unclear, `case "tcp_max_tw_buckets=100": 501 of 5000 ` +
			"answers were errors, which it is not about"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantText(t, wantAnswer(t, "tw-buckets", tt.want, tt.runs...), tt.text)
		})
	}
}

// Connections that a cut link ends are what its cases are for; those that never were are not.
func TestWhatACutLinkEndsIsExpected(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  string
		want scenario.Answer
	}{
		{"ended by keepalive", "recv: ETIMEDOUT", scenario.Depends},
		{"never connected", "connect: ETIMEDOUT", scenario.Unclear},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runs := tcpKeepaliveTruth()
			r := runs[1] // with SO_KEEPALIVE
			n := r.Totals.Attempted
			r.Totals.Failed, r.Totals.Errors = n, map[string]int64{tt.err: n}
			wantAnswer(t, "tcp-keepalive", tt.want, runs...)
		})
	}
}
