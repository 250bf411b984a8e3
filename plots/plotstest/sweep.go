// Package plotstest makes up results to draw: the cells of the built-in
// scenario, with the figures that Linux 6.18 gives. It is for tests.
package plotstest

import (
	"fmt"
	"time"

	"tcpbench/results"
)

// cell is one setting of the built-in scenario's matrix.
type cell struct {
	reset  bool // linger 0
	reuse  int  // tcp_tw_reuse
	lo, hi int  // ip_local_port_range
}

// Sweep returns one run for each of the eight cells: linger off and 0,
// tcp_tw_reuse 0 and 1, the default port range and one of 1000 ports. The
// first is the one with a knee.
func Sweep() []*results.Run {
	var runs []*results.Run
	for _, reset := range []bool{false, true} {
		for reuse := range 2 {
			runs = append(runs,
				simulate(cell{reset, reuse, 32768, 60999}),
				simulate(cell{reset, reuse, 40000, 40999}))
		}
	}
	return runs
}

func (c cell) ports() int { return c.hi - c.lo + 1 }

func (c cell) linger() string {
	if c.reset {
		return "0"
	}
	return "off"
}

func (c cell) portRange() string { return fmt.Sprintf("%d %d", c.lo, c.hi) }

// matrix is the cell's place in the sweep.
func (c cell) matrix() map[string]string {
	return map[string]string{
		"linger":                              c.linger(),
		"sysctl.net.ipv4.tcp_tw_reuse":        fmt.Sprint(c.reuse),
		"sysctl.net.ipv4.ip_local_port_range": c.portRange(),
	}
}

// exhausts reports whether the cell runs out of ports.
func (c cell) exhausts() bool { return !c.reset && (c.reuse == 0 || c.ports() <= 1000) }

// inUse is how many ports are taken after n connections.
func (c cell) inUse(n int) int {
	switch {
	case c.reset:
		return min(n, 50)
	case c.reuse == 1:
		// About one second's worth: those older are taken over.
		return min(n, 14216, c.ports())
	default:
		return min(n, c.ports())
	}
}

// call is the time inside connect(2): beyond half the range the search walks
// all of that half.
func (c cell) call(n int) time.Duration {
	const base = 35 * time.Microsecond
	if c.reset || c.reuse == 1 && c.ports() > 1000 || n < c.ports()/2 {
		return base
	}
	return base + time.Duration(c.ports()/2)*97*time.Nanosecond
}

// rest is the time that a connection takes besides connect(2).
func (c cell) rest() time.Duration {
	if c.reset {
		return 17 * time.Microsecond
	}
	return 35 * time.Microsecond
}
