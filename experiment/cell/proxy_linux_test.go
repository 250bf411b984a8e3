package cell

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/lab"
	"tcpbench/lab/labtest"
	"tcpbench/results"
	"tcpbench/scenario"
	"tcpbench/scenario/scenariotest"
)

// nginx is [scenariotest.Nginx].
func nginx(location, upstream string) scenario.Program { return scenariotest.Nginx(location, upstream) }

// closesFirst is [scenariotest.ClosesFirst].
const closesFirst = scenariotest.ClosesFirst

// haproxy is haproxy with these lines of its defaults.
func haproxy(defaults string) scenario.Program {
	config := `global
	maxconn 1000
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	` + defaults + `
frontend front
	bind {proxy}:8080
	default_backend back
backend back
	server one {server}:7000
`
	return scenario.Program{
		Command:   []string{"haproxy", "-db", "-f", "{dir}/haproxy.cfg"},
		Addresses: []string{"http://{proxy}:8080/"},
		Files:     scenario.Files{"haproxy.cfg": config},
	}
}

// proxied is a cell of so many requests, on few connections, through a proxy.
func proxied(x scenario.Program, requests int64) Spec {
	w := scenario.DefaultWorkload()
	w.Mode, w.Count, w.Concurrency = scenario.ModeKeepalive, requests, 4
	w.Duration, w.Interval = 30*time.Second, 20*time.Millisecond
	return Spec{Workload: w, Programs: scenario.Programs{Server: scenario.Server{Protocol: scenario.ServerHTTP},
		Proxy: x}}
}

func measured(t *testing.T, s Spec) *results.Run {
	t.Helper()
	r, err := Measure(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whoever sends the first FIN has the TIME_WAIT (RFC 9293, 3.6). The embedded
// server answers `Connection: close` and HTTP/1.0 by closing first, so that a
// proxy which asks for it has few; nginx closes when the answer is complete,
// and sometimes its FIN is the first, or as early as the server's.
func TestWhereTheTimeWaitsOfAProxyAre(t *testing.T) {
	const requests = 500
	tests := []struct {
		name                   string
		ip                     scenario.IPFamily
		proxy                  scenario.Program
		opens                  int64 // connections to the server, at least
		most                   int64 // and at most
		proxyWaits, proxyMost  int64
		serverWaits, serverAll int64
	}{
		{"nginx by default, HTTP/1.0", scenario.IPv4, nginx("", ""), requests, requests, 0, requests / 2, requests / 2,
			requests},
		{"nginx by default over IPv6", scenario.IPv6, nginx("", ""), requests, requests, 0, requests / 2, requests / 2,
			requests},
		{"nginx with HTTP/1.1 and no pool closes first", scenario.IPv4, nginx(closesFirst, ""), requests,
			requests, requests,
			requests, 0, 0},
		{"nginx with HTTP/1.1 and no pool over IPv6", scenario.IPv6, nginx(closesFirst, ""), requests, requests,
			requests, requests, 0, 0},
		{"nginx with a pool", scenario.IPv4, nginx(closesFirst, "keepalive 50;"), 1, 4, 0, 0, 0, 0},
		{"nginx with a pool that asks for a close all the same", scenario.IPv4,
			nginx("proxy_http_version 1.1;", "keepalive 50;"), requests, requests, 0, requests / 2,
			requests / 2, requests},
		{"haproxy that never reuses resets what the server has not closed yet", scenario.IPv4,
			haproxy("option http-server-close\n\thttp-reuse never"), requests, requests, 0, 0, requests / 10, requests},
		{"haproxy that reuses", scenario.IPv4, haproxy("http-reuse always"), 1, 4, 0, 0, 0, 0},
		{"haproxy over IPv6", scenario.IPv6, haproxy("http-reuse always"), 1, 4, 0, 0, 0, 0},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := proxied(tt.proxy, requests)
			s.Workload.IP = tt.ip
			r := measured(t, s)
			if r.Totals.Status["200"] != requests || r.Delivery != nil {
				t.Fatalf("answers %v, delivery %v, want %d times 200 and no comparison through a proxy",
					r.Totals.Status,
					r.Delivery, requests)
			}
			within := func(what string, got, lo, hi int64) {
				t.Helper()
				if got < lo || got > hi {
					t.Errorf("%s = %d, want %d to %d", what, got, lo, hi)
				}
			}
			within("connections that the proxy opened", r.Kernel.Proxy["TcpActiveOpens"], tt.opens, tt.most)
			within("connections that the server accepted", r.Kernel.Server["TcpPassiveOpens"], tt.opens, tt.most)
			within("TIME_WAITs of the proxy", r.Kernel.Proxy["TcpExtTW"], tt.proxyWaits, tt.proxyMost)
			within("TIME_WAITs of the server", r.Kernel.Server["TcpExtTW"], tt.serverWaits, tt.serverAll)
			ended := r.Kernel.Proxy["TcpExtTW"] + r.Kernel.Proxy["TcpOutRsts"] + r.Kernel.Server["TcpExtTW"]
			if tt.opens == requests && ended < requests {
				t.Errorf("TIME_WAITs of both and resets = %d, want one at least of each of %d connections",
					ended, requests)
			}
			within("TIME_WAITs on the proxy at the end", int64(*r.Hosts.Proxy.TimeWaitEnd), tt.proxyWaits, tt.proxyMost)
			within("ports of the proxy", int64(*r.Hosts.Proxy.PortsCapacity), 28232, 28232)
			if n := len(r.Hosts.Server.Samples); n < 2 {
				t.Errorf("samples of the server = %d, want one at the beginning and one at the end", n)
			}
		})
	}
}

// The proxy has a thousand ports, and each connection keeps one for a minute.
func TestAProxyThatRunsOutOfPortsAnswersWith502(t *testing.T) {
	for _, ip := range []scenario.IPFamily{scenario.IPv4, scenario.IPv6} {
		t.Run("over IPv"+string(ip), func(t *testing.T) {
			t.Parallel()
			s := proxied(nginx(closesFirst, ""), 1500)
			s.Workload.IP = ip
			s.Workload.ProxySysctl = scenario.Sysctls{"net.ipv4.ip_local_port_range": "40000 40999"}
			r := measured(t, s)
			if got := r.Totals.Status; got["200"] != 1000 || got["502"] != 500 {
				t.Errorf("answers = %v, want 1000 times 200, a port each, and 500 times 502", got)
			}
			h := r.Hosts.Proxy
			if *h.PortsInUseMax != 1000 || *h.PortsCapacity != 1000 || *h.TimeWaitEnd != 1000 {
				t.Errorf("the proxy had %d of %d ports in use and %d TIME_WAITs, want 1000 of each", *h.PortsInUseMax,
					*h.PortsCapacity, *h.TimeWaitEnd)
			}
			const line = "failed (99: Cannot assign requested address) while connecting to upstream"
			if len(h.Said) == 0 || h.Said[0].Count != 500 || !strings.Contains(h.Said[0].Text, line) ||
				h.Said[0].FirstS < 0 ||
				h.Said[0].FirstS > r.DurationS {
				t.Errorf("the proxy said %+v, want connect() failed (99: ...), 500 times, within the run", h.Said)
			}
			if r.Environment.ProxySysctls["net.ipv4.ip_local_port_range"] != "40000 40999" ||
				r.Environment.TargetKind != "proxy" {
				t.Errorf("environment = %+v, want the proxy's settings", r.Environment)
			}
			if f := r.Exhaustion; f.Elsewhere() != "proxy" || *f.AfterConnections != 1000 {
				t.Errorf("finding = %+v, want that the proxy's ports ran out after 1000 connections", f)
			}
		})
	}
}

func TestSeveralServersBehindAProxyMultiplyItsPorts(t *testing.T) {
	t.Parallel()
	x := nginx(closesFirst, "server {server}:7001;")
	s := proxied(x, 1500)
	s.Workload.Destinations = 2
	s.Workload.ProxySysctl = scenario.Sysctls{"net.ipv4.ip_local_port_range": "40000 40999"}
	r := measured(t, s)
	if r.Totals.Status["200"] != 1500 || *r.Hosts.Proxy.PortsCapacity != 2000 {
		t.Errorf("answers = %v of %d ports, want 1500 times 200 of 2000", r.Totals.Status, *r.Hosts.Proxy.PortsCapacity)
	}
}

func TestAProxyThatCannotServeIsNamedForWhatItDid(t *testing.T) {
	address := []string{"http://{proxy}:8080/"}
	tests := []struct {
		name   string
		proxy  scenario.Program
		sysctl scenario.Sysctls
		want   string
		status int
	}{
		{"it is not here", scenario.Program{Command: []string{"no-such-proxy"}, Addresses: address}, nil,
			`start proxy: there is no program "no-such-proxy" here`, fault.StatusHost},
		{"it never listens", scenario.Program{Command: []string{"sleep", "60"}, Addresses: address}, nil,
			"start proxy: sleep does not listen on 198.19.1.1:8080 after 10s; is it configured to listen there?",
			fault.StatusFailed},
		{"it refuses its configuration", scenario.Program{Command: []string{"haproxy", "-db", "-f", "{dir}/h.cfg"},
			Addresses: address, Files: scenario.Files{"h.cfg": "nonsense\n"}}, nil,
			"start proxy: haproxy ended before it listened on 198.19.1.1:8080 (exit status 1); it said: ",
			fault.StatusFailed},
		{"a sysctl that is not there", haproxy(""), scenario.Sysctls{"net.ipv4.tcp_no_such": "1"},
			"start proxy: unknown sysctl net.ipv4.tcp_no_such", fault.StatusUsage},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := proxied(tt.proxy, 1)
			s.Workload.ProxySysctl = tt.sysctl
			_, err := Measure(t.Context(), s, nil)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || fault.Status(err) != tt.status {
				t.Errorf("Measure = %v, status %d, want %q with %d", err, fault.Status(err), tt.want, tt.status)
			}
		})
	}
}

// Its links would go with it, and whoever is at their other end would be told
// to have failed.
func TestAHostThatCannotBeSetUpStaysUntilTheLabEnds(t *testing.T) {
	if !labtest.Bare(t) {
		return
	}
	p, err := startPeer("proxy", proxyRole, lab.StartPeer)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := p.furnish(lab.Host{Sysctls: map[string]string{"net.ipv4.tcp_no_such": "1"}}); err != nil {
		t.Fatal(err)
	}
	if err := p.furnished(); err == nil || !strings.Contains(err.Error(), "unknown sysctl net.ipv4.tcp_no_such") {
		t.Errorf("furnished() = %v, want the sysctl that is not there", err)
	}
	select {
	case <-p.exited:
		t.Error("the host has ended before its lab")
	case <-time.After(200 * time.Millisecond):
	}
}

func TestAProxyThatDiesEndsTheRunWithWhatItSaid(t *testing.T) {
	t.Parallel()
	x := haproxy("")
	x.Command = []string{"sh", "-c", "haproxy -db -f haproxy.cfg & sleep 1; echo out of luck; kill -9 $!; exit 7"}
	s := proxied(x, 0)
	s.Workload.Rate = scenario.Rate{From: 100, To: 100}
	_, err := Measure(t.Context(), s, nil)
	if err == nil || !strings.Contains(err.Error(),
		"the lab's proxy died: sh ended (exit status 7); it said: out of luck") {
		t.Errorf("Measure = %v, want that the proxy died and what it said", err)
	}
}

func TestFilesOfALabAreGoneAfterIt(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := proxied(haproxy("http-reuse always"), 10)
	s.Server = scenario.Server{Program: scenario.Program{
		Command:   []string{"nginx", "-e", "stderr", "-p", "{dir}", "-c", "nginx.conf"},
		Addresses: []string{"http://{server}:7000/"},
		Files: scenario.Files{"nginx.conf": strings.Replace(strings.Replace(nginx("", "").Files["nginx.conf"],
			"{proxy}:8080", "{server}:7000", 1), "proxy_pass http://back;", `return 200 "hello";`, 1)},
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := Measure(ctx, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Totals.Status["200"] != 10 || r.Environment.ServerFiles["nginx.conf"] == "" {
		t.Errorf("answers = %v, want 10 times 200 from nginx behind haproxy", r.Totals.Status)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("files that are left = %v, %v, want none", left, err)
	}
}

func TestTheLinkOfAProxyThatIsCutIsTheClients(t *testing.T) {
	s := proxied(haproxy("http-reuse always"), 0)
	s.Workload.Rate = scenario.Rate{From: 100, To: 100}
	s.Workload.Duration, s.Workload.Timeout, s.Workload.CutLink = 2*time.Second, 500*time.Millisecond, time.Second
	r := measured(t, s)
	if r.Totals.Failed == 0 || r.Totals.Requests < 50 {
		t.Errorf("%d requests and %d failures, want answers until the link was cut and failures from then on",
			r.Totals.Requests, r.Totals.Failed)
	}
	if got := *r.Hosts.Proxy.PortsInUseMax; got == 0 {
		t.Errorf("ports in use by the proxy = %d, want those of its connections to the server, which stay", got)
	}
}

func TestSpecRefusesWhatNeedsAProxy(t *testing.T) {
	s := Spec{Workload: scenario.DefaultWorkload()}
	s.Workload.ProxySysctl = scenario.Sysctls{"net.core.somaxconn": "1"}
	const want = "proxy-sysctl: the lab has no proxy; leave it out, or add one with --proxy-cmd or proxy: in a scenario"
	if err := s.Validate(); err == nil || err.Error() != want || fault.Status(err) != fault.StatusUsage {
		t.Errorf("Validate(proxy-sysctl without a proxy) = %v, want %q", err, want)
	}
	s = Spec{Workload: scenario.DefaultWorkload(), Targets: []string{"http://{proxy}/"}}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "{proxy} is a lab's proxy; add --proxy-cmd") {
		t.Errorf("Validate(%q) = %v, want the flag that makes one", s.Targets, err)
	}
}
