package launch

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tcpbench/experiment/fleet/bus"
	"tcpbench/internal/fault"
	"tcpbench/internal/program"
)

// Default starts an agent with ssh, for which the hub's port is forwarded. It asks for no
// password, and ends where the port cannot be forwarded (ssh_config(5)). Without an address
// sshd listens on ::1 too, and where 127.0.0.1 is taken it is content with that.
const Default = "ssh -o BatchMode=yes -o ExitOnForwardFailure=yes -R 127.0.0.1:{port}:127.0.0.1:{port} {host} " +
	"{tcpbench} agent --once --nats nats://127.0.0.1:{port} --name {name} --allow-target {targets}"

// Direct starts an agent with ssh that reaches the hub by itself.
const Direct = "ssh -o BatchMode=yes {host} {tcpbench} agent --once --nats {nats} --name {name} " +
	"--allow-target {targets}"

// Options are what is to be started.
type Options struct {
	// Command is one program with its arguments; "" is [Default]. Filled in are {host},
	// {name} (of its agent), {port} and {nats} (of the hub), {targets} and {tcpbench}, which
	// is what the program is called there.
	Command string
	// Hosts are where, in words that the command understands, such as user@host.
	Hosts []string
	// Programs are what the program is called on a host; "tcpbench" where there is none.
	Programs map[string]string
	// Port is the local port of the hub, and NATS its URL.
	Port int
	NATS string
	// Targets are networks (CIDR) that agents may send load to.
	Targets []string
	// Tell is told, in a line, what a command prints; nil is not.
	Tell func(string)
}

// Names are the names of the agents on hosts, in their order. Hosts that no command could
// take, and two of one name, are refused.
func Names(hosts []string) ([]string, error) {
	var names []string
	var errs []error
	of := map[string]string{}
	for _, host := range hosts {
		// A host that begins with - would be an option of ssh's.
		if host == "" || strings.HasPrefix(host, "-") || strings.ContainsAny(host, " \t\n") {
			errs = append(errs, fmt.Errorf("host %q is none; name one as web-1 or user@web-1", host))
			continue
		}
		name := bus.NameOf(host[strings.LastIndex(host, "@")+1:])
		if before, twice := of[name]; twice {
			errs = append(errs, fmt.Errorf("hosts %s and %s are both agent %s; name each host once", before, host,
				name))
		}
		of[name] = host
		names = append(names, name)
	}
	if len(hosts) == 0 {
		errs = append(errs, errors.New("there is no host"))
	}
	return names, fault.Usage(errors.Join(errs...))
}

// First is the command of the first host, for people: the hub's URL is without a password.
func (o Options) First() (string, error) {
	o.NATS = bus.Redacted(o.NATS)
	all, err := o.commands()
	if err != nil {
		return "", err
	}
	return strings.Join(all[0], " "), nil
}

// commands are the words of the command of each host, or every problem that there is.
func (o Options) commands() ([][]string, error) {
	names, err := Names(o.Hosts)
	if err != nil {
		return nil, err
	}
	text := o.Command
	if text == "" {
		text = Default
	}
	words, err := program.Words(text)
	if err != nil {
		return nil, fault.Usagef("launch command: %w", err)
	}
	var out [][]string
	for i, host := range o.Hosts {
		filled, err := o.fill(words, host, names[i])
		if err != nil {
			return nil, err
		}
		out = append(out, filled)
	}
	return out, nil
}

// placeholder is what looks like one.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// fill fills in the words of a host's command.
func (o Options) fill(words []string, host, name string) ([]string, error) {
	called := o.Programs[host]
	if called == "" {
		called = "tcpbench"
	}
	values := map[string]string{"{host}": host, "{name}": name, "{port}": strconv.Itoa(o.Port), "{nats}": o.NATS,
		"{targets}": strings.Join(o.Targets, ","), "{tcpbench}": called}
	var errs []error
	out := slices.Clone(words)
	for i, word := range words {
		out[i] = placeholder.ReplaceAllStringFunc(word, func(p string) string {
			v, ok := values[p]
			switch {
			case !ok:
				errs = append(errs, fmt.Errorf("%s is none of {host}, {name}, {port}, {nats}, {targets}, {tcpbench}",
					p))
			case p == "{targets}" && v == "":
				errs = append(errs, errors.New("{targets}: there is no target; an agent on another host needs one"))
			}
			return v
		})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fault.Usagef("launch command: %w", err)
	}
	return out, nil
}
