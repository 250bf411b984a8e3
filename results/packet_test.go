package results_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/results"
	"tcpbench/results/resultstest"
)

func TestFlagsInOrder(t *testing.T) {
	const want = ">S <S. >. >FP. <R"
	if got := results.FlagsInOrder(resultstest.Packets(1, 40000, want)); got != want {
		t.Errorf("FlagsInOrder() = %q, want %q", got, want)
	}
	if got := results.FlagsInOrder(nil); got != "" {
		t.Errorf("FlagsInOrder(nil) = %q, want none", got)
	}
}

func TestByConnection(t *testing.T) {
	first, second := resultstest.Packets(1, 40000, ">S <S. >."), resultstest.Packets(2, 40000, ">S <R.")
	mixed := []results.Packet{first[0], second[0], first[1], second[1], first[2]}
	if diff := cmp.Diff([][]results.Packet{first, second}, results.ByConnection(mixed)); diff != "" {
		t.Errorf("ByConnection() (-want +got):\n%s", diff)
	}
}
