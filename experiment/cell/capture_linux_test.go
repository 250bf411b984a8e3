package cell

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/wire"
	"tcpbench/lab/capture"
	"tcpbench/lab/labtest"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestARunWaitsForWhatIsUnderWay(t *testing.T) {
	tests := []struct {
		name, link string
		capture    int
		want       time.Duration
	}{
		{"nothing is", "veth", 0, 0},
		{"the last packets of a capture", "veth", 1, 50 * time.Millisecond},
		{"frames that are late", "delay 20ms; hold fin for 1s", 0, 1090 * time.Millisecond},
		{"what is sent again", "drop fin", 1, 550 * time.Millisecond},
		{"losses that nobody looks at", "drop fin", 0, 0},
		{"no longer than that", "hold fin for 1m", 0, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := scenario.DefaultWorkload()
			if err := w.Set("link", tt.link); err != nil {
				t.Fatal(err)
			}
			w.Capture = tt.capture
			if got := settling(w); got != tt.want {
				t.Errorf("settling(%s, capture %d) = %v, want %v", tt.link, tt.capture, got, tt.want)
			}
		})
	}
}

func TestLinksAndCapturesAreOfALab(t *testing.T) {
	for option, value := range map[string]string{"link": "pass", "capture": "5"} {
		s := Spec{Workload: scenario.DefaultWorkload(), Targets: []string{"tcp://127.0.0.1:7000"}}
		if err := s.Workload.Set(option, value); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), option+": ") ||
			!strings.Contains(err.Error(), "leave out the target") {
			t.Errorf("Validate(%s=%s, with a target) = %v, want it refused", option, value, err)
		}
	}
}

// The kernel keeps the first frames, whoever has the processor meanwhile.
func TestACaptureHasTheFirstFrames(t *testing.T) {
	if !labtest.Bare(t) {
		return
	}
	s := Spec{Workload: scenario.DefaultWorkload()}
	s.Workload.Link.Loopback = true
	p := opened(t, s)
	const slots = 128 // a block of the ring
	begun := time.Now()
	c, err := capture.Start("lo", slots)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		connected(t, p).Close()
	}
	frames, err := c.Stop()
	if err != nil || len(frames) != slots {
		t.Fatalf("Stop() = %d frames, %v, want %d", len(frames), err, slots)
	}
	sent := map[netip.AddrPort]time.Time{}
	for i, f := range frames {
		if f.Length < len(f.Bytes) || f.At.Before(begun.Add(-time.Second)) || f.At.After(time.Now().Add(time.Second)) {
			t.Errorf("frame %d: %d of %d bytes at %v, want it whole, and now", i, len(f.Bytes), f.Length, f.At)
		}
		// A socket sends one frame after the other. Two sockets may at once, and then the one
		// whose slot comes first can have the later time (tpacket_rcv).
		if s, _ := wire.ParseSegment(f.Bytes); f.Sent && s.Src != p.Destinations[0] {
			if f.At.Before(sent[s.Src]) {
				t.Errorf("frame %d: sent at %v, before one that its socket sent first, at %v", i, f.At, sent[s.Src])
			}
			sent[s.Src] = f.At
		}
	}
	if !frames[0].Sent || frames[1].Sent {
		t.Errorf("the first two frames were sent: %v, %v; want true, false: loopback hears itself", frames[0].Sent,
			frames[1].Sent)
	}
	packets := packets{servers: []netip.AddrPort{p.Destinations[0]}}
	if got := packets.from(frames[0]); got.String() != "client" {
		t.Errorf("the first frame is from %v, want the client", got)
	}
	if _, err := capture.Start("nothing0", 1); err == nil {
		t.Error("Start(nothing0) = nil, want an error")
	}
}

// With a proxy the link with rules is the client's, and the proxy its server.
func TestALinkWithRulesLeadsToTheProxy(t *testing.T) {
	t.Parallel()
	if !linkWithRules(t) {
		return
	}
	s := Spec{Workload: scenario.DefaultWorkload(),
		Programs: scenario.Programs{Server: scenario.Server{Protocol: "http"},
			Proxy: nginx("", "")}}
	s.Workload.Concurrency, s.Workload.Count, s.Workload.Capture = 1, 3, 100
	if err := s.Workload.Set("link", "drop syn-ack from server nth 1"); err != nil {
		t.Fatal(err)
	}
	r, err := Measure(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Totals.Succeeded != 3 || len(r.Link) != 1 || r.Link[0].Matched != 1 ||
		len(results.ByConnection(r.Packets)) != 3 || r.Latency.Connect.MaxUS < 900_000 {
		t.Errorf("%d of 3 succeeded, link = %v, connect took %.0f us at most, packets %s; "+
			"want one SYN-ACK lost, which "+
			"takes a second",
			r.Totals.Succeeded, r.Link, r.Latency.Connect.MaxUS, results.FlagsInOrder(r.Packets))
	}
	s.Workload.Link = scenario.Link{Loopback: true}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "link: with a proxy there are three hosts") {
		t.Errorf("Validate(loopback, with a proxy) = %v, want it refused", err)
	}
}
