package claim

import "tcpbench/results"

// host is one of a lab's hosts, nil where there was none.
func host(r *results.Run, name string) *results.Host {
	for _, h := range r.Hosts.Each() {
		if h.Name == name {
			return h.Host
		}
	}
	return nil
}

// hostFigure is a number of one of a lab's hosts, where it was measured.
func hostFigure(column, name string, of func(*results.Host) *int) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) {
		h := host(r, name)
		if h == nil {
			return 0, false
		}
		n := of(h)
		if n == nil {
			return 0, false
		}
		return float64(*n), true
	}}
}

// timeWaits is the most TIME_WAITs that a host had at a time.
func timeWaits(name string) Figure {
	return hostFigure("TIME_WAITs, "+name, name, func(h *results.Host) *int { return h.TimeWaitMax })
}

// timeWaitsLeft is how many it had after the last close.
func timeWaitsLeft(name string) Figure {
	return hostFigure("TIME_WAITs, "+name, name, func(h *results.Host) *int { return h.TimeWaitEnd })
}

// portsOf is how many local ports a host has towards the backend.
func portsOf(name string) Figure {
	return hostFigure("ports, "+name, name, func(h *results.Host) *int { return h.PortsCapacity })
}
