// Command soak has a load at a fixed rate on a server, and watch beside them, for a long time,
// and fails when memory, descriptors or goroutines of any of their processes grow. It is to run
// in a network namespace of its own: unshare --map-root-user --net.
//
//	SOAK=10m       how long; a third of it is warm-up
//	SOAK_BIN=PATH  the program
//	SOAK_DIR=PATH  where the run's result goes; a temporary directory, removed at the end
//
// It samples every 2 s: what the two programs export to Prometheus, and what /proc has of
// the server.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
)

const (
	usual = 10 * time.Minute
	every = 2 * time.Second
	// rate is per second: 60 s of it are 18,000 TIME_WAITs, of the 28,232 ports that there are.
	rate = 300
	// interval fills the memory for intervals within a third of ten minutes.
	interval = 100 * time.Millisecond
)

func main() {
	if err := soak(); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak() error {
	length, err := time.ParseDuration(cmp.Or(os.Getenv("SOAK"), usual.String()))
	if err != nil {
		return fmt.Errorf("SOAK: %w; write it as 10m or 2h", err)
	}
	dir := os.Getenv("SOAK_DIR")
	if dir == "" {
		if dir, err = os.MkdirTemp("", "soak"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback device: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("set the loopback device up: %w; run it in a network namespace of its own: "+
			"unshare --map-root-user --net", err)
	}
	p, err := begin(cmp.Or(os.Getenv("SOAK_BIN"), "bin/tcpbench"), dir, length)
	if err != nil {
		return err
	}
	samples, err := p.follow(length, stop)
	if err := errors.Join(err, p.end()); err != nil {
		return err
	}
	return tell(samples, length)
}

// tell writes the table; it is an error where something grew.
func tell(samples []*series, length time.Duration) error {
	slices.SortStableFunc(samples, func(a, b *series) int {
		return cmp.Or(cmp.Compare(a.process, b.process), cmp.Compare(a.figure.name, b.figure.name))
	})
	fmt.Printf("\n%v at %d connections/s, %d samples; of the first and the last quarter after warm-up:\n"+
		"the median of resident memory, the least of all else\n", length, rate, len(samples[0].values))
	fmt.Printf("%-16s %-16s %9s %9s %9s %9s\n", "process", "figure", "first", "last", "most", "per hour")
	grew := 0
	for _, s := range samples {
		v, err := s.judge(length)
		if err != nil {
			return err
		}
		fmt.Println(v)
		if !v.flat {
			grew++
		}
	}
	if grew > 0 {
		return fmt.Errorf("%d of %d figures grew; see the table", grew, len(samples))
	}
	return nil
}
