package cell

import (
	"tcpbench/results"
	"tcpbench/workload"
)

// threads are what each thread of the client did.
func threads(m *workload.Measurement) []results.Thread {
	var out []results.Thread
	for _, t := range m.Threads {
		one := results.Thread{Processor: t.Processor, Succeeded: t.Succeeded, Failed: t.Failed, Requests: t.Requests,
			UserS: t.CPU.User.Seconds(), SystemS: t.CPU.System.Seconds()}
		if p := results.Part(t.Owns); p != (results.Part{}) {
			one.Owns = &p
		}
		if s := m.Served.Seconds(); s > 0 {
			one.ConnectionsPerSecond, one.RequestsPerSecond = new(float64(t.Succeeded)/s), new(float64(t.Requests)/s)
		}
		out = append(out, one)
	}
	return out
}
