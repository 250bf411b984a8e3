package exhaustion

import (
	"slices"
	"strings"
	"testing"

	"tcpbench/law/capacity"
)

// proxyOut are facts of a client with ports enough, behind a proxy with 1000 that ran
// out in a state.
func proxyOut(state string) Facts {
	client := capacity.FromSysctls(capacity.DefaultSysctls())
	client.Ports, client.Sources, client.Destinations, client.InFlight = 28232, 1, 1, 4
	proxy := client
	proxy.Ports, proxy.NoBind = 1000, true
	proxy.Program = capacity.ProgramOf("proxy", []string{"/usr/sbin/nginx", "-c", "x"})
	return Facts{
		Use: ManyRequests, Settings: client, Prediction: capacity.Predict(client), Proxied: true, Aimed: true,
		Attempted: 4, Succeeded: 4, Connected: 4, Requests: 1010, BadAnswers: 10,
		Status: map[string]int64{"200": 1000, "502": 10}, Seconds: 1,
		Finding: Finding{Outcome: Exhausted, Exhausted: true, Host: "proxy", Call: "connect", Errno: "EADDRNOTAVAIL",
			Said: "no free\x1b[31m ports", AfterConnections: new(int64(1000)), AfterSeconds: new(0.5),
			Evidence: &Evidence{PortsInUse: 1000, Capacity: 1000, States: map[string]int{state: 1000},
				Destination: "198.19.0.1:7000"}},
		Other: &Host{Name: "proxy", Settings: proxy, Prediction: capacity.Predict(proxy)},
	}
}

func TestTheVerdictIsOfTheHostThatRanOut(t *testing.T) {
	tests := []struct {
		name   string
		facts  Facts
		change func(*Facts)
		want   []string // in the headline or the details
		not    string
	}{
		{"it is the proxy", proxyOut("TIME_WAIT"), func(*Facts) {}, []string{
			"Out of local ports on the proxy: connect(2) failed with EADDRNOTAVAIL",
			"after 1000 connections, at 500 ms; exactly as predicted (1000 ports x 1 source x 1 destination, each held",
			"At the first failure 1000 of 1000 ports were in use on the proxy to 198.19.0.1:7000: 1000 TIME_WAIT.",
			`The proxy said: "no free\x1b[31m ports".`, "Of 1010 answers to the client 10 had HTTP status 502.",
			"These settings on the proxy hold 15.2 connections/s for ever, and never more than 16.6/s"}, "28232"},
		{"it is the client", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.Finding.Host, f.Finding.Said, f.Use = ClientHost, "", OneRequest
		}, []string{"Out of local ports: connect(2) failed", "28232 ports x 1 source"}, "on the proxy"},
		{"it said nothing", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.Finding.Call, f.Finding.Errno, f.Finding.Said, f.Finding.Uncertain = "", "", "", "Why is uncertain."
		}, []string{"Out of local ports on the proxy: after 1000 connections, at 500 ms, none of 1000 towards " +
			"198.19.0.1:7000 was free, and there had been errors; exactly as predicted",
			"Then 1000 of 1000 ports were in use on the proxy", "Why is uncertain."}, "connect(2)"},
		{"its connections are open", proxyOut("ESTABLISHED"), func(*Facts) {}, []string{
			"1000 of 1000 ports were held in ESTABLISHED (open), each as long as it is open"}, "exactly"},
		{"nobody answers it", proxyOut("SYN_SENT"), func(*Facts) {}, []string{
			"SYN_SENT (no answer to the SYN), each until its answer, or connect's timeout in the proxy's program"},
			"--timeout"},
		{"its server keeps its end open", proxyOut("FIN_WAIT_2"), func(f *Facts) {
			f.Finding.Evidence.Later = f.Finding.Evidence.States
		}, []string{
			"FIN_WAIT_2 (closed by the proxy, and not yet by the server), each until the server closes"}, "client,"},
		{"now the proxy closes first and now the server", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.Finding.AfterConnections, f.Other.Server = new(int64(1800)), map[string]int64{"TcpExtTW": 800}
		}, []string{"predicted were 1000", "if the proxy always closes first, but it is a race of who does: 800 " +
			"connections left their TIME_WAIT on the server"}, "exactly"},
		{"one of its upstreams refuses", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.Finding.AfterConnections, f.Other.Client = new(int64(1003)), map[string]int64{"TcpAttemptFails": 4}
		}, []string{"after 1003 connections", "; predicted were 1000 (1000 ports x 1 source x 1 destination",
			", beside 3 that were refused, which hold no port."}, "exactly"},
		{"and fewer than came beside the predicted", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.Finding.AfterConnections, f.Other.Client = new(int64(1003)), map[string]int64{"TcpAttemptFails": 2}
		}, []string{"after 1003 connections", "; predicted were 1000 ("}, "refused"},
		{"it is a server, whose peer keeps its end open", proxyOut("FIN_WAIT_2"), func(f *Facts) {
			f.Finding.Host, f.Other.Name, f.Proxied = ServerHost, ServerHost, false
			f.Other.Settings.Program = capacity.ProgramOf(ServerHost, []string{"./app"})
			f.Finding.Evidence.Later = f.Finding.Evidence.States
		}, []string{"Out of local ports on the server: connect(2) failed", "FIN_WAIT_2 (closed by the server, and " +
			"not yet by its peer), each until its peer closes"}, "yet by the server"},
		{"it is a server that got a port again", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.Finding.Host, f.Other.Name, f.Proxied = ServerHost, ServerHost, false
			f.Other.Settings.Program = capacity.ProgramOf(ServerHost, []string{"./app"})
			f.Finding.RecoveredAfterSeconds = new(59.4)
		}, []string{"The next connection on the server found a port 59.4 s after the first failure.",
			"These settings on the server hold 15.2 connections/s for ever"}, "on the proxy"},
		{"the client's peer, a proxy, keeps its end open", proxyOut("FIN_WAIT_2"), func(f *Facts) {
			f.Finding.Host, f.Finding.Said, f.Use = ClientHost, "", OneRequest
			f.Finding.Evidence.Later = f.Finding.Evidence.States
		}, []string{"FIN_WAIT_2 (closed by the client, and not yet by the proxy), each until the proxy closes"},
			"by the server"},
		{"it ends connections", proxyOut("TIME_WAIT"), func(f *Facts) {
			f.BadAnswers, f.Status, f.Errors = 0, nil, map[string]int64{"recv: EOF": 39}
		}, []string{"On the client 39 connections failed: recv: EOF."}, "answers to the client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.change(&tt.facts)
			v := Judge(tt.facts)
			text := strings.Join(append([]string{v.Headline}, v.Sentences()...), "\n")
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("verdict lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, tt.not) {
				t.Errorf("verdict has %q:\n%s", tt.not, text)
			}
			for _, m := range v.Remedies {
				own := m.Host == "proxy" || m.Host == "server"
				if flags := strings.Contains(m.Change, " --"); tt.facts.Finding.Elsewhere() != "" && (!own || flags) {
					t.Errorf("remedy %+v, want one of the proxy, without a flag of this tool", m)
				}
			}
			if len(v.Remedies) == 0 {
				t.Error("there is no remedy")
			}
		})
	}
}

// What a proxy without ports cannot but close is not for the client's sizes.
func TestWhatAProxyWithoutPortsEndsIsOfThat(t *testing.T) {
	f := proxyOut("TIME_WAIT")
	f.Errors = map[string]int64{"recv: EOF": 39}
	const want = "the proxy ran out of local ports, and what it finds none for it can only close"
	if got := Judge(f).OtherLimits; len(got) != 1 || got[0].Text != want {
		t.Errorf("other limits = %+v, want %q", got, want)
	}
	f.Finding = Finding{Outcome: Undecided}
	if got := Judge(f).OtherLimits; len(got) != 1 || strings.Contains(got[0].Text, "ran out") {
		t.Errorf("other limits = %+v of a proxy with ports, want nothing of them", got)
	}
}

// The SYN queue is as long as the accept queue, whatever tcp_max_syn_backlog is.
func TestAFullSYNQueueIsOfTheBacklog(t *testing.T) {
	for _, counter := range []string{"TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies"} {
		f := facts(Finding{Outcome: Undecided}, settings(nil), 100, 1)
		f.Server = map[string]int64{counter: 13}
		got := Judge(f).OtherLimits
		if len(got) != 1 || !strings.Contains(got[0].Text, "raise its backlog and net.core.somaxconn") ||
			strings.Contains(got[0].Text, "tcp_max_syn_backlog") {
			t.Errorf("other limits = %+v, want that the backlog helps", got)
		}
	}
}

func TestWhatLimitedTheRateIsOnTheProxy(t *testing.T) {
	b := Limits(proxyOut("TIME_WAIT"), Work{})
	if b == nil || b.What != ByPorts || b.Evidence != "after 1000 connections there was none left on the proxy" {
		t.Errorf("Limits = %+v, want the proxy's ports", b)
	}
}

func TestTheRemediesOfAProxyAreThoseOfItsProgram(t *testing.T) {
	for command, want := range map[string]string{
		"nginx -c x":                       "`keepalive 4;` in the upstream",
		"sh -c php-fpm -D; /sbin/nginx -g": "`keepalive 4;` in the upstream",
		"haproxy -db":                      "`http-reuse always`",
		"traefik":                          "many requests on each: its pool of connections",
	} {
		f := proxyOut("TIME_WAIT")
		f.Other.Settings.Program = capacity.ProgramOf("proxy", strings.Fields(command))
		has := func(m capacity.Remedy) bool { return strings.Contains(m.Change, want) }
		if got := Judge(f).Remedies; !slices.ContainsFunc(got, has) {
			t.Errorf("remedies of %q = %+v, want %q", command, got, want)
		}
	}
}
