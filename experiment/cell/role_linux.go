package cell

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

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

// clientMain reads a spec, measures it in the namespace that it is in, and
// reports. The end of in cancels the run.
func clientMain(in io.Reader, out io.Writer) error {
	dec := json.NewDecoder(in)
	var s Spec
	if err := dec.Decode(&s); err != nil {
		return fmt.Errorf("read cell: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	enc := json.NewEncoder(out)
	observe := func(iv metrics.Interval) {
		_ = enc.Encode(report{Interval: &iv}) // a parent that is gone kills this process
	}
	tell := func(r *results.Run) error { return enc.Encode(report{Result: r, Pcap: r.Pcap}) }
	if err := inNamespace(ctx, s, observe, tell); err != nil {
		return enc.Encode(report{Failure: newFailure(err)})
	}
	return nil
}
