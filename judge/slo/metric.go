package slo

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"tcpbench/internal/suggest"
	"tcpbench/metrics"
	"tcpbench/results"
)

// Metric is a figure of a run.
type Metric struct {
	Name string
	Unit Unit

	measure func(*results.Run) (float64, error)
}

// Measure returns the figure in the metric's unit. The error says why the run
// does not have it.
func (m Metric) Measure(r *results.Run) (float64, error) {
	v, err := m.measure(r)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return 0, fmt.Errorf("%s is %v in the result, which is no figure", m.Name, v)
	}
	return v, err
}

// FindMetric returns the metric of a name. The error of an unknown one has the
// nearest right name.
func FindMetric(name string) (Metric, error) {
	for _, m := range figures() {
		if m.Name == name {
			return m, nil
		}
	}
	for _, p := range phases() {
		if stat, ok := strings.CutPrefix(name, p.name+"_"); ok {
			return latency(p, stat)
		}
	}
	if near := suggest.DidYouMean(name, names()); near != "" {
		return Metric{}, fmt.Errorf("unknown metric %q%s", name, near)
	}
	return Metric{}, fmt.Errorf("unknown metric %q; the metrics are %s", name, catalogue())
}

// phase is a part of a connection whose latency is kept.
type phase struct {
	name    string // as a result file has it
	summary func(results.Latency) *metrics.Summary
}

func phases() []phase {
	return []phase{
		{"connect", func(l results.Latency) *metrics.Summary { return l.Connect }},
		{"tls", func(l results.Latency) *metrics.Summary { return l.TLS }},
		{"first_byte", func(l results.Latency) *metrics.Summary { return l.FirstByte }},
		{"request", func(l results.Latency) *metrics.Summary { return l.Request }},
		{"response", func(l results.Latency) *metrics.Summary { return l.Response }},
		{"service", func(l results.Latency) *metrics.Summary { return l.Service }},
		{"close", func(l results.Latency) *metrics.Summary { return l.Close }},
		{"dead", func(l results.Latency) *metrics.Summary { return l.Dead }},
	}
}

// Phases are the names of the phases whose latency is kept, as in connect_p99.
func Phases() []string { return phaseNames() }

// PhaseOf is the phase whose latency a metric of this name is; empty for any
// other figure.
func PhaseOf(metric string) string {
	for _, phase := range phases() {
		if strings.HasPrefix(metric, phase.name+"_") {
			return phase.name
		}
	}
	return ""
}

func phaseNames() []string {
	var out []string
	for _, p := range phases() {
		out = append(out, p.name)
	}
	return out
}

// latency is the metric of one statistic of a phase.
func latency(p phase, name string) (Metric, error) {
	stat, err := parseStatistic(name)
	if err != nil {
		return Metric{}, fmt.Errorf("%s_%s: %w", p.name, name, err)
	}
	measure := func(r *results.Run) (float64, error) {
		if s := p.summary(r.Latency); s != nil && s.Count > 0 {
			return stat(s)
		}
		return 0, fmt.Errorf("the run has no %s latency", strings.ReplaceAll(p.name, "_", " "))
	}
	return Metric{p.name + "_" + name, Time, measure}, nil
}

// figures are the metrics other than latencies.
func figures() []Metric {
	return []Metric{
		{"errors", Share, errorShare},
		{"attempted", Number, count(func(r *results.Run) int64 { return r.Totals.Attempted })},
		{"succeeded", Number, count(func(r *results.Run) int64 { return r.Totals.Succeeded })},
		{"bad_answers", Number, count(func(r *results.Run) int64 { return r.Totals.BadAnswers() })},
		{"failed", Number, count(func(r *results.Run) int64 { return r.Totals.Failed })},
		{"warnings", Number, count(func(r *results.Run) int64 { return int64(len(r.Warnings)) })},
		{"connections_per_second", Number, perSecond(func(r *results.Run) float64 { return r.Rates.ConnectionsPerSecond })},
		{"requests_per_second", Number, perSecond(func(r *results.Run) float64 { return r.Rates.RequestsPerSecond })},
		{"holds_rate", Number, holdsRate},
		{"lateness_p50", Time, lateness(needed(50), func(l *results.Lateness) float64 { return l.P50US })},
		{"lateness_p99", Time, lateness(needed(99), func(l *results.Lateness) float64 { return l.P99US })},
		{"lateness_max", Time, lateness(1, func(l *results.Lateness) float64 { return l.MaxUS })},
		{"cpu_per_connection", Time, cpu(func(c *results.CPU) *float64 { return c.PerConnectionUS })},
		{"cpu_per_request", Time, cpu(func(c *results.CPU) *float64 { return c.PerRequestUS })},
		{"exhausted", Truth, exhausted},
		{"after_connections", Number, afterConnections},
		{"knee_after_connections", Number, kneeAfterConnections},
		{"lost_bytes", Number, lostBytes},
	}
}

// names are the metrics to choose from.
func names() []string {
	var out []string
	for _, m := range figures() {
		out = append(out, m.Name)
	}
	for _, phase := range phaseNames() {
		for _, stat := range statistics() {
			out = append(out, phase+"_"+stat)
		}
	}
	return out
}

// catalogue names the metrics in few words.
func catalogue() string {
	var fixed []string
	for _, m := range figures() {
		fixed = append(fixed, m.Name)
	}
	return fmt.Sprintf("%s, and one of %s with _min, _mean, _max or a percentile such as _p99",
		strings.Join(fixed, ", "), strings.Join(phaseNames(), ", "))
}

func count(of func(*results.Run) int64) func(*results.Run) (float64, error) {
	return func(r *results.Run) (float64, error) { return float64(of(r)), nil }
}

// errorShare is that of failures, and of HTTP answers that are errors, in
// connections, or in requests where those are more. It is exact where the share
// is: dividing last rounds once.
func errorShare(r *results.Run) (float64, error) {
	if r.Totals.Attempted == 0 && r.Totals.Requests == 0 {
		return 0, errors.New("no connection was attempted")
	}
	bad := r.Totals.Failed + r.Totals.BadAnswers()
	return float64(100*bad) / float64(max(r.Totals.Attempted, r.Totals.Requests+r.Totals.Failed)), nil
}

func perSecond(of func(*results.Run) float64) func(*results.Run) (float64, error) {
	return func(r *results.Run) (float64, error) {
		if r.DurationS <= 0 {
			return 0, errors.New("the run was over before any time was measured")
		}
		return of(r), nil
	}
}

// holdsRate is what a search found.
func holdsRate(r *results.Run) (float64, error) {
	switch s := r.Search; {
	case s == nil:
		return 0, errors.New("the run did not search for the highest rate that holds, as run --find-max-rate does")
	case !s.Sure:
		return 0, errors.New("the search ended before it was sure")
	case s.HoldsRate == 0:
		return 0, errors.New("not even the lowest rate held")
	default:
		return s.HoldsRate, nil
	}
}

// lateness is a figure that takes so many starts.
func lateness(need int64, of func(*results.Lateness) float64) func(*results.Run) (float64, error) {
	return func(r *results.Run) (float64, error) {
		if r.Lateness == nil {
			return 0, errors.New("no start was planned: lateness is measured with a rate only")
		}
		return of(r.Lateness), enough(need, r.Lateness.Started)
	}
}

func cpu(of func(*results.CPU) *float64) func(*results.Run) (float64, error) {
	return func(r *results.Run) (float64, error) {
		if r.CPU == nil {
			return 0, errors.New("the client's CPU time was not measured")
		}
		if of(r.CPU) == nil {
			return 0, errors.New("nothing succeeded that the client's CPU time could be divided by")
		}
		return *of(r.CPU), nil
	}
}

func exhausted(r *results.Run) (float64, error) {
	switch {
	case r.Exhaustion == nil:
		return 0, errors.New("the run did not record whether ports ran out")
	case r.Exhaustion.Exhausted:
		return 1, nil
	default:
		return 0, nil
	}
}

func afterConnections(r *results.Run) (float64, error) {
	if r.Exhaustion == nil || r.Exhaustion.AfterConnections == nil {
		return 0, errors.New("ports did not run out")
	}
	return float64(*r.Exhaustion.AfterConnections), nil
}

func kneeAfterConnections(r *results.Run) (float64, error) {
	if r.Exhaustion == nil || r.Exhaustion.Knee.AfterConnections == nil {
		return 0, errors.New("no knee was found")
	}
	return float64(*r.Exhaustion.Knee.AfterConnections), nil
}

func lostBytes(r *results.Run) (float64, error) {
	if r.Delivery == nil {
		return 0, errors.New("only the embedded server in a lab reports what arrived")
	}
	return float64(r.Delivery.LostBytes), nil
}
