package metrics

import (
	"math"
	"strings"
)

// Column is a figure of an interval by its names outside: a column of CSV and, where it has
// a metric, one for Prometheus, of a run that goes on as of a result.
type Column struct {
	// Name is its field in a result file.
	Name string
	// Help says what it is, in a line.
	Help string
	// Metric is the metric's name without what all have in common; "" for none. Label and
	// Value tell it from another column of the same metric.
	Metric, Label, Value string
	// Scale is what a figure is multiplied by for the metric's unit.
	Scale float64
	// Counted figures add up: the metric counts from the begin of the run.
	Counted bool
	// Of is the figure, nil where it was not measured; or Kinds has one for each kind of
	// failure, by names such as "connect: EADDRNOTAVAIL".
	Of    func(Interval) *float64
	Kinds func(Interval) map[string]int64
}

// RunPrefix is what the metrics of a run begin with.
const RunPrefix = "tcpbench_run_"

// Family is the name of its metric.
func (c Column) Family() string {
	if c.Counted {
		return RunPrefix + c.Metric + "_total"
	}
	return RunPrefix + c.Metric
}

// CallErrno is the call and the errno of a kind of failure, which a metric has as labels.
func CallErrno(kind string) (call, errno string) {
	call, errno, _ = strings.Cut(kind, ": ")
	return call, errno
}

// Bounds are the upper bounds of a latency's buckets, in seconds: four for each power of
// ten from 1 us to 10 s, whoever makes the metric, so that buckets of two can be added.
func Bounds() []float64 {
	var out []float64
	for i := -24; i <= 4; i++ {
		out = append(out, math.Pow(10, float64(i)/4))
	}
	return out
}

// Columns are all, in their order.
func Columns() []Column {
	var out []Column
	for _, part := range [][]Column{spans(), counts(), states(), percentiles(), processor()} {
		out = append(out, part...)
	}
	return out
}

func spans() []Column {
	return []Column{
		{Name: "t_s", Help: "when the interval ended, in seconds since counting began",
			Of: func(iv Interval) *float64 { return &iv.TS }},
		{Name: "length_s", Help: "how long it took, in seconds; empty in results of earlier versions",
			Of: func(iv Interval) *float64 { return measured(iv.LengthS) }},
		{Name: "merged", Help: "of how many intervals it is made, of a long run; empty for one",
			Of: func(iv Interval) *float64 { return measured(float64(iv.Merged)) }},
	}
}

func counts() []Column {
	count := func(n func(Interval) int64) func(Interval) *float64 {
		return func(iv Interval) *float64 { return number(n(iv)) }
	}
	return []Column{
		{Name: "attempted", Help: "connections begun", Metric: "connections_attempted", Scale: 1, Counted: true,
			Of: count(func(iv Interval) int64 { return iv.Attempted })},
		{Name: "obtained", Help: "connects that had a local port", Metric: "connections_obtained",
			Scale: 1, Counted: true, Of: count(func(iv Interval) int64 { return iv.Obtained })},
		{Name: "succeeded", Help: "connections that did all they were opened for", Metric: "connections_succeeded",
			Scale: 1, Counted: true, Of: count(func(iv Interval) int64 { return iv.Succeeded })},
		{Name: "failed", Help: "connections that failed", Metric: "connections_failed", Scale: 1, Counted: true,
			Of: count(func(iv Interval) int64 { return iv.Failed })},
		{Name: "errors", Help: "connections that failed, by the call that did and its errno", Metric: "failures",
			Scale: 1, Counted: true, Kinds: func(iv Interval) map[string]int64 { return iv.Errors }},
		{Name: "requests", Help: "whole answers; empty in results of earlier versions", Metric: "requests", Scale: 1,
			Counted: true, Of: func(iv Interval) *float64 {
				if iv.LengthS == 0 {
					return nil
				}
				return new(math.Round(iv.RequestsPerSecond * iv.LengthS))
			}},
		{Name: "server_errors", Help: "HTTP answers of status 500 and above", Metric: "server_errors", Scale: 1,
			Counted: true, Of: count(func(iv Interval) int64 { return iv.ServerErrors })},
		{Name: "connections_per_second", Help: "connections that succeeded, a second",
			Metric: "connections_per_second", Scale: 1,
			Of: func(iv Interval) *float64 { return &iv.ConnectionsPerSecond }},
		{Name: "requests_per_second", Help: "whole answers, a second", Metric: "requests_per_second", Scale: 1,
			Of: func(iv Interval) *float64 { return &iv.RequestsPerSecond }},
	}
}

func states() []Column {
	return []Column{
		{Name: "in_flight", Help: "connections open at its end", Metric: "connections_in_flight", Scale: 1,
			Of: func(iv Interval) *float64 { return number(iv.InFlight) }},
		{Name: "time_wait", Help: "sockets in TIME_WAIT of the client's network namespace", Metric: "time_waits",
			Scale: 1, Of: func(iv Interval) *float64 { return known(iv.TimeWait) }},
		{Name: "fin_wait2", Help: "connections in FIN_WAIT_2 towards the target", Metric: "fin_wait2", Scale: 1,
			Of: func(iv Interval) *float64 { return known(iv.FinWait2) }},
		{Name: "ports_in_use", Help: "local ports in use towards the target, in any state", Metric: "ports_in_use",
			Scale: 1, Of: func(iv Interval) *float64 { return known(iv.PortsInUse) }},
		{Name: "ports_reusable", Help: "ports in use that tcp_tw_reuse may take over", Metric: "ports_reusable",
			Scale: 1, Of: func(iv Interval) *float64 { return known(iv.PortsReusable) }},
		{Name: "ports_capacity", Help: "how many ports there are", Metric: "ports_capacity", Scale: 1,
			Of: func(iv Interval) *float64 { return known(iv.PortsCapacity) }},
		{Name: "keepalive_timer_ms", Help: "the least time that a held connection's keepalive timer has left",
			Metric: "keepalive_timer_seconds", Scale: 1e-3,
			Of: func(iv Interval) *float64 { return known(iv.KeepaliveTimerMS) }},
		{Name: "keepalive_probes", Help: "the most keepalive probes of a held connection without an answer",
			Metric: "keepalive_probes", Scale: 1,
			Of: func(iv Interval) *float64 { return known(iv.KeepaliveProbes) }},
	}
}

func percentiles() []Column {
	us := func(name, metric, help string, of func(Interval) *float64) Column {
		return Column{Name: name, Help: help, Metric: metric, Scale: 1e-6, Of: of}
	}
	return []Column{
		us("connect_p50_us", "connect_p50_seconds", "time to connect, median, of what ended in the interval",
			func(iv Interval) *float64 { return iv.ConnectP50US }),
		us("connect_p99_us", "connect_p99_seconds", "time to connect, 99th percentile",
			func(iv Interval) *float64 { return iv.ConnectP99US }),
		us("request_p50_us", "request_p50_seconds", "time of an answer from the send on, median",
			func(iv Interval) *float64 { return iv.RequestP50US }),
		us("request_p99_us", "request_p99_seconds", "time of an answer from the send on, 99th percentile",
			func(iv Interval) *float64 { return iv.RequestP99US }),
		us("response_p99_us", "response_p99_seconds", "time of an answer from the planned start on, 99th percentile",
			func(iv Interval) *float64 { return iv.ResponseP99US }),
	}
}

func processor() []Column {
	return []Column{
		{Name: "cpu_user_s", Help: "CPU time of the client, in seconds", Metric: "cpu_seconds",
			Label: "mode", Value: "user", Scale: 1, Counted: true,
			Of: func(iv Interval) *float64 { return iv.CPUUserS }},
		{Name: "cpu_system_s", Help: "CPU time of the client, in seconds", Metric: "cpu_seconds",
			Label: "mode", Value: "system", Scale: 1, Counted: true,
			Of: func(iv Interval) *float64 { return iv.CPUSystemS }},
	}
}

func number[N int | int64](n N) *float64 { return new(float64(n)) }

// measured is v, nil for 0: nobody measured it.
func measured(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

// known is what a pointer points at.
func known[N int | int64](n *N) *float64 {
	if n == nil {
		return nil
	}
	return number(*n)
}
