package claim

import (
	"tcpbench/judge/metric"
	"tcpbench/results"
)

// Figure is a thing that a result says: a number of some unit, or words.
type Figure struct {
	// Name and Unit head its column; Unit is empty for counts.
	Name, Unit string
	// Of is the number, false where the result has none.
	Of func(*results.Run) (float64, bool)
	// of is what a rule is about that asks for it.
	of use
	// Words are it in words.
	Words func(*results.Run) string
}

// Measured is a metric, under a column's own name.
func Measured(column, name string) Figure {
	m := metric.MustFind(name)
	return Figure{Name: column, Unit: m.Unit.Symbol(), Of: func(r *results.Run) (float64, bool) {
		v, err := m.Measure(r)
		return v, err == nil
	}}
}

// Counter is how much a counter of the client's kernel rose, 0 for one that
// did not; by its name in nstat(8).
func Counter(column, name string) Figure {
	return kernelFigure(column, name, func(k results.Kernel) map[string]int64 { return k.Client })
}

// ServerCounter is the same of the server's kernel.
func ServerCounter(column, name string) Figure {
	return kernelFigure(column, name, func(k results.Kernel) map[string]int64 { return k.Server })
}

// ProxyCounter is the same of the proxy's kernel.
func ProxyCounter(column, name string) Figure {
	return kernelFigure(column, name, func(k results.Kernel) map[string]int64 { return k.Proxy })
}

// kernelFigure is a counter of a kernel, where that was read.
func kernelFigure(column, name string, of func(results.Kernel) map[string]int64) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) {
		counters := of(r.Kernel)
		return float64(counters[name]), counters != nil
	}}
}

// counted is a count of the whole run.
func counted(column string, of func(results.Totals) int64) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) { return float64(of(r.Totals)), true }}
}

// Connections counts those that succeeded.
func Connections() Figure {
	return counted("connections", func(t results.Totals) int64 { return t.Succeeded })
}

// Requests counts the answers.
func Requests() Figure {
	return counted("requests", func(t results.Totals) int64 { return t.Requests })
}

// UntilExhausted counts connections until the first one that got no port; a
// run that did not run out of ports has none.
func UntilExhausted() Figure {
	return Figure{Name: "until exhausted", of: use{ports: true}, Of: func(r *results.Run) (float64, bool) {
		if !exhausted(r) || r.Exhaustion.AfterConnections == nil {
			return 0, false
		}
		return float64(*r.Exhaustion.AfterConnections), true
	}}
}

// Recovery is the time from the first connection until a port was free again
// after exhaustion, in seconds.
func Recovery() Figure {
	return Figure{Name: "free again after", Unit: "s", Of: func(r *results.Run) (float64, bool) {
		if !exhausted(r) || r.Exhaustion.RecoveredAfterSeconds == nil {
			return 0, false
		}
		return *r.Exhaustion.RecoveredAfterSeconds, true
	}}
}

// Rate is connections per second over the run.
func Rate() Figure { return Measured("connections/s", "connections_per_second") }

// Outcome is what came of the ports, in a word.
func Outcome() Figure {
	return Figure{Name: "outcome", Words: func(r *results.Run) string {
		if r.Exhaustion == nil {
			return ""
		}
		return string(r.Exhaustion.Outcome)
	}}
}
