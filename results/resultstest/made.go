package resultstest

import (
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Summary is a distribution of n latencies, each step longer than the last.
func Summary(n int, step time.Duration) *metrics.Summary {
	h := metrics.NewHistogram()
	for i := range n {
		h.Record(time.Duration(i+1) * step)
	}
	return metrics.Summarize(h)
}

// Minimal is a run that was over before anything was measured.
func Minimal() *results.Run {
	return &results.Run{
		Schema:    results.Schema,
		StartedAt: time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC),
		Options:   scenario.DefaultWorkload(),
		Verdict:   exhaustion.Verdict{Headline: "Failed: no connection succeeded, and none failed, in 0 ms."},
	}
}

// Full is a run with everything that one can have, at the limit of its ports.
func Full() *results.Run {
	settings := capacity.Settings{
		Ports: 1000, Sources: 1, Destinations: 1,
		Reuse: 2, ReuseDelay: time.Second, Timestamps: true, MaxTimeWaits: 131072, InFlight: 50,
	}
	w := scenario.DefaultWorkload()
	w.Count, w.Until = 5000, scenario.UntilExhausted
	w.Sysctl = scenario.Sysctls{"net.ipv4.ip_local_port_range": "40000 40999"}
	w.ServerSysctl = scenario.Sysctls{"net.core.somaxconn": "1024"}
	r := &results.Run{
		Schema:      results.Schema,
		Tool:        results.Tool{Version: "v0.1.0", Revision: "0123abc"},
		StartedAt:   time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC),
		DurationS:   2.5,
		Cell:        map[string]string{"linger": "off", "sysctl.net.ipv4.ip_local_port_range": "40000 40999"},
		Repeat:      1,
		Options:     w,
		Targets:     []string{"tcp://10.0.0.2:7000"},
		Environment: environment(),
		Totals: results.Totals{
			Counts: metrics.Counts{Attempted: 1004, Obtained: 1000, Succeeded: 997, Failed: 7,
				Requests: 997, BytesSent: 63872, BytesReceived: 63808},
			Errors: map[string]int64{"connect: EADDRNOTAVAIL": 4, "recv: ECONNRESET": 3},
		},
		Rates:      results.Rates{ConnectionsPerSecond: 398.8, RequestsPerSecond: 398.8},
		Prediction: capacity.Predict(settings),
		Latency: results.Latency{
			Connect: Summary(1000, 100*time.Nanosecond), FirstByte: Summary(998, time.Microsecond),
			Request: Summary(997, 2*time.Microsecond), Close: Summary(997, 3*time.Millisecond),
		},
		Kernel: results.Kernel{
			Client: map[string]int64{"TcpActiveOpens": 1000, "TcpExtTW": 997},
			Server: map[string]int64{"TcpPassiveOpens": 1000, "TcpExtListenOverflows": 2},
		},
		Intervals: intervals(),
		ConnectCost: []metrics.Point{
			{AfterConnections: 500, AtSeconds: 0.02, CallUS: 8, ConnectUS: 20, ConnectionsPerSecond: 25000},
			{AfterConnections: 1000, AtSeconds: 2.4, CallUS: 40, ConnectUS: 52},
		},
		CPU:      &results.CPU{UserS: 0.02, SystemS: 0.08, PerConnectionUS: new(100.3), PerRequestUS: new(100.3)},
		Server:   &results.ServerCost{CPUUserS: 0.03, CPUSystemS: 0.09, SpunS: new(0.04), BusyShare: new(0.32)},
		Delivery: &results.Delivery{SentBytes: 63872, ArrivedBytes: 63808, LostBytes: 64, LostConnections: 1},
		Warnings: []results.Warning{{
			Code: "limit",
			Text: "TcpExtListenOverflows, 2 times: the server's accept queue was full: " +
				"raise its backlog and net.core.somaxconn",
		}},
	}
	r.Exhaustion = finding()
	r.Verdict = exhaustion.Judge(exhaustion.Facts{
		Finding: *r.Exhaustion, Settings: settings, Prediction: r.Prediction,
		Attempted: r.Totals.Attempted, Succeeded: r.Totals.Succeeded, Seconds: r.DurationS,
		PeakHeld: 1000, PeakKnown: true,
		Errors: r.Totals.Errors, Client: r.Kernel.Client, Server: r.Kernel.Server,
	})
	return r
}

// intervals are two: before the ports run out, and then.
func intervals() []results.Interval {
	return []results.Interval{
		{
			TS: 1, LengthS: 1, Attempted: 600, Obtained: 600, Succeeded: 550, ConnectionsPerSecond: 550,
			RequestsPerSecond: 550, InFlight: 50,
			TimeWait: new(550), PortsInUse: new(600), PortsReusable: new(0), PortsCapacity: new(1000),
			ConnectP50US: new(30.0), ConnectP99US: new(59.5), CPUUserS: new(0.01), CPUSystemS: new(0.04),
		},
		{TS: 2.5, LengthS: 1.5, Attempted: 404, Obtained: 400, Succeeded: 447, Failed: 7,
			ConnectionsPerSecond: 298, RequestsPerSecond: 298},
	}
}

// environment is a lab of 1000 ports.
func environment() results.Environment {
	return results.Environment{
		Kernel: "6.18.5", Arch: "amd64", CPUs: 2, CPUModel: "Example CPU 3.0 GHz", MemoryBytes: 8 << 30,
		ClockSource: "tsc", GoVersion: "go1.26.8",
		Sysctls: map[string]string{
			"net.ipv4.ip_local_port_range": "40000 40999", "net.ipv4.tcp_tw_reuse": "2",
			"net.ipv4.tcp_timestamps": "1",
		},
		ServerSysctls: map[string]string{"net.core.somaxconn": "1024"},
		Limits:        map[string]uint64{"nofile": 20000},
		Lab:           true, TargetKind: "embedded", Engine: "epoll", Sockets: "keep",
	}
}

// finding is that these ports ran out, past a knee.
func finding() *exhaustion.Finding {
	return &exhaustion.Finding{
		Outcome: exhaustion.Exhausted, Exhausted: true, Errno: "EADDRNOTAVAIL", Call: "connect",
		AfterConnections: new(int64(1000)), AfterSeconds: new(2.4), RecoveredAfterSeconds: new(60.1),
		Knee: exhaustion.Knee{
			Found: true, AfterConnections: new(int64(500)), AfterSeconds: new(0.02), Occupancy: new(0.5),
			ConnectBeforeUS: new(8.0), ConnectAfterUS: new(40.0), RateBefore: new(25000.0), RateAfter: new(210.0),
		},
	}
}

// Sustained is a run whose close leaves no TIME_WAIT.
func Sustained() *results.Run {
	settings := capacity.Settings{
		Ports: 28232, Sources: 1, Destinations: 1, Reset: true,
		Reuse: 2, ReuseDelay: time.Second, Timestamps: true, InFlight: 50,
	}
	r := Full()
	r.Cell = map[string]string{"linger": "0", "sysctl.net.ipv4.ip_local_port_range": "32768 60999"}
	r.Environment.Sysctls["net.ipv4.ip_local_port_range"] = "32768 60999"
	r.Options.Linger.On = true
	r.DurationS = 5
	r.Totals = results.Totals{Counts: metrics.Counts{
		Attempted: 100000, Obtained: 100000, Succeeded: 100000, Requests: 100000,
	}}
	r.Rates = results.Rates{ConnectionsPerSecond: 20000, RequestsPerSecond: 20000}
	r.Exhaustion = &exhaustion.Finding{Outcome: exhaustion.Sustained}
	r.Prediction = capacity.Predict(settings)
	r.Kernel = results.Kernel{Client: map[string]int64{"TcpOutRsts": 100000}}
	r.Warnings = nil
	r.Verdict = exhaustion.Judge(exhaustion.Facts{
		Finding: *r.Exhaustion, Settings: settings, Prediction: r.Prediction, Attempted: 100000, Succeeded: 100000,
		Seconds: 5, PeakHeld: 20, PeakKnown: true, Steady: 5,
	})
	return r
}

// Threaded is a run of four threads: of each kind of what one has for itself.
func Threaded() *results.Run {
	r := Sustained()
	r.Options.Threads = 4
	for i, p := range []*results.Part{{Sources: 2}, {Destinations: 1}, {Pairs: 3}, nil} {
		n := int64(1000 - 10*i)
		r.Threads = append(r.Threads, results.Thread{Owns: p, Succeeded: n, Failed: int64(i), Requests: 3*n - 10,
			ConnectionsPerSecond: new(float64(n) / 2.5), RequestsPerSecond: new(float64(3*n-10) / 2.5),
			UserS: 0.25, SystemS: 1.5})
	}
	r.Threads[0].Processor, r.Threads[1].Processor = new(3), new(0)
	r.Threads[3].ConnectionsPerSecond = nil // of a run without a time
	return r
}

// Captured is of a link that lost each connection's last ACK.
func Captured(t testing.TB) *results.Run {
	t.Helper()
	r := Minimal()
	link, err := scenario.ParseLink("delay 20ms; drop ack from client nth 3 each; replay stale")
	if err != nil {
		t.Fatal(err)
	}
	r.Targets, r.Environment, r.Options.Link = Full().Targets, Full().Environment, link
	r.Environment.Lab = true
	r.Link = []results.LinkRule{
		{Rule: "delay 20ms", Matched: 20},
		{Rule: "drop ack from client nth 3 each", Matched: 1},
		{Rule: "replay stale", Matched: 12, Sent: 3, Forgotten: 1},
	}
	r.Packets = Packets(1, 40000, ">S <S. >. >P. <. <P. >. >F. <F. >. <F. >.")
	for i := range 11 {
		r.Packets = append(r.Packets, Packets(2+i, uint16(40001+i), ">S <R.")...)
	}
	return r
}

// Packets are those that the words say: the mark of a side, and flags.
func Packets(connection int, port uint16, words string) []results.Packet {
	var out []results.Packet
	for word := range strings.FieldsSeq(words) {
		p := results.Packet{From: results.FromClient, Flags: word[1:], Port: port, Connection: connection}
		if word[0] == '<' {
			p.From = results.FromServer
		}
		out = append(out, p)
	}
	return out
}
