package live

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/goldentest"
	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// law is of the default range, whose TIME_WAITs last.
func law() *capacity.Settings {
	return &capacity.Settings{Ports: 28232, Sources: 1, Destinations: 1, Timestamps: true, HZ: 250}
}

// filling is a run that takes 3000 ports a second, after so many seconds.
func filling(w scenario.Workload, law *capacity.Settings, seconds int) *Track {
	t := NewTrack(w, law)
	for i := range seconds {
		at := i + 1
		p50, p99 := 20+float64(i), 94+10*float64(i)
		iv := metrics.Interval{TS: float64(at), LengthS: 1, Attempted: 3000, Succeeded: 3000, InFlight: 50,
			ConnectionsPerSecond: 3000 - 100*float64(i), RequestsPerSecond: 3000 - 100*float64(i),
			TimeWait: new(3000 * at), PortsInUse: new(min(3000*at+50, 28232)), PortsCapacity: new(28232),
			ConnectP50US: &p50, ConnectP99US: &p99, RequestP50US: &p50, RequestP99US: &p99}
		if 3000*at+50 >= 28232 {
			iv.Failed, iv.Errors = 12, map[string]int64{"connect: EADDRNOTAVAIL": 12, "recv: ECONNRESET": 1}
		}
		t.Add(iv)
	}
	return t
}

// frames are moments of runs, by what they are.
func frames() map[string]Frame {
	w := scenario.DefaultWorkload()
	idle := w
	idle.Mode = scenario.ModeIdle
	reuse := law()
	reuse.Reuse, reuse.ReuseDelay = 1, time.Second
	reused := filling(w, reuse, 9)
	reused.last.PortsReusable = new(20000)
	behind := func(host string, inUse int) *Track {
		t := filling(w, law(), 3)
		t.last.Live = &metrics.LivePorts{Safe: 27000, Sure: 28232,
			Between: &metrics.HostPorts{Host: host, InUse: inUse, Capacity: 1000}}
		return t
	}
	target := filling(w, nil, 3)
	target.last.Live = &metrics.LivePorts{Safe: 27251, Sure: 28232}
	portless := NewTrack(w, nil)
	portless.Add(metrics.Interval{TS: 1, LengthS: 1, Succeeded: 5, ConnectionsPerSecond: 5})
	sweep := &Sweep{Done: 3, Total: 16, Elapsed: 20 * time.Second, Left: 60 * time.Second}
	keys := []string{"q ends and saves", "n next cell"}
	return map[string]Frame{
		"starting": {Title: "run", Total: 10 * time.Second, Left: 10 * time.Second, Track: NewTrack(w, law()),
			Keys: keys},
		"filling": {Title: "linger=off net.ipv4.tcp_tw_reuse=0", Elapsed: 5 * time.Second, Total: 30 * time.Second,
			Left: 4 * time.Second, Track: filling(w, law(), 5), Sweep: sweep, Keys: keys},
		"exhausted": {Title: "run", Elapsed: 10 * time.Second, Total: 10 * time.Second, Track: filling(w, law(), 10),
			Keys: keys},
		"reusing":  {Title: "tw_reuse=1", Elapsed: 9 * time.Second, Track: reused, Sweep: sweep},
		"idle":     {Title: "run", Elapsed: 2 * time.Second, Track: filling(idle, nil, 2)},
		"proxy":    {Title: "run", Elapsed: 3 * time.Second, Track: behind("proxy", 700)},
		"nat":      {Title: "run", Elapsed: 3 * time.Second, Track: behind(exhaustion.NATHost, 700)},
		"full":     {Title: "run", Elapsed: 3 * time.Second, Track: behind(exhaustion.NATHost, 1000)},
		"target":   {Title: "run", Elapsed: 3 * time.Second, Track: target},
		"portless": {Title: "run", Elapsed: time.Second, Track: portless},
	}
}

func TestFramesAtEachWidth(t *testing.T) {
	for name, f := range frames() {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, columns := range []int{20, 40, 80, 120, 200} {
				fmt.Fprintf(&b, "%d columns\n", columns)
				for _, l := range f.Lines(columns, 24, Blocks()) {
					fmt.Fprintf(&b, "%s\n", strings.TrimRight(l.String(), " "))
				}
			}
			goldentest.Equal(t, filepath.Join("testdata", name+".txt"), []byte(b.String()))
		})
	}
}

// No line reaches the last column, and no frame is as high as the terminal, however small
// it is and whatever it is to show.
func TestAFrameFitsItsTerminal(t *testing.T) {
	all := frames()
	wide := all["filling"]
	wide.Title = strings.Repeat("端口耗尽 ", 30)
	all["wide characters"] = wide
	hostile := all["filling"]
	hostile.Title = "a\x1b[2J\u202eb\nc\x9b31m::error::"
	all["hostile"] = hostile
	for name, f := range all {
		for columns := 1; columns <= 210; columns++ {
			for _, rows := range []int{1, 2, 5, 50} {
				for _, g := range []Glyphs{Blocks(), ASCII()} {
					lines := f.Lines(columns, rows, g)
					if len(lines) > max(rows-1, 1) {
						t.Fatalf("%s in %dx%d has %d lines", name, columns, rows, len(lines))
					}
					for _, l := range lines {
						if w := l.Width(); w > max(columns-1, 1) {
							t.Fatalf("%s in %dx%d has a line of %d columns: %s", name, columns, rows, w, l)
						}
						if s := l.Paint(false); strings.ContainsAny(s, "\x1b\n\r\u202e\u009b") {
							t.Fatalf("%s in %dx%d has what a terminal acts upon: %q", name, columns, rows, s)
						}
					}
				}
			}
		}
	}
}

// Colours are there where they are wanted, and nothing else is.
func TestColoursAreAllThatPaintAdds(t *testing.T) {
	for name, f := range frames() {
		for _, l := range f.Lines(100, 24, Blocks()) {
			plain, painted := l.Paint(false), l.Paint(true)
			for _, sgr := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"} {
				painted = strings.ReplaceAll(painted, sgr, "")
			}
			if painted != plain {
				t.Errorf("%s: painted without colours is %q, want %q", name, painted, plain)
			}
		}
	}
	if got, want := (Line{{"a", Bad}, {" ", Good}}).Paint(true), "\x1b[31ma\x1b[0m "; got != want {
		t.Errorf("Paint(true) = %q, want %q", got, want)
	}
}

func TestTheBarHasItsMarks(t *testing.T) {
	tests := []struct {
		name string
		p    ports
		want string
	}{
		{"nothing in use", ports{0, 0, 1000, 0, 0, false}, ".....|...."},
		{"some", ports{350, 350, 1000, 0, 0, false}, "###..|...."},
		{"past half", ports{620, 620, 1000, 0, 0, false}, "#####|...."},
		{"what can be taken over", ports{900, 300, 1000, 0, 0, false}, "###~~|~~~."},
		{"with what is safe", ports{0, 0, 1000, 1000, 800, false}, ".....|..|."},
		{"with all of it safe", ports{0, 0, 1000, 1000, 1000, false}, ".....|...|"},
		{"all", ports{1000, 1000, 1000, 1000, 1000, false}, "#####|###|"},
		{"a NAT's, of which no half is dear", ports{620, 620, 1000, 0, 0, true}, "######...."},
		{"more than there are", ports{1200, 1200, 1000, 1000, 1000, false}, "#####|###|"},
	}
	for _, tt := range tests {
		if got := tt.p.bar(10, ASCII()).String(); got != tt.want {
			t.Errorf("%s: bar(10) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := (ports{}).bar(10, ASCII()); got != nil {
		t.Errorf("bar of no ports = %q, want none", got)
	}
}

func TestTheBarsStyleIsHowFarPortsAre(t *testing.T) {
	for _, tt := range []struct {
		p    ports
		want Style
	}{
		{ports{499, 499, 1000, 0, 0, false}, Good},
		{ports{500, 500, 1000, 0, 0, false}, Doubtful},
		{ports{950, 950, 1000, 1000, 900, false}, Doubtful},
		{ports{999, 999, 1000, 0, 0, false}, Doubtful},
		{ports{999, 999, 1000, 999, 900, false}, Bad},
		{ports{1000, 1000, 1000, 0, 0, false}, Bad},
		{ports{1000, 100, 1000, 0, 0, false}, Good},
		{ports{620, 620, 1000, 0, 0, true}, Good},
		{ports{1000, 1000, 1000, 0, 0, true}, Bad},
	} {
		if got := tt.p.style(); got != tt.want {
			t.Errorf("style of %+v = %v, want %v", tt.p, got, tt.want)
		}
	}
}

func TestASparklineIsAsLongAsTheRun(t *testing.T) {
	tests := []struct {
		name    string
		values  []float64
		columns int
		want    string
	}{
		{"of nothing", nil, 10, ""},
		{"of one value", []float64{5}, 10, "#"},
		{"of zeros", []float64{0, 0}, 10, "__"},
		{"from the lowest to the highest", []float64{0, 1, 2, 3, 4, 5, 6, 7}, 10, "_.-=+*%#"},
		{"of more than fits, means", []float64{7, 7, 0, 0, 7, 0}, 3, "#_+"},
		{"in no room", []float64{1}, 0, ""},
	}
	for _, tt := range tests {
		var s spark
		for _, v := range tt.values {
			s.add(v)
		}
		if got := s.draw(tt.columns, ASCII()); got != tt.want {
			t.Errorf("%s: draw(%d) = %q, want %q", tt.name, tt.columns, got, tt.want)
		}
	}
}

// However long a run is, the sparkline is of all of it, and takes no more memory.
func TestASparklineDoesNotGrow(t *testing.T) {
	var s spark
	for i := range 1_000_000 {
		v := 0.0
		if i >= 500_000 {
			v = 1
		}
		s.add(v)
	}
	if len(s.values) >= sparkMost || cap(s.values) > 2*sparkMost {
		t.Errorf("after a million values there are %d, want fewer than %d", len(s.values), sparkMost)
	}
	got := s.draw(40, ASCII())
	ones := strings.Count(got, "#")
	if len(got) != 40 || ones < 18 || ones > 22 || strings.Contains(got, "#_") {
		t.Errorf("draw(40) = %q, want nothing in one half and all in the other", got)
	}
}

func TestGlyphsAreThoseOfTheLocale(t *testing.T) {
	for locale, blocks := range map[string]bool{"": true, "en_US.UTF-8": true, "C.utf8": true, "C": false,
		"de_DE.ISO-8859-1": false} {
		if got := GlyphsOf(locale).full == Blocks().full; got != blocks {
			t.Errorf("GlyphsOf(%q) has blocks: %v, want %v", locale, got, blocks)
		}
	}
}
