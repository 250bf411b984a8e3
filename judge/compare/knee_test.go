package compare

import (
	"strings"
	"testing"
	"time"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// held gives a run one interval at whose end so many of 2000 ports are in use.
func held(ports int) func(*results.Run) {
	return func(r *results.Run) {
		r.Intervals = []results.Interval{{TS: 1, Obtained: 900, PortsInUse: &ports, PortsCapacity: new(2000)}}
		r.Prediction.ConnectionsUntilExhaustion = 2000
	}
}

func TestRatesPastTheKneeAreInconclusive(t *testing.T) {
	kneeAt := func(share float64) func(r *results.Run) {
		return func(r *results.Run) {
			r.Exhaustion = &exhaustion.Finding{Knee: exhaustion.Knee{Found: true, AfterConnections: new(int64(970)),
				Occupancy: &share}}
		}
	}
	knee := kneeAt(0.49)
	walk := func(r *results.Run) { r.Options.PortSelect = scenario.PortSelectWalk }
	set := func(name, value string) func(*results.Run) {
		return func(r *results.Run) { r.Environment.Sysctls[name] = value }
	}
	both := func(fs ...func(*results.Run)) func(*results.Run) {
		return func(r *results.Run) {
			for _, f := range fs {
				f(r)
			}
		}
	}
	nothing := func(*results.Run) {}
	proxied := func(r *results.Run) { r.Exhaustion.Host = "proxy" }
	tests := []struct {
		name            string
		base, candidate func(*results.Run)
		want            Verdict
		why             string // in a note or beside the row
	}{
		{"below the knee", held(1000), held(1000), Worse, ""},
		{"above half of the ports", held(1000), held(1001), Inconclusive, "new: run 1 of 6 had 1001 of its 2000 " +
			"ports in use, so that rates and latencies are those of the search for ports: measure below the knee, " +
			"as with -n 1000"},
		{"a walk, which does not search", both(walk, held(1900)), both(walk, held(1900)), Worse, ""},
		{"a knee", knee, knee, Inconclusive, "base: run 1 of 6 was past its knee, from connection 970 on"},
		{"a connect that became slower with few ports in use", kneeAt(0.1), kneeAt(0.1), Worse, ""},
		{"out of ports", nothing, ranOut, Inconclusive, "new: run 1 of 6 ran out of ports"},
		{"out of ports, by the setting under test", ranOut, both(ranOut, set("net.ipv4.tcp_tw_reuse", "1")), Worse,
			"rates and latencies include the search for ports, which is what differs here"},
		{"out of ports, and another setting under test", ranOut, both(ranOut, set("net.ipv4.tcp_ecn", "1")),
			Inconclusive, "ran out of ports"},
		{"a proxy out of ports", nothing, both(ranOut, proxied), Inconclusive, "new: run 1 of 6 ran out of ports " +
			"on the proxy, so that rates and latencies are in part those of the errors that the proxy answered with: " +
			"measure before that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustCompare(t, resultstest.Each(repeats(6, 9000, time.Millisecond), tt.base),
				resultstest.Each(repeats(6, 3000, 3*time.Millisecond), tt.candidate), Options{})
			said := strings.Join(c.Notes, "; ")
			for _, metric := range []string{"connections_per_second", "connect_p99", "cpu_per_connection"} {
				row := c.Cells[0].Row(metric)
				if row.Verdict != tt.want || !strings.Contains(row.Note+said, tt.why) {
					t.Errorf("%s: %s %q, notes %q, want %s %q", metric, row.Verdict, row.Note, said, tt.want, tt.why)
				}
			}
			if row := c.Cells[0].Row("errors"); row.Verdict != Same {
				t.Errorf("errors: %s, want that the knee does not concern it", row.Verdict)
			}
		})
	}
}
