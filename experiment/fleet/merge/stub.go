// Package merge is a stand-in: whoever lands the real one removes stub.go.
package merge

import (
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
	"tcpbench/scenario"
)

type Part struct {
	Agent results.Agent
	Run   *results.Run
}

func Runs(_ scenario.Workload, _ []string, _ *capacity.Prediction, parts []Part) (*results.Run, error) {
	r := parts[0].Run
	r.Agents = nil
	for i, p := range parts {
		if p.Run != nil && i > 0 {
			r.Totals.Succeeded += p.Run.Totals.Succeeded
		}
		r.Agents = append(r.Agents, p.Agent)
	}
	return r, nil
}

func Interval(iv []metrics.Interval) metrics.Interval { return iv[0] }

func Predictions([]capacity.Prediction) capacity.Prediction { return capacity.Prediction{} }
