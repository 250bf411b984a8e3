package resultstest

import (
	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

// Program is a run of a program of the user's that came to its knee and ran out of ports,
// with nothing of what is not seen from outside.
func Program() *results.Run {
	r := Full()
	r.Options = scenario.DefaultWorkload()
	r.Options.Engine, r.Options.Until = scenario.EngineExec, scenario.UntilExhausted
	r.Environment.Engine, r.Environment.Client = "exec", "python3 client.py 198.19.0.1 7000"
	r.Totals = results.Totals{Counts: metrics.Counts{Attempted: 2000, Obtained: 2000, Succeeded: 1990, Failed: 10},
		Errors: map[string]int64{exhaustion.HandshakeFailed: 10}}
	r.Rates.RequestsPerSecond = 0
	for i := range r.Intervals {
		iv := &r.Intervals[i]
		iv.RequestsPerSecond, iv.ServerErrors = 0, 0
		iv.ConnectP50US, iv.ConnectP99US, iv.RequestP50US, iv.RequestP99US, iv.ResponseP99US = nil, nil, nil, nil, nil
	}
	r.Program = &results.Program{EndedS: 5, ExitStatus: new(1), LeftBehind: new(0),
		LastLine: "[Errno 99] Cannot assign requested address", CPUCost: results.CPUPoints(r.ConnectCost),
		Destinations: []results.Destination{{Address: "198.19.0.1:7000", Target: true, PortsInUseMax: 2000,
			PortsCapacity: 2000}, {Address: "198.19.0.1:7001", PortsInUseMax: 3, PortsCapacity: 2000}}}
	r.Exhaustion.Knee = r.Exhaustion.Knee.OfCPU()
	r.Exhaustion.Said = "[Errno N] Cannot assign requested address"
	r.Latency, r.ConnectCost, r.Keepalive, r.Dialer, r.Lateness, r.Stalls = results.Latency{}, nil, nil, nil, nil, nil
	r.Delivery, r.Limit, r.Threads, r.Search = nil, nil, nil, nil
	return r
}
