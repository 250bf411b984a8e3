package compare

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/judge/metric"
	"tcpbench/law/capacity"
	"tcpbench/results"
	"tcpbench/scenario"
)

// fewPorts is the share of the ports in use from which connect(2) searches for
// long: the kernel tries those of one parity first (__inet_hash_connect), and
// half of all ports are of the other.
const fewPorts = 0.5

// pastKnee says that connections of a run searched for their ports, so that
// rates and latencies show the search more than what connections were for.
func pastKnee(r *results.Run) string {
	e := r.Exhaustion
	switch {
	case e != nil && e.Exhausted:
		return "ran out of ports" + e.OnHost()
	case r.Knee() != nil:
		return fmt.Sprintf("was past its knee, from connection %d on", *r.Knee().AfterConnections)
	case r.Options.PortSelect == scenario.PortSelectWalk:
		return "" // nothing is searched for
	}
	for _, s := range r.Samples() {
		if float64(s.Most) > fewPorts*float64(s.Capacity) {
			return fmt.Sprintf("had %d of its %d ports in use", s.Most, s.Capacity)
		}
	}
	return ""
}

// searches says which side's runs were past the knee; "" when none was.
func (p pair) searches() string {
	for i, g := range []Group{p.base, p.candidate} {
		for n, r := range g.Runs {
			if why := pastKnee(r); why != "" {
				return fmt.Sprintf("%s: run %d of %d %s", [...]string{"base", "new"}[i], n+1, len(g.Runs), why)
			}
		}
	}
	return ""
}

// judgeSearch takes the verdict from what the search for ports distorts, unless
// the sides differ in what decides on ports: then the search is what is compared.
func (p pair) judgeSearch(cell *Cell) (note string) {
	why := p.searches()
	if why == "" {
		return ""
	}
	host := p.elsewhere()
	if slices.ContainsFunc(differences(p.base.Runs[0], p.candidate.Runs[0]), Difference.ofPorts) {
		what := "the search for ports"
		if host != "" {
			what = "the errors that the " + host + " answered with"
		}
		return p.name + ": " + why + ": rates and latencies include " + what + ", which is what differs here"
	}
	if host != "" {
		why += fmt.Sprintf(", so that rates and latencies are in part those of the errors that the %s answered with: "+
			"measure before that", host)
	} else {
		why += ", so that rates and latencies are those of the search for ports: measure below the knee"
	}
	if ports := p.base.Runs[0].Prediction.ConnectionsUntilExhaustion; ports > 1 && host == "" {
		why += fmt.Sprintf(", as with -n %d", int64(fewPorts*float64(ports)))
	}
	for i := range cell.Rows {
		if r := &cell.Rows[i]; r.P != nil && distorted(r.of) {
			r.Verdict, r.Note, r.P, r.Power = Inconclusive, why, nil, nil
		}
	}
	return ""
}

// elsewhere is a host whose ports ran out in a run of either side, where it is not the
// client.
func (p pair) elsewhere() string {
	for _, g := range []Group{p.base, p.candidate} {
		for _, r := range g.Runs {
			if h := r.Exhaustion.Elsewhere(); h != "" {
				return h
			}
		}
	}
	return ""
}

// distorted tells the metrics that depend on how long a connect takes.
func distorted(m metric.Metric) bool {
	return m.Unit == metric.Time || strings.HasSuffix(m.Name, "_per_second")
}

// ofPorts tells the settings that decide on how many ports there are, how one is
// found, and how long it is held.
func (d Difference) ofPorts() bool {
	name := strings.TrimPrefix(strings.TrimPrefix(d.What, "server "), "proxy ")
	if slices.ContainsFunc(capacity.Sysctls(), func(s capacity.Sysctl) bool { return s.Name == name }) {
		return true
	}
	return slices.Contains([]string{
		"linger", "close", "server-close", "source", "destinations", "bind-no-port", "source-ports", "port-select",
		"mode", "requests-per-conn", "read-body", "max-idle-conns-per-host",
	}, d.What)
}
