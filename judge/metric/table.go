package metric

import (
	"slices"

	"tcpbench/results"
)

// Whether comparisons show a metric that nobody asked for.
const shown, onRequest = true, false

// Table lists every metric, in the order in which they are shown. Of each
// latency it has the usual statistics; [Find] knows any other percentile too.
func Table() []Metric { return slices.Concat(rates(), latencies(), figures()) }

// rates are what most readers look at first.
func rates() []Metric {
	return []Metric{
		{"holds_rate", Number, Higher, "", "highest rate that holds", shown, holdsRate},
		{"connections_per_second", Number, Higher, "", "connections/s", shown,
			ofConnections(perSecond(func(r results.Rates) float64 { return r.ConnectionsPerSecond }))},
		{"requests_per_second", Number, Higher, "", "requests/s", shown,
			ofRequests(perSecond(func(r results.Rates) float64 { return r.RequestsPerSecond }))},
	}
}

// figures are neither rates nor latencies.
func figures() []Metric {
	return []Metric{
		{"cpu_per_connection", Time, Lower, "", "client CPU time a connection", shown,
			cpu(func(c *results.CPU) *float64 { return c.PerConnectionUS })},
		{"cpu_per_request", Time, Lower, "", "client CPU time a request", shown,
			cpu(func(c *results.CPU) *float64 { return c.PerRequestUS })},
		{"errors", Share, Lower, "", "failures and bad answers", shown, ofConnections(errorShare)},
		{"exhausted", Truth, Lower, "", "ports ran out", shown, exhausted},
		{"after_connections", Number, Higher, "", "connections until exhaustion", shown, afterConnections},
		{"knee_after_connections", Number, Higher, "", "knee after", shown, kneeAfterConnections},
		{"attempted", Number, Either, "", "connections attempted", onRequest,
			ofConnections(count(func(r *results.Run) int64 { return r.Totals.Attempted }))},
		{"succeeded", Number, Higher, "", "connections", onRequest,
			ofConnections(count(func(r *results.Run) int64 { return r.Totals.Succeeded }))},
		{"failed", Number, Lower, "", "failed", onRequest,
			ofConnections(count(func(r *results.Run) int64 { return r.Totals.Failed }))},
		{"bad_answers", Number, Lower, "", "bad answers", onRequest,
			count(func(r *results.Run) int64 { return r.Totals.BadAnswers() })},
		{"warnings", Number, Lower, "", "warnings", onRequest,
			count(func(r *results.Run) int64 { return int64(len(r.Warnings)) })},
		{"lateness_p50", Time, Lower, "", "late, p50", onRequest,
			lateness(needed(50), func(l *results.Lateness) float64 { return l.P50US })},
		{"lateness_p99", Time, Lower, "", "late, p99", onRequest,
			lateness(needed(99), func(l *results.Lateness) float64 { return l.P99US })},
		{"lateness_max", Time, Lower, "", "late, most", onRequest,
			lateness(1, func(l *results.Lateness) float64 { return l.MaxUS })},
		{"tls_handshakes", Number, Either, "", "TLS handshakes", onRequest,
			handshakes(func(t *results.TLS) float64 { return float64(t.Handshakes) })},
		{"tls_resumed", Share, Higher, "", "TLS handshakes resumed", onRequest,
			handshakes(func(t *results.TLS) float64 { return float64(100*t.Resumed) / float64(t.Handshakes) })},
		{"lost_bytes", Number, Lower, "", "bytes lost", onRequest, lostBytes},
	}
}
