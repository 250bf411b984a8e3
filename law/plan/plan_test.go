package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tcpbench/internal/goldentest"
	"tcpbench/law/capacity"
)

const widest = 64512

// defaults are the kernel's, across a link.
func defaults() Question {
	return Question{
		Settings: capacity.Settings{
			Ports: 28232, Sources: 1, Destinations: 1,
			Reuse: 2, ReuseDelay: time.Second, Timestamps: true, InFlight: 50,
		},
		Client: client(),
	}
}

// client is one of which nothing is known but its four processors.
func client() capacity.Client {
	c := capacity.TypicalClient()
	c.CPUs = 4
	return c
}

// asked is the question of defaults after a change.
func asked(change func(*Question)) Question {
	q := defaults()
	change(&q)
	return q
}

func TestPlanIsTheLaw(t *testing.T) {
	tests := []struct {
		name      string
		q         Question
		all, pair float64 // per second
		knee      float64
	}{
		{"the defaults: 28232 ports, 60 s", defaults(), 470.53, 470.53, 216.00},
		{"the widest range: 64512 ports, 60 s",
			asked(func(q *Question) { q.Settings.Ports = widest }), 1075.2, 1075.2, 494.56},
		{"tw_reuse after 200 ms with 1000 ports", asked(func(q *Question) {
			q.Settings.Ports, q.Settings.Reuse, q.Settings.ReuseDelay = 1000, 1, 200*time.Millisecond
		}), 5000, 5000, 2238.81},
		{"two sources and two destinations",
			asked(func(q *Question) { q.Settings.Ports, q.Settings.Sources, q.Settings.Destinations = 1000, 2, 2 }),
			4000 / 60.0, 1000 / 60.0, 29.94},
		{"the same, with ports taken for every destination", asked(func(q *Question) {
			q.Settings.Ports, q.Settings.Sources, q.Settings.Destinations, q.Settings.BindReserves = 1000, 2, 2, true
		}), 2000 / 60.0, 1000 / 60.0, 14.59},
		{"RST close", asked(func(q *Question) { q.Settings.Reset = true }), 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Make(tt.q)
			knee := 0.0
			if p.Knee != nil {
				knee = p.Knee.CPS
			}
			got, want := []float64{p.Prediction.SustainableCPS, p.PairCPS, knee}, []float64{tt.all, tt.pair, tt.knee}
			for i := range got {
				if math.Abs(got[i]-want[i]) > 0.005 {
					t.Errorf("Make(%+v) sustains, for a pair, knee = %.2f, want %.2f", tt.q, got, want)
				}
			}
		})
	}
}

func TestPlanSaysWhenARateEnds(t *testing.T) {
	tests := []struct {
		name string
		q    Question
		want AtRate
	}{
		{"below the knee", asked(func(q *Question) { q.Rate = 200 }), AtRate{CPS: 200, Lasts: true}},
		{"between knee and limit it lasts, at a price",
			asked(func(q *Question) { q.Rate = 400 }),
			AtRate{CPS: 400, Lasts: true, KneeAfterS: 35.29, Cores: 2, CoresLeast: 0.32}},
		{"above the limit",
			asked(func(q *Question) { q.Rate = 1000 }),
			AtRate{CPS: 1000, ExhaustedAfterS: 28.232, KneeAfterS: 14.116, Cores: 5, CoresLeast: 0.8}},
		{"nothing is held",
			asked(func(q *Question) { q.Rate, q.Settings.ServerCloses = 1e6, true }), AtRate{CPS: 1e6, Lasts: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := *Make(tt.q).Rate
			if math.Abs(got.Cores-tt.want.Cores) > 1e-9 {
				t.Errorf("Make(%+v).Rate.Cores = %v, want %v", tt.q, got.Cores, tt.want.Cores)
			}
			if math.Abs(got.CoresLeast-tt.want.CoresLeast) > 1e-9 {
				t.Errorf("Make(%+v).Rate.CoresLeast = %v, want %v", tt.q, got.CoresLeast, tt.want.CoresLeast)
			}
			got.Cores, got.CoresLeast = tt.want.Cores, tt.want.CoresLeast
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Make(%+v).Rate (-want +got):\n%s", tt.q, diff)
			}
		})
	}
}

func TestWaysToATarget(t *testing.T) {
	const (
		pool = "keep as many idle connections as are in use: " +
			"Transport.MaxIdleConnsPerHost = 50 (--max-idle-conns-per-host 50)"
		noPort  = "set IP_BIND_ADDRESS_NO_PORT before bind(2) (--bind-no-port)"
		reuse   = "sysctl -w net.ipv4.tcp_tw_reuse=1 (a port is free after 1 s)"
		stamps  = "sysctl -w net.ipv4.tcp_tw_reuse=1 net.ipv4.tcp_timestamps=1 (a port is free after 1 s)"
		widen   = `sysctl -w net.ipv4.ip_local_port_range="1024 65535"`
		limited = "widen IP_LOCAL_PORT_RANGE (--source-ports) and net.ipv4.ip_local_port_range to 1024-65535"
		server  = "let the server close first (--close server)"
		walk    = "bind the next port explicitly (--port-select walk)"
		reset   = "close with RST: SO_LINGER on, 0 s (--linger 0)"
	)
	delay := func(ms string) string { return "sysctl -w net.ipv4.tcp_tw_reuse_delay=" + ms }
	sources := func(n, was string) string {
		return fmt.Sprintf("use %s source addresses instead of %s, with IP_BIND_ADDRESS_NO_PORT (--source %s)",
			n, was, n)
	}
	destinations := func(n, was string) string {
		return "spread over " + n + " destinations instead of " + was + " (--destinations " + n + ")"
	}
	keep := func(n string) string {
		return "keep connections open, with " + n + " requests or more on each " +
			"(--mode keepalive --requests-per-conn " + n + ")"
	}
	tests := []struct {
		name string
		q    Question
		want []string
	}{
		{"1000/s from the defaults", asked(func(q *Question) { q.Target = 1000 }),
			[]string{reuse, keep("5"), sources("5", "1"), destinations("5", "1"), server, walk, reset}},
		{"600/s: past the knee of the wide range the search may take seven cores",
			asked(func(q *Question) { q.Target = 600 }),
			[]string{reuse, keep("3"), sources("3", "1"), destinations("3", "1"), server, walk, reset}},
		{"490/s: it is below the knee of the wide range", asked(func(q *Question) { q.Target = 490 }),
			[]string{reuse, widen, keep("3"), sources("3", "1"), destinations("3", "1"), server, walk, reset}},
		{"50000/s: no setting suffices alone, two together do", asked(func(q *Question) { q.Target = 50_000 }),
			[]string{reuse + " + " + delay("280"), keep("232"), sources("231", "1"), destinations("231", "1"),
				server, walk, reset}},
		{"the range is the widest", asked(func(q *Question) { q.Target, q.Settings.Ports = 2000, widest }),
			[]string{reuse, keep("5"), sources("5", "1"), destinations("5", "1"), server, walk, reset}},
		{"no timestamps", asked(func(q *Question) { q.Target, q.Settings.Timestamps = 2000, false }),
			[]string{stamps, keep("10"), sources("10", "1"), destinations("10", "1"), server, reset}},
		{"a socket option limits the ports",
			asked(func(q *Question) { q.Target, q.Settings.Ports, q.Settings.Limited = 20, 1000, true }),
			[]string{reuse, limited, keep("2"), sources("2", "1"), destinations("2", "1"), server, walk, reset}},
		{"bind takes the port for every destination", asked(func(q *Question) {
			q.Target, q.Settings.Sources, q.Settings.Destinations, q.Settings.BindReserves = 860, 2, 2, true
		}), []string{noPort, widen, keep("2"), server, walk, reset}},
		{"a library that keeps too few idle connections, and binds no port itself", asked(func(q *Question) {
			q.Target, q.Settings.NoBind, q.Settings.Held, q.Settings.IdlePool = 1000, true, true, 2
		}), []string{pool, reuse, keep("5"), sources("5", "1"), destinations("5", "1"), server, reset}},
		{"reuse is on", asked(func(q *Question) { q.Target, q.Settings.Reuse = 40_000, 1 }),
			[]string{delay("350"), keep("3"), sources("3", "1"), destinations("3", "1"), server, walk, reset}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, o := range Make(tt.q).Target.Options {
				var parts []string
				for _, c := range o.Changes {
					parts = append(parts, c.Do)
				}
				got = append(got, strings.Join(parts, " + "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ways to %v/s (-want +got):\n%s", tt.q.Target, diff)
			}
		})
	}
}

func TestATargetThatIsHeldNeedsNothing(t *testing.T) {
	for _, target := range []float64{1, 432} {
		p := Make(asked(func(q *Question) { q.Target, q.Client.Search = target, measured() }))
		if !p.Target.Reached || len(p.Target.Options) != 0 {
			t.Errorf("Make(target %v).Target = %+v, want reached", target, p.Target)
		}
	}
}

// measured is the search for a port on a machine where it takes little.
func measured() capacity.Search {
	return capacity.Search{Ports: 28232, Connect: 817 * time.Microsecond, Measured: true}
}

// Past the knee a target is held where the search was measured, and not where it is only
// documented that a busy machine takes two cores for it.
func TestATargetPastTheKneeIsHeldIfTheSearchIsKnown(t *testing.T) {
	known := asked(func(q *Question) { q.Target, q.Client.Search = 400, measured() })
	if got := Make(known).Target; !got.Reached {
		t.Errorf("400/s where a search takes 817 us: %+v, want it held", got)
	}
	p := Make(asked(func(q *Question) { q.Target = 400 }))
	if got := p.Target; got.Reached || !got.PortsLast || got.Cores != 2 || len(got.Options) == 0 {
		t.Errorf("400/s where nothing was measured: %+v, want ports that last, up to two cores, and ways", got)
	}
	var b strings.Builder
	if err := WriteText(&b, p, "the kernel's defaults", 1000); err != nil {
		t.Fatal(err)
	}
	const want = "400/s: ports never run out, but past the knee (216/s) their search takes up to 2 cores on a busy " +
		"machine, 0.32 on an idle one, and a client of one thread has one"
	if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "hold it") ||
		strings.Contains(b.String(), "  - \n") {
		t.Errorf("the text is\n%s\nwant %q in it, not that it is held, and no way without a change", b.String(), want)
	}
}

// The kernel's timers may be late by more than a target leaves to spare.
func TestATargetThatTheLawAloneHoldsIsNotHeld(t *testing.T) {
	at := func(target float64, reuse, hz int) *Target {
		return Make(asked(func(q *Question) {
			q.Target, q.Settings.Reuse, q.Settings.HZ = target, reuse, hz
			q.Settings.InFlight, q.Client.Search = 0, measured()
		})).Target
	}
	for _, tt := range []struct {
		target             float64
		reuse, hz          int
		reached, uncertain bool
	}{
		{434, 2, 0, false, true}, {433, 2, 0, true, false}, {434, 2, 250, true, false}, {455.1, 2, 250, false, true},
		{471, 2, 250, false, false}, {14_000, 1, 0, true, false},
	} {
		got := at(tt.target, tt.reuse, tt.hz)
		if got.Reached != tt.reached || got.Uncertain != tt.uncertain || got.Reached == (len(got.Options) > 0) {
			t.Errorf("target %v/s, tcp_tw_reuse=%d, HZ=%d: %+v", tt.target, tt.reuse, tt.hz, got)
		}
	}
}

// Past half of the ports the search is the limit: 28232/s by the law were
// 15399/s.
func TestNoOfferIsPastTheKneeUnlessTheSearchAffordsIt(t *testing.T) {
	target := Make(asked(func(q *Question) { q.Target = 20_000 })).Target
	for _, o := range target.Options {
		if o.kinds[0] == "reuse" && len(o.kinds) == 1 {
			t.Errorf("tcp_tw_reuse=1 is offered for 20000/s: %+v", o)
		}
	}
	dear := false
	for _, o := range target.TooDear {
		dear = dear || o.kinds[0] == "reuse" && o.GivesCPS < 14_116
	}
	if !dear {
		t.Errorf("tcp_tw_reuse=1 is not among what is too dear: %+v", target.TooDear)
	}
}

// No rate is offered that no client has.
func TestOffersAreCredible(t *testing.T) {
	all := Make(asked(func(q *Question) { q.Target = 10_000_000 })).Target
	if all.Reached || len(all.Options) != 0 {
		t.Errorf("ways to 10 million/s: %+v", all.Options)
	}
	slow := asked(func(q *Question) {
		q.Settings.Reset = true
		q.Client.CPU, q.Client.Threads = 46*time.Microsecond, 1 // 21.7k/s
	})
	for target, want := range map[float64]bool{100_000: false, 21_800: false, 21_700: true} {
		q := slow
		q.Target = target
		if got := Make(q).Target; got.Reached != want {
			t.Errorf("a client that opens 21739/s: %v/s reached: %t", target, got.Reached)
		}
	}
}

// A range of two ports, both reserved.
func TestNoPortSustainsNothing(t *testing.T) {
	q := asked(func(q *Question) { q.Settings.Ports, q.Rate, q.Target = 0, 0.5, 0.5 })
	for _, change := range []func(*Question){
		func(*Question) {}, func(q *Question) { q.Settings.Reset = true }, func(q *Question) { q.Settings.Walk = true },
	} {
		change(&q)
		p := Make(q)
		if p.Rate.Lasts || p.Target.Reached || !p.Prediction.NoPort() {
			t.Errorf("Make(no port) = %+v", p)
		}
		for _, o := range p.Target.Options {
			if o.Settings.Ports == 0 {
				t.Errorf("%+v is offered, and has no port", o)
			}
		}
	}
}

func TestOptionsReachTheTargetAndSayWhatTheyCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := defaults()
		s := &q.Settings
		s.Ports, s.OddRange = rapid.IntRange(0, widest).Draw(t, "ports"), rapid.Bool().Draw(t, "odd range")
		s.Sources = rapid.IntRange(1, 9).Draw(t, "sources")
		s.Destinations = rapid.IntRange(1, 9).Draw(t, "destinations")
		s.Reuse = rapid.IntRange(0, 2).Draw(t, "reuse")
		s.ReuseDelay = time.Duration(rapid.IntRange(1, 60_000).Draw(t, "delay")) * time.Millisecond
		s.Timestamps, s.BindReserves = rapid.Bool().Draw(t, "timestamps"), rapid.Bool().Draw(t, "bind reserves")
		s.MaxTimeWaits = rapid.SampledFrom([]int{0, 4096, 1 << 20}).Draw(t, "buckets")
		s.InFlight = rapid.IntRange(1, 100).Draw(t, "in flight")
		q.Target = rapid.Float64Range(0.1, 1e6).Draw(t, "target")
		options := Make(q).Target.Options
		for i, o := range options {
			if o.GivesCPS != 0 && o.GivesCPS < q.Target*(1-1e-9) || o.GivesCPS > o.SafeCPS*(1+1e-9) && o.SafeCPS != 0 {
				t.Fatalf("option %d of %+v gives %v/s of %v", i, q, o.GivesCPS, o.SafeCPS)
			}
			if i > 0 && options[i-1].cost > o.cost {
				t.Fatalf("option %d of %+v is cheaper than the one before", i, q)
			}
			for _, c := range o.Changes {
				if c.Do == "" || c.Price == "" || c.Risk == "" {
					t.Fatalf("option %d of %+v says too little: %+v", i, q, c)
				}
			}
			for j, other := range options {
				if i != j && o.contains(other) {
					t.Fatalf("option %d of %+v has option %d in it", i, q, j)
				}
			}
		}
	})
}

func TestTextIsAsItWas(t *testing.T) {
	tests := []struct {
		name, file string
		q          Question
		width      int
	}{
		{"a target from the defaults", "target.txt", asked(func(q *Question) { q.Rate, q.Target = 1000, 1000 }), 100},
		{"two changes at a time, on a narrow terminal",
			"narrow.txt", asked(func(q *Question) { q.Target = 50_000 }), 60},
		{"a target that is held", "held.txt", asked(func(q *Question) {
			q.Target, q.Rate = 400, 400
			q.Client.Search = measured()
		}), 100},
		{"ports are no limit", "unlimited.txt", asked(func(q *Question) { q.Settings.Reset, q.Rate = true, 1e5 }), 100},
		{"more in flight than ports", "flight.txt", asked(func(q *Question) {
			q.Settings.Reset, q.Settings.InFlight, q.Rate, q.Target = true, 100_000, 10, 10
		}), 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteText(&b, Make(tt.q), "the kernel's defaults", tt.width); err != nil {
				t.Fatal(err)
			}
			goldentest.Equal(t, "testdata/"+tt.file, []byte(b.String()))
		})
	}
}

// What is not known or does not apply is absent, never 0.
func TestJSONHasNoZeroForWhatDoesNotApply(t *testing.T) {
	b, err := json.Marshal(Make(asked(func(q *Question) { q.Settings.Reset = true })))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":"tcpbench.plan/v1","prediction":{"ports":28232,"sources":1,"destinations":1,` +
		`"reason":"RST close leaves no TIME_WAIT"}}`
	if string(b) != want {
		t.Errorf("JSON = %s, want %s", b, want)
	}
}
