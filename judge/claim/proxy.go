package claim

import "tcpbench/results"

// portsHeld is how many ports of the proxy its connections to the backend hold
// when the last one was closed: those that are kept, and TIME_WAITs.
func portsHeld() Figure {
	return hostFigure("ports held at the end", "proxy", func(h *results.Host) *int {
		if len(h.Samples) == 0 {
			return nil
		}
		return h.Samples[len(h.Samples)-1].PortsInUse
	})
}

// portsMost is the most of them that were in use at a time.
func portsMost() Figure {
	return hostFigure("ports in use at most", "proxy", func(h *results.Host) *int { return h.PortsInUseMax })
}

// mostSaid is what the proxy said most often, for the end of a sentence.
func mostSaid(r *results.Run) string {
	if h := host(r, "proxy"); h != nil && len(h.Said) > 0 {
		return "; it said " + h.Said[0].Text
	}
	return ""
}
