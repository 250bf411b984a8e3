package plotstest

import (
	"fmt"
	"time"

	"tcpbench/law/capacity"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// simulate runs one cell and makes its result.
func simulate(c cell) *results.Run {
	l := newLoad(c)
	l.run()
	seconds := l.now.Seconds()
	r := &results.Run{
		Schema:      results.Schema,
		Tool:        results.Tool{Version: "v0.1.0", Revision: "0123abc"},
		StartedAt:   time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC),
		DurationS:   seconds,
		Cell:        c.matrix(),
		Repeat:      1,
		Options:     c.options(),
		Targets:     []string{"tcp://10.0.0.2:8080"},
		Environment: c.environment(),
		Totals:      results.Totals{Counts: l.rec.Counts, Errors: l.rec.Outcomes.Errors()},
		Rates: results.Rates{
			ConnectionsPerSecond: float64(l.rec.Succeeded) / seconds,
			RequestsPerSecond:    float64(l.rec.Requests) / seconds,
		},
		Prediction:  capacity.Predict(c.settings()),
		Latency:     results.Summarize(l.rec.Latencies),
		Kernel:      c.kernel(l),
		Intervals:   l.intervals,
		ConnectCost: l.rec.Series.Points(),
		CPU:         &results.CPU{UserS: 0.2 * seconds, SystemS: 0.7 * seconds},
		Delivery:    &results.Delivery{SentBytes: l.rec.BytesSent, ArrivedBytes: l.rec.BytesSent},
		Warnings:    []results.Warning{},
	}
	if c.reset {
		r.Warnings = append(r.Warnings, results.Warning{Code: "rst-close",
			Text: "linger 0 closes with RST: data that was not yet delivered is lost."})
	}
	finding := c.finding(r, seconds)
	r.Exhaustion = &finding
	r.Verdict = c.verdict(r, finding)
	return r
}

func (c cell) settings() capacity.Settings {
	return capacity.Settings{
		Ports: c.ports(), Sources: 1, Destinations: 1,
		Reset: c.reset, Reuse: c.reuse, ReuseDelay: time.Second, Timestamps: true,
		MaxTimeWaits: 262144, InFlight: 50,
	}
}

func (c cell) options() scenario.Workload {
	w := scenario.DefaultWorkload()
	w.Until = scenario.UntilExhausted
	w.Linger = scenario.Linger{On: c.reset}
	w.Sysctl = scenario.Sysctls{
		"net.ipv4.tcp_tw_reuse":        fmt.Sprint(c.reuse),
		"net.ipv4.ip_local_port_range": c.portRange(),
	}
	return w
}

func (c cell) environment() results.Environment {
	return results.Environment{
		Kernel: "6.18.5", Arch: "amd64", CPUs: 2, CPUModel: "Example CPU 3.0 GHz",
		MemoryBytes: 8 << 30, ClockSource: "tsc", GoVersion: "go1.26.8",
		Sysctls: map[string]string{
			"net.ipv4.tcp_tw_reuse":        fmt.Sprint(c.reuse),
			"net.ipv4.ip_local_port_range": c.portRange(),
			"net.ipv4.tcp_timestamps":      "1",
			"net.ipv4.tcp_max_tw_buckets":  "262144",
		},
		ServerSysctls: map[string]string{"net.core.somaxconn": "4096"},
		Limits:        map[string]uint64{"nofile": 20000},
		Lab:           true, TargetKind: "embedded", Engine: "epoll",
	}
}

func (c cell) kernel(l *load) results.Kernel {
	n := l.rec.Obtained
	client := map[string]int64{"TcpActiveOpens": n}
	if c.reset {
		client["TcpOutRsts"] = n
	} else {
		client["TcpExtTW"] = n
	}
	return results.Kernel{Client: client, Server: map[string]int64{"TcpPassiveOpens": n}}
}

func (c cell) finding(r *results.Run, seconds float64) exhaustion.Finding {
	f := exhaustion.Finding{Outcome: exhaustion.Sustained,
		Knee: exhaustion.FindKnee(r.ConnectCost).WithOccupancy(r.Samples())}
	if c.exhausts() {
		n := r.Totals.Obtained
		f.Outcome, f.Exhausted = exhaustion.Exhausted, true
		f.Errno, f.Call = "EADDRNOTAVAIL", "connect"
		f.AfterConnections, f.AfterSeconds = &n, &seconds
	}
	return f
}

func (c cell) verdict(r *results.Run, f exhaustion.Finding) exhaustion.Verdict {
	return exhaustion.Judge(exhaustion.Facts{
		Finding:    f,
		Settings:   c.settings(),
		Prediction: r.Prediction,
		Attempted:  r.Totals.Attempted,
		Succeeded:  r.Totals.Succeeded,
		Seconds:    r.DurationS,
		PeakHeld:   c.inUse(int(r.Totals.Obtained)),
		PeakKnown:  true,
		Steady:     5,
		Errors:     r.Totals.Errors,
		Client:     r.Kernel.Client,
		Server:     r.Kernel.Server,
	})
}
