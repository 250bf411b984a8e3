package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/experiment/fleet/bus"
	"tcpbench/internal/fault"
	"tcpbench/results"
)

// hubFlags say where the hub is that a coordinator and its agents meet at.
type hubFlags struct {
	nats, creds  string
	listen, keys string

	own string // where the own hub is, once it is open
}

func (f *hubFlags) add(flags *pflag.FlagSet) {
	f.addRunning(flags)
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "the own hub listens at `ADDR:PORT`; port 0 picks one")
	flags.StringVar(&f.keys, "keys", "", "the `DIR` of tcpbench fleet keys, for a hub that other hosts reach")
}

// addRunning adds the flags of a hub that runs already.
func (f *hubFlags) addRunning(flags *pflag.FlagSet) {
	flags.StringVar(&f.nats, "nats", "", "a hub that runs already: `URL`; without it this process is one")
	flags.StringVar(&f.creds, "creds", "", "the coordinator's credentials for --nats: `FILE`")
}

// credsHint is what agents need to be let in.
func (f *hubFlags) credsHint() string {
	if f.keys == "" {
		return ""
	}
	return " --creds FILE (of " + filepath.Join(f.keys, "agents") + ")"
}

// collect is the command that gets what agents of this hub keep, between backquotes. It has no
// password.
func (f *hubFlags) collect(dir string) string {
	words := []string{"tcpbench", "fleet", "collect", "--dir", dir}
	if f.nats != "" {
		words = append(words, "--nats", bus.Redacted(f.nats))
	} else {
		words = append(words, "--listen", f.address())
	}
	if f.creds != "" {
		words = append(words, "--creds", f.creds)
	}
	if f.keys != "" {
		words = append(words, "--keys", f.keys)
	}
	return "`" + results.ShellLine(words) + "`"
}

// address is where the own hub listens, once it is open with the port that agents know.
func (f *hubFlags) address() string {
	host, _, err := net.SplitHostPort(f.listen)
	u, urlErr := url.Parse(f.own)
	if err != nil || urlErr != nil || f.own == "" {
		return f.listen
	}
	return net.JoinHostPort(host, u.Port())
}

// fromElsewhere is where agents reach the own hub: one that listens on all addresses has no
// name that is known here.
func (f *hubFlags) fromElsewhere() string {
	u, err := url.Parse(f.own)
	if err != nil || !f.everywhere() {
		return f.own
	}
	u.Host = net.JoinHostPort("HOST", u.Port())
	return u.String()
}

// everywhere reports whether the own hub listens on all addresses.
func (f *hubFlags) everywhere() bool {
	host, _, err := net.SplitHostPort(f.listen)
	ip := net.ParseIP(host)
	return f.nats == "" && err == nil && (host == "" || ip != nil && ip.IsUnspecified())
}

// hubAnswers is how long a hub may take to be there.
const hubAnswers = 15 * time.Second

// fleetDir is where a fleet's runs are kept until their results are on disk.
func fleetDir() string { return filepath.Join(defaultOutput, "fleet") }

// open connects to the hub, which is this process's where no other is named, until the
// function that it returns is called.
func (f *hubFlags) open(ctx context.Context, s streams) (bus.Line, func(), error) {
	url, creds, end := f.nats, f.creds, func() {}
	if f.nats == "" {
		if f.creds != "" {
			return bus.Line{}, nil, fault.Usagef("--creds: it is for --nats; for the own hub name --keys")
		}
		hub, err := bus.StartHub(bus.HubOptions{Listen: f.listen, Keys: f.keys,
			Trouble: func(text string) { fmt.Fprintln(s.err, "hub:", text) }})
		if err != nil {
			return bus.Line{}, nil, err
		}
		url, end = hub.URL(), hub.Close
		if f.keys != "" {
			creds = bus.CoordinatorCreds(f.keys)
		}
		f.own = url
		fmt.Fprintln(s.err, "fleet: the hub is at", url)
	}
	dial, stop := context.WithTimeoutCause(ctx, hubAnswers, fmt.Errorf("nothing answered within %v", hubAnswers))
	defer stop()
	conn, err := bus.Dial(dial, bus.Options{URL: url, Creds: creds,
		Refused: func(err error) { fmt.Fprintln(s.err, "hub:", err) }})
	if err != nil {
		end()
		return bus.Line{}, nil, err
	}
	return bus.Line{Conn: conn}, func() { conn.Close(); end() }, nil
}
