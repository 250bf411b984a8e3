package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// natRow is what a NAT does when its ports run out.
type natRow struct {
	name string
	args []string

	// host is the one whose ports run out, after so many connections, at least of those
	// of a range; use are ports in use of the fullest pair then.
	host  string
	after int64
	least int64
	use   int
	// halfClosed tells that one end of the connections has closed; else none has.
	halfClosed bool
}

// held are connections that are held open, so many at a time, through a NAT of some ports,
// until ports run out.
func held(n int, ports string, more ...string) []string {
	return append([]string{"--mode=idle", "--until=exhausted", "--steady=0", "-z=60s", "--nat=" + ports,
		fmt.Sprintf("-c=%d", n)}, more...)
}

func natRows() []natRow {
	const n64 = "20000-20063"
	closing := []string{"--until=exhausted", "--steady=0", "-z=60s", "-c=1", "--timeout=1s", "--nat=" + n64, narrow,
		"--server-close=never"}
	return []natRow{
		{"32 ports, which are searched without a count", held(40, "20000-20031"), "nat", 32, 32, 32, false},
		{"64 ports", held(80, n64), "nat", 64, 64, 64, false},
		{"128 ports", held(140, "20000-20127"), "nat", 128, 128, 128, false},
		{"1000 ports: the search passes over free ones", held(1100, "20000-20999"), "nat", 1000, 850, 0, false},
		{"two destinations: as many for each", held(150, n64, "--destinations=2"), "nat", 128, 128, 64, false},
		{"two clients: as many for both", held(80, n64, "--nat-clients=2"), "nat", 64, 64, 64, false},
		{"two addresses by a hash: those of one", held(80, n64, "--nat-addresses=2"), "nat", 64, 64, 64, false},
		{"two addresses in turn: twice as many", held(150, n64, "--nat-addresses=2", "--nat-spread=turn"), "nat", 128,
			128, 64, false},
		{"three addresses in turn", held(220, n64, "--nat-addresses=3", "--nat-spread=turn"), "nat", 192,
			192, 64, false},
		{"random", held(80, n64, "--nat-flags=random"), "nat", 64, 64, 64, false},
		{"fully-random", held(80, n64, "--nat-flags=fully-random"), "nat", 64, 64, 64, false},
		{"persistent", held(80, n64, "--nat-flags=persistent", "--nat-addresses=2"), "nat", 64, 64, 64, false},
		{"IPv6", held(80, n64, "--ip=6"), "nat", 64, 64, 64, false},
		{"IPv6, two addresses in turn", held(150, n64, "--ip=6", "--nat-addresses=2", "--nat-spread=turn"), "nat", 128,
			128, 64, false},
		{"half closed: the server never closes", closing, "nat", 64, 64, 64, true},
		{"the client has as many ports as the NAT, and runs out first",
			held(80, n64, "--sysctl=net.ipv4.ip_local_port_range=20000 20063"), "client", 64, 64, 64, false},
	}
}

func TestANATRunsOut(t *testing.T) {
	for _, tt := range natRows() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.check(t, measure(t, tt.args...))
		})
	}
}

func TestAnUnprivilegedUserCanRunANATOutOfPorts(t *testing.T) {
	for _, i := range []int{1, 2, 7, 12} {
		tt := natRows()[i]
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.check(t, runAsNobody(t, shared(t), tt.args...))
		})
	}
}

// check holds a run against the row.
func (want natRow) check(t *testing.T, r *results.Run) {
	t.Helper()
	f, n := r.Exhaustion, r.NAT
	if f.RanOut() != want.host || f.AfterConnections == nil || n == nil {
		t.Fatalf("ports ran out on %q (%+v), want %q\n%s", f.RanOut(), n, want.host, r.Verdict.Headline)
	}
	if got := *f.AfterConnections; got < want.least || got > want.after {
		t.Errorf("after_connections = %d, want %d to %d", got, want.least, want.after)
	}
	if want.use > 0 && f.Evidence.PortsInUse != want.use {
		t.Errorf("%d ports were in use, want %d", f.Evidence.PortsInUse, want.use)
	}
	for state := range f.Evidence.States {
		if open := strings.HasPrefix(state, "SYN_") || state == "ESTABLISHED"; open == want.halfClosed {
			t.Errorf("ports were held in %v, want half closed %t", f.Evidence.States, want.halfClosed)
		}
	}
	told := slices.ContainsFunc(r.Warnings, func(w results.Warning) bool { return w.Code == "nat-not-reached" })
	if told != (want.host == "client") {
		t.Errorf("warned that the clients run out first: %t, want %t", told, !told)
	}
	if want.host == "client" {
		if n.Drop+n.InsertFailed+n.Found != 0 || n.Causes != nil || f.Errno != "EADDRNOTAVAIL" {
			t.Errorf("%s, and the NAT's counters are %+v, want EADDRNOTAVAIL and all 0", f.Errno, n.NATCounts)
		}
		return
	}
	exact := want.least == want.after
	refused, raced := n.Causes[exhaustion.NATPorts], n.Causes[exhaustion.NATRace]
	if refused+raced != n.InsertFailed || n.Drop != n.InsertFailed || raced > refused/10 || exact && raced > 0 {
		// Where the search passes over free ports, two SYNs that come again at a time may
		// find the same one.
		t.Errorf("causes %v of %+v, want a lack of ports for every SYN that was dropped", n.Causes, n.NATCounts)
	}
	all := fmt.Sprintf("The NAT ran out of ports: exactly %d connections", want.after)
	says, got := strings.Contains(r.Verdict.Headline, all), *f.AfterConnections
	predicted := strings.Contains(r.Verdict.Headline, "exactly as predicted")
	if says != (got == want.after) || predicted != exact { // of 1000 the search may pass over none
		t.Errorf("headline = %q of %d, want it to say exactly only where it is so", r.Verdict.Headline, got)
	}
	if !strings.Contains(r.Verdict.Headline, "silence and ETIMEDOUT, not EADDRNOTAVAIL") {
		t.Errorf("headline = %q", r.Verdict.Headline)
	}
}

// What a host has for itself, each client host has: of two each keeps 100 TIME_WAITs and has
// 64 ports, and the packets of both are captured.
func TestClientsBehindANATAreHosts(t *testing.T) {
	args := []string{"--nat=1024-65535", "--nat-clients=2", "--threads=2", "--nat-flags=fully-random",
		"--capture=20000"}
	for _, engine := range []string{"epoll", "nethttp"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			more := append([]string{"-n=1000", "-c=10", "--sysctl=net.ipv4.tcp_max_tw_buckets=100",
				"--engine=" + engine}, args...)
			if engine == "nethttp" {
				more = append(more, "--server=http", "--threads=1")
			}
			for name, r := range map[string]*results.Run{"root": measure(t, more...),
				"nobody": runAsNobody(t, shared(t), more...)} {
				c := r.Kernel.Client
				if c["TcpExtTW"] != 200 || c["TcpExtTCPTimeWaitOverflow"] != 800 || c["TcpActiveOpens"] != 1000 {
					t.Errorf("as %s: %d TIME_WAITs, %d too many, of %d connections; want 100 for each host, and 800 "+
						"of 1000", name, c["TcpExtTW"], c["TcpExtTCPTimeWaitOverflow"], c["TcpActiveOpens"])
				}
				if last := *r.Hosts.Client.Samples[len(r.Hosts.Client.Samples)-1].TimeWait; last != 200 {
					t.Errorf("as %s: %d TIME_WAITs at the end, want those of both hosts", name, last)
				}
				syns := 0
				for _, p := range r.Packets {
					if p.Flags == "S" {
						syns++
					}
				}
				if syns != 1000 {
					t.Errorf("as %s: the capture has %d SYNs of 1000", name, syns)
				}
			}
		})
	}
	for engine, mode := range map[string]string{"epoll": "idle", "io_uring": "keepalive"} {
		t.Run("ports, "+engine, func(t *testing.T) {
			t.Parallel()
			r := measure(t, append([]string{"--nat=20000-20127", "--mode=" + mode, "--engine=" + engine,
				"--until=exhausted", "--steady=0", "-z=60s", "-c=140",
				"--sysctl=net.ipv4.ip_local_port_range=40000 40063"}, args[1:4]...)...)
			e := r.Exhaustion
			if e.RanOut() != "client" || *e.AfterConnections != 128 || e.Evidence.PortsInUse != 64 ||
				e.Evidence.Capacity != 64 || e.Evidence.Source == "" {
				t.Errorf("%+v of %+v, want 64 ports of each of 2 hosts", e, e.Evidence)
			}
		})
	}
}

// Each further SYN is dropped, and adds to the counters what a search through all ports
// does: of the last 32 none is counted.
func TestWhatARefusedSYNCounts(t *testing.T) {
	for ports, found := range map[int]int64{32: 0, 64: 32, 128: 96} {
		t.Run(fmt.Sprintf("%d ports", ports), func(t *testing.T) {
			t.Parallel()
			r := measure(t, "--mode=idle", "--until=duration", "-z=3500ms", "--timeout=10s", "--interval=100ms",
				fmt.Sprintf("--nat=20000-%d", 20000+ports-1), fmt.Sprintf("-c=%d", ports+4))
			var later exhaustion.NATCounts // of SYNs that were sent again
			for _, s := range r.NAT.Samples {
				if s.TS > 0.5 && s.TS < 3.4 {
					later = later.Add(s.NATCounts)
				}
			}
			if later.InsertFailed == 0 || later.Drop != later.InsertFailed || later.Found != found*later.Drop {
				t.Errorf("%+v, want %d found for each that was dropped", later, found)
			}
		})
	}
}

func TestANATTakesOverClosedConnections(t *testing.T) {
	for _, linger := range []string{"off", "0"} {
		t.Run("linger "+linger, func(t *testing.T) {
			t.Parallel()
			r := measure(t, "-n=264", "-c=1", "--nat=20000-20063", "--linger="+linger)
			if r.Totals.Succeeded != 264 || r.NAT.Admitted != 264 || r.NAT.InsertFailed != 0 || r.NAT.Drop != 0 {
				t.Errorf("%d of 264 succeeded, %d were admitted, %+v, want all and none dropped", r.Totals.Succeeded,
					r.NAT.Admitted, r.NAT.NATCounts)
			}
			if last := r.NAT.Samples[len(r.NAT.Samples)-1]; last.PortsInUse != 64 || last.PortsReusable != 64 {
				t.Errorf("%d ports in use, %d of them of closed connections, want 64 and 64", last.PortsInUse,
					last.PortsReusable)
			}
			if r.Exhaustion.Exhausted || r.NAT.Knee.Found {
				t.Errorf("finding = %+v, knee = %+v, want none", r.Exhaustion, r.NAT.Knee)
			}
		})
	}
}

// A server that closes first keeps the TIME_WAITs: it answers none of them that comes
// with a timestamp of another client's connection (PAWS), whatever the NAT has forgotten.
func TestTheServersTimeWaitsStallANAT(t *testing.T) {
	const brief = "--nat-sysctl=net.netfilter.nf_conntrack_tcp_timeout_time_wait=1"
	for name, more := range map[string][]string{"tcp_timestamps 0": nil, "tcp_timestamps 1": nil,
		"a NAT that forgets after 1 s, tcp_timestamps 1": {brief}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stamps := name[len(name)-1:]
			r := measure(t, append(more, "-n=400", "-c=1", "-z=20s", "--nat=20000-20063", "--close=server",
				"--sysctl=net.ipv4.tcp_timestamps="+stamps)...)
			stalls := r.Kernel.Server["TcpExtPAWSTimewait"]
			if (stalls > 0) != (stamps == "1") || r.NAT.Drop != 0 {
				t.Errorf("%d PAWSTimewait on the server, %d drops by the NAT; want some with timestamps alone, and "+
					"none", stalls, r.NAT.Drop)
			}
		})
	}
}

// A NAT that holds runs out where Linux takes over the ports of closed connections, at a
// rate above its ports over the hold, and at no rate below. A port whose connection has
// closed is taken over once more where the process of the NAT had no processor until then:
// of two that may be so, and without it of all 6000.
func TestANATHoldsPortsOfClosedConnections(t *testing.T) {
	for _, linger := range []string{"off", "0"} {
		t.Run("linger "+linger, func(t *testing.T) {
			t.Parallel()
			args := []string{"--until=exhausted", "--steady=0", "-c=4", "-z=30s", "--timeout=1s", "--rate=200",
				"--nat=20000-20063", "--nat-hold=20s", "--linger=" + linger}
			for name, r := range map[string]*results.Run{"root": measure(t, args...),
				"nobody": runAsNobody(t, shared(t), args...)} {
				f := r.Exhaustion
				if f.RanOut() != "nat" || f.Evidence.PortsInUse != 64 {
					t.Fatalf("as %s: %+v, want that the NAT's 64 ports ran out", name, f)
				}
				after := *f.AfterConnections
				said := strings.Contains(r.Verdict.Headline, "exactly as predicted (64 ports")
				if after < 64 || after > 66 || said != (after == 64) {
					t.Errorf("as %s: after %d connections, %q, want 64", name, after, r.Verdict.Headline)
				}
			}
		})
	}
	t.Run("a rate below", func(t *testing.T) {
		t.Parallel()
		r := measure(t, "-c=4", "-z=7s", "--rate=20", "--nat=20000-20063", "--nat-hold=2s")
		most := 0
		for _, s := range r.NAT.Samples {
			most = max(most, s.PortsInUse)
		}
		if r.Totals.Failed != 0 || r.NAT.Drop != 0 || r.NAT.Admitted != 140 || most < 38 || most > 62 {
			t.Errorf("%d failed, %d of 140 were admitted, %d dropped, %d ports in use at most; want 0, all, 0, and 40 "+
				"or some more", r.Totals.Failed, r.NAT.Admitted, r.NAT.Drop, most)
		}
	})
}

// What does not answer is not taken for a NAT without ports.
func TestATargetThatIsSilentIsNotTheNAT(t *testing.T) {
	r := measureTo(t, 1, "-n=3", "-c=1", "--timeout=300ms", "--nat=20000-20063", "--nat-sysctl=net.ipv4.ip_forward=0")
	if r.Exhaustion.Exhausted || r.NAT.Drop != 0 || r.NAT.Causes != nil || r.Totals.Errors["connect: TIMEOUT"] != 3 {
		t.Errorf("%+v, %+v, errors %v; want no finding, no drop, 3 timeouts", r.Exhaustion, r.NAT.NATCounts,
			r.Totals.Errors)
	}
	if want := "the NAT dropped nothing: the target does not answer"; !strings.Contains(r.Verdict.Headline, want) {
		t.Errorf("headline = %q, want it to say %q", r.Verdict.Headline, want)
	}
}

// Of more ports than one search looks at, the last ones are found by some SYNs that are
// sent again alone.
func TestTheKneeOfANAT(t *testing.T) {
	t.Parallel()
	r := measure(t, "--mode=idle", "-c=1000", "-z=4s", "--timeout=10s", "--nat=20000-20999")
	n := r.NAT
	if n.FirstDrop == nil || *n.FirstDrop < 0.85 || n.SlowShare == nil || *n.SlowShare <= 0 || *n.SlowShare > 0.15 {
		t.Errorf("%+v, want a first drop with 0.85 of the ports or more in use, and some connects that took 0.5 s", n)
	}
	checkKnee(t, n.Knee, 1000)
	const says = "The NAT's knee: of the connects that began"
	if said := strings.Join(r.Verdict.Sentences(), " "); !strings.Contains(said, says) {
		t.Errorf("the verdict does not say %q: %s", says, said)
	}
	checkKnee(t, measure(t, "--mode=idle", "-c=1000", "-z=4s", "--timeout=10s", "--nat=20000-20999",
		"--engine=io_uring", "--threads=2").NAT.Knee, 1000)
	// A gateway's ports are of closed connections too.
	if k := measure(t, "-n=100", "-c=1", "--nat=20000-20999", "--nat-hold=20s").NAT.Knee; k != nil {
		t.Errorf("knee = %+v of a NAT that holds ports, want none known", k)
	}
}

// checkKnee checks one where each of so many connects is known: near its end, and none is
// slow before.
func checkKnee(t *testing.T, k *exhaustion.NATKnee, connects int64) {
	t.Helper()
	if k == nil || !k.Found || k.Occupancy == nil || *k.Occupancy < 0.85 || *k.Occupancy > 0.99 {
		t.Fatalf("knee = %+v, want one from 0.85 of the ports on", k)
	}
	var all, early int64
	for _, l := range k.Levels {
		all += l.Connects
		if float64(l.Percent) < 85 {
			early += l.Slow
		}
	}
	if all != connects || early > 0 {
		t.Errorf("%d of %d connects are known, and %d were slow below 0.85 of the ports; want all, and none", all,
			connects, early)
	}
}

// Of up to 128 ports each is found as long as one is free.
func TestANATOfFewPortsHasNoKnee(t *testing.T) {
	t.Parallel()
	r := measure(t, "--mode=idle", "-c=140", "-z=2s", "--timeout=1s", "--nat=20000-20127")
	k := r.NAT.Knee
	if k == nil || k.Found || *r.NAT.FirstDrop != 1 {
		t.Fatalf("knee = %+v, first drop %v, want none, and the drop with all ports in use", k, *r.NAT.FirstDrop)
	}
	for _, l := range k.Levels {
		if slow := l.Percent == 100; slow != (l.Slow == l.Connects) || !slow && l.Slow > 0 {
			t.Errorf("level %+v, want all connects slow where all ports were in use, and none before", l)
		}
	}
	none := measure(t, "--mode=idle", "-c=127", "-z=2s", "--timeout=10s", "--nat=20000-20127").NAT
	if none.Knee == nil || none.Knee.Found || none.Drop != 0 || *none.SlowShare != 0 || none.FirstDrop != nil {
		t.Errorf("127 of 128 ports: knee = %+v, %d drops, want none", none.Knee, none.Drop)
	}
}
