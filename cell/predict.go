package cell

import (
	"net/netip"

	"tcpbench/capacity"
	"tcpbench/internal/fault"
	"tcpbench/lab"
)

// Predict says what the law gives for a cell in a lab, from its settings and
// the kernel's defaults for a new network namespace. It measures nothing.
func Predict(s Spec) (capacity.Prediction, error) {
	sysctls := namespaceDefaults()
	for key, value := range s.Workload.Sysctl {
		sysctls[key] = value
	}
	targets, err := s.labTargets()
	if err != nil {
		return capacity.Prediction{}, fault.Usage(err)
	}
	destinations := make([]netip.AddrPort, len(targets))
	for i, t := range targets {
		destinations[i] = netip.AddrPortFrom(lab.ServerAddr(s.Workload.IP), t.Port)
	}
	server := map[string]string(s.Workload.ServerSysctl)
	set, err := settings(s.Workload, sysctls, server, s.Workload.Source.Len(), destinations)
	if err != nil {
		return capacity.Prediction{}, fault.Usage(err)
	}
	return capacity.Predict(set), nil
}

// namespaceDefaults are what the kernel gives a new network namespace, where
// it does not depend on the machine (inet_init_net, tcp_sk_init).
func namespaceDefaults() map[string]string {
	return map[string]string{
		"net.ipv4.ip_local_port_range":     "32768 60999",
		"net.ipv4.ip_local_reserved_ports": "",
		"net.ipv4.tcp_tw_reuse":            "2",
		"net.ipv4.tcp_tw_reuse_delay":      "1000",
		"net.ipv4.tcp_timestamps":          "1",
	}
}
