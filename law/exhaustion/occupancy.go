package exhaustion

import "sort"

// Sample is the use of ports at one moment of a run.
type Sample struct {
	// Connections is how many connections had begun.
	Connections int64
	// InUse counts the local ports in use towards the target, and Most is the most of
	// them since the sample before, where samples between the two were left out.
	InUse, Most int
	// Capacity is how many there are.
	Capacity int
}

// occupancyAt returns the share of ports in use when so many connections had
// begun, on the straight line between the samples around it. Over
// connections the line is straight even where the rate jumps.
func occupancyAt(samples []Sample, connections int64) (float64, bool) {
	if len(samples) == 0 || samples[0].Capacity == 0 {
		return 0, false
	}
	i := sort.Search(len(samples), func(i int) bool { return samples[i].Connections >= connections })
	if i == len(samples) {
		last := samples[i-1]
		return float64(last.InUse) / float64(last.Capacity), true
	}
	var from Sample // a run begins with no ports in use
	if i > 0 {
		from = samples[i-1]
	}
	to := samples[i]
	share := 1.0
	if d := to.Connections - from.Connections; d > 0 {
		share = float64(connections-from.Connections) / float64(d)
	}
	inUse := float64(from.InUse) + share*float64(to.InUse-from.InUse)
	return inUse / float64(to.Capacity), true
}

// Occupancy returns the share of ports in use at each of the given numbers of
// connections; it reports false when ports in use were not measured.
func Occupancy(samples []Sample, connections []int64) ([]float64, bool) {
	out := make([]float64, len(connections))
	for i, n := range connections {
		share, ok := occupancyAt(samples, n)
		if !ok {
			return nil, false
		}
		out[i] = share
	}
	return out, true
}
