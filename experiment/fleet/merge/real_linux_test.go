package merge_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/merge"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// listening is a listener that nobody accepts from, until the test ends: the kernel completes
// so many handshakes, and the client's closes leave its ports taken.
func listening(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr)
}

// Three loads from ports of their own, at one time, come to one result that has them all.
func TestThreeLoadsAreOneResult(t *testing.T) {
	server := listening(t)
	target := "tcp://" + server.String()
	w := scenario.DefaultWorkload()
	w.Concurrency, w.RequestSize, w.ResponseSize = 2, 0, 0
	w.Duration, w.Interval = 600*time.Millisecond, 200*time.Millisecond
	w.OnExhausted = scenario.OnExhaustedContinue
	parts := make([]merge.Part, 3)
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() {
			s := cell.Spec{Workload: w, Targets: []string{target}}
			lo := uint16(33000 + 100*i)
			if server.Port < 35000 {
				lo += 10000
			}
			s.Workload.SourcePorts = scenario.PortRange{Lo: lo, Hi: lo + 99}
			r, err := cell.Here(t.Context(), s, func(metrics.Interval) {})
			if err != nil {
				t.Errorf("Here() = %v, want no error", err)
				return
			}
			parts[i] = part(fmt.Sprint("agent-", i+1), r)
		})
	}
	if all.Wait(); t.Failed() {
		return
	}
	var begun, succeeded, after int64
	for _, p := range parts {
		if f := p.Run.Exhaustion; !f.Exhausted {
			t.Fatalf("%s did not run out of its 100 ports: %+v", p.Agent.Name, f)
		}
		begun += p.Run.Totals.Attempted
		succeeded += p.Run.Totals.Succeeded
		after += *p.Run.Exhaustion.AfterConnections
	}
	w.Concurrency = 6
	got, err := merge.Runs(w, []string{target}, nil, parts)
	if err != nil {
		t.Fatal(err)
	}
	if got.Totals.Attempted != begun || got.Totals.Succeeded != succeeded ||
		*got.Exhaustion.AfterConnections != after ||
		!strings.HasPrefix(got.Verdict.Headline, fmt.Sprintf("Out of local ports on all 3 agents, each after "+
			"connections of its own: %d together, ", after)) {
		t.Errorf("%d begun, %d succeeded, out of ports after %v (%s), want the sums: %d, %d, %d", got.Totals.Attempted,
			got.Totals.Succeeded, *got.Exhaustion.AfterConnections, got.Verdict.Headline, begun, succeeded, after)
	}
	if p := got.Prediction; p.ConnectionsUntilExhaustion != 300 {
		t.Errorf("the law gives %d, want 300", p.ConnectionsUntilExhaustion)
	}
	if n := got.Latency.Connect.Count; n < succeeded {
		t.Errorf("%d latencies of connects, want %d and more", n, succeeded)
	}
	var b bytes.Buffer
	if err := results.Encode(&b, got); err != nil {
		t.Fatal(err)
	}
	resultstest.Validate(t, b.Bytes())
	if _, err := results.Decode(b.Bytes()); err != nil {
		t.Errorf("Decode() = %v, want no error", err)
	}
}
