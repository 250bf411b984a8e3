package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/internal/sockdiag"
	"tcpbench/scenario"
	"tcpbench/workload"
)

const (
	// timeWaits is how many TIME_WAITs there are to sample: all default ports.
	timeWaits = 28232
	samples   = 50
)

// sampling times what is read at the end of every interval, with every port
// in TIME_WAIT.
func sampling(dst netip.AddrPort) error {
	if err := fill(dst); err != nil {
		return err
	}
	sockets, err := sockdiag.Open()
	if err != nil {
		return err
	}
	defer sockets.Close()
	var ports, counts []float64
	for range samples {
		n := 0
		started := time.Now()
		if err := sockets.Towards(dst, sockdiag.AnyState, func(sockdiag.Socket) { n++ }); err != nil {
			return err
		}
		ports = append(ports, milliseconds(started))
		if n != timeWaits {
			return fmt.Errorf("%d ports in use, want %d", n, timeWaits)
		}
		started = time.Now()
		if _, err := procnet.TimeWaits(); err != nil {
			return err
		}
		counts = append(counts, milliseconds(started))
	}
	fmt.Printf("one sample with %d TIME_WAITs: ports in use %s ms, TIME_WAITs %s ms; at the default interval of 1 s that is the share of one CPU in tenths of a percent\n",
		timeWaits, describe(ports, "%.2f"), describe(counts, "%.3f"))
	return nil
}

// fill leaves a TIME_WAIT on every port; the walk avoids the search for them.
func fill(dst netip.AddrPort) error {
	w := scenario.DefaultWorkload()
	w.RequestSize, w.ResponseSize = 1, 1
	w.Engine = scenario.EngineEpoll
	w.Count, w.PortSelect = timeWaits, scenario.PortSelectWalk
	opts := workload.Options{Workload: w, Destinations: []netip.AddrPort{dst}, Capacity: timeWaits}
	for port := 32768; port <= 60999; port++ {
		opts.WalkPorts = append(opts.WalkPorts, uint16(port))
	}
	_, err := workload.Run(context.Background(), opts, workload.Observer{})
	return err
}

func milliseconds(started time.Time) float64 { return float64(time.Since(started)) / 1e6 }
