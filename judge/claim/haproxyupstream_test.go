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
		r.Kernel.Proxy = map[string]int64{"TcpActiveOpens": opened, "TcpOutRsts": opened - int64(held)}
		h := sampled(results.HostSample{PortsInUse: &held})
		h.PortsCapacity = &ports
		r.Hosts = &results.Hosts{Proxy: h}
	})
}

// sampled is a host of which one sample was taken.
func sampled(s results.HostSample) *results.Host {
	h := &results.Host{Samples: []results.HostSample{s}}
	h.Note(s)
	return h
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
	for _, want := range []string{"without, 4000 of 4000 requests were answered, on 4000 connections over 2000 " +
		"ports, of which 0 were held at most and 0 afterwards, with 4000 RSTs sent. In mode tcp, 2000 of 4000 " +
		"requests were answered",
		// 4000 requests do not use up the ports of a source of 1025-65000.
		"What ends it: `option nolinger` (4000 of 4000 requests, and 0 ports held) or `source address:40000-41999` " +
			"(4000 of 4000 requests, and 2000 ports held). What does not: `source 0.0.0.0:1025-65000` (2000 of 4000 " +
			"requests"} {
		wantText(t, got, want)
	}
	wantPractice(t, got, "use mode http where you can. In mode tcp, add `option nolinger` or `source "+
		"address:40000-41999`; `source 0.0.0.0:1025-65000` does not help.")
	// A remedy that had too few requests to run out of ports is none.
	few := haproxyRuns(true, false)
	for _, r := range few[7:] {
		r.Options.Count = 1500
		r.Totals.Status["200"] = 1500
	}
	got = wantAnswer(t, "haproxy-upstream", scenario.Depends, few...)
	if strings.Contains(got.Because, "What ends it") {
		t.Errorf("Because = %q, want no remedy of which nothing is known", got.Because)
	}
	wantPractice(t, got, "In mode tcp, nothing that was tried is known to end it.")
	wantText(t, wantAnswer(t, "haproxy-upstream", scenario.Confirmed, haproxyRuns(false, false)...),
		"with its default, 2000 of 4000 requests were answered, on 2000 connections over "+
			"2000 ports, of which 2000 were held")
	wantText(t, wantAnswer(t, "haproxy-upstream", scenario.Refuted, haproxyRuns(true, true)...),
		"in mode tcp, 4000 of 4000 requests were answered, on 4000 connections over 2000 ports")
	wantText(t, wantAnswer(t, "haproxy-upstream", scenario.Depends, haproxyRuns(false, true)...),
		"2000 ports ran out with http, http-reuse never; http, http-reuse safe (the default); http, http-reuse "+
			"aggressive, and did not with http, http-reuse always; http, option http-server-close; tcp. What ends it")
	aggressive := haproxyRuns(true, true)
	aggressive[2] = throughHaproxy("http, http-reuse aggressive", 2000, 2000, 2000)
	wantText(t, wantAnswer(t, "haproxy-upstream", scenario.Depends, aggressive...),
		"ports ran out with http, http-reuse aggressive, and")
}

// Requests that fail while ports are free have failed for something else, and
// fewer of them than ports tell nothing.
func TestHaproxyThatFailsOtherwiseIsNotJudged(t *testing.T) {
	for _, i := range []int{1, 6} {
		runs := haproxyRuns(true, false)
		runs[i] = throughHaproxy(runs[i].Cell[scenario.CaseLabel], 3000, 3000, 1000)
		wantText(t, wantAnswer(t, "haproxy-upstream", scenario.Unclear, runs...),
			"3000 of 4000 requests were answered, on 3000 connections over 2000 ports, of which 1000 were held at most")
	}
	runs := haproxyRuns(true, true)
	for _, r := range runs {
		r.Options.Count = 1000
	}
	wantText(t, wantAnswer(t, "haproxy-upstream", scenario.Unclear, runs...),
		"1000 requests are no more than 2000 ports")
}

func TestHaproxyIsNotJudgedWithoutItsHost(t *testing.T) {
	runs := haproxyRuns(true, false)
	runs[6].Hosts = nil
	wantAnswer(t, "haproxy-upstream", scenario.Unclear, runs...)
}
