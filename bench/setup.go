package main

import (
	"context"
	"fmt"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/scenario"
)

// setups is how many labs are made to time one.
const setups = 30

// setUp times a whole cell with one connection in it: both processes and
// namespaces, the link, the sysctls, the server, and all of it taken down.
func setUp(ctx context.Context) (string, error) {
	w := scenario.DefaultWorkload()
	w.Count = 1
	var ms []float64
	for range setups {
		started := time.Now()
		if _, err := cell.Measure(ctx, cell.Spec{Workload: w}, nil); err != nil {
			return "", err
		}
		ms = append(ms, milliseconds(started))
	}
	return fmt.Sprintf("A cell with one connection, set-up and tear-down included: %s ms, %d times.", describe(ms),
		setups), nil
}
