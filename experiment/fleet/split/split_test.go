package split_test

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/split"
	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// fleet are n hosts, each with two addresses.
func fleet(n int) []split.Host {
	var hosts []split.Host
	for i := range n {
		hosts = append(hosts, split.Host{Name: fmt.Sprintf("agent-%d", i+1), CPUs: 2, Addrs: []netip.Addr{
			netip.AddrFrom4([4]byte{10, 0, byte(i), 1}), netip.AddrFrom4([4]byte{10, 0, byte(i), 2})}})
	}
	return hosts
}

// whole is a workload towards so many targets.
func whole(targets int, change func(*scenario.Workload)) cell.Spec {
	w := scenario.DefaultWorkload()
	w.Duration = 10 * time.Second
	if change != nil {
		change(&w)
	}
	s := cell.Spec{Workload: w}
	for i := range targets {
		s.Targets = append(s.Targets, fmt.Sprintf("tcp://192.0.2.1:%d", 7000+i))
	}
	return s
}

func of(t testing.TB, s cell.Spec, hosts []split.Host) []cell.Spec {
	t.Helper()
	shares, err := split.Of(s, hosts)
	if err != nil {
		t.Fatalf("Of() = %v, want no error", err)
	}
	return shares
}

func TestSharesComeToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "agents")
		targets := rapid.IntRange(1, 7).Draw(t, "targets")
		rate := func(name string) float64 {
			hundredths := rapid.IntRange(n, 1e9).Draw(t, name)
			more := rapid.SampledFrom([]float64{0, 1. / 3 / 100, 0.00123}).Draw(t, "and")
			return float64(hundredths)/100 + more
		}
		s := whole(targets, func(w *scenario.Workload) {
			w.Concurrency = rapid.IntRange(n, 10_000).Draw(t, "concurrency")
			w.Rate = scenario.Rate{From: rate("from"), To: rate("to")}
			if rapid.Bool().Draw(t, "counted") {
				w.Count = rapid.Int64Range(int64(n), 1e12).Draw(t, "count")
			}
		})
		shares, err := split.Of(s, fleet(n))
		if err != nil {
			t.Fatal(err)
		}
		var sum scenario.Workload
		var least, most scenario.Workload
		driven := map[string]int64{}
		seeds := map[int64]bool{}
		for i, one := range shares {
			w := one.Workload
			sum.Concurrency += w.Concurrency
			sum.Count += w.Count
			sum.Rate.From += w.Rate.From
			sum.Rate.To += w.Rate.To
			if i == 0 {
				least, most = w, w
			}
			least.Concurrency = min(least.Concurrency, w.Concurrency)
			most.Concurrency = max(most.Concurrency, w.Concurrency)
			least.Count, most.Count = min(least.Count, w.Count), max(most.Count, w.Count)
			least.Rate.From, most.Rate.From = min(least.Rate.From, w.Rate.From), max(most.Rate.From, w.Rate.From)
			seeds[w.Seed] = true
			if !slices.Equal(slices.Sorted(slices.Values(one.Targets)), s.Targets) {
				t.Fatalf("agent %d drives %v, want every one of %v", i, one.Targets, s.Targets)
			}
			for j, target := range one.Targets {
				driven[target] += (w.Count + int64(len(one.Targets)-1-j)) / int64(len(one.Targets))
			}
		}
		w := s.Workload
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
		if sum.Concurrency != w.Concurrency || sum.Count != w.Count || !near(sum.Rate.From, w.Rate.From) ||
			!near(sum.Rate.To, w.Rate.To) {
			t.Fatalf("shares come to %d, %d, %v, want %d, %d, %v", sum.Concurrency, sum.Count, sum.Rate,
				w.Concurrency, w.Count, w.Rate)
		}
		if most.Concurrency-least.Concurrency > 1 || most.Count-least.Count > 1 ||
			most.Rate.From-least.Rate.From > 0.02 || least.Concurrency < 1 {
			t.Fatalf("shares differ: %d to %d, %d to %d, %v to %v", least.Concurrency, most.Concurrency, least.Count,
				most.Count, least.Rate.From, most.Rate.From)
		}
		if len(seeds) != n {
			t.Fatalf("%d seeds for %d agents", len(seeds), n)
		}
		if w.Count == 0 {
			return
		}
		for target, n := range driven {
			if floor := w.Count / int64(targets); n < floor || n > floor+1 {
				t.Fatalf("%s gets %d of %d, want the same for each of %d", target, n, w.Count, targets)
			}
		}
	})
}

func TestARateIsWrittenAsPeopleDo(t *testing.T) {
	tests := []struct {
		name string
		rate scenario.Rate
		n    int
		want []string
	}{
		{"a whole number", scenario.Rate{From: 300, To: 300}, 3, []string{"100", "100", "100"}},
		{"a remainder is hundredths", scenario.Rate{From: 1000, To: 1000}, 3, []string{"333.34", "333.33", "333.33"}},
		{"a ramp at both ends", scenario.Rate{From: 10, To: 1000}, 3,
			[]string{"3.34..333.34", "3.33..333.33", "3.33..333.33"}},
		{"0.29 is 29 hundredths", scenario.Rate{From: 0.29, To: 0.29}, 2, []string{"0.15", "0.14"}},
		{"less than a hundredth is the first one's", scenario.Rate{From: 5. / 6, To: 5. / 6}, 2,
			[]string{"0.42333333", "0.41"}},
		{"none", scenario.Rate{}, 2, []string{"none", "none"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i, one := range of(t, whole(1, func(w *scenario.Workload) { w.Rate = tt.rate }), fleet(tt.n)) {
				if got := one.Workload.Rate.String(); got != tt.want[i] {
					t.Errorf("rate of agent %d = %s, want %s", i+1, got, tt.want[i])
				}
			}
		})
	}
}

func TestEachAgentBeginsAtAnotherTarget(t *testing.T) {
	firsts := func(shares []cell.Spec) (out []string) {
		for _, one := range shares {
			out = append(out, strings.TrimPrefix(one.Targets[0], "tcp://192.0.2.1:"))
		}
		return out
	}
	tests := []struct {
		name   string
		agents int
		change func(*scenario.Workload)
		want   []string
	}{
		{"in a loop", 4, nil, []string{"7000", "7001", "7002", "7000"}},
		{"where a count ends it, where the one before leaves off", 3,
			func(w *scenario.Workload) { w.Count, w.Duration = 6, 0 }, []string{"7000", "7002", "7001"}},
		{"where connections are held, likewise", 3, func(w *scenario.Workload) {
			w.Mode, w.Concurrency = scenario.ModeIdle, 6
		}, []string{"7000", "7002", "7001"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := firsts(of(t, whole(3, tt.change), fleet(tt.agents)))
			if !slices.Equal(got, tt.want) {
				t.Errorf("they begin at %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAddressesGoToTheAgentThatHasThem(t *testing.T) {
	source := func(addrs string) func(*scenario.Workload) {
		return func(w *scenario.Workload) { w.Source, _ = scenario.ParseSources(addrs) }
	}
	shares := of(t, whole(1, source("10.0.1.2,10.0.0.1,10.0.1.1")), fleet(2))
	if got := shares[0].Workload.Source.String() + " " + shares[1].Workload.Source.String(); got !=
		"10.0.0.1 10.0.1.2,10.0.1.1" {
		t.Errorf("sources = %s, want those of each host", got)
	}
	both := fleet(2)
	both[1].Addrs = append(both[1].Addrs, netip.MustParseAddr("10.0.0.1"))
	tests := []struct {
		name, addrs string
		hosts       []split.Host
		want        string
	}{
		{"one that none has", "10.0.0.1,10.0.1.1,10.9.9.9", fleet(2), "source: no agent has 10.9.9.9"},
		{"one that two have", "10.0.0.1,10.0.1.1", both, "10.0.0.1 is an address of agent-1 and agent-2"},
		{"an agent without any", "10.0.0.1", fleet(2),
			"none of these addresses is one of agent agent-2 (it has 10.0.1.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := split.Of(whole(1, source(tt.addrs)), tt.hosts)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Of(%s) = %v, want %q", tt.addrs, err, tt.want)
			}
		})
	}
}

func TestWhatCannotBeSharedIsRefusedWithTheFigures(t *testing.T) {
	tests := []struct {
		name   string
		agents int
		change func(*scenario.Workload)
		want   string // "" is no error
	}{
		{"a connection for each is enough", 50, nil, ""},
		{"fewer connections than agents", 51, nil,
			"concurrency: 50 connections cannot be shared by 51 agents; raise it to 51, or use 50 agents"},
		{"fewer than threads", 7, func(w *scenario.Workload) { w.Threads = 8 },
			"50 connections cannot be shared by 7 agents of 8 threads each; raise it to 56, or use 6 agents"},
		{"a count below the agents", 3, func(w *scenario.Workload) { w.Count = 2 },
			"count: 2 cannot be shared by 3 agents; raise it to 3"},
		{"a rate below the least", 3, func(w *scenario.Workload) { w.Rate = scenario.Rate{From: 100, To: 0.02} },
			"rate: 0.02/s cannot be shared by 3 agents; each begins 0.01/s at least, so raise it to 0.03/s"},
		{"the least rate", 3, func(w *scenario.Workload) { w.Rate = scenario.Rate{From: 0.03, To: 0.03} }, ""},
		{"no agent", 0, nil, "agents: there is none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := split.Of(whole(1, tt.change), fleet(tt.agents))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("Of() = %v, want no error", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Of() = %v, want %q", err, tt.want)
			case err != nil && fault.Status(err) != fault.StatusUsage:
				t.Errorf("Status(%v) = %d, want %d", err, fault.Status(err), fault.StatusUsage)
			}
		})
	}
}

func TestNamesOfAgentsAreEachOnce(t *testing.T) {
	hosts := fleet(3)
	hosts[1].Name, hosts[2].Name = "", "agent-1"
	_, err := split.Of(whole(1, nil), hosts)
	for _, want := range []string{"number 2 has no name", "agent-1 is there twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Of() = %v, want %q", err, want)
		}
	}
}

// ofALab are values of options, each with one that is not the default.
func ofALab() map[string]string {
	return map[string]string{
		"server-close": "answer", "destinations": "2", "server-threads": "2", "link": "loopback", "capture": "5",
		"cut-link": "1s", "nat": "40000-40999", "nat-clients": "2", "nat-addresses": "2", "nat-spread": "turn",
		"nat-flags": "random", "nat-hold": "2s", "server-cert": "a.pem", "server-key": "a.pem",
		"server-client-ca": "a.pem", "cacert": "a.pem", "cert": "a.pem", "key": "a.pem", "source": "2",
		"engine": "exec", "sysctl.net.ipv4.tcp_tw_reuse": "1", "server-sysctl.net.ipv4.tcp_tw_reuse": "1",
		"proxy-sysctl.net.ipv4.tcp_tw_reuse": "1", "nat-sysctl.net.ipv4.tcp_tw_reuse": "1",
	}
}

func TestOptionsThatAFleetDoesNotHaveAreRefusedByName(t *testing.T) {
	for option, value := range ofALab() {
		t.Run(option, func(t *testing.T) {
			s := whole(1, nil)
			if err := s.Workload.Set(option, value); err != nil {
				t.Fatal(err)
			}
			_, err := split.Of(s, fleet(2))
			name, _, _ := strings.Cut(option, ".")
			if err == nil || !strings.Contains(err.Error(), name+": ") ||
				strings.Contains(err.Error(), "leave out the target") {
				t.Errorf("Of(%s=%s) = %v, want it refused by name, and not for its target", option, value, err)
			}
		})
	}
}

func TestWhatIsNoWorkloadOfSeveralHostsIsRefused(t *testing.T) {
	program := scenario.Program{Command: []string{"nginx"}}
	tests := []struct {
		name string
		spec cell.Spec
		want string
	}{
		{"a lab", whole(0, nil), "target: none is named"},
		{"a program", cell.Spec{Workload: scenario.DefaultWorkload(), Targets: []string{"tcp://192.0.2.1:7000"},
			Programs: scenario.Programs{Proxy: program}}, "proxy: a fleet runs no programs"},
		{"a log of requests", cell.Spec{Workload: scenario.DefaultWorkload(), Targets: []string{"tcp://192.0.2.1:7000"},
			Log: cell.RequestLog{Path: "log.csv", Rows: 1}}, "log-requests: each agent would write"},
		{"a Unix socket", cell.Spec{Workload: scenario.DefaultWorkload(), Targets: []string{"unix:/run/x.sock"}},
			"target: unix:/run/x.sock is a file of one host"},
		{"what run refuses too", whole(1, func(w *scenario.Workload) { w.BlockingClose = true }), "blocking-close: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := split.Of(tt.spec, fleet(2)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Of() = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSharesAreOtherwiseTheWhole(t *testing.T) {
	s := whole(2, func(w *scenario.Workload) { w.Linger.On, w.Rate = true, scenario.Rate{From: 100, To: 100} })
	s.Labels, s.Repeat = map[string]string{"linger": "0"}, 3
	for i, one := range of(t, s, fleet(3)) {
		w := one.Workload
		if w.Seed != s.Workload.Seed+int64(i) {
			t.Errorf("seed of agent %d = %d, want another for each", i+1, w.Seed)
		}
		w.Concurrency, w.Rate, w.Seed = s.Workload.Concurrency, s.Workload.Rate, s.Workload.Seed
		a, _ := w.MarshalJSON()
		b, _ := s.Workload.MarshalJSON()
		if string(a) != string(b) || one.Repeat != 3 || one.Labels["linger"] != "0" {
			t.Errorf("agent %d has %s, want %s", i+1, a, b)
		}
	}
}
