package exporter

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"tcpbench/host/netns"
)

// Spaces is the last view of all network namespaces of a host, as metrics: those of
// [Exporter] for each namespace, and what is known of it besides. One that has ended
// has none any more. It is safe for concurrent use.
type Spaces struct {
	latest[netns.View]
	tell    tell
	metrics []spaceMetric
}

// NewSpaces returns an exporter with a registry of its own.
func NewSpaces() *Spaces {
	e := &Spaces{tell: newTell(spaceLabels()...), metrics: spaceMetrics()}
	e.register(e, "Readings of the sockets of all network namespaces.",
		"Readings that failed, each of one namespace or of all.")
	return e
}

// Set takes the view that is served from now on.
func (e *Spaces) Set(v netns.View) {
	e.latest.Set(v)
	e.failures.Add(float64(v.Failures))
}

// Handler serves the metrics at /metrics.
func (e *Spaces) Handler() http.Handler { return handler(e.registry, "tcpbench watch --all-netns") }

// spaceLabels say which namespace, and whose it is. What it is not is "", which to
// Prometheus is a label that is absent.
func spaceLabels() []string { return []string{"netns", "hostname", "pod", "container", "cgroup"} }

// ofHost is what the host's namespace is called.
const ofHost = "host"

// labelsOf are those of each namespace. A name is its label where it cannot be another's: not
// one that two have, or that is the host's label or a number.
func labelsOf(all []netns.Space) [][]string {
	count := map[string]int{}
	for _, s := range all {
		count[s.Namespace.Name]++
	}
	out := make([][]string, len(all))
	for i, s := range all {
		n := s.Namespace
		name := n.Name
		_, err := strconv.ParseUint(name, 10, 64)
		switch {
		case n.First:
			name = ofHost
		case name == "" || name == ofHost || count[name] > 1 || err == nil:
			name = strconv.FormatUint(n.Inode, 10)
		}
		out[i] = []string{name, n.Host, n.Pod, n.Container, n.Cgroup}
	}
	return out
}

// spaceMetric is a number for each namespace; false where there is none to tell.
type spaceMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(netns.Space) (float64, bool)
}

func perSpace(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, spaceLabels(), nil)
}

func spaceMetrics() []spaceMetric {
	tracked := func(of func(netns.Conntrack) float64) func(netns.Space) (float64, bool) {
		return func(s netns.Space) (float64, bool) {
			if s.Conntrack == nil {
				return 0, false
			}
			return of(*s.Conntrack), true
		}
	}
	return []spaceMetric{
		{perSpace("tcpbench_netns_sockets", "TCP sockets of the network namespace, without TIME_WAITs."),
			prometheus.GaugeValue, func(s netns.Space) (float64, bool) { return float64(s.Sockets), true }},
		{perSpace("tcpbench_netns_time_waits", "TIME_WAITs of the network namespace, on any port."),
			prometheus.GaugeValue, func(s netns.Space) (float64, bool) { return float64(s.TimeWaits), true }},
		{perSpace("tcpbench_conntrack_entries",
			"Tracked connections of the network namespace. Absent where none are tracked."),
			prometheus.GaugeValue, tracked(func(c netns.Conntrack) float64 { return float64(c.Count) })},
		{perSpace("tcpbench_conntrack_entries_max", "How many there may be (nf_conntrack_max)."),
			prometheus.GaugeValue, func(s netns.Space) (float64, bool) {
				if s.Conntrack == nil || s.Conntrack.Max == 0 {
					return 0, false
				}
				return float64(s.Conntrack.Max), true
			}},
		{perSpace("tcpbench_conntrack_insert_failed_total",
			"Connections whose entry was that of another one: of a NAT, whose port was taken."),
			prometheus.CounterValue, tracked(func(c netns.Conntrack) float64 { return float64(c.InsertFailed) })},
		{perSpace("tcpbench_conntrack_drop_total", "Packets dropped for that, or for lack of room in the table."),
			prometheus.CounterValue, tracked(func(c netns.Conntrack) float64 { return float64(c.Drop) })},
		{perSpace("tcpbench_conntrack_early_drop_total", "Entries that were ended to make room."),
			prometheus.CounterValue, tracked(func(c netns.Conntrack) float64 { return float64(c.EarlyDrop) })},
	}
}

func watchedDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_netns_watched", "Network namespaces that are watched.", nil, nil)
}

func unwatchedDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_netns_not_watched", "Network namespaces that are not watched: more than "+
		"--max-netns (limit), or not permitted or not readable (error).", []string{"reason"}, nil)
}

func hiddenDesc() *prometheus.Desc {
	return prometheus.NewDesc("tcpbench_netns_hidden_processes", "Processes whose network namespace may not be seen.",
		nil, nil)
}

// Describe implements [prometheus.Collector].
func (e *Spaces) Describe(ch chan<- *prometheus.Desc) {
	e.tell.describe(ch)
	for _, m := range e.metrics {
		ch <- m.desc
	}
	ch <- watchedDesc()
	ch <- unwatchedDesc()
	ch <- hiddenDesc()
}

// Collect implements [prometheus.Collector].
func (e *Spaces) Collect(ch chan<- prometheus.Metric) {
	v := e.last()
	if v == nil {
		return
	}
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	send(watchedDesc(), prometheus.GaugeValue, float64(len(v.Spaces)))
	send(unwatchedDesc(), prometheus.GaugeValue, float64(v.Beyond), "limit")
	send(unwatchedDesc(), prometheus.GaugeValue, float64(len(v.Unwatched)), "error")
	send(hiddenDesc(), prometheus.GaugeValue, float64(v.Hidden))
	all := labelsOf(v.Spaces)
	for i, s := range v.Spaces {
		labels := all[i]
		for _, m := range e.metrics {
			if value, ok := m.value(s); ok {
				send(m.desc, m.kind, value, labels...)
			}
		}
		e.tell.collect(ch, s.Headroom, labels...)
	}
}
