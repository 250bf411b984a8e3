package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpbench/experiment/fleet/agent"
	"tcpbench/experiment/fleet/bus"
	"tcpbench/internal/fault"
)

// agentFlags are what an agent's owner says.
type agentFlags struct {
	nats, creds, name, dir string
	once                   bool
	policy                 agent.Policy
}

// agentPatience is for how long an agent with --once waits for its coordinator.
const agentPatience = 30 * time.Second

func newAgent(s streams) *cobra.Command {
	var f agentFlags
	cmd := &cobra.Command{
		Use:   "agent [flags]",
		Short: "Be one client host of a fleet",
		Long: `Agent waits for a coordinator (tcpbench fleet run) and drives the load that it
is given, from this host. It sends load only to addresses that --allow-target
permits, and runs no program of a coordinator's. What it measured stays on its
disk until the coordinator has it. When nothing is heard of the coordinator for
2.5 s, the load ends.`,
		Example: `  # for a coordinator on another host, towards 10.0.0.0/8
  tcpbench agent --nats tls://bench.example:4222 --creds web-1.creds --allow-target 10.0.0.0/8

  # on the coordinator's own host
  tcpbench agent --nats nats://127.0.0.1:4222 --allow-target 127.0.0.0/8`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.needLinux("agent"); err != nil {
				return err
			}
			return s.kernel.agent(cmd.Context(), &f, s)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.add(flags)
	return cmd
}

func (f *agentFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.nats, "nats", "", "the hub of the fleet: `URL`, as nats://127.0.0.1:4222 or tls://HOST:PORT")
	flags.StringVar(&f.creds, "creds", "", "the `FILE` of credentials, of tcpbench fleet keys or of NATS's own nsc")
	flags.StringVar(&f.name, "name", "", "what the fleet calls it: `NAME` (default that of the host)")
	flags.BoolVar(&f.once, "once", false, "end when a coordinator lets go of it, or none is there for 30s; "+
		"once one has held it, that one")
	flags.StringVar(&f.dir, "dir", "", "the `DIR` where results stay until the coordinator has them (default "+
		"tcpbench/NAME in $STATE_DIRECTORY, $XDG_STATE_HOME or ~/.local/state)")
	flags.Var(&prefixes{of: &f.policy.Within}, "allow-target",
		"send load to addresses in `CIDR,...`; without it to none")
	rate := steadyRateParser("it is the most at any time", "give a rate such as 500 or 10k")
	flags.Var(newParsed(&f.policy.MaxRate, rate, func(v float64) string { return none(v == 0, fmt.Sprint(v)) }),
		"max-rate", "never more planned starts a second than `R`, so that there must be a --rate")
	flags.Var(newParsed(&f.policy.MaxConnections, parseRepeats, func(n int) string {
		return none(n == 0, strconv.Itoa(n))
	}), "max-connections", "never more connections at a time than `N`")
	flags.DurationVar(&f.policy.MaxDuration, "max-duration", 0, "no load for longer than `D`; 0 sets no limit")
}

// none is "" for what is not limited.
func none(so bool, text string) string {
	if so {
		return ""
	}
	return text
}

// defaults fills in the name and the directory.
func (f *agentFlags) defaults() error {
	if f.name == "" {
		host, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("name the agent after its host: %w; give it one with --name", err)
		}
		f.name = bus.NameOf(host)
	}
	if err := bus.ValidName(f.name); err != nil {
		return fault.Usagef("--name: %w", err)
	}
	if f.dir != "" {
		return nil
	}
	for _, base := range []string{os.Getenv("STATE_DIRECTORY"), os.Getenv("XDG_STATE_HOME")} {
		if filepath.IsAbs(base) {
			f.dir = filepath.Join(base, "tcpbench", f.name)
			return nil
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return fault.Usagef("--dir: there is no home directory (%w); name a directory", err)
	}
	f.dir = filepath.Join(home, ".local", "state", "tcpbench", f.name)
	return nil
}

// prefixes are a flag: networks, with commas between them; given again it adds some.
type prefixes struct{ of *[]netip.Prefix }

func (p *prefixes) Type() string { return "CIDR" }

func (p *prefixes) String() string {
	if p.of == nil || len(*p.of) == 0 {
		return ""
	}
	return fmt.Sprint(*p.of)
}

func (p *prefixes) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			a, addrErr := netip.ParseAddr(part)
			if addrErr != nil {
				return fmt.Errorf("%q is not a network, as 10.0.0.0/8, nor an address", part)
			}
			prefix = netip.PrefixFrom(a, a.BitLen())
		}
		*p.of = append(*p.of, prefix.Masked())
	}
	return nil
}
