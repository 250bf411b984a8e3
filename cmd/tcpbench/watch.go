package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/host/exporter"
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
}

func newWatch(s streams) *cobra.Command {
	o := watching{top: 10, interval: time.Second}
	format := textOrJSON()
	cmd := &cobra.Command{
		Use:   "watch [flags]",
		Short: "The headroom of local ports, live, with the moment they run out",
		Long: `Watch reads the sockets of this host at every interval and changes nothing. For
the sources and destinations that use most local ports it shows the ports in
use, TIME_WAITs, how many connections a second leave one, and what comes of it:
at how many ports TIME_WAIT and rate balance, or when the last port goes.

A terminal gets a table that redraws itself; a pipe gets a line for each
destination and interval; --format json, a JSON object for each interval.
--listen serves the same to Prometheus at /metrics; examples/prometheus has
alert rules and a Grafana dashboard.

It sees the network namespace that it is in; for that of another process:
nsenter -t PID -n tcpbench watch. No privilege is needed.`,
		Example: `  # until ctrl-C
  tcpbench watch

  # the first forecast of each destination, once
  tcpbench watch --count 1

  # for a minute, for scripts
  tcpbench watch -z 1m --format json | jq -c .pairs[0]

  # for Prometheus
  tcpbench watch --listen 127.0.0.1:9464`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.format = format.value
			if err := o.check(); err != nil {
				return err
			}
			return o.run(cmd.Context(), s)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.IntVar(&o.top, "top", o.top,
		"the `N` pairs of source and destination that use the most ports; the others are summed up")
	flags.DurationVar(&o.interval, "interval", o.interval, "time between readings: `D`")
	flags.IntVar(&o.count, "count", 0, "stop after `N` readings")
	flags.DurationVarP(&o.duration, "duration", "z", 0, "stop after `D`")
	flags.StringVar(&o.listen, "listen", "", "serve Prometheus at http://`ADDR:PORT`/metrics")
	flags.Var(format, "format", formatUsage(format.words...))
	return cmd
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
	default:
		return checkTop(o.top)
	}
}

func (o watching) run(ctx context.Context, s streams) error {
	if err := s.needLinux("watch"); err != nil {
		return err
	}
	sockets, err := s.kernel.sockets()
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer sockets.close()
	w := watcher{
		read:     sockets.read,
		watch:    headroom.NewWatch(o.top),
		exporter: exporter.New(),
		show:     o.viewer(s),
		err:      s.err,
	}
	if o.listen != "" {
		stop, err := serveMetrics(s, "--listen", o.listen, w.exporter.Handler())
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
	return o.rounds(ctx, w.round)
}

// watcher takes a reading at a time to those who look.
type watcher struct {
	read     func() (headroom.Reading, error)
	watch    *headroom.Watch
	exporter *exporter.Exporter
	show     func(headroom.View) error
	err      io.Writer

	succeeded, failing bool
}

// round reads and shows. A reading that fails, after one that did not, is
// counted and reported once, and the next one may succeed.
func (w *watcher) round() error {
	r, err := w.read()
	if err != nil {
		w.exporter.Failed()
		if !w.succeeded {
			return err
		}
		if !w.failing {
			fmt.Fprintln(w.err, "tcpbench: watch continues without this reading:", err)
		}
		w.failing = true
		return nil
	}
	w.succeeded, w.failing = true, false
	v := w.watch.Observe(r)
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
	_, tty := terminal(s.out)
	switch {
	case o.format == formatJSON:
		return jsonLines(s.out)
	case tty:
		return (&screen{painter{w: s.out, size: func() (int, int) { return terminalSize(s.out) }}}).view
	case o.listen != "":
		return func(headroom.View) error { return nil } // Prometheus is who looks
	default:
		return textLines(s.out)
	}
}
