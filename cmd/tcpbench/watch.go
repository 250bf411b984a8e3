package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/host/exporter"
	"tcpbench/host/netns"
	"tcpbench/internal/fault"
	"tcpbench/law/headroom"
)

// watching says for how long, how often, and for whom to watch.
type watching struct {
	top      int
	interval time.Duration
	count    int           // rounds; 0 is without end
	duration time.Duration // 0 is without end
	listen   string        // "" exports nothing
	format   string

	network network
	all     bool // every network namespace
	most    int  // of them
}

func newWatch(s streams) *cobra.Command {
	o := watching{top: 10, interval: time.Second, most: 200}
	format := textOrJSON()
	cmd := &cobra.Command{
		Use:   "watch [flags]",
		Short: "The headroom of local ports, live, with the moment they run out",
		Long: `Watch reads the sockets of this host at every interval and changes nothing. For
the sources and destinations that use most local ports it shows the ports in
use, TIME_WAITs, how many ports a second are taken, and what comes of it: at how
many ports TIME_WAIT and rate balance, or when the last port goes, which is a
range where the rate grows.

A terminal gets a table that redraws itself; a pipe gets a line for each
destination and interval; --format json, a JSON object for each interval.
--listen serves the same to Prometheus at /metrics; examples/prometheus has
alert rules and a Grafana dashboard.

A port that a program has bound by itself, without IP_BIND_ADDRESS_NO_PORT, no other
connect(2) gets, towards any destination. The kernel does not tell which those are:
each is counted for its own destination alone.

It sees the network namespace that it is in, for which it needs no privilege.
--pid and --netns take it to another one, and it ends with an error when the process
has ended or the name is deleted. --all-netns shows every one of the host,
a line each, with the pod or container that it is of, those first whose ports run
out first, and exports them with labels: netns, hostname, pod, container, cgroup.
Both need CAP_SYS_ADMIN there, as root has; what may not be seen is said. Of many
namespaces the sockets are counted at each interval, and listed when a tenth of the
ports is in use, when their number changes, and else every half minute.`,
		Example: `  # until ctrl-C
  tcpbench watch

  # the first forecast of each destination, once
  tcpbench watch --count 1

  # for a minute, for scripts
  tcpbench watch -z 1m --format json | jq -c .pairs[0]

  # for Prometheus
  tcpbench watch --listen 127.0.0.1:9464

  # all pods of a node
  tcpbench watch --all-netns`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.format = format.value
			if o.all && !cmd.Flags().Changed("top") {
				o.top = 3
			}
			if err := o.check(); err != nil {
				return err
			}
			return o.run(cmd.Context(), s)
		},
	}
	o.flags(cmd.Flags())
	cmd.Flags().Var(format, "format", formatUsage(format.words...))
	return cmd
}

func (o *watching) flags(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.IntVar(&o.top, "top", o.top,
		"the `N` pairs of source and destination that use the most ports; the others are summed up")
	flags.DurationVar(&o.interval, "interval", o.interval, "time between readings: `D`")
	flags.IntVar(&o.count, "count", 0, "stop after `N` readings")
	flags.DurationVarP(&o.duration, "duration", "z", 0, "stop after `D`")
	flags.StringVar(&o.listen, "listen", "", "serve Prometheus at http://`ADDR:PORT`/metrics")
	o.network.flags(flags)
	flags.BoolVar(&o.all, "all-netns", false, "every network namespace of this host; --top is then 3")
	flags.IntVar(&o.most, "max-netns", o.most, "with --all-netns, `N` of them at most; the rest is counted")
}

func (o watching) check() error {
	const shortest = 10 * time.Millisecond
	switch {
	case o.interval < shortest:
		return fault.Usagef("--interval: %v is less than %v, which would cost more than it is worth",
			o.interval, shortest)
	case o.count < 0:
		return fault.Usagef("--count: %d is negative; leave it out to watch without end", o.count)
	case o.duration < 0:
		return fault.Usagef("--duration: %v is negative; leave it out to watch without end", o.duration)
	case o.all && o.network != network{}:
		return fault.Usagef("--all-netns: it watches every network namespace; leave out --pid and --netns")
	case o.most < 1:
		return fault.Usagef("--max-netns: %d is less than 1", o.most)
	default:
		return checkTop(o.top)
	}
}

func (o watching) run(ctx context.Context, s streams) error {
	if err := s.needLinux("watch"); err != nil {
		return err
	}
	if o.all {
		return o.runAll(ctx, s)
	}
	path, err := o.network.path()
	if err != nil {
		return err
	}
	sockets, err := s.kernel.sockets(path)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer sockets.close()
	e, of := exporter.New(), headroom.NewWatch(o.top)
	w := watcher[headroom.View]{
		read: func() (headroom.View, error) {
			r, err := sockets.read()
			if err != nil {
				return headroom.View{}, err
			}
			return of.Observe(r), nil
		},
		exporter: e,
		show:     o.viewer(s),
		err:      s.err,
	}
	return o.serve(ctx, s, e.Handler(), w.round)
}

// runAll watches every network namespace.
func (o watching) runAll(ctx context.Context, s streams) error {
	spaces := s.kernel.spaces(o.most, o.top)
	defer spaces.close()
	e := exporter.NewSpaces()
	w := watcher[netns.View]{read: spaces.read, exporter: e, show: o.spaceViewer(s), err: s.err}
	return o.serve(ctx, s, e.Handler(), w.round)
}

// serve goes round while metrics are served, if anyone wants them.
func (o watching) serve(ctx context.Context, s streams, metrics http.Handler, round func() error) error {
	if o.listen != "" {
		stop, err := serveMetrics(s, "--listen", o.listen, metrics)
		if err != nil {
			return err
		}
		defer stop()
	}
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	return o.rounds(ctx, round)
}

// watcher takes a view at a time to those who look.
type watcher[V any] struct {
	read     func() (V, error)
	exporter interface {
		Set(V)
		Failed()
	}
	show func(V) error
	err  io.Writer

	succeeded, failing bool
}

// round reads and shows. A reading that fails, after one that did not, is
// counted and reported once, and the next one may succeed, but of what is gone.
func (w *watcher[V]) round() error {
	v, err := w.read()
	if err != nil {
		w.exporter.Failed()
		var gone goneError
		if !w.succeeded || errors.As(err, &gone) {
			return err
		}
		if !w.failing {
			fmt.Fprintln(w.err, "tcpbench: watch continues without this reading:", err)
		}
		w.failing = true
		return nil
	}
	w.succeeded, w.failing = true, false
	w.exporter.Set(v)
	return w.show(v)
}

// rounds calls round at once and at every interval, until ctx is done or there
// were enough. A round that takes longer than the interval delays the next.
func (o watching) rounds(ctx context.Context, round func() error) error {
	tick := time.NewTicker(o.interval)
	defer tick.Stop()
	for n := 1; ; n++ {
		if err := round(); err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		if n == o.count {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // ctrl-C and --duration are how it ends
		case <-tick.C:
		}
	}
}

// viewer shows views on stdout, in the form that suits it.
func (o watching) viewer(s streams) func(headroom.View) error {
	return viewerOf(o, s, screenLines, textLines(s.out))
}

// spaceViewer is viewer of all network namespaces.
func (o watching) spaceViewer(s streams) func(netns.View) error {
	return viewerOf(o, s, spaceScreen, spaceLines(s.out))
}

// viewerOf shows views as JSON, as lines of a screen that are as wide as it, or as text.
func viewerOf[V any](o watching, s streams, lines func(V, int, int) []string, text func(V) error) func(V) error {
	_, tty := terminal(s.out)
	switch {
	case o.format == formatJSON:
		e := json.NewEncoder(s.out)
		return func(v V) error { return e.Encode(v) }
	case tty:
		on := &screen{painter{w: s.out, size: func() (int, int) { return terminalSize(s.out) }}}
		return func(v V) error {
			return on.show(func(columns, rows int) []string { return lines(v, columns, rows) })
		}
	case o.listen != "":
		return func(V) error { return nil } // Prometheus is who looks
	default:
		return text
	}
}
