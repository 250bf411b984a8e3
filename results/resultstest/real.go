package resultstest

import (
	"embed"
	"testing"

	"tcpbench/results"
)

// runs are results of Linux 6.18, most without their connect cost. To take one
// again, run what its options say.
//
//go:embed runs/*.json
var runs embed.FS

// Names are those of the runs that [Real] has, one of each kind:
//
//	keepalive          a closed loop over HTTP, with reconnects
//	planned            requests at a planned rate
//	ramp               short connections at a rate that rises beyond what is held
//	late               a generator that was itself too late: not valid
//	planned-exhausted  a planned rate until ports run out
//	idle               connections held
//	dead               connections held whose link was cut
//	lost               RST closes that lost data
//	proxy              nginx that closes first, before the embedded server, with 1000 ports
//	search             the last trial of a search for the highest rate, over https
//	knee               connects that became slow before ports ran out
//	tls                connections of TLS, whose close ends with an RST
//	fleet              three agents on one host, of 100 ports each, that ran out of them
func Names() []string {
	return []string{"keepalive", "planned", "ramp", "late", "planned-exhausted", "idle", "dead", "lost", "proxy",
		"search", "knee", "tls", "fleet"}
}

// Real returns a run that took place.
func Real(t testing.TB, name string) *results.Run {
	t.Helper()
	data, err := runs.ReadFile("runs/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := results.Decode(data)
	if err != nil {
		t.Fatalf("Decode(%s) = %v, want no error", name, err)
	}
	return r
}
