// Package exporter tells Prometheus of the use of a host's local ports ([Exporter]), and of
// a run while it goes on ([Run]).
//
// The number of series is bounded: the pairs of source and destination that
// use most ports, and one for all others, labelled "other"; the cell of a sweep that is
// measured now, and none that is over.
package exporter

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tcpbench/law/headroom"
)

// Other is the label of what is not reported pair by pair.
const Other = "other"

// Exporter is the last view, as metrics. It is safe for concurrent use.
type Exporter struct {
	latest[headroom.View]
	tell tell
}

// New returns an exporter with a registry of its own.
func New() *Exporter {
	e := &Exporter{tell: newTell()}
	e.register(e, "Readings of the sockets of this network namespace.", "Readings that failed.")
	return e
}

// newRegistry has collectors, and what is known of this process.
func newRegistry(all ...prometheus.Collector) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(all...)
	r.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector(),
		collectors.NewBuildInfoCollector())
	return r
}

// Handler serves the metrics at /metrics.
func (e *Exporter) Handler() http.Handler { return handler(e.registry, "tcpbench watch") }

// handler serves what a registry gathers at /metrics, and says so at /.
func handler(r *prometheus.Registry, of string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(of + ": the metrics are at /metrics\n")) // the reader has gone
	})
	return mux
}
