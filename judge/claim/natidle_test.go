package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// idled had so many answers, on so many connections more than one, of which some were
// lost with a request by an error.
func idled(name string, answered, more, lost int64, err string) *results.Run {
	r := result(name)
	r.Kernel = results.Kernel{}
	r.Totals.Requests, r.Totals.Failed, r.Totals.Attempted = answered, lost, more+1
	if lost > 0 {
		r.Totals.Errors = map[string]int64{err: lost}
	}
	return r
}

func natIdleTruth() []*results.Run {
	const reset = "recv: ECONNRESET"
	return []*results.Run{
		idled("without SO_KEEPALIVE, the NAT remembers for 60 s", 4, 0, 0, ""),
		idled("without SO_KEEPALIVE", 1, 3, 3, reset),
		idled("SO_KEEPALIVE 1s,1s,3", 4, 0, 0, ""), idled("SO_KEEPALIVE 4s,1s,3", 4, 3, 0, ""),
		idled("SO_KEEPALIVE alone, the kernel's default", 1, 3, 3, reset),
		idled("a request each second, without SO_KEEPALIVE", 16, 0, 0, ""),
	}
}

func TestProbesKeepANATFromForgetting(t *testing.T) {
	const silence = "recv: TIMEOUT"
	with := func(answered, more, lost int64, cases ...int) []*results.Run {
		runs := natIdleTruth()
		for _, i := range cases {
			runs[i] = idled(caseOf(runs[i]), answered, more, lost, silence)
		}
		return runs
	}
	tests := []struct {
		name           string
		runs           []*results.Run
		want           scenario.Answer
		text, practice string
	}{
		{"below the NAT's time alone", natIdleTruth(), scenario.Depends,
			"without SO_KEEPALIVE, 1 request answered on 4 connections, 3 lost with a request: recv: ECONNRESET; SO_",
			"set the first value of SO_KEEPALIVE below"},
		{"at no time", with(1, 3, 3, 2), scenario.Refuted,
			"SO_KEEPALIVE 1s,1s,3: 1 request answered on 4 connections, 3 lost with a request: recv: TIMEOUT;",
			"probes each second did not keep it"},
		{"at any time", with(4, 0, 0, 3, 4), scenario.Confirmed,
			"the kernel's default: 4 requests answered on 1 connection.", "whatever its values: 4 requests answered"},
		{"at some time above", with(4, 0, 0, 3), scenario.Depends,
			"SO_KEEPALIVE 4s,1s,3: 4 requests answered", "with 4 s"},
		{"at no time, by probes that meet the RST", with(4, 3, 0, 2), scenario.Refuted,
			"SO_KEEPALIVE 1s,1s,3: 4 requests answered on 4 connections;", "did not keep it (4 requests"},
		{"the NAT does not forget", with(4, 0, 0, 1), scenario.Unclear, "forgets the connection\": 4 requests", ""},
		{"it is lost with a NAT that remembers", with(1, 3, 3, 0), scenario.Unclear,
			"remembers for 60 s: one", ""},
		{"it is lost when busy", with(1, 3, 3, 5), scenario.Unclear, "a request each second, without", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantAnswer(t, "nat-idle", tt.want, tt.runs...)
			wantText(t, got, tt.text)
			wantPractice(t, got, tt.practice)
		})
	}
}
