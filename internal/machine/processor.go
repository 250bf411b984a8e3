package machine

// Processor is one that the kernel can run a thread on.
type Processor struct {
	// Number is its own, from 0.
	Number int
	// Core names the core that it is a part of, the same for all parts; "" is not known.
	Core string
}
