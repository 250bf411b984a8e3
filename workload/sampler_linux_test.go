package workload

import (
	"testing"

	"tcpbench/scenario"
)

func TestALoadKeepsThePortsOfConnectionsThatItHolds(t *testing.T) {
	s := sample{left: 30, held: 5030}
	for mode, want := range map[scenario.Mode]int{
		scenario.ModeShort:     30,
		scenario.ModeKeepalive: 5030,
		scenario.ModeIdle:      5030,
	} {
		if got := s.kept(Options{Workload: scenario.Workload{Mode: mode}}); got != want {
			t.Errorf("%s: kept = %d of 5000 open connections and 30 TIME_WAITs, want %d", mode, got, want)
		}
	}
}
