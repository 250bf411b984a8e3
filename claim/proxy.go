package claim

import "tcpbench/results"

// ProxyCounter is how much a counter of the proxy's kernel rose, 0 for one
// that did not; by its name in nstat(8).
func ProxyCounter(column, name string) Figure {
	return Figure{Name: column, Of: func(r *results.Run) (float64, bool) {
		return float64(r.Kernel.Proxy[name]), r.Kernel.Proxy != nil
	}}
}

// portsHeld is how many ports of the proxy its connections to the backend hold
// when the last one was closed: those that are kept, and TIME_WAITs.
func portsHeld() Figure {
	return Figure{Name: "ports held at the end", Of: func(r *results.Run) (float64, bool) {
		h := host(r, "proxy")
		if h == nil || len(h.Samples) == 0 || h.Samples[len(h.Samples)-1].PortsInUse == nil {
			return 0, false
		}
		return float64(*h.Samples[len(h.Samples)-1].PortsInUse), true
	}}
}

// portsMost is the most of them that were in use at a time.
func portsMost() Figure {
	return Figure{Name: "ports in use at most", Of: func(r *results.Run) (float64, bool) {
		h := host(r, "proxy")
		if h == nil || h.PortsInUseMax == nil {
			return 0, false
		}
		return float64(*h.PortsInUseMax), true
	}}
}

// mostSaid is what the proxy said most often, for the end of a sentence.
func mostSaid(r *results.Run) string {
	if h := host(r, "proxy"); h != nil && len(h.Said) > 0 {
		return "; it said " + h.Said[0].Text
	}
	return ""
}
