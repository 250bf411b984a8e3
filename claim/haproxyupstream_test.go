package claim

import (
	"strings"
	"testing"

	"tcpbench/results"
	"tcpbench/scenario"
)

// throughHaproxy asked 4000 requests of a proxy with 2000 ports: so many were
// answered, on so many connections, and so many ports were held afterwards.
func throughHaproxy(name string, answered, opened int64, held int) *results.Run {
	ports := 2000
	return result(name, func(r *results.Run) {
		r.Options.Count = 4000
		r.Totals.Status = map[string]int64{"200": answered}
		r.Kernel.Proxy = map[string]int64{"TcpActiveOpens": opened}
		h := &results.Host{PortsCapacity: &ports}
		h.Add(results.HostSample{TimeWait: &held, PortsInUse: &held})
		r.Hosts = &results.Hosts{Proxy: h}
	})
}

// haproxyRuns are results in which ports last, or run out, in each mode.
func haproxyRuns(http, tcp bool) []*results.Run {
	of := func(name string, lasts bool) *results.Run {
		if lasts {
			return throughHaproxy(name, 4000, 4000, 0)
		}
		return throughHaproxy(name, 2000, 2000, 2000)
	}
	return []*results.Run{
		of("http, http-reuse never", http),
		of("http, http-reuse safe (the default)", http),
		of("http, http-reuse aggressive", http),
		throughHaproxy("http, http-reuse always", 4000, 50, 50),
		of("http, option http-server-close", true),
		throughHaproxy("http, http-reuse never, clients that stay", 4000, 50, 0),
		of("tcp", tcp),
		of("tcp, option nolinger", true),
		throughHaproxy("tcp, source address:1025-65000", 4000, 4000, 4000),
		throughHaproxy("tcp, source address:40000-41999", 4000, 4000, 2000),
		of("tcp, source 0.0.0.0:1025-65000", tcp),
	}
}

func TestHaproxyRunsOutOfPortsWhereItKeepsTheTimeWait(t *testing.T) {
	got := wantAnswer(t, "haproxy-upstream", scenario.Depends, haproxyRuns(true, false)...)
	for _, want := range []string{"4000 connections over 2000 ports left 0", "after 2000 connections", "What ends it: `option nolinger` or `source address:1025-65000`.", "What does not: `source 0.0.0.0:1025-65000`."} {
		if !strings.Contains(got.Because, want) {
			t.Errorf("Because = %q, want %q in it", got.Because, want)
		}
	}
	wantAnswer(t, "haproxy-upstream", scenario.Confirmed, haproxyRuns(false, false)...)
	wantAnswer(t, "haproxy-upstream", scenario.Refuted, haproxyRuns(true, true)...)
	wantAnswer(t, "haproxy-upstream", scenario.Depends, haproxyRuns(false, true)...)
}

// Requests that fail while ports are free have failed for something else.
func TestFailuresOfHaproxyWithPortsLeftAreNoExhaustion(t *testing.T) {
	runs := haproxyRuns(true, false)
	runs[6] = throughHaproxy("tcp", 3000, 3000, 1000)
	wantAnswer(t, "haproxy-upstream", scenario.Refuted, runs...)
}

func TestHaproxyIsNotJudgedWithoutItsHost(t *testing.T) {
	runs := haproxyRuns(true, false)
	runs[6].Hosts = nil
	wantAnswer(t, "haproxy-upstream", scenario.Unclear, runs...)
}
