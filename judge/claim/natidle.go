package claim

import (
	"tcpbench/internal/figure"
	"tcpbench/results"
	"tcpbench/scenario"
)

// natIdle judges whether probes keep a NAT from forgetting a connection.
//
// A NAT forgets one without packets for nf_conntrack_tcp_timeout_established, and tells
// nobody. The next packet gets another port (nf_conntrack_tcp_loose), where the server
// knows no connection, and answers by a RST. A probe that comes too late gets that RST in
// place of a request: the connection is lost, and no request with it.
func natIdle() Rule {
	return Rule{Figures: []Figure{begun(), Requests(), failed()}, Judge: judgeNATIdle}
}

func judgeNATIdle(e *Evidence) Verdict {
	const kept, off = "without SO_KEEPALIVE, the NAT remembers for 60 s", "without SO_KEEPALIVE"
	const brief, late = "SO_KEEPALIVE 1s,1s,3", "SO_KEEPALIVE 4s,1s,3"
	const kernels, busy = "SO_KEEPALIVE alone, the kernel's default", "a request each second, without SO_KEEPALIVE"
	for _, name := range append([]string{kept}, e.measured(busy)...) {
		e.Needs(e.stays(name), name+": one connection carries all", "%s", e.idleTold(name))
	}
	e.Needs(e.Of(off, begun()) > 1, "without SO_KEEPALIVE the NAT forgets the connection", "%s", e.idleTold(off))
	lives := e.Check(e.stays(brief), "%s, below the NAT's 3 s: %s", brief, e.idleTold(brief))
	all, above := lives, ""
	for _, name := range append([]string{late}, e.measured(kernels)...) {
		all = e.Check(e.stays(name), "%s, above the NAT's 3 s: %s", name, e.idleTold(name)) && all
		above += figure.Sprintf("; %s: %s", name, e.idleTold(name))
	}
	told := figure.Sprintf("through a NAT that forgets after 3 s, with a request every 5 s: without SO_KEEPALIVE, "+
		"%s; %s: %s%s.", e.idleTold(off), brief, e.idleTold(brief), above)
	switch {
	case !lives:
		return verdict(scenario.Refuted, "%s", told).
			practice("send requests more often than the NAT forgets: probes each second did not keep it (%s).",
				e.idleTold(brief))
	case all:
		return verdict(scenario.Confirmed, "%s", told).
			practice("set SO_KEEPALIVE, whatever its values: %s.", e.idleTold(late))
	}
	return verdict(scenario.Depends, "%s", told).
		practice("set the first value of SO_KEEPALIVE below the time after which the NAT forgets an idle connection: "+
			"with 1 s, %s; with 4 s, %s. Without it, %s.", e.idleTold(brief), e.idleTold(late), e.idleTold(off))
}

// stays reports whether one connection carried several requests, and all that there were.
func (e *Evidence) stays(name string) bool {
	const several = 3
	return e.Of(name, Requests()) >= several && e.Of(name, begun()) == 1
}

// idleTold is what came of a case, in words.
func (e *Evidence) idleTold(name string) string {
	told := figure.Sprintf("%s answered on %s", figure.Counted(e.Of(name, Requests()), "request"),
		figure.Counted(e.Of(name, begun()), "connection"))
	if bad := e.Of(name, failed()); bad > 0 {
		told += figure.Sprintf(", %v lost with a request%s", bad, named(e.Run(name)))
	}
	return told
}

// begun counts connections, also those that failed.
func begun() Figure {
	return counted("connections", func(t results.Totals) int64 { return t.Attempted })
}
