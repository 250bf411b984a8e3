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
		Proxy: &results.Host{TimeWaitMax: &timeWait, PortsCapacity: &ports},
	}
	if bad > 0 {
		r.Hosts.Proxy.Said = []results.Said{{Text: "connect() failed (99: Cannot assign requested address)",
			FirstS: 12.5,
			Count:  bad}}
	}
	return r
}

// upstreamRuns are those of all cases.
func upstreamRuns(alone, all, trap *results.Run) []*results.Run {
	backend := proxied("HTTP/1.0, the backend closes", 60_000, 60_000, 0)
	few, many := 113, 2000
	backend.Hosts.Proxy.TimeWaitMax, backend.Hosts.Server = &few, &results.Host{TimeWaitMax: &many}
	return []*results.Run{backend, proxied("HTTP/1.0, nginx closes", 2000, 2000, 15_000),
		proxied("HTTP/1.1, nginx closes", 2000, 2000, 16_000), alone, all, trap}
}

func TestNginxKeepaliveNeedsMoreThanItsDirective(t *testing.T) {
	runs := upstreamRuns
	const alone, all, trap = "keepalive alone", "keepalive, HTTP/1.1, no Connection header",
		"the same, and a header set in the location"
	works := proxied(all, 200, 160_000, 0)
	wantAnswer(t, "nginx-upstream", scenario.Depends,
		runs(proxied(alone, 2000, 2000, 15_000), works, proxied(trap, 2000, 2000, 15_000))...)
	wantAnswer(t, "nginx-upstream", scenario.Depends,
		runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 2000, 2000, 15_000))...)
	wantAnswer(t, "nginx-upstream", scenario.Confirmed,
		runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 200, 160_000, 0))...)
	// Errors of another kind are not ports that ran out, and no answers either.
	wantText(t, wantAnswer(t, "nginx-upstream", scenario.Unclear,
		runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 1, 0, 300_000))...), "300000 errors, 1 "+
		"connections to the backend")
	// So are a few among many good answers, whatever the proxy said.
	for _, said := range []bool{true, false} {
		some := runs(proxied(alone, 200, 160_000, 0), proxied(all, 200, 160_000, 50), proxied(trap, 200, 160_000, 0))
		if !said {
			some[4].Hosts.Proxy.Said = nil
		}
		wantText(t, wantAnswer(t, "nginx-upstream", scenario.Unclear, some...), "160050 requests, 50 errors, 200")
	}
	// Fewer requests than ports run out of none.
	for i := range 3 {
		slow := runs(proxied(alone, 200, 160_000, 0), proxied(all, 200, 160_000, 0), proxied(trap, 200, 160_000, 0))
		slow[3+i] = proxied(caseOf(slow[3+i]), 20, 1900, 0)
		wantText(t, wantAnswer(t, "nginx-upstream", scenario.Unclear, slow...), "1900 requests, 0 errors, 20 "+
			"connections to the backend")
	}
	got := wantAnswer(t, "nginx-upstream", scenario.Depends, nginxUpstreamTruth()...)
	wantText(t, got, "160000 requests, 0 errors, 200 connections to the backend, 200 TIME_WAITs on the proxy's 2000 "+
		"ports. Alone: 16000 requests, 14000 errors")
	wantPractice(t, got, "with `proxy_http_version 1.1;` and `proxy_set_header Connection \"\";`, and repeat them in "+
		"each location that has a proxy_set_header of its own: 800 requests on a connection instead of 1.")
	never := runs(proxied(alone, 200, 160_000, 0), works, proxied(trap, 200, 160_000, 0))
	never[1] = proxied("HTTP/1.0, nginx closes", 200, 160_000, 0)
	wantAnswer(t, "nginx-upstream", scenario.Unclear, never...)
	wantAnswer(t, "nginx-upstream", scenario.Refuted,
		runs(proxied(alone, 2000, 2000, 15_000), proxied(all, 2000, 2000, 15_000),
			proxied(trap, 2000, 2000, 15_000))...)
}
