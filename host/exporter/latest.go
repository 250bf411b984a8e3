package exporter

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// latest is the last view of its kind, and counts readings. It is safe for concurrent use.
type latest[V any] struct {
	registry *prometheus.Registry
	readings prometheus.Counter
	failures prometheus.Counter

	mu   sync.Mutex
	view *V // nil before the first
}

// register makes the registry: of what tells of the view, and of both counters, with their
// help.
func (l *latest[V]) register(tells prometheus.Collector, readings, failures string) {
	l.readings = prometheus.NewCounter(prometheus.CounterOpts{Name: "tcpbench_readings_total", Help: readings})
	l.failures = prometheus.NewCounter(prometheus.CounterOpts{Name: "tcpbench_reading_failures_total", Help: failures})
	l.registry = newRegistry(tells, l.readings, l.failures)
}

// Set takes the view that is served from now on.
func (l *latest[V]) Set(v V) {
	l.mu.Lock()
	l.view = &v
	l.mu.Unlock()
	l.readings.Inc()
}

// Failed counts a reading that failed.
func (l *latest[V]) Failed() { l.failures.Inc() }

// Gatherer is what the metrics are gathered from.
func (l *latest[V]) Gatherer() prometheus.Gatherer { return l.registry }

// last is the view to tell; nil before the first.
func (l *latest[V]) last() *V {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.view
}
