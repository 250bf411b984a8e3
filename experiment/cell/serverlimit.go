package cell

import (
	"fmt"

	"tcpbench/law/exhaustion"
	"tcpbench/results"
	"tcpbench/scenario"
)

// serverLimit warns of a rate that is the embedded server's, on a host on which so many
// processors may be used; nil where it is not. Of any other server it is what one
// wants to know, and the run's limit says it.
func serverLimit(r *results.Run, cpus int) *results.Warning {
	l, e := r.Limit, r.Environment
	if l == nil || l.What != exhaustion.ByServer || l.Host != "" || e.TargetKind != "embedded" {
		return nil
	}
	return &results.Warning{Code: "server-limit", Text: fmt.Sprintf("the rate is that of the lab's own server, which "+
		"stands for one of yours: %s; %s", l.Evidence, moreServer(r.Options, e.Server, cpus))}
}

// moreServer is what lets the embedded server of a protocol do more.
func moreServer(w scenario.Workload, protocol string, cpus int) string {
	p, _ := scenario.ProtocolNamed(protocol) // it ran
	more := fmt.Sprintf("--server-threads %d", w.ServerThreads+1)
	switch {
	case !p.Threads:
		return fmt.Sprintf("it uses every processor that Go does; more than the %d here would let it do more", cpus)
	case w.Threads+w.ServerThreads < cpus:
		return "use " + more
	case w.Threads > 1:
		return fmt.Sprintf("use %s with --threads %d, which leaves it the processor", more, w.Threads-1)
	default:
		return fmt.Sprintf("with %s on a machine with more processors than the %d here it would do more", more, cpus)
	}
}
