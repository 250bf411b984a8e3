package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/internal/fault"
	"tcpbench/internal/suggest"
	"tcpbench/law/capacity"
	"tcpbench/law/plan"
)

// natFlags are those of `plan` about a NAT.
type natFlags struct {
	cloud            string
	ports, addresses int // 0 is not given
	clients          int
	hold             time.Duration
}

func (f *natFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.cloud, "nat", "", "behind a cloud's NAT gateway, by what is documented of it: `aws|azure|gcp`")
	flags.IntVar(&f.ports, "nat-ports", 0, "behind a NAT with `N` ports for each address and destination")
	flags.IntVar(&f.addresses, "nat-addresses", 1, "the NAT has `N` addresses, which it takes in turn")
	flags.DurationVar(&f.hold, "nat-hold", 0, "the NAT keeps a port for `D` after its connection; 0: Linux, which "+
		"takes it over when another one needs it")
	flags.IntVar(&f.clients, "clients", 1, "`N` clients are behind the NAT")
}

// asked is the NAT that the flags are about, towards so many destinations; nil for none.
func (f natFlags) asked(flags *pflag.FlagSet, destinations int) (*plan.AskedNAT, error) {
	if f.cloud == "" && f.ports == 0 {
		for _, name := range []string{"nat-ports", "nat-addresses", "nat-hold", "clients"} {
			if flags.Changed(name) {
				return nil, fault.Usagef("--%s: it is of a NAT; say which with --nat-ports N of 1 or more, or --nat %s",
					name, "aws|azure|gcp")
			}
		}
		return nil, nil
	}
	if f.ports < 0 || f.ports > 65535 || f.addresses < 1 || f.clients < 1 || f.hold < 0 {
		return nil, fault.Usagef("--nat-ports %d, --nat-addresses %d, --clients %d, --nat-hold %v: ports are 1 to "+
			"65535, and of the others there is at least one", f.ports, f.addresses, f.clients, f.hold)
	}
	a := &plan.AskedNAT{NAT: capacity.NAT{Ports: f.ports, Addresses: f.addresses, InTurn: true, Clients: f.clients,
		Destinations: destinations, Hold: f.hold, Whole: f.hold > 0}}
	if f.cloud == "" {
		return a, nil
	}
	cloud, err := cloudNamed(f.cloud)
	if err != nil {
		return nil, err
	}
	a.Cloud, a.EachClient, a.Whole = cloud, cloud.EachClient, true
	if f.ports == 0 {
		a.Ports = cloud.Ports
	}
	if !flags.Changed("nat-hold") {
		a.Hold = cloud.Hold
	}
	if most := cloud.Addresses; most > 0 && f.addresses > most {
		return nil, fault.Usagef("--nat-addresses: %s has %d at most (%s)", cloud.What, most, cloud.Source)
	}
	return a, nil
}

func cloudNamed(name string) (*capacity.Cloud, error) {
	var names []string
	for _, c := range capacity.Clouds() {
		if c.Name == name {
			return &c, nil
		}
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return nil, fault.Usage(fmt.Errorf("--nat: %w", suggest.NotOneOf(name, names)))
}
