package cell

import (
	"strings"
	"testing"
	"time"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// untilExhausted is a cell through a proxy with these ports, which ends when ports
// have run out.
func untilExhausted(x scenario.Program, ports string) Spec {
	s := proxied(x, 0)
	s.Workload.Until, s.Workload.Duration = scenario.UntilExhausted, 20*time.Second
	s.Workload.ProxySysctl = scenario.Sysctls{"net.ipv4.ip_local_port_range": ports}
	return s
}

// haproxyTCP opens a connection for each of a client, and logs nothing but to stderr.
func haproxyTCP() scenario.Program {
	x := haproxy("")
	x.Files["haproxy.cfg"] = strings.Replace(x.Files["haproxy.cfg"], "mode http", "mode tcp", 1)
	return x
}

// silent is nginx whose log of errors nobody reads.
func silent(x scenario.Program) scenario.Program {
	x.Files["nginx.conf"] = strings.Replace(x.Files["nginx.conf"], "error_log stderr", "error_log /dev/null crit", 1)
	x.Command = []string{"nginx", "-e", "/dev/null", "-p", "{dir}", "-c", "nginx.conf"}
	return x
}

func short(s Spec) Spec {
	s.Workload.Mode, s.Workload.ServerClose = scenario.ModeShort, scenario.ServerCloseClient
	return s
}

func TestTheProxyThatRunsOutFirstIsTheVerdict(t *testing.T) {
	tests := []struct {
		name   string
		spec   Spec
		ports  int
		errno  string
		said   string // by its program
		remedy string // one of those on the proxy
	}{
		{"nginx", untilExhausted(nginx(closesFirst, ""), "40000 40299"), 300, "EADDRNOTAVAIL",
			"Cannot assign requested address", "nginx: `keepalive 4;` in the upstream"},
		{"haproxy", short(untilExhausted(haproxyTCP(), "41000 41199")), 200, "EADDRNOTAVAIL", "no free ports",
			"haproxy: `option nolinger` in the backend"},
		{"nginx whose log nobody reads", untilExhausted(silent(nginx(closesFirst, "")), "42000 42249"), 250, "", "",
			"sysctl -w net.ipv4.tcp_tw_reuse=1"},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measured(t, tt.spec)
			f := r.Exhaustion
			if f.Elsewhere() != "proxy" || f.Outcome != exhaustion.Exhausted || f.Evidence == nil {
				t.Fatalf("finding = %+v, want that the proxy's ports ran out; %s", f, r.Verdict.Headline)
			}
			if *f.AfterConnections != int64(tt.ports) || f.Evidence.PortsInUse != tt.ports || f.Errno != tt.errno ||
				f.Evidence.Destination != "198.19.0.1:7000" {
				t.Errorf("finding = %+v, %+v, want %d connections, a port each, and %s", f, f.Evidence, tt.ports,
					tt.errno)
			}
			if !strings.Contains(f.Said, tt.said) || (f.Uncertain == "") != (tt.said != "") {
				t.Errorf("said %q, uncertain %q, want %q, or else why it is uncertain", f.Said, f.Uncertain, tt.said)
			}
			if r.DurationS > 15 || !r.Succeeded() {
				t.Errorf("the run went on for %v s, want that it ends when ports have run out", r.DurationS)
			}
			if r.Prediction.ConnectionsUntilExhaustion != int64(tt.ports) || r.Prediction.HoldSeconds != 60 {
				t.Errorf("prediction = %+v, want the law of the proxy's %d ports", r.Prediction, tt.ports)
			}
			if h := r.Verdict.Headline; !strings.HasPrefix(h, "Out of local ports on the proxy: ") ||
				!strings.Contains(h, "; exactly as predicted (") {
				t.Errorf("headline = %q, want the proxy, as predicted", h)
			}
			checkRemedies(t, r, tt.remedy)
		})
	}
}

// checkRemedies wants all on the proxy, and one with a text.
func checkRemedies(t *testing.T, r *results.Run, want string) {
	t.Helper()
	found := false
	for _, m := range r.Verdict.Remedies {
		found = found || strings.Contains(m.Change, want)
		if m.Host != "proxy" || !strings.HasPrefix(m.Change, "on the proxy ") || strings.Contains(m.Change, "--") {
			t.Errorf("remedy %+v, want that of the proxy, without flags of this tool", m)
		}
	}
	if !found {
		t.Errorf("remedies = %+v, want %q", r.Verdict.Remedies, want)
	}
}

func TestWhatIsNoExhaustionOfTheProxy(t *testing.T) {
	dead := nginx(closesFirst, "")
	dead.Files["nginx.conf"] = strings.Replace(dead.Files["nginx.conf"], "{server}:7000", "{server}:7999", 1)
	counted := func(s Spec, n int64) Spec { s.Workload.Count = n; return s }
	half := nginx(closesFirst+" proxy_next_upstream off;", "server {server}:7999 max_fails=0;")
	ranged := haproxyTCP()
	ranged.Files["haproxy.cfg"] += " source {proxy}:50000-50002\n"
	ranged.Files["haproxy.cfg"] = strings.Replace(ranged.Files["haproxy.cfg"], "7000\n", "7000", 1)
	few := short(counted(untilExhausted(nginx(closesFirst, ""), "40000 40999"), 0))
	few.Workload.Sysctl = scenario.Sysctls{"net.ipv4.ip_local_port_range": "43000 43149"}
	tests := []struct {
		name  string
		spec  Spec
		host  string // whose ports ran out
		holds func(r *results.Run) bool
	}{
		{"an upstream that is dead", counted(untilExhausted(dead, "40000 40299"), 500), "",
			func(r *results.Run) bool { return r.Totals.Status["502"] == 500 }},
		{"enough ports", counted(untilExhausted(nginx(closesFirst, ""), "40000 40999"), 999), "",
			func(r *results.Run) bool { return r.Totals.Status["200"] == 999 }},
		{"errors while most ports are free", counted(untilExhausted(half, "40000 40999"), 500), "",
			func(r *results.Run) bool { return r.Totals.Status["502"] > 100 && r.Totals.Status["200"] > 100 }},
		{"the client's run out first", few, "client",
			func(r *results.Run) bool { return *r.Exhaustion.AfterConnections == 150 }},
		{"haproxy's own range of ports", short(counted(untilExhausted(ranged, "40000 40999"), 300)), "",
			func(r *results.Run) bool {
				return strings.Contains(warned(r, "proxy-refused"), "they had not run out")
			}},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := measured(t, tt.spec)
			if got := r.Exhaustion.RanOut(); got != tt.host || !tt.holds(r) {
				t.Errorf("ran out: %q, want %q: %s\n%+v\n%+v\n%+v", got, tt.host, r.Verdict.Headline, r.Totals,
					r.Warnings, r.Hosts.Proxy.Said)
			}
		})
	}
}

// warned is the text of a warning; "" where there is none.
func warned(r *results.Run, code string) string {
	for _, w := range r.Warnings {
		if w.Code == code {
			return w.Text
		}
	}
	return ""
}

// Each request takes a port of the proxy for a minute: what is steady on the client
// ends in 10 s.
func TestALoadThatFillsTheProxysPortsIsNotSustained(t *testing.T) {
	tests := []struct {
		name     string
		upstream string
		want     exhaustion.Outcome
	}{
		{"a connection for each request", "", exhaustion.Undecided},
		{"connections are kept", "keepalive 8;", exhaustion.Sustained},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := untilExhausted(nginx(closesFirst, tt.upstream), "40000 40999")
			s.Workload.Rate = scenario.Rate{From: 100, To: 100}
			s.Workload.Duration, s.Workload.Steady = 3*time.Second, time.Second
			s.Workload.Interval = 200 * time.Millisecond
			if r := measured(t, s); r.Exhaustion.Outcome != tt.want {
				t.Errorf("outcome = %s, want %s: %s", r.Exhaustion.Outcome, tt.want, r.Verdict.Headline)
			}
		})
	}
}

func TestTheFirstHostThatRanOutIsTheFinding(t *testing.T) {
	start := time.Now()
	client := func(at float64) exhaustion.Finding {
		return exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, Host: exhaustion.ClientHost,
			AfterConnections: new(int64(500)), AfterSeconds: &at}
	}
	tests := []struct {
		name    string
		client  exhaustion.Finding
		want    string
		warning string // of the other
	}{
		{"only the proxy", exhaustion.Finding{Outcome: exhaustion.Undecided}, "proxy", ""},
		{"the client before", client(0.2), "client",
			"the proxy ran out of local ports too, at 300 ms, after 1000 connections"},
		{"the client after", client(0.4), "proxy",
			"the client ran out of local ports too, at 400 ms, after 500 connections"},
	}
	for _, tt := range raced(tests) {
		t.Run(tt.name, func(t *testing.T) {
			x := &hostPorts{peer: &peer{name: "proxy"}, said: &foundNoPort{
				noPort: noPort{Call: "connect", Errno: "EADDRNOTAVAIL"}, At: start.Add(300 * time.Millisecond),
				Opened: 1000}}
			warnings := x.first(&tt.client, start)
			if got := tt.client.RanOut(); got != tt.want {
				t.Errorf("first() leaves the finding of %q, want %q", got, tt.want)
			}
			if tt.warning == "" && len(warnings) > 0 || tt.warning != "" && (len(warnings) != 1 ||
				warnings[0].Text != tt.warning) {
				t.Errorf("first() warns of %v, want %q", warnings, tt.warning)
			}
		})
	}
}

// ownServer is nginx as the server, which opens a connection to its own host for each
// request, towards a port.
func ownServer(port, ports string) Spec {
	x := nginx(closesFirst, "")
	conf := strings.Replace(x.Files["nginx.conf"], "{server}:7000", "127.0.0.1:"+port, 1)
	conf = strings.Replace(conf, "{proxy}:8080", "{server}:7000", 1)
	x.Files["nginx.conf"] = strings.Replace(conf, "\tserver {\n",
		"\tserver { listen 127.0.0.1:9001; location / { return 200 \"own\"; } }\n\tserver {\n", 1)
	x.Addresses = []string{"http://{server}:7000/"}
	s := untilExhausted(scenario.Program{}, "")
	s.Workload.ProxySysctl = nil
	s.Workload.ServerSysctl = scenario.Sysctls{"net.ipv4.ip_local_port_range": ports, "net.ipv4.tcp_tw_reuse": "0"}
	s.Server = scenario.Server{Program: x}
	return s
}

func TestAServerThatRunsOutFirstIsTheVerdict(t *testing.T) {
	t.Parallel()
	r := measured(t, ownServer("9001", "43000 43179"))
	f := r.Exhaustion
	if f.RanOut() != "server" || *f.AfterConnections != 180 || f.Evidence.PortsInUse != 180 ||
		f.Evidence.Destination != "127.0.0.1:9001" || f.RecoveredAfterSeconds != nil {
		t.Fatalf("finding = %+v, %+v, want 180 connections of the server; %s", f, f.Evidence, r.Verdict.Headline)
	}
	if p := r.Prediction; p.ConnectionsUntilExhaustion != 180 || p.HoldSeconds != 60 {
		t.Errorf("prediction = %+v, want the law of the server's 180 ports", p)
	}
	if h := r.Verdict.Headline; !strings.HasPrefix(h, "Out of local ports on the server: ") ||
		!strings.Contains(h, "; exactly as predicted (") {
		t.Errorf("headline = %q, want the server, as predicted", h)
	}
	if r.Limit.What != exhaustion.ByPorts || r.DurationS > 15 {
		t.Errorf("limit %+v after %v s, want the server's ports, which end the run", r.Limit, r.DurationS)
	}
	for _, m := range r.Verdict.Remedies {
		if m.Host != "server" || !strings.HasPrefix(m.Change, "on the server ") {
			t.Errorf("remedy %+v, want that of the server", m)
		}
	}
}

func TestWhatIsNoExhaustionOfTheServer(t *testing.T) {
	filling := ownServer("9001", "43000 43999")
	filling.Workload.Rate = scenario.Rate{From: 60, To: 60}
	filling.Workload.Duration, filling.Workload.Steady = 3*time.Second, time.Second
	filling.Workload.Interval = 200 * time.Millisecond
	dead := ownServer("9002", "43000 43179") // nobody listens there
	dead.Workload.Count = 400
	for name, s := range map[string]Spec{"its ports fill, and do not yet run out": filling, "its peer is dead": dead} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := measured(t, s)
			if f := r.Exhaustion; f.Outcome != exhaustion.Undecided || f.RanOut() != "" {
				t.Errorf("finding = %+v, want undecided: %s", f, r.Verdict.Headline)
			}
			other, may := r.OtherMayRunOut()
			if fills := s.Workload.Count == 0; may != fills || fills && (other.Host != "server" ||
				other.Law.ConnectionsUntilExhaustion != 1000) {
				t.Errorf("OtherMayRunOut() = %+v, %t, want the server whose ports fill alone", other, may)
			}
		})
	}
}

// A port that tcp_tw_reuse lets a connect take over is there a second after its
// connection ended, of the first one.
func TestTheRecoveryOfAnotherHostIsTimed(t *testing.T) {
	proxy := untilExhausted(nginx(closesFirst, ""), "40000 40199")
	proxy.Workload.ProxySysctl["net.ipv4.tcp_tw_reuse"] = "1"
	server := ownServer("9001", "43000 43179")
	server.Workload.ServerSysctl["net.ipv4.tcp_tw_reuse"] = "1"
	for host, s := range map[string]Spec{"proxy": proxy, "server": server} {
		t.Run("of the "+host, func(t *testing.T) {
			t.Parallel()
			s.Workload.OnExhausted, s.Workload.Steady = scenario.OnExhaustedRecover, 0
			r := measured(t, s)
			f := r.Exhaustion
			if f.RanOut() != host || f.RecoveredAfterSeconds == nil {
				t.Fatalf("finding = %+v, want that a connect of the %s had a port again: %s",
					f, host, r.Verdict.Headline)
			}
			// The first one that ended did so after the run began, and before ports ran out.
			if *f.AfterSeconds+*f.RecoveredAfterSeconds < 0.99 || *f.AfterSeconds+*f.RecoveredAfterSeconds > 1.9 {
				t.Errorf("recovered %v s after the failure at %v s, want a second after the first connection",
					*f.RecoveredAfterSeconds, *f.AfterSeconds)
			}
			if r.DurationS < *f.AfterSeconds+*f.RecoveredAfterSeconds || r.DurationS > 10 {
				t.Errorf("the run went on for %v s, want until %v + %v s",
					r.DurationS, *f.AfterSeconds, *f.RecoveredAfterSeconds)
			}
			if n := r.Totals.Status["200"]; n <= *f.AfterConnections {
				t.Errorf("%d answers succeeded, want more than the %d before", n, *f.AfterConnections)
			}
		})
	}
}
