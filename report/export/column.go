package export

import "tcpbench/results"

// Column is a figure of an interval: a column of CSV and, where it has a metric, a family
// of OpenMetrics.
type Column struct {
	// Name is its field in a result file.
	Name string
	// Help says what it is, in a line.
	Help string

	metric  string  // without the prefix; "" for none
	scale   float64 // what a figure is multiplied by for the metric's unit
	counted bool    // figures add up: the metric counts from the begin of the run
	of      func(results.Interval) *float64
}

// prefix is that of every metric.
const prefix = "tcpbench_"

// family is the name of its metric.
func (c Column) family() string {
	if c.counted {
		return prefix + c.metric + "_total"
	}
	return prefix + c.metric
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
			of: func(iv results.Interval) *float64 { return &iv.TS }},
		{Name: "length_s", Help: "how long it took, in seconds; empty in results of earlier versions",
			of: func(iv results.Interval) *float64 { return measured(iv.LengthS) }},
		{Name: "merged", Help: "of how many intervals it is made, of a long run; empty for one",
			of: func(iv results.Interval) *float64 { return measured(float64(iv.Merged)) }},
	}
}

func counts() []Column {
	count := func(n func(results.Interval) int64) func(results.Interval) *float64 {
		return func(iv results.Interval) *float64 { return number(n(iv)) }
	}
	return []Column{
		{Name: "attempted", Help: "connections begun", metric: "connections_attempted", scale: 1, counted: true,
			of: count(func(iv results.Interval) int64 { return iv.Attempted })},
		{Name: "obtained", Help: "connects that had a local port", metric: "ports_obtained", scale: 1, counted: true,
			of: count(func(iv results.Interval) int64 { return iv.Obtained })},
		{Name: "succeeded", Help: "connections that did all they were opened for", metric: "connections_succeeded",
			scale: 1, counted: true, of: count(func(iv results.Interval) int64 { return iv.Succeeded })},
		{Name: "failed", Help: "connections that did not", metric: "connections_failed", scale: 1, counted: true,
			of: count(func(iv results.Interval) int64 { return iv.Failed })},
		{Name: "server_errors", Help: "HTTP answers of status 500 and above", metric: "server_errors", scale: 1,
			counted: true, of: count(func(iv results.Interval) int64 { return iv.ServerErrors })},
		{Name: "connections_per_second", Help: "connections that succeeded, a second",
			metric: "connections_per_second", scale: 1,
			of: func(iv results.Interval) *float64 { return &iv.ConnectionsPerSecond }},
		{Name: "requests_per_second", Help: "whole answers, a second", metric: "requests_per_second", scale: 1,
			of: func(iv results.Interval) *float64 { return &iv.RequestsPerSecond }},
	}
}

func states() []Column {
	return []Column{
		{Name: "in_flight", Help: "connections open at its end", metric: "connections_in_flight", scale: 1,
			of: func(iv results.Interval) *float64 { return number(iv.InFlight) }},
		{Name: "time_wait", Help: "sockets in TIME_WAIT of the client's network namespace", metric: "time_wait",
			scale: 1, of: func(iv results.Interval) *float64 { return known(iv.TimeWait) }},
		{Name: "fin_wait2", Help: "connections in FIN_WAIT_2 towards the target", metric: "fin_wait2", scale: 1,
			of: func(iv results.Interval) *float64 { return known(iv.FinWait2) }},
		{Name: "ports_in_use", Help: "local ports in use towards the target, in any state", metric: "ports_in_use",
			scale: 1, of: func(iv results.Interval) *float64 { return known(iv.PortsInUse) }},
		{Name: "ports_reusable", Help: "those of them that tcp_tw_reuse may take over", metric: "ports_reusable",
			scale: 1, of: func(iv results.Interval) *float64 { return known(iv.PortsReusable) }},
		{Name: "ports_capacity", Help: "how many ports there are", metric: "ports_capacity", scale: 1,
			of: func(iv results.Interval) *float64 { return known(iv.PortsCapacity) }},
		{Name: "keepalive_timer_ms", Help: "the least time that a held connection's keepalive timer has left",
			metric: "keepalive_timer_seconds", scale: 1e-3,
			of: func(iv results.Interval) *float64 { return known(iv.KeepaliveTimerMS) }},
		{Name: "keepalive_probes", Help: "the most keepalive probes of a held connection without an answer",
			metric: "keepalive_probes", scale: 1,
			of: func(iv results.Interval) *float64 { return known(iv.KeepaliveProbes) }},
	}
}

func percentiles() []Column {
	us := func(name, metric, help string, of func(results.Interval) *float64) Column {
		return Column{Name: name, Help: help, metric: metric, scale: 1e-6, of: of}
	}
	return []Column{
		us("connect_p50_us", "connect_p50_seconds", "time to connect, median, of what ended in the interval",
			func(iv results.Interval) *float64 { return iv.ConnectP50US }),
		us("connect_p99_us", "connect_p99_seconds", "time to connect, 99th percentile",
			func(iv results.Interval) *float64 { return iv.ConnectP99US }),
		us("request_p50_us", "request_p50_seconds", "time of an answer from the send on, median",
			func(iv results.Interval) *float64 { return iv.RequestP50US }),
		us("request_p99_us", "request_p99_seconds", "time of an answer from the send on, 99th percentile",
			func(iv results.Interval) *float64 { return iv.RequestP99US }),
		us("response_p99_us", "response_p99_seconds", "time of an answer from the planned start on, 99th percentile",
			func(iv results.Interval) *float64 { return iv.ResponseP99US }),
	}
}

func processor() []Column {
	return []Column{
		{Name: "cpu_user_s", Help: "CPU time of the client in user mode, in seconds", metric: "cpu_user_seconds",
			scale: 1, counted: true, of: func(iv results.Interval) *float64 { return iv.CPUUserS }},
		{Name: "cpu_system_s", Help: "CPU time of the client in the kernel, in seconds", metric: "cpu_system_seconds",
			scale: 1, counted: true, of: func(iv results.Interval) *float64 { return iv.CPUSystemS }},
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
