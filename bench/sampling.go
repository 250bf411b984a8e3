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

// samples is how many samples are timed.
const samples = 50

// sampled are the times of samples in milliseconds.
type sampled struct {
	Ports     []float64 `json:"ports"`
	TimeWaits []float64 `json:"time_waits"`
}

func (s sampled) String() string {
	return fmt.Sprintf("One sample with %d TIME_WAITs: ports in use %s ms, TIME_WAITs %s ms. At the default interval "+
		"of 1 s that is the share of one CPU in tenths of a percent.",
		defaultPorts, describe(s.Ports), describe(s.TimeWaits))
}

// sampling times what is read at the end of every interval, with every
// default port in TIME_WAIT.
func sampling(p *place) (sampled, error) {
	server := echoServer()
	if _, err := p.tell(order{Serve: &server}); err != nil {
		return sampled{}, err
	}
	if err := fill(labAddress()); err != nil {
		return sampled{}, err
	}
	return timeSamples(labAddress())
}

func timeSamples(dst netip.AddrPort) (sampled, error) {
	var out sampled
	sockets, err := sockdiag.Open()
	if err != nil {
		return out, err
	}
	defer sockets.Close()
	for range samples {
		n := 0
		started := time.Now()
		if err := sockets.Towards([]netip.AddrPort{dst}, sockdiag.AnyState, func(sockdiag.Socket) { n++ }); err != nil {
			return out, err
		}
		out.Ports = append(out.Ports, milliseconds(started))
		if n != defaultPorts {
			return out, fmt.Errorf("%d ports in use, want %d", n, defaultPorts)
		}
		started = time.Now()
		if _, err := procnet.TimeWaits("self"); err != nil {
			return out, err
		}
		out.TimeWaits = append(out.TimeWaits, milliseconds(started))
	}
	return out, nil
}

// fill leaves a TIME_WAIT on every port; the walk avoids the search for them.
func fill(dst netip.AddrPort) error {
	w := scenario.DefaultWorkload()
	w.RequestSize, w.ResponseSize = 1, 1
	w.Engine = scenario.EngineEpoll
	w.Count, w.PortSelect, w.Sockets = defaultPorts, scenario.PortSelectWalk, scenario.SocketsFresh
	opts := workload.Options{Workload: w, Destinations: []netip.AddrPort{dst}, Capacity: defaultPorts}
	for port := 32768; port <= 60999; port++ {
		opts.LocalPorts = append(opts.LocalPorts, uint16(port))
	}
	_, err := workload.Run(context.Background(), opts, workload.Observer{})
	return err
}

func milliseconds(started time.Time) float64 { return float64(time.Since(started)) / 1e6 }
