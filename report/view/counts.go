package view

import (
	"maps"
	"slices"

	"tcpbench/internal/prose"
	"tcpbench/results"
)

// statuses are the HTTP answers by their code.
func statuses(r *results.Run) prose.Table {
	return counts("Answers by HTTP status", "status", r.Totals.Status)
}

// failures are the connections that failed, by what failed.
func failures(r *results.Run) prose.Table {
	t := counts("Errors by call and errno", "call: errno", r.Totals.Errors)
	if m := r.Totals.Mismatch; m != nil {
		t.Note = "The " + m.Text() + "."
	}
	return t
}

// counters are those of the kernel of one host.
func counters(host string, values map[string]int64) prose.Table {
	return counts("Kernel counters of the "+host, "counter", values)
}

// counts is a table of named numbers in the order of the names; empty when
// there are none.
func counts(caption, name string, values map[string]int64) prose.Table {
	t := prose.Table{Caption: caption, Head: append(prose.Words(name), prose.Numbers("count")...)}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		t.Add(k, values[k])
	}
	return t
}

// provingCounters are the kernel's that prove the verdict, of every host that
// was asked, and always the client.
func provingCounters(r *results.Run) prose.Table {
	sides := []map[string]int64{r.Kernel.Client}
	t := prose.Table{Head: prose.Words("counter", "client")}
	for _, s := range []struct {
		name     string
		counters map[string]int64
	}{{"proxy", r.Kernel.Proxy}, {"server", r.Kernel.Server}} {
		if s.counters != nil {
			t.Head, sides = append(t.Head, prose.Words(s.name)...), append(sides, s.counters)
		}
	}
	names := []string{"TcpActiveOpens", "TcpExtTW", "TcpExtTWRecycled", "TcpOutRsts", "TcpExtTCPTimeWaitOverflow",
		"TcpExtListenOverflows"}
	if r.FromOutside() {
		names = append(names, "TcpPassiveOpens", "TcpAttemptFails", "TcpRetransSegs")
	}
	for _, name := range names {
		row, some := []any{name}, false
		for _, counters := range sides {
			row, some = append(row, counters[name]), some || counters[name] != 0
		}
		if some {
			t.Add(row...)
		}
	}
	return t
}
