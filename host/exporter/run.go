package exporter

import (
	"math"
	"net/http"
	"strconv"
	"strings"
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

	intervals, attempted, obtained, succeeded, failed, serverErrors int64
	requests, userSeconds, systemSeconds                            float64
	failures                                                        map[string]int64
	connect, request, response                                      buckets
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
	r.state = runState{cell: cell, started: now, failures: map[string]int64{}, connect: newBuckets(),
		request: newBuckets(), response: newBuckets()}
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
	s.attempted += iv.Attempted
	s.obtained += iv.Obtained
	s.succeeded += iv.Succeeded
	s.failed += iv.Failed
	s.serverErrors += iv.ServerErrors
	s.requests += math.Round(iv.RequestsPerSecond * iv.LengthS)
	for name, n := range iv.Errors {
		s.failures[name] += n
	}
	if iv.CPUUserS != nil && iv.CPUSystemS != nil {
		s.userSeconds += *iv.CPUUserS
		s.systemSeconds += *iv.CPUSystemS
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

// failure is the call and the errno of a name such as "connect: EADDRNOTAVAIL".
func failure(name string) (call, errno string) {
	call, errno, _ = strings.Cut(name, ": ")
	return call, errno
}
