package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/host/doctor"
	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

func newDoctor(s streams) *cobra.Command {
	format := doctorFormats().flag()
	rate := &steadyRate{}
	var open time.Duration
	top := 10
	var at network
	cmd := &cobra.Command{
		Use:   "doctor [flags]",
		Short: "What this host permits, which limit comes first, and the remedy",
		Long: `Doctor reads this host and changes nothing: every sysctl that matters with what
its value means here, open files, connection tracking, accept queues; the local
ports in use for each source and destination, with their headroom; which limit
comes first, and what raises it, as lines for a sysctl.conf. It names what
/etc/sysctl.conf and /etc/sysctl.d set without effect on this kernel.

It sees the network namespace that it is in, for which it needs no privilege. --pid
and --netns take it to another one, which takes CAP_SYS_ADMIN there: with the
process's own limits, its pod, container and unit, and where each remedy is to be
set: in the pod's spec, on the node, or in the container.

The exit status is 0, 2 for flags that are wrong, or 4 when the ports or the sockets
cannot be read.`,
		Example: `  # what this host permits
  tcpbench doctor

  # which limit comes first at 2000 connections/s that are open for half a second
  tcpbench doctor --rate 2k --open 500ms

  # what a process in a pod or a container permits, and where to change it
  tcpbench doctor --pid 4711

  # for scripts
  tcpbench doctor --format json | jq .in_vain`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			q := doctor.Question{Rate: rate.perSecond, Open: open}
			if err := checkDoctor(q, top); err != nil {
				return err
			}
			return examine(s, q, at, top, format.value)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.VarP(rate, "rate", "r",
		"connections per second to one destination, from one source: `R` such as 500, 10k, 50/1s")
	flags.DurationVar(&open, "open", 0, "how long each of them stays open: `D`")
	flags.IntVar(&top, "top", top, "the `N` pairs of source and destination that use the most ports")
	flags.Var(format, "format", doctorFormats().usage())
	at.flags(flags)
	return cmd
}

func checkDoctor(q doctor.Question, top int) error {
	switch {
	case q.Open < 0:
		return fault.Usagef("--open: %v is negative", q.Open)
	case q.Open > 0 && q.Rate == 0:
		return fault.Usagef("--open: it says how long the connections of --rate stay open, and there is no --rate")
	default:
		return checkTop(top)
	}
}

// checkTop bounds how many pairs are reported one by one.
func checkTop(top int) error {
	const most = 1000 // what a screen, a page of metrics and a reader can take
	if top < 1 || top > most {
		return fault.Usagef("--top: %d is outside 1 to %d", top, most)
	}
	return nil
}

// examine reads the host and writes what is to be said of it.
func examine(s streams, q doctor.Question, at network, top int, format string) error {
	if err := s.needLinux("doctor"); err != nil {
		return err
	}
	path, err := at.path()
	if err != nil {
		return err
	}
	var f doctor.Facts
	if path == "" {
		f, err = s.kernel.facts(os.DirFS("/"), top)
	} else {
		f, err = s.kernel.factsIn(path, at.pid, top)
	}
	if err != nil {
		return fmt.Errorf("examine this host: %w", err)
	}
	return doctorFormats().write(s.out, format, doctor.Examine(f, q))
}

func doctorFormats() formats[doctor.Report] {
	return formats[doctor.Report]{
		{formatText, func(w io.Writer, r doctor.Report) error { return doctor.WriteText(w, r, columns(w)) }},
		{formatJSON, func(w io.Writer, r doctor.Report) error { return indentedJSON(w, r) }},
	}
}

// steadyRate is a flag that takes a rate that does not change.
type steadyRate struct{ perSecond float64 }

func (r *steadyRate) Type() string { return "value" }

func (r *steadyRate) String() string {
	if r.perSecond == 0 {
		return ""
	}
	return scenario.Rate{From: r.perSecond, To: r.perSecond}.String()
}

func (r *steadyRate) Set(s string) error {
	rate, err := scenario.ParseRate(s)
	if err != nil {
		return err
	}
	if rate.Ramp() {
		return fmt.Errorf("%q is a ramp; give one rate", s)
	}
	r.perSecond = rate.From
	return nil
}
