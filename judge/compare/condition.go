package compare

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
	"tcpbench/scenario"
)

// condition is something that a figure depends on.
type condition struct {
	name, value string
	// must tells that figures taken under another value say nothing about
	// each other: the machine and the workload, but not the settings under test.
	must bool
	// number is the value where a small difference is none; else 0.
	number float64
}

// conditions are all that r depends on and its file tells.
func conditions(r *results.Run) []condition {
	e := r.Environment
	must := func(name string, value any) condition {
		return condition{name: name, value: fmt.Sprint(value), must: true}
	}
	may := func(name string, value any) condition { return condition{name: name, value: fmt.Sprint(value)} }
	out := []condition{
		must("kernel", e.Kernel), must("arch", e.Arch), must("cpus", e.CPUs), must("cpu model", e.CPUModel),
		{name: "memory", value: figure.Bytes(e.MemoryBytes), must: true, number: float64(e.MemoryBytes)},
		must("lab", e.Lab), must("target kind", e.TargetKind), must("server", e.Server), must("proxy", e.Proxy),
		must("engine", e.Engine), may("client", e.Client),
		may("tcpbench", strings.TrimSpace(r.Tool.Version+" "+r.Tool.Revision)), may("go", e.GoVersion),
		may("clock source", e.ClockSource), may("targets", strings.Join(r.Targets, ", ")),
	}
	if len(r.Agents) > 0 {
		out = append(out, must("agents", len(r.Agents)))
	}
	if r.Search != nil {
		out = append(out, must("slo", r.Search.SLO))
	}
	out = append(out, options(r)...)
	out = append(out, entries("", e.Sysctls, r.Options.Sysctl)...)
	out = append(out, entries("server ", e.ServerSysctls, r.Options.ServerSysctl)...)
	out = append(out, entries("proxy ", e.ProxySysctls, r.Options.ProxySysctl)...)
	out = append(out, entries("NAT ", e.NATSysctls, r.Options.NAT.Sysctl)...)
	return slices.Concat(out, files("server", e.ServerFiles), files("proxy", e.ProxyFiles),
		files("client", e.ClientFiles))
}

// options are those of the workload, but for what the environment tells as it
// really was (the engine, the sysctls) and what changes no figure: the seed and
// how often the run was sampled.
func options(r *results.Run) []condition {
	w := r.Options
	var out []condition
	for _, s := range w.Settings() {
		switch s.Name {
		case "engine", "sysctl", "server-sysctl", "proxy-sysctl", "nat-sysctl", "seed", "interval":
			continue
		case "rate":
			if r.Search != nil {
				continue // it is what the search found
			}
		case "tls-resume":
			if r.TLS == nil {
				continue // without TLS, or of an earlier version, which never did
			}
		}
		out = append(out, condition{name: s.Name, value: s.String(), must: !tunable(s.Name)})
	}
	return out
}

// tunable tells the options that a user changes to see what they do: how
// connections end, which ports and addresses they have. The others are the
// workload.
func tunable(option string) bool {
	return slices.Contains([]string{
		"linger", "close", "blocking-close", "server-close", "source", "destinations", "ip", "bind-no-port",
		"source-ports", "port-select", "nat", "nat-clients", "nat-addresses", "nat-spread", "nat-flags",
		"nat-hold",
		"tcp-keepalive", "read-body", "max-idle-conns-per-host", "insecure", "cacert", "cert", "key",
		"servername", "http", "tls-resume", "server-cert", "server-key", "server-client-ca",
	}, option)
}

// entries are the sysctls of one side: as they were in force, or else as set.
func entries(side string, inForce map[string]string, set scenario.Sysctls) []condition {
	all := maps.Clone(map[string]string(set))
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, inForce)
	var out []condition
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, condition{name: side + name, value: strings.Join(strings.Fields(all[name]), " ")})
	}
	return out
}

// files are what a program was given to read, each by a fingerprint: what a
// configuration says is often what is tested.
func files(host string, contents map[string]string) []condition {
	var out []condition
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		sum := sha256.Sum256([]byte(contents[name]))
		out = append(out, condition{name: host + " file " + name, value: fmt.Sprintf("sha256:%x", sum[:4])})
	}
	return out
}

// same allows memory to differ by 1 %: what the kernel keeps for itself at
// boot is not the same each time.
func (c condition) same(o condition) bool {
	if c.number != 0 && o.number != 0 {
		return math.Abs(c.number/o.number-1) < 0.01
	}
	return c.value == o.value
}

// Difference is a condition that the two sides do not share.
type Difference struct {
	What string `json:"what"`
	Base string `json:"base"`
	New  string `json:"new"`
	// Cells are those in which it differs.
	Cells []string `json:"cells,omitempty"`

	must bool
}

// String is "net.ipv4.tcp_tw_reuse 0 -> 1".
func (d Difference) String() string {
	return prose.Printable(fmt.Sprintf("%s %s -> %s", d.What, orNone(d.Base), orNone(d.New)))
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// differences are the conditions in which two runs differ. What the labels of
// the cells say is expected to differ, whatever it is.
func differences(base, candidate *results.Run) []Difference {
	was, is := conditions(base), conditions(candidate)
	var out []Difference
	for _, w := range was {
		i := slices.IndexFunc(is, func(c condition) bool { return c.name == w.name })
		if i < 0 {
			out = append(out, Difference{What: w.name, Base: w.value, must: w.must})
		} else if !w.same(is[i]) {
			out = append(out, Difference{What: w.name, Base: w.value, New: is[i].value, must: w.must})
		}
	}
	for _, n := range is {
		if !slices.ContainsFunc(was, func(c condition) bool { return c.name == n.name }) {
			out = append(out, Difference{What: n.name, New: n.value, must: n.must})
		}
	}
	for i := range out {
		out[i].must = out[i].must && base.Cell[out[i].What] == candidate.Cell[out[i].What]
	}
	return out
}
