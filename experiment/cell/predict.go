package cell

import (
	"maps"

	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

// Predict says what the law gives for a cell in a lab, from its settings and
// the kernel's defaults for a new network namespace. It measures nothing.
func Predict(s Spec) (capacity.Prediction, error) {
	set, err := Law(s, capacity.DefaultSysctls())
	return capacity.Predict(set), err
}

// PredictNAT says what the law gives for the ports of the spec's NAT; false without one.
func PredictNAT(s Spec) (capacity.Prediction, bool) {
	return capacity.PredictNAT(s.natLaw(s.Workload.Destinations)), !s.Workload.NAT.IsZero()
}

// natLaw is what the law of the spec's NAT depends on, with so many destinations.
func (s Spec) natLaw(destinations int) capacity.NAT {
	n := s.Workload.NAT
	return capacity.NAT{Ports: n.Ports.Len(), Addresses: n.Addresses, InTurn: n.Spread == scenario.NATInTurn,
		Clients: max(s.Workload.From().Len(), 1), Destinations: destinations, Hold: n.Hold}
}

// Holds reports whether the client keeps its connections for the whole run, so
// that the law of those that come one after the other is not theirs.
func (s Spec) Holds() bool {
	w := s.Workload
	e := w.EngineFor(s.Scheme())
	switch {
	case w.Mode == scenario.ModeIdle:
		return true
	case w.Mode != scenario.ModeKeepalive || !w.RequestsPerConn.IsZero():
		return false
	default:
		return !e.Client || w.ReadBody && e.Does(w).MaxIdleConnsPerHost >= w.Concurrency
	}
}

// LawOutside is [Law] of a spec with TARGETs, on a host with such sysctls. It looks up no
// target: how many destinations they are, and whether they are on loopback, is not in it.
func LawOutside(s Spec, sysctls map[string]string) (capacity.Settings, error) {
	if !scenario.HasPorts(s.Scheme()) {
		return portless(s.Workload), nil
	}
	return settings(s.Workload, sysctls, nil, len(s.Workload.Source.Addrs), nil)
}

// Law says what the law of capacity depends on for a cell in a lab: its
// settings over the given sysctls, across a link. It measures nothing.
func Law(s Spec, sysctls map[string]string) (capacity.Settings, error) {
	if !scenario.HasPorts(s.Scheme()) {
		return portless(s.Workload), nil
	}
	sysctls = maps.Clone(sysctls)
	maps.Copy(sysctls, s.Workload.Sysctl)
	targets, err := s.labTargets()
	if err != nil {
		return capacity.Settings{}, fault.Usage(err)
	}
	peer := s.Workload.ServerSysctl
	if !s.Proxy.IsZero() {
		peer = s.Workload.ProxySysctl
	}
	set, err := settings(s.Workload, sysctls, peer, s.Workload.From().Len(), distinct(addresses(targets)))
	if fault.Status(err) == fault.StatusHost {
		return capacity.Settings{}, err
	}
	return set, fault.Usage(err)
}
