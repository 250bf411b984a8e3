package main

import (
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet"
	"tcpbench/scenario"
)

// Whose settings a forecast goes by: those of the host that measures.
func TestTheLawOfARunIsThatOfItsHost(t *testing.T) {
	here := &kernel{sysctls: func() map[string]string {
		return map[string]string{"net.ipv4.ip_local_port_range": "40000 40999", "net.ipv4.tcp_tw_reuse": "1",
			"net.ipv4.tcp_tw_reuse_delay": "5000", "net.ipv4.tcp_max_tw_buckets": "100"}
	}, hz: func() int { return 250 }, name: func() string { return "Linux 6.18.0" }}
	elsewhere := *here
	elsewhere.fleet = &fleet.Fleet{}
	w := scenario.DefaultWorkload()
	walk := w
	walk.PortSelect = scenario.PortSelectWalk
	target := []string{"tcp://192.0.2.1:7000"}
	const kept = 5 * time.Second
	for _, tt := range []struct {
		name    string
		kernel  *kernel
		spec    cell.Spec
		delay   time.Duration
		buckets int
		hz      int
		walk    bool
	}{
		{"a target's are this host's", here, cell.Spec{Workload: w, Targets: target}, kept, 100, 250, false},
		{"with what the run does", here, cell.Spec{Workload: walk, Targets: target}, kept, 100, 250, true},
		{"a fleet's are not", &elsewhere, cell.Spec{Workload: w, Targets: target}, time.Second, 0, 0, false},
		{"nor are a lab's, but for the kernel", here, cell.Spec{Workload: w}, time.Second, 0, 250, false},
		{"without a kernel there are none", nil, cell.Spec{Workload: w, Targets: target}, time.Second, 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			law := streams{kernel: tt.kernel}.lawOf(tt.spec)
			if law == nil {
				t.Fatal("lawOf() = nil, want a law")
			}
			if law.ReuseDelay != tt.delay || law.MaxTimeWaits != tt.buckets || law.HZ != tt.hz || law.Walk != tt.walk {
				t.Errorf("lawOf() = %+v, want a delay of %v, %d TIME_WAITs, %d Hz, walk %v", law, tt.delay, tt.buckets,
					tt.hz, tt.walk)
			}
		})
	}
}
