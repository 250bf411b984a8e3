package results

import "tcpbench/law/exhaustion"

// Thread is what one thread of the client did.
type Thread struct {
	// Processor is the number of the one that the thread was pinned to; absent where the
	// scheduler chose.
	Processor *int `json:"processor,omitempty"`
	// Owns are the ports that no other thread connects from; absent where threads share
	// them, and of one thread.
	Owns *Part `json:"owns,omitempty"`

	// Succeeded, Failed and Requests are the thread's part of the totals.
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
	Requests  int64 `json:"requests"`

	// The rates are over the same time as the run's; absent where that is none.
	ConnectionsPerSecond *float64 `json:"connections_per_second,omitempty"`
	RequestsPerSecond    *float64 `json:"requests_per_second,omitempty"`

	// UserS and SystemS are the CPU time of the thread itself, in seconds: what other
	// threads of the client's process do is not in it.
	UserS   float64 `json:"cpu_user_s"`
	SystemS float64 `json:"cpu_system_s"`
}

// Part are the ports of so many sources towards every destination, of destinations, or of
// pairs of both. Other threads take of them only to keep all evenly used.
type Part struct {
	Sources      int `json:"sources,omitempty"`
	Destinations int `json:"destinations,omitempty"`
	Pairs        int `json:"pairs,omitempty"`
}

// MoreThreads is what to raise for a client with more threads; "" where their number is no
// setting of its engine.
func (r *Run) MoreThreads() string {
	return exhaustion.MoreThreads(len(r.Threads), r.Options.Concurrency)
}

// ShareSearch reports whether threads of the run, of which there were several, connected
// from the same ports to the same destination, one connection after the other, so that
// they met where the kernel searches for a port.
func (r *Run) ShareSearch() bool {
	return len(r.Threads) > 1 && r.Threads[0].Owns == nil && r.Reconnects()
}
