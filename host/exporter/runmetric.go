package exporter

import (
	"github.com/prometheus/client_golang/prometheus"

	"tcpbench/metrics"
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

// ofColumn is the metric of a figure of intervals: a sum over the run, or what is so at the
// end of the last one, if that was measured.
func ofColumn(c metrics.Column) runMetric {
	m := runMetric{name: c.Family(), help: c.Help, kind: prometheus.GaugeValue}
	if c.Counted {
		m.kind = prometheus.CounterValue
	}
	switch {
	case c.Kinds != nil:
		m.labels = []string{"call", "errno"}
		m.values = func(s *runState, tell func(float64, ...string)) {
			for kind, n := range s.failures {
				call, errno := metrics.CallErrno(kind)
				tell(float64(n), call, errno)
			}
		}
		return m
	case c.Label != "":
		m.labels = []string{c.Label}
	}
	m.values = func(s *runState, tell func(float64, ...string)) {
		v, ok := s.sums[c.Name]
		if last := c.Of(*s.last); !c.Counted && last != nil {
			v, ok = *last*c.Scale, true
		}
		if ok && c.Label != "" {
			tell(v, c.Value)
		} else if ok {
			tell(v)
		}
	}
	return m
}

func gauged(name, help string, of func(*runState) *float64) runMetric {
	return runMetric{name: metrics.RunPrefix + name, help: help, kind: prometheus.GaugeValue,
		values: func(s *runState, tell func(float64, ...string)) {
			if v := of(s); v != nil {
				tell(*v)
			}
		}}
}

func latency(name, help string, of func(*runState) buckets) runMetric {
	return runMetric{name: metrics.RunPrefix + name, help: help, histogram: of}
}

// runMetrics are all that there are of a run: the figures of intervals, and what they come to.
func runMetrics() []runMetric {
	var out []runMetric
	for _, c := range metrics.Columns() {
		if c.Metric != "" {
			out = append(out, ofColumn(c))
		}
	}
	return append(out,
		runMetric{name: metrics.RunPrefix + "intervals_total", help: "intervals that have ended",
			kind:   prometheus.CounterValue,
			values: func(s *runState, tell func(float64, ...string)) { tell(float64(s.intervals)) }},
		gauged("elapsed_seconds", "time since counting began, at the end of the last interval",
			func(s *runState) *float64 { return &s.last.TS }),
		gauged("ports_held", "ports that connect(2) cannot take: in use, without the TIME_WAITs that tcp_tw_reuse "+
			"takes over", func(s *runState) *float64 {
			if s.last.PortsInUse == nil {
				return nil
			}
			return new(float64(s.last.PortsHeld()))
		}),
		gauged("ports_exhaustion_seconds", "time until no local port is left, at the earliest, if it goes on as it "+
			"did; absent when that is not in sight", func(s *runState) *float64 {
			if s.forecast == nil {
				return nil
			}
			return s.forecast.ExhaustedSeconds
		}),
		latency("connect_seconds", "from connect(2) until the connection was established",
			func(s *runState) buckets { return s.connect }),
		latency("request_seconds", "from the start of a request until its whole answer was there",
			func(s *runState) buckets { return s.request }),
		latency("response_seconds", "the same from its planned start, with --rate",
			func(s *runState) buckets { return s.response }),
	)
}
