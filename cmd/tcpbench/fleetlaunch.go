package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/experiment/fleet/bus"
	"tcpbench/experiment/fleet/launch"
	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

// launchFlags say on which hosts agents are started, and how.
type launchFlags struct {
	hosts   []string
	command string
	copy    bool

	again string // how agents are started again, after they were once
}

func (f *launchFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.hosts, "hosts", nil, "start an agent on each of these hosts: `HOST,...`, as ssh takes them")
	flags.StringVar(&f.command, "launch", "", "start them with this `COMMAND`, in which {host}, {name}, {port}, "+
		"{nats}, {targets} and {tcpbench} are filled in (default ssh, which forwards the port of a hub on loopback)")
	flags.BoolVar(&f.copy, "copy", false, "first copy this program to hosts that have none or another version, "+
		"with ssh")
}

// targets are those of the arguments, which only the launching asks for.
func (f *launchFlags) targets(args []string, of func([]string) ([]string, error)) ([]string, error) {
	if len(f.hosts) == 0 {
		return nil, nil
	}
	return of(args)
}

// check refuses flags that do not go together. Where the hub asks for credentials, each agent's
// have to be on its host, and nobody here knows where.
func (f *launchFlags) check(hub *hubFlags) error {
	switch {
	case len(f.hosts) == 0 && f.command != "":
		return fault.Usagef("--launch: it is for --hosts; name some")
	case len(f.hosts) == 0 && f.copy:
		return fault.Usagef("--copy: it is for --hosts; name some")
	case len(f.hosts) > 0 && f.command == "" && hub.keys != "":
		return fault.Usagef("--hosts: with --keys each agent needs its file of %s: copy it to its host, and say where "+
			"it is there with --launch '%s --creds FILE', where {name} is filled in; without --keys ssh forwards the "+
			"hub's port, and no keys are needed", filepath.Join(hub.keys, "agents"), launch.Direct)
	case len(f.hosts) > 0 && f.command == "" && hub.creds != "":
		return fault.Usagef("--hosts: a hub with --creds asks for those of each agent, too: say where they are on its "+
			"host with --launch '%s --creds FILE', where {name} is filled in", launch.Direct)
	default:
		return nil
	}
}

// launcher starts commands, as launch.Start does.
type launcher struct {
	start func(launch.Options) (launched, error)
	copy  func(ctx context.Context, hosts []string, tell func(string)) (map[string]string, error)
}

// launched are commands that run.
type launched interface {
	Failed() <-chan error
	Close(grace time.Duration) error
}

// start starts the agents for the targets of a run, whose hub is at a URL, and returns their
// names. The context ends when one could not be started, unless the run is to go on without.
// The function ends those that have not ended by themselves; it is told whether they were
// released.
func (f *launchFlags) start(ctx context.Context, s streams, hub string, targets []string, degrade bool) (
	context.Context, []string, func(released bool), error) {
	names, l, err := f.launch(ctx, s, hub, targets)
	if err != nil || l == nil {
		return ctx, nil, func(bool) {}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() { // ends with the function that is returned
		for {
			select {
			case err := <-l.Failed():
				fmt.Fprintln(s.err, err)
				if !degrade {
					cancel(err)
				}
			case <-over:
				return
			}
		}
	}()
	return ctx, names, func(released bool) {
		close(over)
		cancel(nil)
		if err := l.Close(launchGrace(released)); err != nil && released {
			fmt.Fprintln(s.err, err)
		}
	}, nil
}

// launch starts the commands, where there are to be some.
func (f *launchFlags) launch(ctx context.Context, s streams, hub string, targets []string) ([]string, launched, error) {
	if len(f.hosts) == 0 {
		return nil, nil, nil
	}
	names, err := launch.Names(f.hosts)
	if err != nil {
		return nil, nil, err
	}
	tell := func(text string) { fmt.Fprintln(s.err, text) }
	o := launch.Options{Command: f.command, Hosts: f.hosts, NATS: hub, Tell: tell}
	if o.Command == "" && !bus.Loopback(hub) {
		o.Command = launch.Direct
	}
	if o.Targets, err = networks(ctx, targets); err != nil {
		return nil, nil, err
	}
	if o.Port, err = bus.Port(hub); err != nil {
		return nil, nil, err
	}
	if f.copy {
		if o.Programs, err = s.kernel.launcher.copy(ctx, f.hosts, tell); err != nil {
			return nil, nil, err
		}
	}
	l, err := s.kernel.launcher.start(o)
	if err != nil {
		return nil, nil, err // and no *launch.Launched that is nil in an interface
	}
	if again, err := o.First(); err == nil { // it was started
		f.again = fmt.Sprintf("; while it waits, start each agent again, that of %s with `%s`", f.hosts[0], again)
	}
	return names, l, nil
}

// launchGrace is what commands get to end by themselves: those whose agents were told to go
// do so at once, or when the last results are on disk.
func launchGrace(released bool) time.Duration {
	if released {
		return 10 * time.Second
	}
	return 0
}

// networks are the addresses of targets, each as a network.
func networks(ctx context.Context, targets []string) ([]string, error) {
	var out []string
	for _, text := range targets {
		t, err := scenario.ParseTarget(text)
		if err != nil {
			return nil, fault.Usage(err)
		}
		addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", t.Host)
		if err != nil {
			return nil, fmt.Errorf("the addresses that agents may send load to: %w", err)
		}
		for _, a := range addrs {
			a = a.Unmap()
			out = append(out, netip.PrefixFrom(a, a.BitLen()).String())
		}
	}
	if len(out) == 0 {
		return nil, fault.Usage(errors.New("--hosts: no target is named, and agents send load to nothing else; " +
			"a fleet drives servers that run already"))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
