package claim

import (
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// throughNAT had so many connections through a NAT of 64 ports on each address.
func throughNAT(name string, n int64, changes ...func(*results.Run)) *results.Run {
	nat := func(r *results.Run) { r.NAT = &results.NAT{Ports: 64} }
	r := result(name, append([]func(*results.Run){succeeded(n), nat}, changes...)...)
	r.Kernel = results.Kernel{}
	return r
}

// waiting left ports of the NAT in TIME_WAIT.
func waiting(n int) func(*results.Run) {
	return func(r *results.Run) {
		r.NAT.Towards = []results.NATUse{{States: map[string]int{"TIME_WAIT": n}}}
	}
}

// natRefused had no port left on the NAT, whose 64 were in a state.
func natRefused(after int64, state string) func(*results.Run) {
	return func(r *results.Run) {
		succeeded(after)(r)
		r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true,
			Host: exhaustion.NATHost, AfterConnections: &after,
			Evidence: &exhaustion.Evidence{States: map[string]int{state: 64}}}
	}
}

func natExhaustionTruth() []*results.Run {
	const low = ", nf_conntrack_tcp_timeout_time_wait=1"
	return []*results.Run{
		throughNAT("held open", 64, natRefused(64, "ESTABLISHED")),
		throughNAT("closed", 264, waiting(64)), throughNAT("closed"+low, 264, waiting(31)),
		throughNAT("half closed", 64, natRefused(64, "FIN_WAIT")),
		throughNAT("half closed"+low, 64, natRefused(64, "FIN_WAIT")),
		throughNAT("closed, a gateway that keeps ports for 20 s", 64, natRefused(64, "TIME_WAIT")),
		throughNAT("closed, a gateway that keeps ports for 1 s", 264),
		throughNAT("held open, two addresses by a hash", 64, natRefused(64, "ESTABLISHED")),
		throughNAT("held open, two addresses in turn", 128, natRefused(128, "ESTABLISHED")),
	}
}

func TestWhatUsesUpTheNATsPorts(t *testing.T) {
	with := func(changes map[int]func(*results.Run)) []*results.Run {
		runs := natExhaustionTruth()
		for i, change := range changes {
			change(runs[i])
		}
		return runs
	}
	type edits = map[int]func(*results.Run)
	wait, one, two := natRefused(64, "TIME_WAIT"), natRefused(64, "ESTABLISHED"), natRefused(128, "ESTABLISHED")
	none := func(r *results.Run) { r.Exhaustion = nil }
	some := func(r *results.Run) { r.Exhaustion, r.Totals.Failed = nil, 3 }
	tests := []struct {
		name     string
		runs     []*results.Run
		want     scenario.Answer
		text     string
		practice string
	}{
		{"TIME_WAITs are taken over", natExhaustionTruth(), scenario.Depends,
			"closed, all 264 got one of 64 ports, of which 64 are in TIME_WAIT at the end; with a timeout of 1 s, all",
			"as it is on this kernel, and count open and half closed connections;"},
		{"TIME_WAITs pin ports, as before Linux 6.5", with(edits{1: wait}), scenario.Depends,
			"closed, 64 got one of 64 ports and the next was refused (64 TIME_WAIT), of which 64 are",
			"lower nf_conntrack_tcp_timeout_time_wait: here it freed the ports. Give the NAT addresses in turn"},
		{"the lower timeout frees none", with(edits{1: wait, 2: wait}), scenario.Depends,
			"with a timeout of 1 s, 64 got one of 64 ports and the next was refused (64 TIME_WAIT)",
			"the lower timeout freed none"},
		{"TIME_WAITs pin ports, and a hash gives more", with(edits{1: wait, 7: two}), scenario.Confirmed,
			"128 through two by a hash and 128 through two in turn",
			"Give the NAT more addresses, by a hash or in turn."},
		{"nothing helps, nothing pins", with(edits{8: one}), scenario.Refuted,
			"64 through two by a hash and 64 through two in turn",
			"More addresses gave one client no more ports."},
		{"a hash gives more, and in turn none", with(edits{7: two, 8: one}), scenario.Depends,
			"128 through two by a hash and 64 through two in turn",
			"Give the NAT a range of addresses"},
		{"half closed ones fail for something else", with(edits{4: some}), scenario.Depends,
			"with that timeout, 64 got one of 64 ports and 3 failed.", "and count open connections;"},
		{"open ones do not use up the ports", with(edits{0: none}), scenario.Unclear,
			"\"held open: open connections use up the ports\": all 64 got one",
			""},
		{"TIME_WAITs were not there", with(edits{1: waiting(60)}), scenario.Unclear,
			"\"with the default timeout all ports are in TIME_WAIT\": 60 of 64",
			""},
		{"the timeout does nothing", with(edits{2: waiting(64)}), scenario.Unclear,
			"\"the lower timeout ends TIME_WAITs\": 64 of 64",
			""},
		{"connections fail for something else", with(edits{1: some}), scenario.Unclear,
			"264 did on 64 ports, and 3 failed",
			""},
		{"the gateway keeps none", with(edits{5: none}), scenario.Unclear,
			"\"a gateway that keeps ports for 20 s runs out of them\": all 64 got one",
			""},
		{"the gateway keeps them longer", with(edits{6: wait}), scenario.Unclear,
			"\"one that keeps them for 1 s carries the same rate\": 64 got one of 64 ports and the next",
			""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantAnswer(t, "nat-exhaustion", tt.want, tt.runs...)
			wantText(t, got, tt.text)
			wantPractice(t, got, tt.practice)
		})
	}
}
