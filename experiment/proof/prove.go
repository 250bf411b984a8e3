package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/scenario"
)

// Tries is how often a trial is made until it has an answer.
const Tries = 3

// Report is what a proof found.
type Report struct {
	// Trials are those that were made, in order. Of one that was made again,
	// the last.
	Trials []Trial `json:"trials"`

	// Verdict is the answer of all of them, and Tolerance how it was measured.
	Verdict   Answer `json:"verdict"`
	Tolerance string `json:"tolerance"`
}

// Tools are what a proof makes trials with, and whom it tells.
type Tools struct {
	// Measure makes a trial: [cell.Measure].
	Measure cell.Measurer

	// Begin is told about a trial before it begins, Interval about its
	// intervals, and End about what came of it.
	Begin    func(scenario.Workload)
	Interval func(metrics.Interval)
	End      func(Trial)
}

// Prove makes the trials of c until one contradicts the prediction or has no
// answer. An error is for what could not be tried, or was interrupted.
func Prove(ctx context.Context, c Case, tools Tools) (Report, error) {
	rep := Report{Verdict: AsPredicted, Tolerance: "connections exact (an odd number of ports: " +
		"one less for each source and destination), time within " + figure.Percent(100*tolerance)}
	trials := Trials(c)
	if len(trials) == 0 {
		return rep, fault.Usagef("verify: ports are no limit with these settings, and no target says which rate to try")
	}
	for _, t := range trials {
		spec, err := c.with(t.Ports).Spec()
		if err != nil {
			return rep, err
		}
		if t, err = prove(ctx, spec, t, tools); err != nil {
			return rep, err
		}
		rep.Trials = append(rep.Trials, t)
		if rep.Verdict = t.Answer; t.Answer != AsPredicted {
			break
		}
	}
	return rep, nil
}

// prove makes one trial, again if need be.
func prove(ctx context.Context, spec cell.Spec, t Trial, tools Tools) (Trial, error) {
	spec.Workload.Rate = scenario.Rate{From: t.Rate, To: t.Rate}
	spec.Workload.Duration = time.Duration(t.LongestS * float64(time.Second))
	for t.Answer == "" || t.Answer == NotOffered && t.Tries < Tries {
		tools.Begin(spec.Workload)
		r, err := tools.Measure(ctx, spec, tools.Interval)
		switch {
		case ctx.Err() != nil && (err != nil || r.Interrupted):
			return t, fault.Interrupted(errors.New("verify: interrupted"))
		case err != nil:
			return t, fmt.Errorf("verify at %s/s: %w", figure.Number(t.Rate), err)
		}
		tries := t.Tries + 1
		t = t.judged(r)
		t.Tries = tries
		tools.End(t)
	}
	return t, nil
}
