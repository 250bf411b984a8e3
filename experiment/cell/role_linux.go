package cell

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/metrics"
	"tcpbench/results"
)

// A cell's processes are this program under other names, which also tell
// them apart in ps(1).
const (
	clientRole = "tcpbench-cell"
	serverRole = "tcpbench-server"
	proxyRole  = "tcpbench-proxy"
	natRole    = "tcpbench-nat"
	linkRole   = "tcpbench-link"
	// programRole is the process around a client's program.
	programRole = "tcpbench-client"
)

// Role runs the part of a cell that the process was started for, and exits;
// in any other process it returns at once. Call it first in main, and in the
// TestMain of tests that start cells.
func Role() {
	var err error
	if slices.Contains([]string{clientRole, serverRole, proxyRole, natRole, linkRole, programRole}, os.Args[0]) {
		collectLater()
		_ = os.WriteFile("/proc/self/comm", []byte(os.Args[0]), 0) // for people who look at ps; nothing depends on it
	}
	switch os.Args[0] {
	case clientRole:
		err = clientMain(os.Stdin, os.Stdout)
	case serverRole, proxyRole, natRole, programRole:
		err = peerMain(os.Stdin, os.Stdout)
	case linkRole:
		err = linkMain(os.Stdin, os.Stdout)
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(fault.Status(err))
	}
	os.Exit(fault.StatusDone)
}

// report is a line that a cell's client process writes to its parent.
type report struct {
	// Ready tells that a load waits for its order to begin, and Began what
	// workload.Observer.Started is told, as machine.Monotonic has it.
	Ready    bool              `json:"ready,omitempty"`
	Began    time.Duration     `json:"began,omitempty"`
	Interval *metrics.Interval `json:"interval,omitempty"`
	Result   *results.Run      `json:"result,omitempty"`
	Pcap     []byte            `json:"pcap,omitempty"` // the result's
	Failure  *failure          `json:"failure,omitempty"`
}

// failure is why there is no result.
type failure struct {
	Status int    `json:"status"`
	Text   string `json:"text"`
}

func newFailure(err error) *failure { return &failure{Status: fault.Status(err), Text: err.Error()} }

// assignment is the first line that a cell's client process reads.
type assignment struct {
	Spec
	// Lease is that of a load; 0 of a cell that begins at once.
	Lease time.Duration `json:"lease,omitempty"`
}

// clientMain reads a spec, measures it in the namespace that it is in, and
// reports. The end of in cancels the run.
func clientMain(in io.Reader, out io.Writer) error {
	dec := json.NewDecoder(in)
	var a assignment
	if err := dec.Decode(&a); err != nil {
		return fmt.Errorf("read cell: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reports := &reporter{enc: json.NewEncoder(out)}
	if a.Lease > 0 {
		a.start = newStart(dec, a.Lease, reports, cancel)
	} else {
		go func() { // ends with the process
			_, _ = io.Copy(io.Discard, in)
			cancel()
		}()
	}
	observe := func(iv metrics.Interval) {
		_ = reports.tell(report{Interval: &iv}) // a parent that is gone kills this process
	}
	tell := func(r *results.Run) error { return reports.tell(report{Result: r, Pcap: r.Pcap}) }
	measured := inNamespace
	if !a.Lab() {
		measured = outOfLab
	}
	if err := measured(ctx, a.Spec, observe, tell); err != nil {
		return reports.tell(report{Failure: newFailure(err)})
	}
	return nil
}

// outOfLab is inNamespace of a cell that has no lab.
func outOfLab(ctx context.Context, s Spec, observe func(metrics.Interval), tell func(*results.Run) error) error {
	r, err := Here(ctx, s, observe)
	if err != nil {
		return err
	}
	return tell(r)
}

// reporter writes reports, one at a time.
type reporter struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (r *reporter) tell(rep report) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.enc.Encode(rep)
}
