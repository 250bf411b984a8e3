package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/program"
	"tcpbench/scenario"
)

// labFlags say where `tcpbench run` works, and against what.
type labFlags struct {
	lab     bool
	server  string
	command string
	proxy   string
	client  string

	given func(flag string) bool // tells which flags were set; nil is none
}

func (f *labFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.lab, "lab", false, "make a lab although there is a TARGET, which names {server} for its host")
	flags.StringVar(&f.server, "server", "",
		scenario.Usage("the lab's embedded server", scenario.Protocols())+" (default what TARGET says, or echo)")
	flags.StringVar(&f.command, "server-cmd", "",
		"the lab's server is the program that `COMMAND` starts; implies --lab")
	flags.StringVar(&f.proxy, "proxy-cmd", "",
		"in the lab, between client and server, is the program that `COMMAND` starts; TARGET is its address")
	flags.StringVar(&f.client, "client-cmd", "",
		"the client is the program that `COMMAND` starts, measured from outside; {server}, {proxy} and {port} are "+
			"filled in; implies --lab")
}

// spec makes of flags and targets a spec, with a workload.
func (f *labFlags) spec(targets []string, w scenario.Workload) (cell.Spec, error) {
	for _, c := range []struct{ flag, command string }{{"server-cmd", f.command}, {"proxy-cmd", f.proxy},
		{"client-cmd", f.client}} {
		if c.command == "" && f.given != nil && f.given(c.flag) {
			return cell.Spec{}, fault.Usagef("--%s: it is blank; name a program, or leave it out", c.flag)
		}
	}
	spec, err := f.place(targets)
	if err == nil && f.client != "" {
		spec.Client.Command, err = splitCommand("--client-cmd", f.client)
	}
	spec.Workload = spec.Driving(w)
	return spec, fault.Usage(err)
}

// place is where the workload is to run.
func (f *labFlags) place(targets []string) (cell.Spec, error) {
	switch {
	case f.proxy != "":
		spec, err := f.proxied(targets)
		return spec, fault.Usage(err)
	case f.command != "" && len(targets) == 0:
		return cell.Spec{}, fault.Usagef("--server-cmd: say where it listens, as in tcpbench run --server-cmd %q "+
			"http://%s:8080/", f.command, scenario.ServerHost)
	case f.lab || f.command != "" || f.client != "" || len(targets) == 0:
		server, err := f.labServer(targets)
		return cell.Spec{Programs: scenario.Programs{Server: server}}, fault.Usage(err)
	case f.server != "":
		return cell.Spec{}, fault.Usagef("--server: it chooses what runs in a lab, and with a TARGET there is none; " +
			"leave out one of the two, or add --lab")
	default:
		return cell.Spec{Targets: targets}, nil
	}
}

// labServer is the server in the lab. Of the embedded ones, it is the one
// that speaks what the targets say.
func (f *labFlags) labServer(addresses []string) (scenario.Server, error) {
	s := scenario.Server{Protocol: f.server, Program: scenario.Program{Addresses: addresses}}
	if f.command == "" && f.server == "" && len(addresses) > 0 {
		s.Protocol = scenario.ProtocolFor(s.Scheme()).Name
	}
	if f.command != "" {
		var err error
		if s.Command, err = splitCommand("--server-cmd", f.command); err != nil {
			return s, err
		}
	}
	return s, s.Validate()
}

// proxied is a lab with a proxy, whose addresses name {proxy}; those that name
// {server} say where the server behind it listens.
func (f *labFlags) proxied(targets []string) (cell.Spec, error) {
	var spec cell.Spec
	var err error
	if spec.Proxy.Command, err = splitCommand("--proxy-cmd", f.proxy); err != nil {
		return spec, err
	}
	var behind []string
	for _, text := range targets {
		if t, err := scenario.ParseTarget(text); err == nil && t.Host == scenario.ServerHost {
			behind = append(behind, text)
		} else {
			spec.Proxy.Addresses = append(spec.Proxy.Addresses, text)
		}
	}
	if err := scenario.ValidateProxy(spec.Proxy); err != nil {
		return spec, fmt.Errorf("--proxy-cmd: %w", err)
	}
	if f.command != "" && len(behind) == 0 {
		return spec, fmt.Errorf("--server-cmd: say where it listens too, as in tcpbench run --proxy-cmd %q "+
			"--server-cmd %q http://%s:8080/ http://%s:8000/",
			f.proxy, f.command, scenario.ProxyHost, scenario.ServerHost)
	}
	spec.Server, err = f.labServer(behind)
	if f.command == "" && f.server == "" && len(behind) == 0 && scenario.SpeaksHTTP(spec.Proxy.Scheme()) {
		spec.Server.Protocol = scenario.ServerHTTP // behind a proxy that speaks HTTP
	}
	return spec, err
}

// splitCommand is the words of the command that a flag gives.
func splitCommand(flag, line string) ([]string, error) {
	words, err := program.Words(line)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return words, nil
}
