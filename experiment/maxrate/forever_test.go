package maxrate

import (
	"testing"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

func TestExhausts(t *testing.T) {
	held := capacity.Settings{Ports: 28232, Sources: 1, Destinations: 1, Timestamps: true}
	few, reset, crowded := held, held, held
	few.Ports, reset.Reset = 1000, true
	crowded.Ports, crowded.Reset, crowded.InFlight = 10, true, 50
	tests := []struct {
		name      string
		set       capacity.Settings
		rate      float64
		keepalive *results.Keepalive
		exhausted bool
		want      string
	}{
		{"a rate that lasts", held, 433, nil, false, ""},
		{"a rate that may last", held, 440, nil, false,
			"It holds for 10 s, but ports may run out after 64.2 s at this rate (28232 ports / 60 s = 470/s; 433/s " +
				"hold for ever): uncertain: the kernel may end a TIME_WAIT up to 5.12 s late"},
		{"a rate that does not", held, 2000, nil, false,
			"It holds for 10 s, but ports run out after 14.1 s at this rate (28232 ports / 60 s = " +
				"470/s; 433/s hold for ever)"},
		{"a small sum", few, 99, nil, false,
			"It holds for 10 s, but ports run out after 10.1 s at this rate (1000 ports / 60 s = " +
				"16.6/s; 15.3/s hold for ever)"},
		{"ports that ran out in the trial, within its limits", few, 101, nil, true,
			"It holds for 10 s although ports ran out in that time (1000 ports / 60 s = " +
				"16.6/s; 15.3/s hold for ever)"},
		{"nothing is held", reset, 1e6, nil, false, ""},
		{"more in flight than ports is no matter of the rate", crowded, 1e6, nil, false, ""},
		{"requests on connections that stay", held, 1e6, &results.Keepalive{}, false, ""},
		{"requests on connections that are replaced", held, 1e6, &results.Keepalive{Reconnects: 20_000}, false,
			"It holds for 10 s, but ports run out after 14.1 s at this rate (28232 ports / 60 s = " +
				"470/s; 433/s hold for ever)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{DurationS: 10, Options: scenario.DefaultWorkload(), Prediction: capacity.Predict(tt.set),
				Keepalive: tt.keepalive}
			r.Options.Rate = scenario.Rate{From: tt.rate, To: tt.rate}
			r.Exhaustion = &exhaustion.Finding{Exhausted: tt.exhausted}
			if got := exhausts(r); got != tt.want {
				t.Errorf("exhausts() = %q, want %q", got, tt.want)
			}
		})
	}
}

// The client keeps its connections; the proxy opens one for each of 500 requests/s.
func TestExhaustsTheProxysPorts(t *testing.T) {
	few := capacity.Predict(capacity.Settings{Ports: 1000, Sources: 1, Destinations: 1, Timestamps: true})
	many := capacity.Predict(capacity.Settings{Ports: 28232, Sources: 1, Destinations: 1, Timestamps: true})
	r := &results.Run{DurationS: 1, Options: scenario.DefaultWorkload(), Prediction: many,
		Keepalive: &results.Keepalive{}, Exhaustion: &exhaustion.Finding{Outcome: exhaustion.Undecided},
		Kernel: results.Kernel{Proxy: map[string]int64{"TcpActiveOpens": 550}}}
	r.Options.Rate = scenario.Rate{From: 500, To: 500}
	r.Hosts = &results.Hosts{Proxy: &results.Host{Prediction: &few,
		Samples: []results.HostSample{{PortsInUse: new(550)}}}}
	const want = "It holds for 10 s, but the proxy's ports run out after 2 s at this rate (1000 ports / 60 s = " +
		"16.6/s; 15.3/s hold for ever)"
	if got := exhausts(r); got != want {
		t.Errorf("exhausts() = %q, want %q", got, want)
	}
	if got := lasts(r); got < 15 || got > 16 {
		t.Errorf("lasts() = %v, want what the proxy's ports hold for ever", got)
	}
	r.Hosts.Proxy.Samples[0].PortsInUse = new(8)
	if got := exhausts(r); got != "" {
		t.Errorf("exhausts() = %q of a proxy that keeps no port, want nothing", got)
	}
}

// 200 connections in flight may have all of 150 ports: then no rate is sure, which is
// not that none holds.
// A rate makes no more connections in flight than begin until the first one has timed out,
// however many -c allows.
func TestMoreInFlightThanARateMakesAreNotCounted(t *testing.T) {
	tests := []struct {
		name     string
		inFlight int
		timeout  time.Duration
		want     string
	}{
		{"few are allowed", 20, 5 * time.Second, "11.9/s holds for good"},           // 780 / 65.1 s
		{"more than the rate makes", 600, 5 * time.Second, "9.97/s holds for good"}, // 799 / 80.1 s
		{"which time out sooner", 600, time.Second, "11.7/s holds for good"},        // 799 / 68.1 s
		{"and later than it matters", 600, time.Hour, "3.07/s holds for good"},      // 200 / 65.1 s
	}
	for _, tt := range tests {
		r := &results.Run{DurationS: 2, Options: scenario.DefaultWorkload(), Exhaustion: &exhaustion.Finding{},
			Prediction: capacity.Predict(capacity.Settings{Ports: 800, Sources: 1, Destinations: 1,
				InFlight: tt.inFlight})}
		r.Options.Concurrency, r.Options.Rate = tt.inFlight, scenario.Rate{From: 300, To: 300}
		r.Options.Timeout = tt.timeout
		if got := lastsText(r); got != tt.want {
			t.Errorf("%s: lastsText() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNoRateIsSureWithMoreInFlightThanPorts(t *testing.T) {
	r := &results.Run{DurationS: 2, Options: scenario.DefaultWorkload(), Exhaustion: &exhaustion.Finding{},
		Prediction: capacity.Predict(capacity.Settings{Ports: 150, Sources: 1, Destinations: 1, InFlight: 200})}
	r.Options.Concurrency, r.Options.Rate = 200, scenario.Rate{From: 73, To: 73}
	r.Options.Mode, r.Keepalive = scenario.ModeKeepalive, &results.Keepalive{Reconnects: 146}
	if got, want := lastsText(r), "no rate is sure to hold for good: 200 connections in flight (-c) may have all "+
		"ports"; got != want {
		t.Errorf("lastsText() = %q, want %q", got, want)
	}
	r.Options.Mode, r.Keepalive = scenario.ModeShort, nil
	if got, want := lastsText(r), "1.85/s holds for good"; got != want { // 149 / (65.1 + 3*5)
		t.Errorf("lastsText() = %q of connections that last 15 s at most, want %q", got, want)
	}
	if got, want := law(r.Prediction), "150 ports / 60 s = 2.5/s; none is sure to hold for ever"; got != want {
		t.Errorf("law() = %q, want %q", got, want)
	}
}
