package main

import (
	"context"
	"fmt"
	"time"

	"tcpbench/cell"
	"tcpbench/scenario"
)

// setups is how many labs are made to time one.
const setups = 30

// setUp times a whole cell with one connection in it: both processes and
// namespaces, the link, the sysctls, the server, and all of it taken down.
func setUp() error {
	w := scenario.DefaultWorkload()
	w.Count = 1
	var ms []float64
	for range setups {
		started := time.Now()
		if _, err := cell.Measure(context.Background(), cell.Spec{Workload: w}, nil); err != nil {
			return err
		}
		ms = append(ms, float64(time.Since(started).Microseconds())/1e3)
	}
	fmt.Printf("a cell with one connection, set-up and tear-down included: %s ms, %d times\n", describe(ms, "%.1f"), setups)
	return nil
}
