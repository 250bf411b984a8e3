package workload

import (
	"tcpbench/metrics"
	"tcpbench/workload/engine"
)

// Thread is what one thread of an engine did.
type Thread struct {
	metrics.Counts
	// CPU is what it used while it counted.
	CPU metrics.CPU
	// Processor is the one that it was pinned to; nil where the scheduler chose.
	Processor *int
	// Owns are the ports that it has for itself.
	Owns engine.Part
}
