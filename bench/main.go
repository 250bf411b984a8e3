// Command bench measures the tool's own speed beside other programs that do
// the same: a bare loop of the same system calls in C, a loop over net.Dial,
// wrk, ab, hey and neper. It also measures what a lab's set-up and a sample
// cost.
//
// The contenders of a match run in one lab, for one server, with the same
// number of connections in flight, in turns: A B C, C B A, and so on. What is
// reported are medians with their spread, and ratios round by round.
//
// `make bench` runs it; `go run ./bench -write BENCHMARKS.md` keeps the report,
// `make docs` draws how cost grows.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"

	"tcpbench/experiment/cell"
)

// options are the flags.
type options struct {
	rounds int
	turn   time.Duration
	only   *regexp.Regexp
	write  string
	growth string
}

func main() {
	cell.Role()
	if err := play(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// play is one of the processes of a benchmark: the one that was started by
// hand, a lab's client, or a lab's server.
func play() error {
	switch os.Args[0] {
	case clientRole:
		return clientMain(os.Stdin, os.Stdout)
	case serverRole:
		return serverMain(os.Stdin, os.Stdout)
	}
	o, err := parseOptions()
	if err != nil {
		return err
	}
	return outside(context.Background(), o)
}

func parseOptions() (options, error) {
	var o options
	flag.IntVar(&o.rounds, "rounds", 10, "how many turns each contender has, at least 5")
	flag.DurationVar(&o.turn, "turn", time.Second, "how long a turn lasts, in whole seconds")
	only := flag.String("only", "", "measure only the parts whose name matches this regular expression")
	flag.StringVar(&o.write, "write", "", "write the report to this file as Markdown, too")
	flag.StringVar(&o.growth, "growth", "", "measure how cost grows, too, and draw it to this directory")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag; see -help", flag.Arg(0))
	}
	if o.rounds < 5 {
		return o, fmt.Errorf("rounds: %d tell no median from chance; use 5 or more", o.rounds)
	}
	if o.turn < time.Second || o.turn%time.Second != 0 {
		return o, fmt.Errorf("turn: %v is not in whole seconds, which is all that ab and hey can run for", o.turn)
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("only: %w", err)
	}
	return o, nil
}

// outside starts everything from the host's own namespace.
func outside(ctx context.Context, o options) error {
	t, err := prepareTools(ctx)
	if err != nil {
		return err
	}
	defer t.remove()
	return measureAll(ctx, o, t)
}
