package report

import (
	"tcpbench/results"

	"tcpbench/internal/figure"
)

// hosts is what each host of a lab had, where a proxy stands between two.
func hosts(r *results.Run) table {
	t := table{
		Caption: "Hosts of the lab",
		Head:    []column{{Name: "host"}, {"TIME_WAIT at the end", true}, {"most", true}, {"ports in use towards the server, most", true}, {"of", true}},
	}
	if r.Hosts == nil || r.Hosts.Proxy == nil {
		return t
	}
	whole := func(n int) string { return number(int64(n)) }
	for _, h := range r.Hosts.Each() {
		t.add(h.Name, optional(h.TimeWaitEnd, whole), optional(h.TimeWaitMax, whole), optional(h.PortsInUseMax, whole), optional(h.PortsCapacity, whole))
	}
	return t
}

// said is what the programs of a lab wrote.
func said(r *results.Run) table {
	t := table{
		Caption: "What the programs said",
		Head:    []column{{Name: "host"}, {Name: "line"}, {"times", true}, {"first at", true}},
		Note:    "Numbers that vary, times and ports are left out, so that lines of one kind are counted together.",
	}
	for _, h := range r.Hosts.Each() {
		for _, s := range h.Said {
			first := "before the start"
			if s.FirstS >= 0 {
				first = figure.Seconds(s.FirstS)
			}
			t.add(h.Name, s.Text, number(s.Count), first)
		}
	}
	return t
}
