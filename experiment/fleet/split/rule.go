package split

import (
	"slices"

	"tcpbench/experiment/cell"
	"tcpbench/scenario"
)

// How an option of the whole becomes those of the agents.
type how int

const (
	alike   how = iota // each has the same
	divided            // each has a share
	own                // each has one of its own
	alone              // it has no sense on several hosts
)

// rule is what becomes of one option. Why is for those that a fleet does not have.
type rule struct {
	option string
	how    how
	why    string
}

// rules are those of every option of a workload.
func rules() []rule {
	const (
		ofLab  = "it is for a lab, and a fleet drives servers that run already; leave it out"
		ofHost = "it would change the hosts of the agents, which is for their owners; leave it out, and set it there"
		ofFile = "it names a file of this host, which agents do not have; leave it out"
	)
	return slices.Concat(
		each(divided, "", "concurrency", "count", "rate", "source"),
		each(own, "", "seed"),
		each(alike, "", "duration", "arrival", "mode", "requests-per-conn", "linger", "close", "blocking-close",
			"until", "steady", "on-exhausted", "ip", "bind-no-port", "source-ports", "port-select", "tcp-keepalive"),
		each(alike, "", "request-size", "response-size", "exchange", "hello", "method", "header", "body", "body-size",
			"retry", "proxy-protocol", "read-body", "max-idle-conns-per-host"),
		each(alike, "", "insecure", "servername", "http", "tls-resume"),
		each(alike, "", "engine", "sockets", "threads", "timeout", "warmup", "interval"),
		each(alone, ofFile, "cacert", "cert", "key"),
		each(alone, ofHost, "sysctl"),
		each(alone, ofLab, "server-close", "destinations", "server-threads", "server-sysctl", "proxy-sysctl", "link",
			"capture", "cut-link", "nat", "nat-clients", "nat-addresses", "nat-spread", "nat-flags", "nat-hold",
			"nat-sysctl", "server-cert", "server-key", "server-client-ca"),
	)
}

func each(how how, why string, options ...string) []rule {
	out := make([]rule, len(options))
	for i, option := range options {
		out[i] = rule{option, how, why}
	}
	return out
}

const logged = "each agent would write a file of its own, on its own host; leave it out"

// refusals are what the spec asks for that a fleet does not have.
func refusals(s cell.Spec) []error {
	errs := []error{
		scenario.Refuse(s.Lab(), "target", "none is named, and a fleet drives servers that run already; name one"),
		scenario.Refuse(s.Log.Path != "", "log-requests", "%s", logged),
		scenario.Refuse(s.Workload.Source.Count > 0, "source",
			"%d addresses are made in a lab only; list those of the agents instead", s.Workload.Source.Count),
		scenario.Refuse(s.Workload.Engine == scenario.EngineExec, "engine",
			"exec runs your own program, and a fleet runs none; leave it out"),
	}
	for _, p := range s.All() {
		errs = append(errs, scenario.Refuse(true, p.Host, "a fleet runs no programs; leave it out"))
	}
	for _, target := range s.Targets {
		_, file := scenario.UnixFile(target)
		errs = append(errs, scenario.Refuse(file, "target",
			"%s is a file of one host, and has no ports; name a server that all agents reach", target))
	}
	given, plain := s.Workload, scenario.DefaultWorkload()
	set, unset := given.Settings(), plain.Settings()
	for _, r := range rules() {
		i := slices.IndexFunc(set, func(o scenario.Setting) bool { return o.Name == r.option })
		if i >= 0 && r.how == alone {
			errs = append(errs, scenario.Refuse(set[i].String() != unset[i].String(), r.option, "%s", r.why))
		}
	}
	return errs
}
