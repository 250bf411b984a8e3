package exporter

import (
	"github.com/prometheus/client_golang/prometheus"
)

// runMetric is one of a run. It is absent where there is nothing to tell, and never 0 then.
type runMetric struct {
	name, help string
	// labels are those beside cell and repeat.
	labels []string
	kind   prometheus.ValueType
	// values has each value with its labels; nil for a histogram.
	values    func(s *runState, tell func(value float64, labels ...string))
	histogram func(s *runState) buckets
}

func (m runMetric) desc() *prometheus.Desc {
	return prometheus.NewDesc(m.name, m.help, append([]string{"cell", "repeat"}, m.labels...), nil)
}

func (m runMetric) collect(s *runState, ch chan<- prometheus.Metric) {
	desc := m.desc()
	if m.histogram != nil {
		if b := m.histogram(s); b.count > 0 {
			ch <- b.metric(desc, s.started, s.cell, s.repeat)
		}
		return
	}
	m.values(s, func(value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, m.kind, value, append([]string{s.cell, s.repeat}, labels...)...)
	})
}

// counted is a sum over the run.
func counted(name, help string, of func(*runState) int64) runMetric {
	return runMetric{name: name, help: help, kind: prometheus.CounterValue,
		values: func(s *runState, tell func(float64, ...string)) { tell(float64(of(s))) }}
}

// gauged is what is so at the end of the last interval, if that was measured.
func gauged(name, help string, of func(*runState) *int) runMetric {
	return runMetric{name: name, help: help, kind: prometheus.GaugeValue,
		values: func(s *runState, tell func(float64, ...string)) {
			if n := of(s); n != nil {
				tell(float64(*n))
			}
		}}
}

func latency(name, help string, of func(*runState) buckets) runMetric {
	return runMetric{name: name, help: help, histogram: of}
}

// runMetrics are all that there are of a run.
func runMetrics() []runMetric {
	return append(runCounters(),
		gauged("tcpbench_run_connections_in_flight", "Connections that are open.",
			func(s *runState) *int { return &s.last.InFlight }),
		gauged("tcpbench_run_ports_in_use", "Local ports in use towards the target, in any TCP state.",
			func(s *runState) *int { return s.last.PortsInUse }),
		gauged("tcpbench_run_ports_held", "Those that connect(2) cannot take: in use, without the TIME_WAITs that "+
			"tcp_tw_reuse takes over.", func(s *runState) *int {
			if s.last.PortsInUse == nil {
				return nil
			}
			return new(s.last.PortsHeld())
		}),
		gauged("tcpbench_run_ports_capacity", "Local ports that connect(2) may pick from, for all sources and "+
			"destinations.", func(s *runState) *int { return s.last.PortsCapacity }),
		gauged("tcpbench_run_time_waits", "TIME_WAITs of the client's network namespace.",
			func(s *runState) *int { return s.last.TimeWait }),
		runMetric{name: "tcpbench_run_ports_exhaustion_seconds", help: "Time until no local port is left, at the " +
			"earliest, if it goes on as it did. Absent when that is not in sight.", kind: prometheus.GaugeValue,
			values: func(s *runState, tell func(float64, ...string)) {
				if s.forecast != nil && s.forecast.ExhaustedSeconds != nil {
					tell(*s.forecast.ExhaustedSeconds)
				}
			}},
		runMetric{name: "tcpbench_run_elapsed_seconds", help: "Time since counting began, at the end of the last " +
			"interval.", kind: prometheus.GaugeValue,
			values: func(s *runState, tell func(float64, ...string)) { tell(s.last.TS) }},
		latency("tcpbench_run_connect_seconds", "From connect(2) until the connection was established.",
			func(s *runState) buckets { return s.connect }),
		latency("tcpbench_run_request_seconds", "From the start of a request until its whole answer was there.",
			func(s *runState) buckets { return s.request }),
		latency("tcpbench_run_response_seconds", "The same from its planned start, with --rate.",
			func(s *runState) buckets { return s.response }),
	)
}

// runCounters are what adds up.
func runCounters() []runMetric {
	return []runMetric{
		counted("tcpbench_run_intervals_total", "Intervals that have ended.",
			func(s *runState) int64 { return s.intervals }),
		counted("tcpbench_run_connections_attempted_total", "Connections begun, whether or not they got a port.",
			func(s *runState) int64 { return s.attempted }),
		counted("tcpbench_run_connections_obtained_total", "Connects that were given a local port.",
			func(s *runState) int64 { return s.obtained }),
		counted("tcpbench_run_connections_succeeded_total", "Connections that did all they were opened for.",
			func(s *runState) int64 { return s.succeeded }),
		counted("tcpbench_run_connections_failed_total", "Connections that did not.",
			func(s *runState) int64 { return s.failed }),
		{name: "tcpbench_run_failures_total", help: "Failures by the call that failed and its errno.",
			labels: []string{"call", "errno"}, kind: prometheus.CounterValue,
			values: func(s *runState, tell func(float64, ...string)) {
				for name, n := range s.failures {
					call, errno := failure(name)
					tell(float64(n), call, errno)
				}
			}},
		{name: "tcpbench_run_requests_total", help: "Whole answers.", kind: prometheus.CounterValue,
			values: func(s *runState, tell func(float64, ...string)) { tell(s.requests) }},
		counted("tcpbench_run_server_errors_total", "HTTP answers of status 500 and above.",
			func(s *runState) int64 { return s.serverErrors }),
		{name: "tcpbench_run_cpu_seconds_total", help: "CPU time of the client's process.", labels: []string{"mode"},
			kind: prometheus.CounterValue, values: func(s *runState, tell func(float64, ...string)) {
				if s.last.CPUUserS != nil {
					tell(s.userSeconds, "user")
					tell(s.systemSeconds, "system")
				}
			}},
	}
}
