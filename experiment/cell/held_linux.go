package cell

import (
	"context"

	"tcpbench/internal/machine"
	"tcpbench/law/capacity"
	"tcpbench/workload"
)

// Held counts the local ports that connects towards the spec's targets cannot
// have just now, in the network namespace of the calling process, and says
// what the law gives there.
func Held(ctx context.Context, s Spec) (int, capacity.Prediction, error) {
	p, err := outside(ctx, s)
	if err != nil {
		return 0, capacity.Prediction{}, err
	}
	if p.socket != "" {
		return 0, capacity.Prediction{}, nil
	}
	set, err := settings(s.Workload, Sysctls(), nil, len(p.Sources), p.Destinations)
	if err != nil {
		return 0, capacity.Prediction{}, err
	}
	set = set.On(machine.HZ(), machine.Kernel())
	held, err := workload.Held(p.Destinations, set.ReuseAfter())
	return held, capacity.Predict(set), err
}
