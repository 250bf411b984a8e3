package exporter

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"tcpbench/law/headroom"
)

// metric is one gauge for each pair. value returns false where there is none
// to tell: it is then absent, never 0.
type metric struct {
	name, help string
	value      func(headroom.Status) (float64, bool)
	// other is the value for all other pairs; nil where a sum means nothing.
	other func(headroom.Rest) float64
}

func pairMetrics() []metric { return slices.Concat(useMetrics(), forecastMetrics()) }

// useMetrics are what each pair uses.
func useMetrics() []metric {
	return []metric{
		{
			"tcpbench_ports_in_use", "Local ports in use in any TCP state, TIME_WAIT included.",
			func(s headroom.Status) (float64, bool) { return float64(s.InUse), true },
			func(r headroom.Rest) float64 { return float64(r.InUse) },
		},
		{
			"tcpbench_time_waits", "Local ports that a TIME_WAIT holds.",
			func(s headroom.Status) (float64, bool) { return float64(s.TimeWait), true },
			func(r headroom.Rest) float64 { return float64(r.TimeWait) },
		},
		{
			"tcpbench_ports_held",
			"Local ports that connect(2) cannot take: those in use, without the TIME_WAITs that " +
				"tcp_tw_reuse takes over.",
			func(s headroom.Status) (float64, bool) { return float64(s.Held), true },
			nil,
		},
		{
			"tcpbench_ports_settled", "Local ports that will be held one hold time from now, " +
				"if connections go on as they did. It may exceed the capacity.",
			func(s headroom.Status) (float64, bool) { return s.Settled, true },
			nil,
		},
		{
			"tcpbench_time_waits_per_second", "Connections that leave a TIME_WAIT, per second.",
			func(s headroom.Status) (float64, bool) { return s.TimeWaitsPerSecond, true },
			nil,
		},
		{
			"tcpbench_ports_per_second", "Local ports that are taken and kept, per second, leaks included.",
			func(s headroom.Status) (float64, bool) { return s.PortsPerSecond, true },
			nil,
		},
	}
}

// forecastMetrics are what becomes of each pair.
func forecastMetrics() []metric {
	return []metric{
		{
			"tcpbench_safe_connections_per_second",
			"Connections per second that last for ever. Absent without a limit.",
			func(s headroom.Status) (float64, bool) { return s.SafeCPS, s.SafeCPS > 0 || s.SustainableCPS > 0 },
			nil,
		},
		{
			"tcpbench_sustainable_connections_per_second",
			"Above it ports always run out. Absent without a limit.",
			func(s headroom.Status) (float64, bool) { return s.SustainableCPS, s.SustainableCPS > 0 },
			nil,
		},
		{
			"tcpbench_ports_knee_seconds", "Time until half of the ports are held and each connect(2) " +
				"searches all of that half first. Absent when it is not in sight.",
			func(s headroom.Status) (float64, bool) { return maybe(s.KneeSeconds) },
			nil,
		},
		{
			"tcpbench_ports_exhaustion_seconds", "Time until no local port is left and connect(2) fails with " +
				"EADDRNOTAVAIL, at the earliest. Absent when it is not in sight.",
			func(s headroom.Status) (float64, bool) { return maybe(s.ExhaustedSeconds) },
			nil,
		},
		{
			"tcpbench_ports_exhaustion_seconds_max", "Time until no local port is left at the latest, if the " +
				"rate grows no further. Absent when it is not sure that it comes to that.",
			func(s headroom.Status) (float64, bool) { return maybe(s.ExhaustedSecondsMax) },
			nil,
		},
	}
}

// desc has the labels of a pair after others.
func (m metric) desc(labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(m.name, m.help, append(labels, "source", "destination"), nil)
}

func maybe(f *float64) (float64, bool) {
	if f == nil {
		return 0, false
	}
	return *f, true
}

// viewMetric is one gauge for all pairs.
type viewMetric struct {
	name, help string
	value      func(headroom.View) float64
}

func viewMetrics() []viewMetric {
	return []viewMetric{
		{"tcpbench_ports_capacity", "Local ports that connect(2) may pick from, for each source and destination.",
			func(v headroom.View) float64 { return float64(v.Capacity) }},
		{"tcpbench_ports_capacity_safe", "Those that connect(2) finds for sure: one less where their range is odd.",
			func(v headroom.View) float64 { return float64(v.CapacitySafe) }},
		{"tcpbench_pairs", "Pairs of source and destination that use local ports.",
			func(v headroom.View) float64 { return float64(len(v.Pairs) + v.Other.Pairs) }},
		{"tcpbench_last_reading_timestamp_seconds", "When the sockets were last read, since the epoch.",
			func(v headroom.View) float64 { return float64(v.At.UnixNano()) / 1e9 }},
	}
}

func (m viewMetric) desc(labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(m.name, m.help, labels, nil)
}

// tell sends all that is known of a view, with labels before its own.
type tell struct {
	views []*prometheus.Desc // as viewMetrics
	pairs []*prometheus.Desc // as pairMetrics
}

func newTell(labels ...string) tell {
	var t tell
	for _, m := range viewMetrics() {
		t.views = append(t.views, m.desc(labels...))
	}
	for _, m := range pairMetrics() {
		t.pairs = append(t.pairs, m.desc(labels...))
	}
	return t
}

func (t tell) describe(ch chan<- *prometheus.Desc) {
	for _, d := range slices.Concat(t.views, t.pairs) {
		ch <- d
	}
}

func (t tell) collect(ch chan<- prometheus.Metric, v headroom.View, labels ...string) {
	gauge := func(d *prometheus.Desc, value float64, more ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, slices.Concat(labels, more)...)
	}
	for i, m := range viewMetrics() {
		gauge(t.views[i], m.value(v))
	}
	for i, m := range pairMetrics() {
		for _, s := range v.Pairs {
			if value, ok := m.value(s); ok {
				gauge(t.pairs[i], value, s.Source.String(), s.Destination.String())
			}
		}
		if m.other != nil {
			gauge(t.pairs[i], m.other(v.Other), Other, Other)
		}
	}
}

// Describe implements [prometheus.Collector].
func (e *Exporter) Describe(ch chan<- *prometheus.Desc) { e.tell.describe(ch) }

// Collect implements [prometheus.Collector].
func (e *Exporter) Collect(ch chan<- prometheus.Metric) {
	if v := e.last(); v != nil {
		e.tell.collect(ch, *v)
	}
}
