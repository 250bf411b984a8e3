package live

import (
	"testing"

	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

func TestALineSaysWhatARunIsFor(t *testing.T) {
	connect50, connect, request, response := 20.0, 94.0, 250.0, 1500.0
	waits, used, capacity := 1000, 1000, 28232
	merged := metrics.Interval{TS: 1, LengthS: 1, Succeeded: 5, ConnectionsPerSecond: 5, ConnectP50US: &connect50,
		ConnectP99US: &connect}.Join(metrics.Interval{TS: 2, LengthS: 1, Succeeded: 7, ConnectionsPerSecond: 7,
		ConnectP50US: &connect, ConnectP99US: &request})
	tests := []struct {
		name string
		mode scenario.Mode
		last metrics.Interval
		want string
	}{
		{"connections", scenario.ModeShort, metrics.Interval{TS: 12.0004, LengthS: 1, Succeeded: 1000,
			ConnectionsPerSecond: 1000, RequestsPerSecond: 1000, TimeWait: &waits, PortsInUse: &used,
			PortsCapacity: &capacity, ConnectP50US: &connect50, ConnectP99US: &connect, RequestP99US: &request},
			"12 s  1000 conn/s, TIME_WAIT 1000, ports 1000 of 28232 (4 %, uncertain, perhaps out in 27.2 s " +
				"or sooner), " +
				"connect p50 20 us, p99 94 us"},
		{"a server that keeps its end open", scenario.ModeShort, metrics.Interval{TS: 1, ConnectionsPerSecond: 10,
			TimeWait: &waits, FinWait2: &waits}, "1 s  10 conn/s, TIME_WAIT or FIN_WAIT_2 1000"},
		{"connections that are planned", scenario.ModeShort, metrics.Interval{TS: 0.25, ConnectionsPerSecond: 2000,
			ConnectP99US: &connect, ResponseP99US: &response}, "250 ms  2000 conn/s, response p99 1.5 ms"},
		{"requests", scenario.ModeKeepalive, metrics.Interval{TS: 1, RequestsPerSecond: 280000, InFlight: 50,
			ConnectP99US: &connect, RequestP99US: &request}, "1 s  280000 req/s, request p99 250 us"},
		{"connections through a proxy", scenario.ModeShort, metrics.Interval{TS: 1, ConnectionsPerSecond: 10,
			Live: &metrics.LivePorts{Between: &metrics.HostPorts{Host: "proxy", InUse: 500, Capacity: 1000}}},
			"1 s  10 conn/s, proxy's ports 500 of 1000 (50 %)"},
		{"connections held", scenario.ModeIdle, metrics.Interval{TS: 1, InFlight: 100000}, "1 s  100000 held"},
		{"failures", scenario.ModeIdle, metrics.Interval{TS: 1, InFlight: 97, Failed: 5,
			Errors: map[string]int64{"recv: EOF": 1, "connect: ETIMEDOUT": 4}},
			"1 s  97 held, failed: connect: ETIMEDOUT 4, recv: EOF 1"},
		{"failures of which no more is known", scenario.ModeShort, metrics.Interval{TS: 1, Failed: 3},
			"1 s  0 conn/s, 3 failed"},
		{"of several intervals, the highest percentiles", scenario.ModeShort, merged,
			"2 s  6 conn/s, connect p50 94 us, p99 250 us"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			track := NewTrack(scenario.Workload{Mode: tt.mode}, nil)
			track.Add(tt.last)
			if got := track.Plain(tt.last); got != tt.want {
				t.Errorf("Plain() = %q, want %q", got, tt.want)
			}
		})
	}
}

// Of a host of its own a run knows when its ports can be had again: a kernel says so, and
// where nothing is known, the kernel's defaults.
func TestALineSaysWhatBecomesOfPortsThatAreTakenOver(t *testing.T) {
	late := capacity.FromSysctls(map[string]string{"net.ipv4.tcp_tw_reuse_delay": "5000"})
	for _, tt := range []struct {
		name string
		law  *capacity.Settings
		live *metrics.LivePorts
		want string
	}{
		{"after a second", nil, nil, "3 s  300 conn/s, TIME_WAIT 390, ports 390 of 400 (98 %, 90 can be taken over, " +
			"settles at 75 %, past the knee)"},
		{"after five", &late, nil, "3 s  300 conn/s, TIME_WAIT 390, ports 390 of 400 (98 %, 90 can be taken over, " +
			"uncertain, perhaps out in 33.3 ms or sooner)"},
		{"after a second there, five here", &late, &metrics.LivePorts{HoldS: 1}, "3 s  300 conn/s, TIME_WAIT 390, " +
			"ports 390 of 400 (98 %, 90 can be taken over, settles at 75 %, past the knee)"},
		{"after five there", nil, &metrics.LivePorts{HoldS: 5}, "3 s  300 conn/s, TIME_WAIT 390, " +
			"ports 390 of 400 (98 %, 90 can be taken over, uncertain, perhaps out in 33.3 ms or sooner)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			track := NewTrack(scenario.Workload{Mode: scenario.ModeShort}, tt.law)
			var last metrics.Interval
			for i, inUse := range []int{300, 360, 390} {
				last = metrics.Interval{TS: float64(i + 1), LengthS: 1, Succeeded: 300, ConnectionsPerSecond: 300,
					TimeWait: &inUse, PortsInUse: &inUse, PortsReusable: new(inUse - 300), PortsCapacity: new(400),
					Live: tt.live}
				track.Add(last)
			}
			if got := track.Plain(last); got != tt.want {
				t.Errorf("Plain() = %q, want %q", got, tt.want)
			}
		})
	}
}

// Whoever binds the next port itself has that of a TIME_WAIT too, while timestamps are on.
func TestALineOfPortsThatAreWalkedOver(t *testing.T) {
	for _, tt := range []struct {
		name       string
		timestamps bool
		want       string
	}{
		{"with timestamps", true, "2 s  200 conn/s, TIME_WAIT 400, ports 400 of 400 (100 %, 400 can be taken over, " +
			"settles at 0 %)"},
		{"without", false, "2 s  200 conn/s, TIME_WAIT 400, ports 400 of 400 (100 %, none left)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			law := capacity.FromSysctls(nil)
			law.Walk, law.Timestamps = true, tt.timestamps
			track := NewTrack(scenario.Workload{Mode: scenario.ModeShort}, &law)
			var last metrics.Interval
			for i := range 2 {
				inUse := 200 * (i + 1)
				last = metrics.Interval{TS: float64(i + 1), LengthS: 1, Succeeded: 200, ConnectionsPerSecond: 200,
					TimeWait: &inUse, PortsInUse: &inUse, PortsCapacity: new(400)}
				track.Add(last)
				track.Forecast()
			}
			if got := track.Plain(last); got != tt.want {
				t.Errorf("Plain() = %q, want %q", got, tt.want)
			}
		})
	}
}

// What RST closes leaves nothing; those of others stay.
func TestALineOfConnectionsThatLeaveNothing(t *testing.T) {
	law := capacity.FromSysctls(nil)
	law.Reset = true
	track := NewTrack(scenario.Workload{Mode: scenario.ModeShort}, &law)
	var last metrics.Interval
	for i := range 3 {
		last = metrics.Interval{TS: float64(i + 1), LengthS: 1, Succeeded: 200, ConnectionsPerSecond: 200,
			TimeWait: new(300), PortsInUse: new(300), PortsCapacity: new(400)}
		track.Add(last)
		track.Forecast()
	}
	const want = "3 s  200 conn/s, TIME_WAIT 300, ports 300 of 400 (75 %, falls to 0 %)"
	if got := track.Plain(last); got != want {
		t.Errorf("Plain() = %q, want %q", got, want)
	}
}
