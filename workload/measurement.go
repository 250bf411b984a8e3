package workload

import (
	"time"

	"tcpbench/law/exhaustion"
	"tcpbench/metrics"
)

// Measurement is what a run saw.
type Measurement struct {
	// Recorder has the counts and latencies of all workers.
	Recorder *metrics.Recorder

	// StartedAt is the wall clock when counting began.
	StartedAt time.Time
	// Duration is for how long load was offered: until connections were no
	// longer begun, or with a count until the last one ended.
	Duration time.Duration
	// Drain is how long the last connections took after that.
	Drain time.Duration

	// Served is what rates are over: Duration, and as long as the connections in
	// flight, or requests of a library, went on after it on average. Where the
	// planned starts of an open loop all took place, it is Duration, and as long as answers
	// fell behind the plan in it.
	//
	// Note: tried Duration alone; 10 connections of 405 ms at a time came out at
	// 44/s in a run of 0.45 s. With all of the drain, one that times out would
	// count for all.
	Served time.Duration

	// PortsAtStart is how many ports were in use when counting began; nil where
	// ports were not measured.
	PortsAtStart *int

	// Ended is how many sockets towards the target were in TIME_WAIT in the end, where
	// none was in another state; nil where one was, or where that is not known.
	Ended *int

	// HeldBefore is how many ports a connect towards the target could not have
	// before the first one.
	HeldBefore int

	// History has the intervals.
	History *metrics.History

	// Exhausted is the first failure for lack of a port, or nil.
	Exhausted *Exhausted
	// Evidence is what held the ports then, or at the first failure that looked
	// the same; nil without either, or where that could not be read.
	Evidence *exhaustion.Evidence
	// Refusal is the first failure that looked the same while ports were free.
	Refusal *exhaustion.Refusal

	// Sustained tells that the ports held had stopped growing for long enough;
	// Steady is for how long. Neither is judged where ports were not measured.
	Sustained bool
	Steady    time.Duration

	// CPUUser and CPUSystem are what the client process used while it counted.
	CPUUser, CPUSystem time.Duration

	// Threads are those of an engine that has some of its own, in their order.
	Threads []Thread

	// Canceled tells that the run was interrupted.
	Canceled bool

	// SampleErrors tell which samples could not be taken.
	SampleErrors []error
}

// Exhausted is the first failure for lack of a port.
type Exhausted struct {
	metrics.Failure

	// After is when it happened, from the start of the run.
	After time.Duration
	// AfterConnections counts the connects that had obtained a port by then,
	// those in flight included.
	AfterConnections int64
	// RecoveredAfter is how long after it a connect obtained a port again;
	// nil if none did.
	RecoveredAfter *time.Duration
}
