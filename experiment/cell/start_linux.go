package cell

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tcpbench/internal/machine"
	"tcpbench/workload"
)

// instruction is a line that a load's process reads: each renews its lease, and one says
// when to begin, as machine.Monotonic has it.
type instruction struct {
	Begin *time.Duration `json:"begin,omitempty"`
}

// newStart reads instructions from then on. Where none comes for as long as the lease, or
// there are no more, the run is canceled.
func newStart(in *json.Decoder, lease time.Duration, reports *reporter, cancel context.CancelFunc) start {
	at := make(chan time.Duration, 1)
	// The lease runs from when all is ready: nobody can renew it before.
	expired := time.AfterFunc(lease, cancel)
	expired.Stop()
	go func() { // ends with the process
		defer cancel()
		for {
			var i instruction
			if err := in.Decode(&i); err != nil {
				return
			}
			expired.Reset(lease)
			if i.Begin != nil && len(at) == 0 {
				at <- *i.Begin
			}
		}
	}()
	return start{gate: gateOf(at, reports, func() { expired.Reset(lease) }), began: func(at time.Time) {
		if reading, err := machine.Reading(at); err == nil { // else the gate has failed
			_ = reports.tell(report{Began: reading}) // a parent that is gone kills this process
		}
	}}
}

// gateOf tells that all is ready, and waits for when to begin.
func gateOf(at <-chan time.Duration, reports *reporter, ready func()) workload.Gate {
	return func(ctx context.Context) (time.Time, error) {
		ready()
		if err := reports.tell(report{Ready: true}); err != nil {
			return time.Time{}, err
		}
		select {
		case <-ctx.Done():
			return time.Time{}, errors.New("nobody said when")
		case at := <-at:
			return machine.Time(at)
		}
	}
}
