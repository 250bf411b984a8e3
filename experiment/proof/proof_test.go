package proof

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/law/plan"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// caseOf is that of the kernel's defaults after options and sysctls, and of
// way n, from 1, to a target; of the settings where the target is 0.
func caseOf(t testing.TB, target float64, n int, options ...string) Case {
	t.Helper()
	w := scenario.DefaultWorkload()
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		if err := w.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	c := Case{Workload: w, Sysctls: capacity.DefaultSysctls(), Target: target}
	law, err := cell.Law(cell.Spec{Workload: w}, c.Sysctls)
	if err != nil {
		t.Fatal(err)
	}
	c.Option = plan.Option{Settings: law, Now: law}
	if n > 0 {
		c.Option = ways(law, target)[n-1]
	}
	return c
}

func ways(law capacity.Settings, target float64) []plan.Option {
	q := plan.Question{Settings: law, Client: capacity.TypicalClient(), Target: target}
	return plan.Make(q).Target.Options
}

const (
	few   = "sysctl.net.ipv4.ip_local_port_range=40000 40999"
	reuse = "sysctl.net.ipv4.tcp_tw_reuse=1"
)

func TestTrials(t *testing.T) {
	tests := []struct {
		name string
		c    Case
		want []string
	}{
		{"1000 ports, reused after a second", caseOf(t, 0, 0, few, reuse),
			[]string{"930/s on 1000 for 3 s", "1050/s on 1000 for 3 s: 1000 at 952 ms"}},
		{"1000 ports for a minute", caseOf(t, 0, 0, few),
			[]string{"14.3/s on 1000 for 75 s", "17.5/s on 1000 for 75 s: 1000 at 57.1 s"}},
		{"the default range for a minute may take two cores: half of it", caseOf(t, 0, 0),
			[]string{"212/s on 14116 for 75 s", "247/s on 14116 for 75 s: 14116 at 57.1 s"}},
		{"the widest takes more: a part of it", caseOf(t, 0, 0, "sysctl.net.ipv4.ip_local_port_range=1024 65535"),
			[]string{"121/s on 8064 for 75 s", "141/s on 8064 for 75 s: 8064 at 57.1 s"}},
		{"beyond what a thread can do: the target, and a part of the ports", caseOf(t, 2000, 1),
			[]string{"2000/s on 28232 for 3 s", "1678/s on 1764 for 3 s", "1852/s on 1764 for 3 s: 1764 at 952 ms"}},
		{"requests on connections", caseOf(t, 50, 3, few, "concurrency=10"),
			[]string{"59.6/s on 1000 for 75 s", "70/s on 1000 for 75 s: 1000 at 57.1 s"}},
		{"no limit any more: longer than ports lasted", caseOf(t, 100, 6, few),
			[]string{"100/s on 1000 for 12.5 s"}},
		{"no rate is safe with so many in flight: that they run out is all there is to show",
			caseOf(t, 0, 0, "sysctl.net.ipv4.ip_local_port_range=40000 40199", "concurrency=300"),
			[]string{"3.5/s on 200 for 75 s: 200 at 57.1 s"}},
		{"no limit and no target", caseOf(t, 0, 0, "linger=0"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, tr := range Trials(tt.c) {
				s := fmt.Sprintf("%s/s on %d for %s", figure.Number(tr.Rate), tr.Ports, figure.Seconds(tr.LongestS))
				if p := tr.Predicted; p.Fails {
					s += fmt.Sprintf(": %d at %s", *p.AfterConnections, figure.Seconds(*p.AfterS))
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Trials (-want +got):\n%s", diff)
			}
		})
	}
}

// The lab has what the plan says, for every way to any target and every part
// of the ports that a trial takes.
func TestALabHasTheSettingsOfEveryWay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		options := []string{
			fmt.Sprintf("sysctl.net.ipv4.ip_local_port_range=%d %d", rapid.IntRange(20000, 39999).Draw(rt, "lo"),
				rapid.IntRange(40100, 65000).Draw(rt, "hi")),
			rapid.SampledFrom([]string{"linger=off", "linger=3s"}).Draw(rt, "linger"),
			rapid.SampledFrom([]string{"close=client", "close=shutdown"}).Draw(rt, "close"),
			rapid.SampledFrom([]string{"source=none", "source=1", "source=3"}).Draw(rt, "source"),
			fmt.Sprintf("destinations=%d", rapid.IntRange(1, 4).Draw(rt, "destinations")),
			fmt.Sprintf("bind-no-port=%t", rapid.Bool().Draw(rt, "bind-no-port")),
			rapid.SampledFrom([]string{"source-ports=none", "source-ports=39990-40099"}).Draw(rt, "source-ports"),
			fmt.Sprintf("sysctl.net.ipv4.tcp_tw_reuse=%d", rapid.IntRange(0, 2).Draw(rt, "reuse")),
			fmt.Sprintf("sysctl.net.ipv4.tcp_tw_reuse_delay=%d", rapid.IntRange(1, 60000).Draw(rt, "delay")),
			fmt.Sprintf("sysctl.net.ipv4.tcp_timestamps=%d", rapid.IntRange(0, 1).Draw(rt, "timestamps")),
		}
		target := rapid.Float64Range(1, 1e5).Draw(rt, "target")
		c := caseOf(t, target, 0, options...)
		for _, o := range append(ways(c.Option.Settings, target), c.Option) {
			c.Option = o
			for _, tr := range Trials(c) {
				if _, err := c.with(tr.Ports).Spec(); err != nil {
					rt.Fatalf("%v, way %+v on %d ports: %v", options, o.Changes, tr.Ports, err)
				}
			}
		}
	})
}

func TestALabThatWouldDifferIsRefused(t *testing.T) {
	c := caseOf(t, 900, 1, few)
	c.Workload.ServerSysctl = scenario.Sysctls{"net.ipv4.tcp_timestamps": "0"}
	_, err := c.Spec()
	if fault.Status(err) != fault.StatusHost ||
		!strings.Contains(fmt.Sprint(err), "a lab with these settings would hold 16.6/s, and the plan says 1000/s") {
		t.Errorf("Spec() = %v, want that the lab would differ", err)
	}
}

func TestAWayThatKeepsConnectionsIsNoLabs(t *testing.T) {
	c := caseOf(t, 900, 1, few)
	c.Option.Kept = true
	if _, err := c.Spec(); fault.Status(err) != fault.StatusHost || !strings.Contains(fmt.Sprint(err), "opened again") {
		t.Errorf("Spec() = %v, want that there is no rate to try", err)
	}
}

// kernel is a simulated one: it holds so many ports for so long.
type kernel struct {
	ports int
	hold  float64 // seconds; 0 is none

	started float64      // share of the starts that take place; 0 for all
	stalls  map[int]bool // trials, from 1, that stall
	failure string       // what else fails, once in every trial
	cancel  func()       // called in the first trial
	err     error        // why there is no trial
	seen    []scenario.Workload
}

func (k *kernel) measure(ctx context.Context, s cell.Spec, _ func(metrics.Interval)) (*results.Run, error) {
	k.seen = append(k.seen, s.Workload)
	if k.err != nil {
		return nil, k.err
	}
	if k.cancel != nil {
		k.cancel()
	}
	n, w := len(k.seen), s.Workload
	requests := float64(max(w.RequestsPerConn.Min, 1))
	planned := w.Rate.From * w.TimeLimit().Seconds()
	r := &results.Run{
		Interrupted: ctx.Err() != nil,
		Options:     w,
		Lateness:    &results.Lateness{Planned: int64(planned), Started: int64(planned), Valid: true, MaxUS: 100},
		Exhaustion:  &exhaustion.Finding{Outcome: exhaustion.Undecided},
		Prediction:  capacity.Prediction{HoldSeconds: k.hold},
	}
	r.Totals.Obtained = int64(planned / requests)
	if k.started > 0 {
		r.Lateness.Started = int64(k.started * planned)
	}
	if k.failure != "" {
		r.Totals.Errors = map[string]int64{k.failure: 1}
	}
	fails := k.hold > 0 && w.Rate.From/requests*k.hold > float64(k.ports)
	if k.stalls[n] {
		r.Lateness.MaxUS, fails = k.hold*1e6/20, true
	}
	if fails {
		after, at := int64(k.ports), float64(k.ports)*requests/w.Rate.From
		r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Exhausted, Exhausted: true, AfterConnections: &after,
			AfterSeconds: &at}
		r.Totals.Errors = map[string]int64{"connect: EADDRNOTAVAIL": 1}
		r.Totals.Obtained = after
	}
	return r, nil
}

func (k *kernel) prove(t *testing.T, c Case) (Report, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if k.cancel != nil {
		k.cancel = cancel
	}
	return Prove(ctx, c, Tools{Measure: k.measure, Begin: func(scenario.Workload) {},
		Interval: func(metrics.Interval) {},
		End: func(tr Trial) {
			if tr.Line() == "" || tr.Tries == 0 {
				t.Errorf("End(%+v) is told of no trial", tr)
			}
		}})
}

func TestProve(t *testing.T) {
	limited, free := caseOf(t, 0, 0, few, reuse), caseOf(t, 100, 6, few)
	tests := []struct {
		name   string
		kernel kernel
		c      Case
		want   Answer
		trials int
		status int
		says   string
	}{
		{"a kernel that keeps to the law", kernel{ports: 1000, hold: 1}, limited, AsPredicted, 2, 0, ""},
		{"one that holds ports for longer", kernel{ports: 1000, hold: 1.2}, limited, Contradicts, 1, 1,
			"verify: the measurement contradicts the prediction at 930/s: " +
				"ports ran out after 1000 connections, at 1.08 s"},
		{"one that holds them for less", kernel{ports: 1000, hold: 0.9}, limited, Contradicts, 2, 1,
			"contradicts the prediction at 1050/s: ports did not run out in 3 s"},
		{"one with a port less", kernel{ports: 999, hold: 1}, limited, Contradicts, 2, 1,
			"ports ran out after 999 connections, not 1000"},
		{"one that stalls once", kernel{ports: 1000, hold: 1, stalls: map[int]bool{1: true}}, limited,
			AsPredicted, 3, 0, ""},
		{"one that stalls always", kernel{ports: 1000, hold: 1, stalls: map[int]bool{1: true, 2: true, 3: true}},
			limited,
			NotOffered, 3, 4,
			"verify: 930/s could not be offered in 3 trials: a start or its answer was 50 ms late; use more --threads"},
		{"a client that is too slow", kernel{ports: 1000, hold: 1, started: 0.98}, limited, NotOffered, 3, 4,
			"2735 of 2791 planned starts took place"},
		{"a server that refuses", kernel{ports: 1000, hold: 1, failure: "connect: ECONNREFUSED"}, limited,
			NotOffered, 3, 4,
			"failed for other reasons: connect: ECONNREFUSED 1 times"},
		{"ports are no limit", kernel{}, free, AsPredicted, 1, 0, ""},
		{"ports are a limit all the same", kernel{ports: 1000, hold: 60}, free, Contradicts, 1, 1,
			"ports ran out after 1000 connections, at 10 s"},
		{"no rate to try", kernel{}, caseOf(t, 0, 0, "linger=0"), AsPredicted, 0, 2,
			"no target says which rate to try"},
		{"no lab", kernel{err: fault.Host(errors.New("no namespaces"))}, limited, AsPredicted, 1, 4,
			"verify at 930/s: no namespaces"},
		{"an interrupt", kernel{ports: 1000, hold: 1, cancel: func() {}}, limited, AsPredicted, 1, 130,
			"verify: interrupted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rep, err := tt.kernel.prove(t, tt.c)
			if err == nil {
				err = rep.Err()
			}
			if rep.Verdict != tt.want || len(tt.kernel.seen) != tt.trials || fault.Status(err) != tt.status ||
				!strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("Prove() = %+v after %d trials, %v (status %d); want %q after %d, %q (status %d)", rep,
					len(tt.kernel.seen), err, fault.Status(err), tt.want, tt.trials, tt.says, tt.status)
			}
			for _, w := range tt.kernel.seen {
				if w.Until != scenario.UntilExhausted || w.Steady != 0 || w.Rate.IsZero() {
					t.Errorf("a trial with %+v can end before its time", w)
				}
			}
		})
	}
}

func TestAFailureAtAnotherTimeContradicts(t *testing.T) {
	after, at, early := int64(1000), 0.9, int64(999)
	p := Trial{Predicted: Outcome{Fails: true, AfterConnections: &after, AfterS: &at}, slack: tolerance, early: 1}
	tests := []struct {
		name string
		n    int64
		s    float64
		want string
	}{
		{"on time", 1000, 0.9, ""},
		{"5 % late", 1000, 0.9449, ""},
		{"6 % late", 1000, 0.954, "ports ran out at 954 ms, not 900 ms"},
		{"6 % early", 1000, 0.846, "ports ran out at 846 ms, not 900 ms"},
		{"one connection early, of an odd number of ports", early, 0.9, ""},
		{"two early", 998, 0.9, "ports ran out after 998 connections, not 1000"},
		{"one more than there are ports", 1001, 0.9, "ports ran out after 1001 connections, not 1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := p.against(Outcome{Fails: true, AfterConnections: &tt.n, AfterS: &tt.s}); got != tt.want {
				t.Errorf("against(%d at %v s) = %q, want %q", tt.n, tt.s, got, tt.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	k := kernel{ports: 1000, hold: 1}
	c := caseOf(t, 0, 0, few, reuse)
	rep, err := k.prove(t, c)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(Announce(Trials(c)) + "\n")
	if err := WriteTable(&b, rep); err != nil {
		t.Fatal(err)
	}
	want := `verifying takes about 4s, in fresh labs: 930/s on 1000 ports for 3 s, then 1050/s on 1000 ports for 952 ms
ports  offered  predicted                             measured                              answer
1000   930/s    no failure in 3 s                     no failure in 2791 connections        as predicted
1000   1050/s   fails after 1000 connections, 952 ms  fails after 1000 connections, 952 ms  as predicted

Tolerance: connections exact (an odd number of ports: one less for each source and destination), time within 5 %.
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestExpected(t *testing.T) {
	trials := Trials(caseOf(t, 0, 0, few, reuse))
	if got, want := Expected(trials), 3953*time.Millisecond; math.Abs(float64(got-want)) > float64(time.Millisecond) {
		t.Errorf("Expected() = %v, want %v", got, want)
	}
}
