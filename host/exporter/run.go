package exporter

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tcpbench/law/headroom"
	"tcpbench/metrics"
)

// Run is a run while it goes on, or the cell of a sweep that is measured now, as metrics.
// It is safe for concurrent use.
type Run struct {
	registry *prometheus.Registry

	mu    sync.Mutex
	state runState
}

// runState is what is known of it.
type runState struct {
	cell, repeat string // labels; "" outside of a sweep, and of repeats
	started      time.Time
	last         *metrics.Interval // nil before the first
	forecast     *headroom.Forecast

	intervals                  int64
	sums                       map[string]float64 // of columns that count, by name
	failures                   map[string]int64
	connect, request, response buckets
}

// NewRun returns an exporter with a registry of its own.
func NewRun() *Run {
	r := &Run{}
	r.registry = newRegistry(r)
	return r
}

// Begin is told what is measured from now on: a cell and its repeat, from 1 on; "" and 0
// where it is none.
func (r *Run) Begin(cell string, repeat int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = runState{cell: cell, started: now, sums: map[string]float64{}, failures: map[string]int64{},
		connect: newBuckets(), request: newBuckets(), response: newBuckets()}
	if repeat > 0 {
		r.state.repeat = strconv.Itoa(repeat)
	}
}

// Observe takes in an interval that has ended, and what becomes of the ports; nil where that
// is not known.
func (r *Run) Observe(iv metrics.Interval, forecast *headroom.Forecast) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.state
	s.last, s.forecast = &iv, forecast
	s.intervals++
	for _, c := range metrics.Columns() {
		if c.Kinds != nil {
			for kind, n := range c.Kinds(iv) {
				s.failures[kind] += n
			}
		} else if v := c.Of(iv); v != nil && c.Counted {
			s.sums[c.Name] += *v * c.Scale
		}
	}
	s.connect.add(iv.ConnectHDR)
	s.request.add(iv.RequestHDR)
	s.response.add(iv.ResponseHDR)
}

// Gatherer is what the metrics are gathered from.
func (r *Run) Gatherer() prometheus.Gatherer { return r.registry }

// Handler serves the metrics at /metrics.
func (r *Run) Handler() http.Handler { return handler(r.registry, "tcpbench run") }

// Describe implements [prometheus.Collector].
func (r *Run) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range runMetrics() {
		ch <- m.desc()
	}
}

// Collect implements [prometheus.Collector].
func (r *Run) Collect(ch chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.last == nil {
		return
	}
	for _, m := range runMetrics() {
		m.collect(&r.state, ch)
	}
}
