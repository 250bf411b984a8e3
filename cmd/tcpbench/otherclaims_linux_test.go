package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/sweep"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

const rowClaim = "claim: "

// The short version of each claim that needs no program beside this one: its
// answer is what the scenario knows. An emulated CPU opens some hundreds of
// connections a second, and stands still at times: where that is too slow for a
// claim's controls there is no answer, and the document says why, as the claim does.
func TestTheClaimsOnThisKernel(t *testing.T) {
	if !isEmulated() {
		t.Skip("takes minutes; make kernels runs it in virtual machines, make claims in full")
	}
	for _, name := range claimsAlone(t) {
		t.Run(name, func(t *testing.T) {
			c := judgedHere(t, name)
			t.Logf("%s: %s", c.Answer, c.Because)
			if c.Answer == scenario.Unclear {
				writeRow(t, kernelRow{Kernel: kernelRelease(t), Engine: "auto", Row: rowClaim + name, User: os.Getuid(),
					Got: string(c.Answer), Usual: string(c.Known), Why: c.Because})
				return
			}
			answered(t, rowClaim+name, "auto", string(c.Answer), string(c.Known))
		})
	}
}

// judgedHere is what the short version of a scenario says here, without pictures.
func judgedHere(t *testing.T, name string) results.Claim {
	t.Helper()
	sw, err := openSweep(sweepFlags{short: true, output: t.TempDir() + "/sweep"}, []string{name}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	err = sw.Run(t.Context(), thisKernel().measure, sweep.Observer{
		Begin:    func(int, scenario.Cell) {},
		Interval: func(metrics.Interval) {},
		End: func(i int, _ *results.Run, err error) {
			lacks := err != nil && older(kernelRelease(t), [2]int{6, 14}) &&
				strings.Contains(err.Error(), "tcp_tw_reuse_delay; this kernel does not have it")
			if err != nil && !lacks {
				t.Errorf("cell %d: %v", i, err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	entry, _, err := judgeSweep(sw.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return entry.Claim
}

// claimsAlone are the built-in scenarios that test a claim without a program of the
// user's, and without a NAT, whose modules the machines do not have.
func claimsAlone(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(scenario.Builtins(), func(name string) bool {
		sc, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := sc.Cells()
		if err != nil {
			t.Fatal(err)
		}
		return sc.Claim.IsZero() ||
			slices.ContainsFunc(cells, func(c scenario.Cell) bool {
				return len(c.Programs.All()) > 0 || !c.Workload.NAT.IsZero()
			})
	})
}
