package doctor

import (
	"bytes"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// plain is a host with Linux's defaults, and connections tracked.
func plain() Facts {
	f := Facts{
		Kernel: "Linux 6.18.0",
		Sysctls: map[string]string{
			"net.ipv4.ip_local_port_range": "32768 60999", "net.ipv4.ip_local_reserved_ports": "",
			"net.ipv4.tcp_tw_reuse": "2", "net.ipv4.tcp_timestamps": "1", "net.ipv4.tcp_max_tw_buckets": "131072",
			"net.ipv4.tcp_syn_retries": "6", "net.ipv4.tcp_syn_linear_timeouts": "4",
		},
		Range: capacity.Range{Lo: 32768, Hi: 60999},
		Law: capacity.Settings{Ports: 28232, Reuse: 2, ReuseDelay: time.Second, Timestamps: true,
			MaxTimeWaits: 131072},
		Files:     &Files{Soft: 1024, Hard: 524288},
		Conntrack: &Conntrack{Count: 2144, Max: 262144, TimeWait: 120 * time.Second},
	}
	f.View.Capacity = 28232
	return f
}

func facts(change func(*Facts)) Facts {
	f := plain()
	change(&f)
	return f
}

func TestTheLimitThatComesFirst(t *testing.T) {
	tests := []struct {
		name    string
		facts   Facts
		ask     Question
		want    string // "" when none is reached
		reached float64
	}{
		{"no rate: the ports hold least", plain(), Question{}, "local ports", 0},
		{"400/s are held by all", plain(), Question{Rate: 400}, "", 0},
		{"1000/s: the ports", plain(), Question{Rate: 1000}, "local ports", 28.232},
		{"open for 2 s at 1000/s: ulimit -n",
			plain(), Question{Rate: 1000, Open: 2 * time.Second}, "open files", 1.024},
		{"open for 1 s at 1000/s: 1000 files are enough",
			plain(), Question{Rate: 1000, Open: time.Second}, "local ports", 28.232},
		{"a table of connections that is nearly full",
			facts(func(f *Facts) { f.Conntrack.Count = 262000 }), Question{Rate: 100}, "tracked connections", 1.44},
		{"with tcp_tw_reuse=1 the table is what is left",
			facts(func(f *Facts) { f.Law.Reuse = 1 }), Question{Rate: 5000}, "tracked connections", 52},
		{"a table that nothing uses is no limit",
			facts(func(f *Facts) { f.Law.Reuse, f.Conntrack.Count, f.View.InUse = 1, 0, 1 }),
			Question{Rate: 5000}, "", 0},
		{"TIME_WAITs that are dropped harm nothing",
			facts(func(f *Facts) { f.Law.MaxTimeWaits, f.Conntrack = 1000, nil }), Question{Rate: 1000}, "", 0},
		{"unlimited files are no limit",
			facts(func(f *Facts) { f.Files.Soft = 0 }), Question{Rate: 400, Open: time.Second / 100}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := Examine(tt.facts, tt.ask).First()
			switch {
			case tt.want == "" && first != nil:
				t.Errorf("First() = %+v, want none", *first)
			case tt.want == "":
			case first == nil || first.Name != tt.want:
				t.Errorf("First() = %+v, want %s", first, tt.want)
			case tt.reached != 0 && math.Abs(*first.ReachedSeconds-tt.reached) > 0.001:
				t.Errorf("%s reached after %v s, want %v", first.Name, *first.ReachedSeconds, tt.reached)
			case tt.reached == 0 && first.ReachedSeconds != nil:
				t.Errorf("%s reached after %v s without a rate", first.Name, *first.ReachedSeconds)
			}
		})
	}
}

// lastLine is the verdict of a text.
func lastLine(t *testing.T, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, r, 10_000); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	return lines[len(lines)-1]
}

// The last line and the table above it are of one mind.
func TestTheVerdictAgreesWithTheTable(t *testing.T) {
	few := facts(func(f *Facts) { f.Law.MaxTimeWaits, f.Conntrack = 150, nil })
	used := facts(func(f *Facts) { f.Conntrack.Count = f.Conntrack.Max })
	none := facts(func(f *Facts) { f.Law.Ports = 0 })
	tests := []struct {
		name  string
		facts Facts
		ask   Question
		want  []string
		not   string
	}{
		{"TIME_WAITs that are dropped", few, Question{Rate: 600},
			[]string{"600 connections/s towards one destination that is not on loopback reach none of these limits " +
				"by which one fails, but that of TIME_WAITs, after 250 ms: the kernel ends TIME_WAITs early"}, ""},
		{"the same without a rate", few, Question{},
			[]string{"No rate of connections towards one destination that is not on loopback reaches one of these " +
				"limits by which one fails, but that of TIME_WAITs, above 2.3/s"}, ""},
		{"those that are dropped before another limit",
			facts(func(f *Facts) { f.Law.MaxTimeWaits = 500 }), Question{Rate: 3000},
			[]string{"the limit that comes first is tracked connections",
				"before that comes the limit of TIME_WAITs, after 167 ms"}, ""},
		{"a table that is full", used, Question{}, []string{"The limit that comes first is tracked connections, " +
			"and no rate is safe"}, "for ever"},
		{"no port", none, Question{}, []string{"The limit that comes first is local ports, and no rate is safe: " +
			"connect(2) fails with EADDRNOTAVAIL at once"}, "for ever"},
		{"no port at a rate", none, Question{Rate: 0.25}, []string{"comes first is local ports, after 0 s"}, ""},
		{"a rate between the two", plain(), Question{Rate: 450}, []string{"it is uncertain whether the limit of " +
			"local ports is reached, 62.7 s at the earliest: the kernel may end a connection's " +
			"TIME_WAIT up to 5.12 s late"},
			"none of"},
		{"the same where the kernel's ticks are known",
			facts(func(f *Facts) { f.Law.HZ = 250 }), Question{Rate: 450},
			[]string{"reach none of these limits. ", "(439/s are safe). Half of the ports may be held at this rate, " +
				"and each connect(2) " +
				"then searches for up to 5 ms on a busy machine, 800 us on an idle one (documented): that takes up " +
				"to 2.25 cores on a busy machine, 0.36 on an idle one."}, ""},
		{"a table of which nothing shows that it is used",
			facts(func(f *Facts) { f.Law.Reuse, f.Conntrack.Count = 1, 0 }), Question{Rate: 5000},
			[]string{"tracked connections, after 52.4 s: if a firewall rule has connections tracked here, which none " +
				"in use shows, packets of new connections are dropped"}, ""},
		{"a table that has room only if the kernel stops counting in time",
			facts(func(f *Facts) { f.Law.Reuse = 1 }), Question{Rate: 1700},
			[]string{"it is uncertain whether the limit of tracked connections is reached, 153 s at the earliest: " +
				"the kernel may stop counting one that is over up to 60 s late. Then packets"}, "TIME_WAIT"},
		{"a table that has room however late that is",
			facts(func(f *Facts) { f.Law.Reuse = 1 }), Question{Rate: 1420},
			[]string{"1420 connections/s towards one destination reach none of these limits."}, "tracked"},
		{"ports that last for more than there are clients", facts(func(f *Facts) {
			f.Law.Reuse, f.Law.ReuseDelay, f.Conntrack = 1, time.Millisecond, nil
		}), Question{}, []string{"No client is known to open more than 50000/s on a core."}, ""},
		{"a rate that lasts of even starts alone", plain(), Question{Rate: 425},
			[]string{"reach none of these limits. That is of starts that come evenly; those that come at random, " +
				"as of users, may reach the limit of local ports (418/s are safe)."}, ""},
		{"a rate that lasts of random ones too", plain(), Question{Rate: 418}, []string{"reach none of these"},
			"at random"},
		{"a rate below half of the ports", plain(), Question{Rate: 200}, []string{"reach none of these limits."},
			"searches"},
		{"connections that are open hold ports too: half of them at 200/s",
			facts(func(f *Facts) { f.Conntrack, f.Files = nil, nil }), Question{Rate: 200, Open: 10 * time.Second},
			[]string{"Half of the ports may be held at this rate"}, ""},
		{"no rate", plain(), Question{}, []string{"towards one destination that is not on loopback they hold 433 " +
			"connections/s for ever (418 if they begin at random, as those of users), and never more than 470.",
			"Above 216/s half of the ports may be held, and each " +
				"connect(2) then searches for up to 5 ms on a busy machine, 800 us on an idle one (documented), " +
				"which leaves 200/s to 1250/s on a core."}, ""},
		{"reuse is on everywhere", facts(func(f *Facts) { f.Law.Reuse, f.Conntrack = 1, nil }), Question{Rate: 20_000},
			[]string{"20000 connections/s towards one destination reach none of these limits. Half of the ports"},
			"loopback"},
		{"more than a client opens", facts(func(f *Facts) {
			f.Law.Reuse, f.Law.ReuseDelay = 1, time.Millisecond
			f.Conntrack = nil
		}), Question{Rate: 1e6}, []string{"No client is known to open more than 50000/s on a core."},
			""},
		{"an odd range", facts(func(f *Facts) { f.Law.Ports, f.Law.OddRange, f.Law.HZ = 621, true, 250 }),
			Question{Rate: 10}, []string{"it is uncertain"}, "none of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lastLine(t, Examine(tt.facts, tt.ask))
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("the last line is %q, want %q in it", got, want)
				}
			}
			if tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("the last line is %q, want no %q in it", got, tt.not)
			}
		})
	}
}

// Whatever a host is asked, "none of these limits" is said only where the table has none,
// and "for ever" only of what is safe.
func TestNoLimitIsSaidWhereThereIsNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := plain()
		f.Law.Ports = rapid.IntRange(0, 64512).Draw(t, "ports")
		f.Law.OddRange = rapid.Bool().Draw(t, "odd range")
		f.Law.HZ = rapid.SampledFrom([]int{0, 100, 250, 300, 1000}).Draw(t, "HZ")
		f.Law.Reuse = rapid.IntRange(0, 2).Draw(t, "reuse")
		f.Law.MaxTimeWaits = rapid.SampledFrom([]int{-1, 0, 100, 5000, 1 << 20}).Draw(t, "max time waits")
		f.Conntrack.Count = rapid.SampledFrom([]int{1, 262_144}).Draw(t, "tracked")
		q := Question{Rate: rapid.Float64Range(0, 2000).Draw(t, "rate"),
			Open: time.Duration(rapid.IntRange(0, 3000).Draw(t, "open")) * time.Millisecond}
		r := Examine(f, q)
		var b bytes.Buffer
		if err := WriteText(&b, r, 10_000); err != nil {
			t.Fatal(err)
		}
		reached := q.Rate > 0 && r.Limits[0].ReachedSeconds != nil
		if reached && strings.Contains(b.String(), "reach none of these limits.") {
			t.Fatalf("%+v, %+v:\n%s", f.Law, q, b.String())
		}
		for _, l := range r.Limits {
			if q.Rate > 0 && l.HoldSeconds > 0 && (q.Rate > l.SafeCPS) != (l.ReachedSeconds != nil) {
				t.Fatalf("%+v at %v/s", l, q.Rate)
			}
		}
	})
}

// What a remedy asks for is not what there is.
func TestARemedyIsAChange(t *testing.T) {
	low := facts(func(f *Facts) { f.Files.Soft = 321; f.Conntrack.TimeWait = 20 * time.Second })
	for _, q := range []Question{{}, {Rate: 100}, {Rate: 100, Open: 4 * time.Second}, {Rate: 700, Open: time.Second}} {
		for _, l := range Examine(low, q).Limits {
			for _, r := range l.Remedies {
				if strings.Contains(r.Change, "ulimit -n 321 ") {
					t.Errorf("%+v: %q", q, r.Change)
				}
				if slices.Contains(r.Sysctls, "net.netfilter.nf_conntrack_tcp_timeout_time_wait = 30") {
					t.Errorf("%+v: %q, where it is 20 s", q, r.Sysctls)
				}
			}
		}
	}
}

func TestEveryLimitThatIsReachedHasARemedy(t *testing.T) {
	f := facts(func(f *Facts) { f.Files.Hard = 4096 })
	r := Examine(f, Question{Rate: 100_000, Open: time.Second})
	if len(r.Limits) != 4 {
		t.Errorf("%d limits, want ports, TIME_WAITs, tracked connections, open files", len(r.Limits))
	}
	for _, l := range r.Limits {
		if l.ReachedSeconds == nil || len(l.Remedies) == 0 || l.Effect == "" {
			t.Errorf("%+v: want it reached, with an effect and remedies", l)
		}
	}
}

// A line that a remedy gives for a sysctl.conf is one that ParseConf reads,
// and not what the host has already.
func TestRemediesAreSysctlLines(t *testing.T) {
	f := plain()
	lines := 0
	for _, l := range Examine(f, Question{Rate: 100_000}).Limits {
		for _, remedy := range l.Remedies {
			for _, line := range remedy.Sysctls {
				lines++
				got, errs := ParseConf("x", line)
				if len(got) != 1 || errs != nil || got[0].Value == f.Sysctls[got[0].Name] || got[0].Value == "" {
					t.Errorf("%q is read as %+v, %v, want a change", line, got, errs)
				}
			}
		}
	}
	if lines < 5 {
		t.Errorf("%d lines, want those of reuse, range, TIME_WAITs, and two of conntrack", lines)
	}
}

func TestEverySettingSaysWhatItMeans(t *testing.T) {
	for _, value := range []string{"0", "1", "2", "60", "not a number", "32768 60999", ""} {
		f := plain()
		for _, name := range Names() {
			f.Sysctls[name] = value
		}
		got := settings(f)
		if len(got) != len(Names()) {
			t.Fatalf("%d settings, want %d", len(got), len(Names()))
		}
		for _, s := range got {
			if s.Means == "" || strings.Contains(s.Means, "%!") {
				t.Errorf("%s = %q means %q", s.Name, s.Value, s.Means)
			}
		}
	}
}

func TestSettingsMean(t *testing.T) {
	tests := []struct {
		name, sysctl, value, want string
		facts                     Facts
	}{
		{"the range",
			"net.ipv4.ip_local_port_range", "32768 60999",
			"28232 ports for each source and destination: 433 connections/s for ever, never more than 470", plain()},
		{"a range with a listener",
			"net.ipv4.ip_local_port_range", "32768 60999", "(1 more have a listener)",
			facts(func(f *Facts) { f.Listening = 1 })},
		{"reuse on loopback", "net.ipv4.tcp_tw_reuse", "2", "free after 60 s; on loopback after 1 s", plain()},
		{"reuse without timestamps",
			"net.ipv4.tcp_tw_reuse", "1", "without effect", facts(func(f *Facts) { f.Law.Timestamps = false })},
		{"few TIME_WAITs",
			"net.ipv4.tcp_max_tw_buckets", "6000",
			"drops them early (TCPTimeWaitOverflow) at more than 100/s", plain()},
		{"no TIME_WAITs", "net.ipv4.tcp_max_tw_buckets", "0", "none is kept", plain()},
		{"fewer than none", "net.ipv4.tcp_max_tw_buckets", "-7", "none is kept", plain()},
		{"the range and loopback", "net.ipv4.ip_local_port_range", "32768 60999", "; more on loopback", plain()},
		// Documentation/networking/ip-sysctl.rst has 131 s for these.
		{"SYN retries", "net.ipv4.tcp_syn_retries", "6", "after 131 s", plain()},
		{"SYN retries before Linux 6.5",
			"net.ipv4.tcp_syn_retries", "6", "after 127 s", facts(func(f *Facts) {
				delete(f.Sysctls,
					"net.ipv4.tcp_syn_linear_timeouts")
			})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.facts.Sysctls[tt.sysctl] = tt.value
			for _, s := range settings(tt.facts) {
				if s.Name == tt.sysctl && !strings.Contains(s.Means, tt.want) {
					t.Errorf("%s = %s means %q, want %q in it", s.Name, s.Value, s.Means, tt.want)
				}
			}
		})
	}
}

func TestTextSaysItAll(t *testing.T) {
	f := plain()
	u := headroom.Use{Pair: headroom.Pair{Source: netip.MustParseAddr("10.0.0.1"),
		Destination: netip.MustParseAddrPort("10.0.0.2:80")}, Open: 7}
	for i := range 1000 {
		u.AddTimeWait(capacity.TimeWait - time.Duration(i)*time.Millisecond)
	}
	f.View = headroom.NewWatch(1).Observe(headroom.Reading{Law: f.Law, Uses: []headroom.Use{u}})
	f.Queues = []Queue{{netip.MustParseAddrPort("0.0.0.0:80"), 100, 128},
		{netip.MustParseAddrPort("0.0.0.0:81"), 1, 128}}
	f.Counters = map[string]int64{"TcpExtListenOverflows": 3}
	f.Asked = []Asked{{File: "/etc/sysctl.d/90-x.conf", Line: 4, Name: "net.ipv4.tcp_tw_recycle", Value: "1"}}
	f.Unread = []error{errors.New("read what sets sysctls: permission denied")}
	var b bytes.Buffer
	if err := WriteText(&b, Examine(f, Question{Rate: 1000}), 100); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"net.ipv4.tcp_tw_reuse = 2",
		"Open files   1024 each process (ulimit -n), at most 524288",
		"Conntrack    2144 of 262144 tracked",
		"0.0.0.0:80 has 100 of 128 waiting",
		"TcpExtListenOverflows 3",
		"Not read     read what sets sysctls: permission denied",
		"/etc/sysctl.d/90-x.conf:4: net.ipv4.tcp_tw_recycle = 1: gone since Linux 4.12",
		"10.0.0.1  10.0.0.2:80    1007       1000  27225",
		"sysctl.conf: net.ipv4.tcp_tw_reuse = 1",
		"gives: 14101 connections/s; above the knee (14101/s) the search for a port leaves 200/s to 1250/s on a " +
			"core (documented): enough",
		"gives: 867 connections/s; above the knee (867/s) the search for a port leaves 200/s to 1250/s on a core " +
			"(documented): not enough alone",
		"At 1000 connections/s towards one destination that is not on loopback the limit that comes first is " +
			"local ports, after 28.2 s: connect(2) fails with EADDRNOTAVAIL. Half of the ports may be held at this " +
			"rate, and each connect(2) then searches for up to 5 ms on a busy machine, 800 us on an idle one " +
			"(documented): that takes up to 5 cores on a busy machine, 0.8 on an idle one.",
	} {
		if !strings.Contains(b.String(), want) && !strings.Contains(oneLine(b.String()), want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	if strings.Contains(b.String(), "0.0.0.0:81") {
		t.Error("the text tells of a queue that is nearly empty")
	}
	for l := range strings.Lines(b.String()) {
		if len(strings.TrimRight(l, "\n")) > 110 {
			t.Errorf("a line of %d columns: %s", len(l), l)
		}
	}
	if t.Failed() {
		t.Log(b.String())
	}
}

// What is in use is a number where all that a limit counts is one: ports are each pair's, files each process's.
func TestInUseIsSaidWhereItIsCounted(t *testing.T) {
	want := map[string]string{"local ports": "-", "open files": "-", "TIME_WAITs": "0", "tracked connections": "2144"}
	for _, l := range Examine(plain(), Question{}).Limits {
		if got := inUse(l); got != want[l.Name] {
			t.Errorf("inUse(%s) = %s, want %s", l.Name, got, want[l.Name])
		}
		delete(want, l.Name)
	}
	if len(want) > 0 {
		t.Errorf("no limits of %v", want)
	}
}

// oneLine undoes the wrapping of paragraphs.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// TIME_WAITs that the kernel keeps and open connections may take all ports together.
func TestTooFewBucketsDoNotSaveThePorts(t *testing.T) {
	f := Facts{Law: capacity.Settings{Ports: 120, MaxTimeWaits: 100, Timestamps: true, HZ: 250}}
	f.Law.Sources, f.Law.Destinations = 1, 1
	first := Examine(f, Question{Rate: 10, Open: 3 * time.Second}).First()
	if first == nil || first.Name != "local ports" || *first.ReachedSeconds != 12 {
		t.Errorf("10/s, each open for 3 s, beside 100 TIME_WAITs on 120 ports: first is %+v, want ports after 12 s",
			first)
	}
	first = Examine(f, Question{Rate: 3, Open: 3 * time.Second}).First()
	if first != nil && first.Name == "local ports" {
		t.Errorf("3/s, each open for 3 s, beside 100 TIME_WAITs on 120 ports: first is %+v, want none of ports", first)
	}
}
