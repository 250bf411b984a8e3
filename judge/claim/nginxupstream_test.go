package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// proxied is a run through a proxy that opened so many connections to the
// backend for its good answers; the others are errors.
func proxied(name string, connections, good, bad int64) *results.Run {
	timeWait, ports := int(min(connections, 2000)), 2000
	r := result(name)
	r.Totals.Requests = good + bad
	r.Totals.Status = map[string]int64{"200": good}
	if bad > 0 {
		r.Totals.Status["502"] = bad
	}
	r.Kernel.Proxy = map[string]int64{"TcpActiveOpens": connections}
	r.Hosts = &results.Hosts{
		Client: &results.Host{},
		Proxy:  &results.Host{TimeWaitMax: &timeWait, PortsCapacity: &ports},
		Server: &results.Host{TimeWaitMax: &timeWait},
	}
	return r
}

func TestNginxKeepaliveNeedsMoreThanItsDirective(t *testing.T) {
	runs := func(alone, all, trap *results.Run) []*results.Run {
		return []*results.Run{
			proxied("HTTP/1.0, the backend closes", 60_000, 60_000, 0),
			proxied("HTTP/1.0, nginx closes", 2000, 2000, 15_000),
			proxied("HTTP/1.1, nginx closes", 2000, 2000, 15_000),
			alone, all, trap,
		}
	}
	const alone, all, trap = "keepalive alone", "keepalive, HTTP/1.1, no Connection header",
		"the same, and a header set in the location"
	works := proxied(all, 200, 160_000, 0)
	wantAnswer(t, "nginx-upstream", scenario.Depends,
		runs(proxied(alone, 2000, 2000, 15_000), works, proxied(trap, 2000, 2000, 15_000))...)
	wantAnswer(t, "nginx-upstream", scenario.Depends,
		runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 2000, 2000, 15_000))...)
	wantAnswer(t, "nginx-upstream", scenario.Confirmed,
		runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 200, 160_000, 0))...)
	// Errors of another kind are not ports that ran out.
	wantAnswer(t, "nginx-upstream", scenario.Confirmed,
		runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 1, 0, 300_000))...)
	never := runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 200, 160_000, 0))
	never[1] = proxied("HTTP/1.0, nginx closes", 200, 160_000, 0)
	wantAnswer(t, "nginx-upstream", scenario.Unclear, never...)
	wantAnswer(t, "nginx-upstream", scenario.Refuted,
		runs(proxied(alone, 2000, 2000, 15_000), proxied(all, 2000, 2000, 15_000),
			proxied(trap, 2000, 2000, 15_000))...)
}
