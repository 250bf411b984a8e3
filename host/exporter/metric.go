package exporter

import (
	"github.com/prometheus/client_golang/prometheus"

	"tcpbench/law/headroom"
)

// metric is one gauge for each pair. value returns false where there is none
// to tell: it is then absent, never 0.
type metric struct {
	desc  *prometheus.Desc
	value func(headroom.Status) (float64, bool)
	// other is the value for all other pairs; nil where a sum means nothing.
	other func(headroom.Rest) float64
}

func pairMetrics() []metric {
	return []metric{
		{
			perPair("tcpbench_ports_in_use", "Local ports in use in any TCP state, TIME_WAIT included."),
			func(s headroom.Status) (float64, bool) { return float64(s.InUse), true },
			func(r headroom.Rest) float64 { return float64(r.InUse) },
		},
		{
			perPair("tcpbench_time_waits", "Local ports that a TIME_WAIT holds."),
			func(s headroom.Status) (float64, bool) { return float64(s.TimeWait), true },
			func(r headroom.Rest) float64 { return float64(r.TimeWait) },
		},
		{
			perPair("tcpbench_ports_held",
				"Local ports that connect(2) cannot take: those in use, without the TIME_WAITs that "+
					"tcp_tw_reuse takes over."),
			func(s headroom.Status) (float64, bool) { return float64(s.Held), true },
			nil,
		},
		{
			perPair("tcpbench_ports_settled", "Local ports that will be held one hold time from now, "+
				"if connections go on as they did. It may exceed the capacity."),
			func(s headroom.Status) (float64, bool) { return s.Settled, true },
			nil,
		},
		{
			perPair("tcpbench_time_waits_per_second", "Connections that leave a TIME_WAIT, per second."),
			func(s headroom.Status) (float64, bool) { return s.TimeWaitsPerSecond, true },
			nil,
		},
		{
			perPair("tcpbench_safe_connections_per_second",
				"Connections per second that last for ever. Absent without a limit."),
			func(s headroom.Status) (float64, bool) { return s.SafeCPS, s.SafeCPS > 0 || s.SustainableCPS > 0 },
			nil,
		},
		{
			perPair("tcpbench_sustainable_connections_per_second",
				"Above it ports always run out. Absent without a limit."),
			func(s headroom.Status) (float64, bool) { return s.SustainableCPS, s.SustainableCPS > 0 },
			nil,
		},
		{
			perPair("tcpbench_ports_knee_seconds", "Time until half of the ports are held and each connect(2) "+
				"searches all of that half first. Absent when it is not in sight."),
			func(s headroom.Status) (float64, bool) { return maybe(s.KneeSeconds) },
			nil,
		},
		{
			perPair("tcpbench_ports_exhaustion_seconds", "Time until no local port is left and connect(2) fails with "+
				"EADDRNOTAVAIL, at the earliest. Absent when it is not in sight."),
			func(s headroom.Status) (float64, bool) { return maybe(s.ExhaustedSeconds) },
			nil,
		},
	}
}

func perPair(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, []string{"source", "destination"}, nil)
}

func maybe(f *float64) (float64, bool) {
	if f == nil {
		return 0, false
	}
	return *f, true
}

func capacityDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_ports_capacity",
		"Local ports that connect(2) may pick from, for each source and destination.", nil, nil)
}

func safeDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_ports_capacity_safe",
		"Those that connect(2) finds for sure: one less where their range is odd.", nil, nil)
}

func pairsDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_pairs", "Pairs of source and destination that use local ports.", nil, nil)
}

func lastDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_last_reading_timestamp_seconds",
		"When the sockets were last read, since the epoch.", nil, nil)
}

// Describe implements [prometheus.Collector].
func (e *Exporter) Describe(ch chan<- *prometheus.Desc) {
	ch <- capacityDesc()
	ch <- safeDesc()
	ch <- pairsDesc()
	ch <- lastDesc()
	for _, m := range pairMetrics() {
		ch <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (e *Exporter) Collect(ch chan<- prometheus.Metric) {
	v, ok := e.last()
	if !ok {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(capacityDesc(), float64(v.Capacity))
	gauge(safeDesc(), float64(v.CapacitySafe))
	gauge(pairsDesc(), float64(len(v.Pairs)+v.Other.Pairs))
	gauge(lastDesc(), float64(v.At.UnixNano())/1e9)
	for _, m := range pairMetrics() {
		for _, s := range v.Pairs {
			if value, ok := m.value(s); ok {
				gauge(m.desc, value, s.Source.String(), s.Destination.String())
			}
		}
		if m.other != nil {
			gauge(m.desc, m.other(v.Other), Other, Other)
		}
	}
}
